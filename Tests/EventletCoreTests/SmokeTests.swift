import EventletCore
import EventletTesting
import XCTest

final class SmokeTests: GreenTestCase {
  func testAMinuteTakesNoTime() throws {
    try GreenThread.sleep(for: .seconds(60))
    XCTAssertEqual(clock.elapsed, .seconds(60))
  }

  func testKillRunsTheTargetAtOnce() throws {
    var log: [String] = []
    let target = spawn {
      defer { log.append("cleaned") }
      try GreenThread.sleep(for: .seconds(1))
    }
    try GreenThread.yield()
    try target.kill()
    log.append("killed")
    XCTAssertEqual(log, ["cleaned", "killed"])
    XCTAssertThrowsError(try target.wait()) { XCTAssert($0 is GreenThreadExit) }
  }

  func testDeadlockIsReported() throws {
    let event = Event<Int>()
    XCTAssertThrowsError(try event.wait()) { error in
      guard case HubError.deadlock = error else { return XCTFail("\(error)") }
    }
  }
}
