/// A point that a fixed number of green threads pass together, each time that all have come.
///
/// ```swift
/// let barrier = Barrier(parties: workers.count)
/// for (part, worker) in workers.enumerated() {
///   spawn {
///     for step in steps {
///       try worker.compute(step, part)
///       try barrier.wait()
///     }
///   }
/// }
/// ```
///
/// If one of those who wait is killed or runs out of time, the others could wait for ever: the
/// barrier is broken then, and they and all who come later get ``BarrierError/broken``.
///
/// Not `Sendable`. In Python: `threading.Barrier`.
public final class Barrier {
  /// How many pass together.
  public let parties: Int
  /// Whether waiting fails until a ``reset()``.
  ///
  /// In Python: `broken`.
  @exclusivity(unchecked) public private(set) var isBroken = false
  @exclusivity(unchecked) private var waiters = WaitQueue()

  /// Creates a barrier.
  /// - Parameter parties: At least 1.
  public init(parties: Int) {
    require(parties > 0, "Barrier: \(parties) parties")
    self.parties = parties
  }

  /// How many green threads wait at the barrier.
  ///
  /// In Python: `n_waiting`.
  public var waitingCount: Int { waiters.count }

  /// Waits until all parties have come.
  ///
  /// The last one to come does not wait.
  /// - Returns: The place in the order of arrival, from 0 for the first to `parties - 1`.
  /// - Throws: ``BarrierError/broken``; what a kill or timeout throws, and the barrier is broken
  ///   then, unless all had come already.
  ///
  /// In Python: `wait`.
  @discardableResult
  public func wait() throws -> Int {
    // Never nil without a deadline.
    try wait(until: .never).unsafelyUnwrapped
  }

  /// Waits until all parties have come, at most `timeout`.
  /// - Returns: As ``wait()``; nil when the time passed first, and the barrier is broken then.
  /// - Throws: As ``wait()``.
  @discardableResult
  public func wait(timeout: Duration?) throws -> Int? {
    try wait(until: CurrentHub().deadline(after: timeout))
  }

  private func wait(until deadline: Nanoseconds) throws -> Int? {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("Barrier.wait")
    if isBroken { throw BarrierError.broken }
    let place = waiters.count
    if place == parties - 1 {
      while waiters.choose() != nil {}
      return place
    }
    waiters.append(node)
    let end = hub.wait(node, for: self, until: deadline)
    if end.state == .queued {
      waiters.remove(node)
      abort()
    }
    if let failure = end.failure { throw failure }
    if end.state == .rejected { throw BarrierError.broken }
    return end.state == .chosen ? place : nil
  }

  /// Breaks the barrier: those who wait, and all who come later, get ``BarrierError/broken``.
  ///
  /// Never switches. In Python: `abort`.
  public func abort() {
    isBroken = true
    rejectAll()
  }

  /// Makes the barrier as new.
  ///
  /// Those who wait get ``BarrierError/broken``. Never switches. In Python: `reset`.
  public func reset() {
    isBroken = false
    rejectAll()
  }

  private func rejectAll() { while waiters.choose(as: .rejected) != nil {} }
}

extension Barrier: WaitSubject {
  var waitDescription: String { "a barrier, \(waiters.count) of \(parties) have come" }
}
