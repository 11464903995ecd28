public import EventletCore
public import XCTest

/// A test case whose tests may block greenly.
///
/// Each test runs on the main green thread of a fresh hub, in virtual time,
/// under a watchdog. Afterwards no green thread, timer, registered descriptor or
/// open descriptor may be left, and no error may have gone unseen.
///
/// ```swift
/// final class SleepTests: GreenTestCase {
///   func testAMinuteTakesNoTime() throws { try GreenThread.sleep(for: .seconds(60)) }
/// }
/// ```
open class GreenTestCase: XCTestCase {
  /// Which time the tests go by: virtual.
  ///
  /// Override for real I/O time.
  open var time: GreenTest.Time { .virtual }

  /// Real time that one test may take.
  open var timeLimit: Duration { .seconds(30) }

  /// Errors that the test expects to be reported as uncaught; each takes one off.
  public var uncaughtErrors: [UncaughtError] = []

  /// The virtual clock of the test.
  public let clock = ManualClock()

  /// Runs the test as described above.
  open override func invokeTest() {
    var configuration = Hub.Configuration()
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
  public func takeUncaughtErrors() -> [UncaughtError] {
    defer { uncaughtErrors = [] }
    return uncaughtErrors
  }
}
