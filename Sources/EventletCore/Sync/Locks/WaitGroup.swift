/// A counter of unfinished work that green threads wait to see at zero.
///
/// ```swift
/// let group = WaitGroup()
/// for url in urls {
///   group.add()
///   spawn {
///     defer { group.done() }
///     try fetch(url)
///   }
/// }
/// try group.wait()
/// ```
///
/// Not `Sendable`. In Python: `eventlet.coros.metaphore`.
public final class WaitGroup {
  /// What was added and is not done.
  @exclusivity(unchecked) public private(set) var count = 0
  @exclusivity(unchecked) private var waiters = WaitQueue()

  /// Creates a group with nothing to wait for.
  public init() {}

  /// How many green threads wait.
  public var waitingCount: Int { waiters.count }

  /// Adds to the counter.
  ///
  /// Never switches.
  /// - Parameter number: At least 1, which is the default.
  ///
  /// In Python: `inc`.
  public func add(_ number: Int = 1) {
    require(number > 0, "WaitGroup: add \(number)")
    count += number
  }

  /// Takes from the counter; at zero, all who wait go on.
  ///
  /// Never switches. Traps if that is more than was added: the counter is never below zero.
  /// - Parameter number: At least 1, which is the default.
  ///
  /// In Python: `dec`.
  public func done(_ number: Int = 1) {
    require(number > 0, "WaitGroup: done \(number)")
    require(number <= count, "WaitGroup: done \(number), but \(count) is all that is left to do")
    count -= number
    if count == 0 { while waiters.choose() != nil {} }
  }

  /// Waits until the counter is zero, at most `timeout`.
  ///
  /// Returns at once if it is. Once it was zero those who wait go on, even if something is added
  /// before they resume.
  /// - Parameter timeout: nil waits for ever, which is the default.
  /// - Returns: false when the time passed first.
  /// - Throws: what a kill or timeout throws.
  ///
  /// In Python: `wait`.
  @discardableResult
  public func wait(timeout: Duration? = nil) throws -> Bool {
    if count == 0 { return true }
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("WaitGroup.wait")
    waiters.append(node)
    let end = hub.wait(node, for: self, until: hub.deadline(after: timeout))
    if end.state == .queued { waiters.remove(node) }
    if let failure = end.failure { throw failure }
    return end.state == .chosen
  }
}

extension WaitGroup: WaitSubject {
  var waitDescription: String { "a wait group, \(count) left" }
}
