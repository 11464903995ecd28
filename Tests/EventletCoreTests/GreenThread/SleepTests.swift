import EventletCore
import EventletTesting
import XCTest

final class SleepTests: GreenTestCase {
  // Eventlet: G34
  func testYieldLetsEverythingReadyRunOnce() throws {
    var log: [Int] = []
    let threads = (0..<3).map { number in
      spawn {
        log.append(number)
        try GreenThread.yield()
        log.append(number + 10)
      }
    }
    try GreenThread.yield()
    XCTAssertEqual(log, [0, 1, 2])
    try GreenThread.yield()
    XCTAssertEqual(log, [0, 1, 2, 10, 11, 12])
    for thread in threads { try thread.wait() }
  }

  // Eventlet: G34
  func testSleepingForNoTimeIsAYield() throws {
    var hasRun = false
    spawn { hasRun = true }
    try GreenThread.sleep(for: .zero)
    XCTAssertTrue(hasRun)
    XCTAssertEqual(clock.elapsed, .zero)
  }

  // Eventlet: G34
  func testYieldAloneReturns() throws {
    for _ in 0..<10 { try GreenThread.yield() }
    XCTAssertEqual(clock.elapsed, .zero)
  }

  // Eventlet: G35
  func testSleepLastsAsLongAsAskedFor() throws {
    for milliseconds in [1, 999, 3_600_000] {
      let start = clock.elapsed
      try GreenThread.sleep(for: .milliseconds(milliseconds))
      XCTAssertEqual(clock.elapsed - start, .milliseconds(milliseconds))
    }
  }

  // Eventlet: G35
  func testANegativeSleepTakesNoTime() throws {
    var hasRun = false
    spawn { hasRun = true }
    try GreenThread.sleep(for: .seconds(-5))
    XCTAssertTrue(hasRun)
    XCTAssertEqual(clock.elapsed, .zero)
  }

  // Eventlet: G35
  func testSleepersWakeInTheOrderOfTheirDeadlines() throws {
    var order: [Int] = []
    let threads = [3, 1, 2].map { seconds in
      spawn {
        try GreenThread.sleep(for: .seconds(seconds))
        order.append(seconds)
      }
    }
    for thread in threads { try thread.wait() }
    XCTAssertEqual(order, [1, 2, 3])
    XCTAssertEqual(clock.elapsed, .seconds(3))
  }

  // Eventlet: G36
  func testYieldInACallbackReturnsAtOnce() throws {
    var hasPassed = false
    Hub.current.schedule(after: .zero) {
      try GreenThread.yield()
      try GreenThread.sleep(for: .zero)
      try GreenThread.sleep(for: .seconds(-1))
      hasPassed = true
    }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertTrue(hasPassed)
  }

  // Eventlet: G37
  func testSleepInACallbackIsRefused() throws {
    var caught: (any Error)?
    Hub.current.schedule(after: .zero) {
      do { try GreenThread.sleep(for: .seconds(1)) } catch { caught = error }
    }
    try GreenThread.sleep(for: .seconds(1))
    guard case HubError.blockingCallInHub? = caught else { return XCTFail("\(caught as Any)") }
    XCTAssertTrue("\(caught as Any)".contains("not allowed"))
  }

  // Eventlet: G38
  func testASleepThatEndsInAnErrorLeavesNoTimer() throws {
    XCTAssertThrowsError(
      try withTimeout(.seconds(1)) { try GreenThread.sleep(for: .seconds(60)) })
    XCTAssertEqual(Hub.current.statistics.timers, 0)
    try GreenThread.sleep(for: .seconds(100))
    XCTAssertEqual(clock.elapsed, .seconds(101))
  }
}
