internal import Glibc
public import EventletCore
public import XCTest

/// A test case whose tests may block greenly.
///
/// Each test runs on the main green thread of a fresh hub, in virtual time,
/// under a watchdog; so do its `setUp` and `tearDown`. Afterwards no green thread,
/// timer, registered descriptor or open descriptor may be left, and no error may
/// have gone unseen, or the test fails.
///
/// ```swift
/// final class SleepTests: GreenTestCase {
///   func testAMinuteTakesNoTime() throws { try GreenThread.sleep(for: .seconds(60)) }
/// }
/// ```
open class GreenTestCase: XCTestCase {
  /// Which time the tests go by: virtual.
  ///
  /// Override it with `.real` where a peer outside the hub takes real time.
  open var time: GreenTest.Time { .virtual }

  /// Real time that one test may take before the ``Watchdog`` ends the process:
  /// 30 seconds.
  open var timeLimit: Duration { .seconds(30) }

  /// Errors reported as uncaught so far.
  ///
  /// One that is still here when the test ends fails it, see
  /// ``takeUncaughtErrors()``.
  public var uncaughtErrors: [UncaughtError] = []

  /// The virtual clock of the test; of no effect with ``GreenTest/Time/real``.
  public let clock = ManualClock()

  /// Runs the test as described above.
  open override func invokeTest() {
    var configuration = Hub.Configuration()
    configuration.drainsMainQueue = false
    if time == .virtual { configuration.clock = clock }
    do { try Hub.use(configuration) } catch {
      XCTFail("no hub: \(error)")
      return
    }
    let hub = Hub.current
    uncaughtErrors = []
    hub.onUncaughtError = { [unowned self] in uncaughtErrors.append($0) }
    let check = LeakCheck()
    let watchdog = Watchdog(limit: timeLimit, label: name)
    super.invokeTest()
    do { try GreenTest.settle() } catch { XCTFail("left pending: \(error)") }
    for leak in check.leaks(of: hub) { XCTFail(leak) }
    for error in uncaughtErrors { XCTFail("\(error)") }
    uncaughtErrors = []
    hub.onUncaughtError = nil
    do { try hub.destroy() } catch { XCTFail("the hub would not go: \(error)") }
    watchdog.stop()
  }

  /// Takes the errors reported as uncaught so far, which the test expected.
  ///
  /// ```swift
  /// GreenThread.spawnDiscarding { throw Failure() }
  /// try GreenThread.yield()
  /// XCTAssertEqual(takeUncaughtErrors().count, 1)
  /// ```
  public func takeUncaughtErrors() -> [UncaughtError] {
    defer { uncaughtErrors = [] }
    return uncaughtErrors
  }

  /// Waits for what another OS thread does, without parking: in virtual time no limit passes.
  /// - Parameter condition: Asked again and again; must not switch.
  /// - Throws: what a kill or timeout throws.
  package func wait(until condition: () -> Bool) throws {
    while !condition() {
      sched_yield()
      try GreenThread.yield()
    }
  }
}
