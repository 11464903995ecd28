internal import EventletCore

/// Runs code on a fresh hub and looks for what it leaves behind.
///
/// The base of ``GreenTestCase``, for test frameworks other than XCTest:
///
/// ```swift
/// let problems = try GreenTest.run { try GreenThread.sleep(for: .seconds(60)) }
/// ```
public enum GreenTest {
  /// Which time a test's hub goes by.
  public enum Time: Sendable {
    /// A ``ManualClock`` that jumps.
    case virtual
    /// The kernel's clock.
    case real
  }

  /// Replaces the OS thread's hub, runs `body` on its main green thread and
  /// destroys the hub.
  ///
  /// Call it from the main green thread of its OS thread.
  /// - Parameters:
  ///   - time: Virtual by default.
  ///   - limit: Real time after which a ``Watchdog`` ends the process; 30 seconds
  ///     by default.
  ///   - label: What the watchdog says was running.
  ///   - countsOpenDescriptors: See ``LeakCheck/init(countsOpenDescriptors:)``.
  ///   - body: The test.
  /// - Returns: what was left behind or went wrong unseen, one line each; empty
  ///   if nothing.
  /// - Throws: what `body` throws, and then nothing is said of what it left
  ///   behind; what keeps the hub from being replaced or destroyed.
  public static func run(
    time: Time = .virtual, limit: Duration = .seconds(30), label: String = "test",
    countsOpenDescriptors: Bool = true, _ body: () throws -> Void
  ) throws -> [String] {
    var configuration = Hub.Configuration()
    configuration.drainsMainQueue = false
    if time == .virtual { configuration.clock = ManualClock() }
    try Hub.use(configuration)
    let hub = Hub.current
    var problems: [String] = []
    hub.onUncaughtError = { problems.append("\($0)") }
    let check = LeakCheck(countsOpenDescriptors: countsOpenDescriptors)
    let watchdog = Watchdog(limit: limit, label: label)
    defer { watchdog.stop() }
    var failure: (any Error)?
    do { try body() } catch { failure = error }
    do { try settle() } catch { problems.append("left pending: \(error)") }
    problems += check.leaks(of: hub)
    hub.onUncaughtError = nil
    try hub.destroy()
    if let failure { throw failure }
    return problems
  }

  /// What is only ready to end, ends.
  static func settle() throws { for _ in 0..<3 { try GreenThread.yield() } }
}
