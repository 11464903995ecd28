/// A lock that its holder may take again.
///
/// ```swift
/// let lock = RLock()
/// func log(_ line: String) throws { try lock.withLock { try file.write(line) } }
/// try lock.withLock {
///   try log("begin")
///   try log("end")
/// }
/// ```
///
/// It is free when it was released as often as it was taken. Everything else is as for ``Lock``.
/// Not `Sendable`. In Python: `threading.RLock`.
public final class RLock {
  private let lock = Lock()
  @exclusivity(unchecked) private var depth = 0

  /// Creates a lock that nobody holds.
  public init() {}

  /// Whether somebody holds the lock.
  public var isLocked: Bool { lock.isLocked }
  /// Whether the running green thread holds the lock.
  public var isHeldByCurrent: Bool { lock.isHeldByCurrent }
  /// How many green threads wait for the lock.
  public var waitingCount: Int { lock.waitingCount }

  /// Takes the lock; waits if another green thread has it, at most `timeout`.
  /// - Parameter timeout: nil waits for ever, which is the default; zero lets ready work run once.
  /// - Returns: false when the time passed first.
  /// - Throws: what a kill or timeout throws, and the lock goes to the next in line then, had it
  ///   just been handed over; ``HubError/blockingCallInHub(_:)`` in a hub callback, if somebody has
  ///   the lock.
  ///
  /// In Python: `acquire`.
  @discardableResult
  public func acquire(timeout: Duration? = nil) throws -> Bool {
    if acquireNoWait() { return true }
    guard try lock.acquire(timeout: timeout) else { return false }
    depth = 1
    return true
  }

  /// Takes the lock if no other green thread has it.
  ///
  /// Never switches. In Python: `acquire(blocking=False)`.
  public func acquireNoWait() -> Bool {
    guard lock.isHeldByCurrent || lock.acquireNoWait() else { return false }
    depth += 1
    return true
  }

  /// Takes back one ``acquire(timeout:)``; the last one gives the lock to the longest waiting green
  /// thread, or to nobody.
  ///
  /// Never switches. Traps if the running green thread does not hold the lock.
  public func release() {
    lock.requireHeld("release")
    depth -= 1
    if depth == 0 { lock.release() }
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
}
