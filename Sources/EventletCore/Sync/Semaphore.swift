/// A counter of permits that green threads take and give back.
///
/// ```swift
/// let connections = Semaphore(value: 10)
/// try connections.withPermit { try query() }
/// ```
///
/// First come, first served, with direct hand-off: a released permit belongs to
/// the longest waiting green thread at once, and nobody can take it away in
/// between. Not `Sendable`.
///
/// In Python: `eventlet.semaphore.Semaphore`.
public class Semaphore {
  @exclusivity(unchecked) final var counter: Int
  @exclusivity(unchecked) final var waiters = WaitQueue()

  /// Creates a semaphore with `value` permits, one by default.
  ///
  /// Traps when `value` is negative.
  public init(value: Int = 1) {
    require(value >= 0, "Semaphore: initial value \(value) is negative")
    counter = value
  }

  /// Permits that can be had without waiting.
  public final var freeCount: Int { counter }
  /// Free permits, less the green threads that wait for one.
  ///
  /// In Python: `balance`.
  public final var balance: Int { counter - waiters.count }
  /// Whether an acquire would wait.
  ///
  /// In Python: `locked`.
  public final var isLocked: Bool { counter <= 0 }
  /// How many green threads wait for a permit.
  public final var waitingCount: Int { waiters.count }

  /// Takes a permit; waits for one if there is none, at most `timeout`.
  /// - Parameter timeout: nil waits for ever; zero lets ready work run once.
  /// - Returns: false when the time passed first.
  /// - Throws: what a kill or timeout throws. A permit that was handed over
  ///   just before goes to the next in line.
  ///
  /// In Python: `acquire`.
  @discardableResult
  public final func acquire(timeout: Duration? = nil) throws -> Bool {
    if acquireNoWait() { return true }
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("Semaphore.acquire")
    waiters.append(node)
    do {
      _ = try hub.park(.semaphore, until: hub.deadline(after: timeout))
    } catch {
      let state = node.pointee.state
      if state == .queued { waiters.remove(node) }
      node.pointee.state = .idle
      if state == .chosen { passOn() }
      throw error
    }
    let state = node.pointee.state
    if state == .queued { waiters.remove(node) }
    node.pointee.state = .idle
    return state == .chosen
  }

  /// Takes a permit if there is one.
  ///
  /// Never switches.
  /// - Returns: whether there was one.
  ///
  /// In Python: `acquire(blocking=False)`.
  public final func acquireNoWait() -> Bool {
    guard counter > 0 else { return false }
    counter -= 1
    return true
  }

  /// Gives a permit back, or adds one.
  ///
  /// Never switches. The first in line has the permit at once and resumes later.
  ///
  /// In Python: `release`.
  public func release() { passOn() }

  /// To the first in line, or to the counter.
  final func passOn() {
    if waiters.choose() == nil { counter += 1 }
  }

  /// Holds a permit while `body` runs, and releases it on every way out.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; what a kill or timeout throws during the wait
  ///   for the permit, and then `body` has not run.
  ///
  /// In Python: `with semaphore:`.
  public final func withPermit<Result>(_ body: () throws -> Result) throws -> Result {
    try acquire()
    defer { release() }
    return try body()
  }
}
