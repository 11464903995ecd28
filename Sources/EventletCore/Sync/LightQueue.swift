/// A queue between green threads, without the counting of unfinished tasks of
/// ``Queue``.
///
/// ```swift
/// let lines = LightQueue<String>(maxSize: 100)
/// spawn { while let line = readLine() { try lines.put(line) } }
/// print(try lines.get())
/// ```
///
/// `maxSize` nil is unbounded; 0 is a rendezvous, where `put` waits until a
/// `get` has taken the item. Everything is first come, first served. An item
/// stays in the queue until its getter has resumed and taken it: a getter that
/// is killed or times out loses nothing, and order is kept.
///
/// Not `Sendable`.
///
/// In Python: `eventlet.queue.LightQueue`.
public typealias LightQueue<Item> = BaseQueue<FIFOStorage<Item>>

/// What all queues share.
///
/// Use it as ``LightQueue``, ``Queue``, ``PriorityQueue`` or ``LifoQueue``; the
/// storage gives the order in which items come out.
public class BaseQueue<Storage: QueueStorage> {
  /// What the queue holds.
  public typealias Item = Storage.Item

  @exclusivity(unchecked) @usableFromInline final var storage = Storage()
  @exclusivity(unchecked) @usableFromInline final var getters = WaitQueue()
  /// Each with its item on its stack.
  @exclusivity(unchecked) @usableFromInline final var putters = WaitQueue()
  /// Getters that were woken for an item and have not resumed to take it.
  @exclusivity(unchecked) @usableFromInline final var promised = 0
  @exclusivity(unchecked) @usableFromInline final var limit: Int
  /// Items put and not yet reported done; counted for ``Queue`` alone.
  @exclusivity(unchecked) @usableFromInline final var unfinished = 0

  /// Creates a queue.
  /// - Parameter maxSize: nil or negative: unbounded; 0: rendezvous.
  @inlinable
  public init(maxSize: Int? = nil) { limit = BaseQueue.limit(maxSize) }

  @inlinable
  static func limit(_ maxSize: Int?) -> Int {
    guard let maxSize, maxSize >= 0 else { return .max }
    return maxSize
  }

  /// The most items that fit; nil is unbounded.
  @inlinable public final var maxSize: Int? { limit == .max ? nil : limit }
  /// How many items are stored.
  ///
  /// In Python: `qsize`.
  @inlinable public final var count: Int { storage.count }
  /// Whether no item is stored.
  ///
  /// In Python: `empty`.
  @inlinable public final var isEmpty: Bool { storage.count == 0 }
  /// Whether a put would wait, were nobody waiting to get.
  ///
  /// Always true of a rendezvous. In Python: `full`.
  @inlinable public final var isFull: Bool { storage.count >= limit }
  /// How many green threads wait to get.
  ///
  /// In Python: `getting`.
  @inlinable public final var gettingCount: Int { getters.count }
  /// How many green threads wait to put.
  ///
  /// In Python: `putting`.
  @inlinable public final var puttingCount: Int { putters.count }

  /// What a getter may take now: stored or offered by a putter, and not promised.
  @inlinable final var available: Int { storage.count + putters.count - promised }

  // MARK: Putting

  /// Puts an item; waits for room, at most `timeout`.
  ///
  /// Does not switch when there is room.
  /// - Parameters:
  ///   - item: What to put.
  ///   - timeout: nil waits for ever; zero lets ready work run once.
  /// - Throws: ``QueueError/full`` when the time passed first; what a kill or
  ///   timeout throws. The item is not in the queue then, unless a getter had
  ///   taken it already: then `put` returns, and the kill or timeout is thrown
  ///   at the next wait.
  ///
  /// In Python: `put`.
  @inlinable
  public final func put(_ item: Item, timeout: Duration? = nil) throws {
    if storage.count < limit {
      store(item)
      return
    }
    try waitToPut(item, until: CurrentHub().deadline(after: timeout))
  }

  /// Puts an item if there is room, or a getter that waits for one.
  ///
  /// Never switches; works in hub callbacks.
  /// - Throws: ``QueueError/full``.
  ///
  /// In Python: `put_nowait`.
  @inlinable
  public final func putNoWait(_ item: Item) throws {
    guard storage.count < limit || !getters.isEmpty else { throw QueueError.full }
    store(item)
  }

  @inlinable
  final func store(_ item: Item) {
    storage.append(item)
    countPut()
    promise()
  }

  /// Wakes a getter if there is an item for it.
  @inlinable
  final func promise() {
    while available > 0, getters.choose() != nil { promised += 1 }
  }

  @inlinable
  final func waitToPut(_ item: Item, until deadline: Nanoseconds) throws {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("Queue.put")
    try withUnsafeTemporaryAllocation(of: Item.self, capacity: 1) { memory in
      let offer = memory.baseAddress.unsafelyUnwrapped
      offer.initialize(to: item)
      node.pointee.payload = UnsafeMutableRawPointer(offer)
      putters.append(node)
      promise()
      var failure: (any Error)?
      do { _ = try hub.park(.queuePut, until: deadline) } catch { failure = error }
      let wasTaken = node.pointee.state == .chosen
      if !wasTaken {
        putters.remove(node)
        offer.deinitialize(count: 1)
      }
      node.pointee.state = .idle
      node.pointee.payload = nil
      guard wasTaken else {
        throw failure ?? QueueError.full
      }
      // It has happened and cannot be taken back.
      if let failure { hub.postpone(failure) }
    }
  }

  // MARK: Getting

  /// Takes the next item; waits for one, at most `timeout`.
  ///
  /// Does not switch when there is one.
  /// - Parameter timeout: nil waits for ever; zero lets ready work run once.
  /// - Returns: the item.
  /// - Throws: ``QueueError/empty`` when the time passed first; what a kill or
  ///   timeout throws. The item stays for the next getter then.
  ///
  /// In Python: `get`.
  @inlinable
  public final func get(timeout: Duration? = nil) throws -> Item {
    if available > 0 {
      return take()
    }
    try waitToGet(until: timeout == nil ? .never : CurrentHub().deadline(after: timeout))
    return take()
  }

  /// Takes the next item if there is one, stored or offered.
  ///
  /// Never switches; works in hub callbacks.
  /// - Throws: ``QueueError/empty``.
  ///
  /// In Python: `get_nowait`.
  @inlinable
  public final func getNoWait() throws -> Item {
    guard available > 0 else { throw QueueError.empty }
    return take()
  }

  // For `waitForFirst`, whose places in line are not those of green threads.

  final func takeIfAvailable() -> Item? { available > 0 ? take() : nil }

  /// - Returns: nil if the putter that the promise stood for has left.
  final func takePromised() -> Item? {
    promised -= 1
    return storage.count > 0 || !putters.isEmpty ? take() : nil
  }

  final func declinePromised() {
    promised -= 1
    promise()
  }

  /// The item that comes next; there is one.
  @inlinable
  final func take() -> Item {
    if storage.count > 0 {
      let item = storage.removeNext()
      admit()
      return item
    }
    return takeOffer()
  }

  /// The item of the putter that waits longest, straight from its stack.
  @inlinable
  final func takeOffer() -> Item {
    let putter = putters.choose().unsafelyUnwrapped
    countPut()
    return putter.pointee.payload.unsafelyUnwrapped.assumingMemoryBound(to: Item.self).move()
  }

  /// Moves offers in while there is room.
  @inlinable
  final func admit() {
    while storage.count < limit, !putters.isEmpty { storage.append(takeOffer()) }
  }

  /// Returns when an item is promised to the caller, the promise already redeemed.
  @inlinable
  final func waitToGet(until deadline: Nanoseconds) throws {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("Queue.get")
    var isAgain = false
    while true {
      if isAgain { getters.putBack(node) } else { getters.append(node) }
      do {
        _ = try hub.park(.queueGet, until: deadline)
      } catch {
        let state = node.pointee.state
        if state == .queued { getters.remove(node) }
        node.pointee.state = .idle
        if state == .chosen {
          promised -= 1
          promise()
        }
        throw error
      }
      let state = node.pointee.state
      if state == .queued { getters.remove(node) }
      node.pointee.state = .idle
      guard state == .chosen else { throw QueueError.empty }
      promised -= 1
      // Not `available`: if a putter has left, those who were promised later miss out.
      if storage.count > 0 || !putters.isEmpty { return }
      // The putter that the promise stood for has left. Back to its place in line.
      isAgain = true
    }
  }

  // MARK: Size

  /// Changes the limit.
  ///
  /// More room wakes those who wait to put; with less, stored items stay.
  /// - Parameter maxSize: nil or negative: unbounded; 0: rendezvous.
  ///
  /// In Python: `resize`.
  @inlinable
  public final func resize(to maxSize: Int?) {
    limit = BaseQueue.limit(maxSize)
    admit()
  }

  /// Overridden where tasks are counted.
  @inlinable func countPut() {}
}

/// A ``Queue`` that gives out the item put last.
///
/// In Python: `eventlet.queue.LifoQueue`.
public typealias LifoQueue<Item> = TaskQueue<LIFOStorage<Item>>

/// A ``Queue`` that gives out the smallest item; among equals the one put first.
///
/// In Python: `eventlet.queue.PriorityQueue`.
public typealias PriorityQueue<Item: Comparable> = TaskQueue<PriorityStorage<Item>>

/// A queue that also counts what was put and not yet reported done.
///
/// In Python: `eventlet.queue.Queue`.
public typealias Queue<Item> = TaskQueue<FIFOStorage<Item>>
