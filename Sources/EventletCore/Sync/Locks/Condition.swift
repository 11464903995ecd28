/// Lets green threads that hold a lock wait for a change that another one makes under that lock.
///
/// ```swift
/// let stock = Condition()
/// var apples = 0
/// spawn {
///   try stock.lock.withLock {
///     try stock.wait { apples >= 3 }
///     apples -= 3
///   }
/// }
/// try stock.lock.withLock {
///   apples += 5
///   stock.notify()
/// }
/// ```
///
/// Waiting gives the lock up and takes it again before it returns or throws. Who was notified
/// stands in line for the lock at once, behind those who wait for it already; first come, first
/// served in both lines. Often an ``Event`` or a ``Queue`` does with less.
///
/// Nothing interrupts the wait for the lock: neither a kill nor a timeout, nor ``Hub/destroy()``. If
/// the lock's holder ends without releasing it, those who waited for the condition never end, and
/// `destroy` is a trap; so it is if its caller holds the lock.
///
/// Not `Sendable`. In Python: `threading.Condition`.
public final class Condition {
  /// What the state behind the condition is guarded by.
  public let lock: Lock
  /// Each with its `Notice` on its stack.
  @exclusivity(unchecked) private var waiters = WaitQueue()

  private enum Notice {
    case none
    /// By ``notify(_:)``: somebody must have it.
    case one
    case all
  }

  /// Creates a condition.
  /// - Parameter lock: May be shared with other conditions; a new one by default.
  public init(lock: Lock = Lock()) { self.lock = lock }

  /// How many green threads wait to be notified.
  public var waitingCount: Int { waiters.count }

  /// Gives up the lock, waits to be notified, at most `timeout`, and takes the lock again.
  ///
  /// Traps if the caller does not hold the lock.
  /// - Parameter timeout: Until the notification; the wait for the lock comes on top. nil waits for
  ///   ever, which is the default.
  /// - Returns: false when the time passed first. The lock is held again in any case.
  /// - Throws: what a kill or timeout throws, after the lock was taken again; a notification by
  ///   ``notify(_:)`` goes to the next in line then. A kill or timeout that comes while the call
  ///   waits for the lock takes effect when it has it.
  ///
  /// In Python: `wait`.
  @discardableResult
  public func wait(timeout: Duration? = nil) throws -> Bool {
    try wait(until: CurrentHub().deadline(after: timeout))
  }

  /// Waits, with the lock given up meanwhile, until `predicate` is true, at most `timeout`.
  ///
  /// Asks at once, and again after each notification; does not wait if the answer is true at once.
  /// - Parameters:
  ///   - timeout: For all notifications together; nil waits for ever, which is the default.
  ///   - predicate: Called with the lock held.
  /// - Returns: false when the time passed and the predicate was still false.
  /// - Throws: As ``wait(timeout:)``; what `predicate` throws.
  ///
  /// In Python: `wait_for`.
  @discardableResult
  public func wait(timeout: Duration? = nil, until predicate: () throws -> Bool) throws -> Bool {
    lock.requireHeld("Condition.wait")
    let deadline = CurrentHub().deadline(after: timeout)
    while try !predicate() {
      if try !wait(until: deadline) { return try predicate() }
    }
    return true
  }

  private func wait(until deadline: Nanoseconds) throws -> Bool {
    lock.requireHeld("Condition.wait")
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("Condition.wait")
    var notice = Notice.none
    let failure = withUnsafeMutablePointer(to: &notice) { notice in
      node.pointee.payload = UnsafeMutableRawPointer(notice)
      waiters.append(node)
      lock.release()
      let end = hub.wait(node, for: self, until: deadline)
      switch notice.pointee {
      case .none:
        waiters.remove(node)
        lock.enqueue(node)
      case .one where end.failure != nil: notify()
      case .one, .all: break
      }
      if node.pointee.state == .queued { hub.waitUninterrupted(node, for: lock) }
      node.pointee.state = .idle
      node.pointee.payload = nil
      return end.failure
    }
    if let failure { throw failure }
    return notice != .none
  }

  /// Notifies as many of those who wait, the longest waiting first.
  ///
  /// Never switches. The caller need not hold the lock, but had better hold it while it makes the
  /// change that it tells of, if that takes a wait.
  /// - Parameter count: 1 by default. Those who are not there are not notified later.
  ///
  /// In Python: `notify`.
  public func notify(_ count: Int = 1) { notify(count, .one) }

  /// Notifies all who wait.
  ///
  /// Never switches. In Python: `notify_all`.
  public func notifyAll() { notify(waiters.count, .all) }

  private func notify(_ count: Int, _ notice: Notice) {
    require(count >= 0, "Condition: notify \(count)")
    for _ in 0..<min(count, waiters.count) {
      guard let node = waiters.first else { return }
      waiters.remove(node)
      // SAFETY: the waiter does not leave the frame that holds it while its payload is set.
      node.pointee.payload.unsafelyUnwrapped.assumingMemoryBound(to: Notice.self).pointee = notice
      node.pointee.thread._withUnsafeGuaranteedRef {
        $0.fiber?.pointee.waitSubject = lock.waitIdentifier
      }
      lock.enqueue(node)
    }
  }
}

extension Condition: WaitSubject {
  var waitDescription: String { "a condition" }
}
