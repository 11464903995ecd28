import EventletCore
import EventletTesting
import XCTest

final class WaitGroupTests: GreenTestCase {
  // Eventlet: M3
  func testWithNothingToWaitForItReturnsAtOnce() throws {
    let group = WaitGroup()
    XCTAssertEqual(group.count, 0)
    XCTAssertTrue(try assertDoesNotSwitch { try group.wait() })
  }

  // Eventlet: M4
  func testWhatIsAddedMakesLaterWaitsBlock() throws {
    let group = WaitGroup()
    group.add()
    group.add(2)
    XCTAssertEqual(group.count, 3)
    XCTAssertFalse(try group.wait(timeout: .seconds(2)))
    XCTAssertEqual(clock.elapsed, .seconds(2))
    XCTAssertEqual(group.waitingCount, 0)
  }

  // Eventlet: M5
  func testAtZeroEveryWaiterGoesOn() throws {
    let group = WaitGroup()
    group.add(3)
    var log: [Int] = []
    let waiters = (0..<3).map { number in
      spawn {
        try group.wait()
        log.append(number)
      }
    }
    try GreenThread.yield()
    XCTAssertEqual(group.waitingCount, 3)
    group.done(2)
    try GreenThread.yield()
    XCTAssertEqual(log, [])
    assertDoesNotSwitch { group.done() }
    // Too late for those who wait already.
    group.add()
    for waiter in waiters { try waiter.wait() }
    XCTAssertEqual(log, [0, 1, 2])
    XCTAssertFalse(try group.wait(timeout: .zero))
  }

  // Eventlet: M5
  func testDoneWorksInAHubCallback() throws {
    let group = WaitGroup()
    group.add()
    Hub.current.schedule(after: .seconds(1)) { group.done() }
    XCTAssertTrue(try group.wait())
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  func testReportsSayHowManyAreLeft() throws {
    let group = WaitGroup()
    group.add(7)
    let thread = spawn { try group.wait() }
    try GreenThread.yield()
    XCTAssertTrue(Hub.current.report().contains("waits for a wait group, 7 left"))
    try thread.kill()
  }
}
