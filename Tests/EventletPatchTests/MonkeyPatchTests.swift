import Dispatch
import EventletCore
import EventletPatch
import EventletTesting
import Glibc
import XCTest

final class MonkeyPatchTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  override func setUpWithError() throws {
    try super.setUpWithError()
    try skipUnderThreadSanitizer()
  }

  override func tearDown() {
    MonkeyPatch.uninstall()
    super.tearDown()
  }

  /// Whether a sibling runs while `call` waits.
  private func isGreen(_ call: () -> Void) throws -> Bool {
    var hasRun = false
    let sibling = spawn { hasRun = true }
    call()
    let result = hasRun
    try sibling.wait()
    return result
  }

  // Eventlet: PA1
  func testEverythingByDefault() throws {
    XCTAssertEqual(MonkeyPatch.installed, [])
    try MonkeyPatch.install()
    XCTAssertEqual(MonkeyPatch.installed, .all)
    XCTAssertTrue(MonkeyPatch.isInstalled(.all))
  }

  // Eventlet: PA2, PA3, PA4, PA8
  func testOnlyWhatIsNamed() throws {
    try MonkeyPatch.install(.time)
    XCTAssertTrue(MonkeyPatch.isInstalled(.time))
    XCTAssertFalse(MonkeyPatch.isInstalled(.select))
    XCTAssertTrue(try isGreen { usleep(1000) })
    XCTAssertFalse(try isGreen { _ = poll(nil, 0, 1) })
    MonkeyPatch.uninstall()
    try MonkeyPatch.install(.all.subtracting(.time))
    XCTAssertFalse(try isGreen { usleep(1000) })
    XCTAssertTrue(try isGreen { _ = poll(nil, 0, 1) })
  }

  // Eventlet: PA7
  func testMoreCanBeAdded() throws {
    try MonkeyPatch.install(.time)
    try MonkeyPatch.install(.select)
    try MonkeyPatch.install(.select)
    XCTAssertEqual(MonkeyPatch.installed, [.time, .select])
    XCTAssertEqual("\(MonkeyPatch.installed)", "[select, time]")
    MonkeyPatch.uninstall(.time)
    XCTAssertEqual(MonkeyPatch.installed, .select)
  }

  // Eventlet: PA17
  func testASleepOfNothingYields() throws {
    try MonkeyPatch.install()
    XCTAssertTrue(try isGreen { sleep(0) })
    XCTAssertTrue(try isGreen { usleep(0) })
  }

  // Eventlet: PA18
  func testOriginalsBlock() throws {
    try MonkeyPatch.install()
    XCTAssertFalse(
      try isGreen {
        MonkeyPatch.original {
          MonkeyPatch.original {}; usleep(1000)
        }
      })
    XCTAssertTrue(try isGreen { usleep(1000) })
    struct Refused: Error {}
    XCTAssertThrowsError(try MonkeyPatch.original { throw Refused() })
    XCTAssertTrue(try isGreen { usleep(1000) })
  }

  // Eventlet: PA18
  func testOriginalsAreOfOneGreenThread() throws {
    try MonkeyPatch.install()
    let other = spawn { try self.isGreen { usleep(1000) } }
    try MonkeyPatch.original { try GreenThread.sleep(for: .milliseconds(20)) }
    XCTAssertTrue(try other.wait())
  }

  // Eventlet: GM31, PA21
  func testPlainThreadsAreLeftAlone() throws {
    try MonkeyPatch.install()
    // A job of the pool blocks its OS thread: the hub would trap if it parked there.
    let took = try ThreadPool.execute {
      let clock = ContinuousClock()
      return clock.measure { usleep(20000) }
    }
    XCTAssertGreaterThanOrEqual(took, .milliseconds(20))
  }

  /// Nor what follows a green thread's end: so its calls block, and return what libc's do.
  func testLinksBlock() throws {
    try MonkeyPatch.install()
    let semaphore = DispatchSemaphore(value: 0)
    var results: [Int] = []
    let thread = spawn {}
    thread.link { _ in
      results.append(Int(usleep(1000)))
      results.append(Int(poll(nil, 0, 1)))
      DispatchQueue.global().asyncAfter(deadline: .now() + 0.02) { semaphore.signal() }
      semaphore.wait()
      results.append(Int(system("exit 3")) >> 8)
      results.append(semaphore.wait(timeout: .now() + 0.01) == .timedOut ? 4 : 0)
    }
    try thread.wait()
    while results.count < 4 { try GreenThread.yield() }
    XCTAssertEqual(results, [0, 0, 3, 4])
  }

  /// What the hub calls back may not wait greenly, so the OS thread does.
  func testCallbacksOfTheHubBlock() throws {
    try MonkeyPatch.install()
    var result: Int32 = 1
    let done = Event<Void>()
    Hub.current.schedule(after: .zero) {
      result = usleep(1000)
      done.send(())
    }
    try done.wait()
    XCTAssertEqual(result, 0)
  }
}

final class PatchedTimeTests: GreenTestCase {
  func testTimeIsTheHubs() throws {
    try MonkeyPatch.install()
    defer { MonkeyPatch.uninstall() }
    let before = ContinuousClock.now
    sleep(3600)
    XCTAssertEqual(poll(nil, 0, 3_600_000), 0)
    XCTAssertLessThan(ContinuousClock.now - before, .seconds(20))
  }
}
