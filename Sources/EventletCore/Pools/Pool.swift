public import DequeModule

/// A limited number of items that green threads borrow and give back, such as connections.
///
/// ```swift
/// let connections = try Pool(maxSize: 8) { try GreenSocket.connect(to: database) }
/// let answer = try connections.withItem { try ask(question, on: $0) }
/// ```
///
/// An item is made when one is wanted, none is free, and fewer than `maxSize` exist. Otherwise
/// ``get(timeout:)`` waits for one to be put back: first come, first served, with direct hand-off.
///
/// Not `Sendable`.
///
/// In Python: `eventlet.pools.Pool`.
public final class Pool<Item> {
  /// Which of the free items is given out first.
  public enum Order: Hashable, Sendable {
    /// The one that was put back first, so that all are used in turn.
    case fifo
    /// The one that was put back last, so that as few as possible are in use.
    ///
    /// In Python: `order_as_stack=True`.
    case lifo
  }

  /// What is handed to a waiter, on its own stack.
  @usableFromInline enum Gift {
    case item(Item)
    /// A place for an item that the waiter makes itself.
    case place
  }

  /// The most items that may exist.
  @inlinable public var maxSize: Int { limit }
  /// Which of the free items is given out first.
  public let order: Order
  @exclusivity(unchecked) @usableFromInline var limit: Int
  @usableFromInline let create: () throws -> Item
  // While anybody is in line, no item is free and none may be made: either is handed over at once.
  @exclusivity(unchecked) @usableFromInline var idle = Deque<Item>()
  /// Items free, in use and being made.
  @exclusivity(unchecked) @usableFromInline var existing = 0
  @exclusivity(unchecked) @usableFromInline var getters = WaitQueue()

  @inlinable
  init(maxSize: Int, order: Order, unfilled create: @escaping () throws -> Item) {
    require(maxSize >= 0, "Pool: maximum size \(maxSize) is negative")
    limit = maxSize
    self.order = order
    self.create = create
  }

  /// Creates a pool, and its first items.
  ///
  /// Traps when `minSize` is negative or greater than `maxSize`.
  /// - Parameters:
  ///   - minSize: How many items are made at once; none by default.
  ///   - maxSize: The most items that may exist; 4 by default. With 0, ``get(timeout:)`` waits until
  ///     ``resize(to:)`` makes room.
  ///   - order: Which of the free items is given out first.
  ///   - create: Makes an item. It may wait.
  /// - Throws: what `create` throws.
  ///
  /// In Python: `Pool(min_size, max_size, order_as_stack, create)`.
  @inlinable
  public convenience init(
    minSize: Int = 0, maxSize: Int = 4, order: Order = .fifo, create: @escaping () throws -> Item
  ) throws {
    require(minSize >= 0, "Pool: minimum size \(minSize) is negative")
    require(minSize <= maxSize, "Pool: minimum size \(minSize) is above the maximum, \(maxSize)")
    self.init(maxSize: maxSize, order: order, unfilled: create)
    for _ in 0..<minSize {
      let item = try create()
      existing += 1
      idle.append(item)
    }
  }

  /// How many items can be had without waiting, those included that are yet to be made; negative while
  /// more exist than should.
  ///
  /// In Python: `free`.
  public var freeCount: Int { idle.count + maxSize - existing }

  /// How many green threads wait for an item.
  ///
  /// In Python: `waiting`.
  public var waitingCount: Int { getters.count }

  // MARK: Getting

  /// Takes an item: a free one, one that it makes, or one that it waits for.
  ///
  /// ```swift
  /// let connection = try connections.get(timeout: .seconds(2))
  /// defer { connections.put(connection) }
  /// ```
  /// - Parameter timeout: How long to wait for an item to be put back; nil is for ever, zero lets ready
  ///   work run once. The making of an item is not limited: ``withTimeout(_:throwing:_:)`` around
  ///   the call limits both.
  /// - Returns: An item, which is the caller's until it is put back.
  /// - Throws: ``PoolError/exhausted`` when the time passed first; what the pool's `create` throws,
  ///   and then the next in line may try; what a kill or timeout throws. An item that was handed
  ///   over just before goes to the next in line.
  ///
  /// In Python: `get`.
  @inlinable
  public func get(timeout: Duration? = nil) throws -> Item {
    if let item = order == .fifo ? idle.popFirst() : idle.popLast() { return item }
    if existing < limit {
      existing += 1
      return try make()
    }
    switch try waitForGift(until: CurrentHub().deadline(after: timeout)) {
    case .item(let item): return item
    case .place: return try make()
    }
  }

  /// In a place that the caller has taken: nobody else makes one too many while this one is made.
  @inlinable
  func make() throws -> Item {
    do { return try create() } catch {
      releasePlace()
      throw error
    }
  }

  @inlinable
  func waitForGift(until deadline: Nanoseconds) throws -> Gift {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("Pool.get")
    return try withUnsafeTemporaryAllocation(of: Gift?.self, capacity: 1) {
      let gift = $0.baseAddress.unsafelyUnwrapped
      gift.initialize(to: nil)
      defer {
        gift.deinitialize(count: 1)
        if node.pointee.state == .queued { getters.remove(node) }
        node.pointee.state = .idle
        node.pointee.payload = nil
      }
      node.pointee.payload = UnsafeMutableRawPointer(gift)
      getters.append(node)
      do { _ = try hub.park(.poolItem, until: deadline) } catch {
        switch gift.pointee {
        case .item(let item)?: takeBack(item)
        case .place?: releasePlace()
        case nil: break
        }
        throw error
      }
      guard let gift = gift.pointee else { throw PoolError.exhausted }
      return gift
    }
  }

  /// Takes an item, calls `body` with it, and puts it back on every way out.
  ///
  /// - Parameters:
  ///   - timeout: As for ``get(timeout:)``.
  ///   - body: Gets the item; must not keep it.
  /// - Returns: what `body` returns.
  /// - Throws: as ``get(timeout:)``; what `body` throws.
  ///
  /// In Python: `with pool.item() as item:`.
  @inlinable
  public func withItem<Result>(
    timeout: Duration? = nil, _ body: (Item) throws -> Result
  ) throws -> Result {
    let item = try get(timeout: timeout)
    defer { put(item) }
    return try body(item)
  }

  // MARK: Putting back

  /// Puts an item back: to the first in line, or among the free ones.
  ///
  /// While more items exist than `maxSize`, the item is dropped. Never switches. It is not checked
  /// that the item came from this pool.
  ///
  /// In Python: `put`.
  @inlinable
  public func put(_ item: Item) {
    if existing > limit {
      existing -= 1
    } else if !hand(.item(item)) {
      idle.append(item)
    }
  }

  /// Tells that an item that was taken will not be put back, such as a connection that broke.
  ///
  /// There is room for a new one then, which the first in line makes. Never switches. Traps when no
  /// item is out.
  ///
  /// In Python: `pool.current_size -= 1`.
  @inlinable
  public func discard(_ item: Item) {
    require(existing > idle.count, "Pool.discard: no item of the pool is out")
    releasePlace()
  }

  /// Changes the most items that may exist.
  ///
  /// More room lets those who wait make items. With less, items in use and free ones stay; those put
  /// back are dropped while too many exist. Never switches. Traps when `maxSize` is negative.
  ///
  /// In Python: `resize`.
  @inlinable
  public func resize(to maxSize: Int) {
    require(maxSize >= 0, "Pool.resize: maximum size \(maxSize) is negative")
    limit = maxSize
    while existing < limit, hand(.place) { existing += 1 }
  }

  /// From a getter that was killed when it had been handed the item: it stays the next to be had.
  @inlinable
  func takeBack(_ item: Item) {
    if existing > limit {
      existing -= 1
    } else if !hand(.item(item)) {
      if order == .fifo { idle.prepend(item) } else { idle.append(item) }
    }
  }

  @inlinable
  func releasePlace() {
    if existing > limit || !hand(.place) { existing -= 1 }
  }

  /// - Returns: false if nobody waits.
  @inlinable
  func hand(_ gift: Gift) -> Bool {
    guard let node = getters.choose() else { return false }
    node.pointee.payload.unsafelyUnwrapped.assumingMemoryBound(to: Gift?.self).pointee = gift
    return true
  }
}
