/// A lock that one green thread holds at a time.
///
/// ```swift
/// let lock = Lock()
/// try lock.withLock {
///   let balance = try account.read()
///   try account.write(balance - 10)
/// }
/// ```
///
/// For what must not be interleaved although it waits in between; what does not wait needs no lock,
/// since nothing else runs on its OS thread meanwhile. First come, first served, with direct
/// hand-off: a released lock belongs to the longest waiting green thread at once. Not re-entrant,
/// see ``RLock``. A green thread that ends does not release what it holds.
///
/// After a fork the child's locks are as the parent's: their holders and waiters are there too.
///
/// Not `Sendable`. In Python: `eventlet.lock.Lock`, `threading.Lock`.
public final class Lock {
  @exclusivity(unchecked) private(set) var holder = Holder.nobody
  @exclusivity(unchecked) private var waiters = WaitQueue()

  /// Creates a lock that nobody holds.
  public init() {}

  /// Whether somebody holds the lock.
  ///
  /// In Python: `locked()`.
  public var isLocked: Bool { !holder.isNobody }
  /// Whether the running green thread holds the lock.
  public var isHeldByCurrent: Bool { holder == .current }
  /// How many green threads wait for the lock.
  public var waitingCount: Int { waiters.count }

  /// Takes the lock; waits for it if somebody has it, at most `timeout`.
  /// - Parameter timeout: nil waits for ever, which is the default; zero lets ready work run once.
  /// - Returns: false when the time passed first.
  /// - Throws: ``HubError/selfWait(_:)`` if the caller has the lock already; what a kill or timeout
  ///   throws, and the lock goes to the next in line then, had it just been handed over;
  ///   ``HubError/blockingCallInHub(_:)`` in a hub callback, if somebody has the lock.
  ///
  /// In Python: `acquire`.
  @discardableResult
  public func acquire(timeout: Duration? = nil) throws -> Bool {
    if acquireNoWait() { return true }
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("Lock.acquire")
    if isHeldByCurrent { throw HubError.selfWait(holder.description) }
    waiters.append(node)
    let end = hub.wait(node, for: self, until: hub.deadline(after: timeout))
    if end.state == .queued { waiters.remove(node) }
    if let failure = end.failure {
      if end.state == .chosen { passOn() }
      throw failure
    }
    return end.state == .chosen
  }

  /// Takes the lock if nobody has it.
  ///
  /// Never switches. In Python: `acquire(blocking=False)`.
  public func acquireNoWait() -> Bool {
    guard holder.isNobody else { return false }
    holder = .current
    return true
  }

  /// Gives the lock to the longest waiting green thread, or to nobody.
  ///
  /// Never switches. Traps if the running green thread does not hold the lock.
  public func release() {
    requireHeld("release")
    passOn()
  }

  /// Holds the lock while `body` runs, and releases it on every way out.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: As ``acquire(timeout:)``; what `body` throws.
  ///
  /// In Python: `with lock:`.
  public func withLock<Result>(_ body: () throws -> Result) throws -> Result {
    try acquire()
    defer { release() }
    return try body()
  }

  private func passOn() {
    holder = waiters.choose().map { Holder($0) } ?? .nobody
  }

  // MARK: For conditions

  func requireHeld(_ call: String) {
    require(isLocked, "Lock: \(call) of an unlocked lock")
    require(
      isHeldByCurrent,
      "Lock: \(call) by \(Holder.current.description), but \(holder.description) holds it")
  }

  /// Puts a green thread that waits for something else, or runs, into the line.
  func enqueue(_ node: WaitQueue.Node) {
    waiters.append(node)
    if holder.isNobody { passOn() }
  }
}

extension Lock: WaitSubject {
  var waitDescription: String { "a lock held by \(holder.description)" }
}
