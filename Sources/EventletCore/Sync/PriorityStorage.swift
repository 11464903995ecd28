internal import HeapModule

/// Smallest first; among equals the one put first.
public struct PriorityStorage<Item: Comparable>: QueueStorage {
  private struct Entry: Comparable {
    let item: Item
    let sequence: UInt64

    static func < (left: Entry, right: Entry) -> Bool {
      if left.item < right.item { return true }
      if right.item < left.item { return false }
      return left.sequence < right.sequence
    }

    static func == (left: Entry, right: Entry) -> Bool { left.sequence == right.sequence }
  }

  private var heap = Heap<Entry>()
  private var sequence: UInt64 = 0

  /// Creates an empty storage.
  public init() {}
  /// How many items are stored.
  public var count: Int { heap.count }
  /// Stores an item.
  public mutating func append(_ item: Item) {
    sequence += 1
    heap.insert(Entry(item: item, sequence: sequence))
  }
  /// Takes the smallest item.
  public mutating func removeNext() -> Item { heap.removeMin().item }
}
