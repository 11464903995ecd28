public import DequeModule

/// In which order a queue gives out what was put.
///
/// Conform a type of your own to make queues with another order, as
/// `BaseQueue<YourStorage<Item>>` or `TaskQueue<YourStorage<Item>>`.
public protocol QueueStorage<Item> {
  /// What the queue holds.
  associatedtype Item
  /// Creates an empty storage.
  init()
  /// How many items are stored.
  var count: Int { get }
  /// Stores an item.
  mutating func append(_ item: Item)
  /// Takes the next item; called only when there is one.
  mutating func removeNext() -> Item
}

/// First in, first out.
public struct FIFOStorage<Item>: QueueStorage {
  @usableFromInline var items = Deque<Item>()
  /// Creates an empty storage.
  @inlinable public init() {}
  /// How many items are stored.
  @inlinable public var count: Int { items.count }
  /// Stores an item behind all others.
  @inlinable public mutating func append(_ item: Item) { items.append(item) }
  /// Takes the oldest item.
  @inlinable public mutating func removeNext() -> Item { items.removeFirst() }
}

/// Last in, first out.
public struct LIFOStorage<Item>: QueueStorage {
  @usableFromInline var items: [Item] = []
  /// Creates an empty storage.
  @inlinable public init() {}
  /// How many items are stored.
  @inlinable public var count: Int { items.count }
  /// Stores an item on top.
  @inlinable public mutating func append(_ item: Item) { items.append(item) }
  /// Takes the newest item.
  @inlinable public mutating func removeNext() -> Item { items.removeLast() }
}
