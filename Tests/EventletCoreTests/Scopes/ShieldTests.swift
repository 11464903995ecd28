import EventletCore
import EventletTesting
import XCTest

final class ShieldTests: GreenTestCase {
  func testAKillWaitsForTheEndOfTheShield() throws {
    var steps: [String] = []
    let thread = spawn {
      try withShield {
        try GreenThread.sleep(for: .seconds(1))
        steps.append("shielded")
      }
      steps.append("after")
      try GreenThread.sleep(for: .seconds(1))
      steps.append("never")
    }
    try GreenThread.yield()
    try thread.kill()
    XCTAssertFalse(thread.isFinished)
    XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    XCTAssertEqual(steps, ["shielded", "after"])
  }

  func testATimeoutOutsideWaitsAndOneInsideDoesNot() throws {
    let start = clock.now
    XCTAssertThrowsError(
      try withTimeout(.seconds(1)) {
        XCTAssertThrowsError(
          try withShield {
            try withTimeout(.seconds(5)) { try GreenThread.sleep(for: .seconds(60)) }
          }
        ) { XCTAssertEqual(($0 as? Timeout)?.duration, .seconds(5)) }
        XCTAssertEqual(clock.now - start, 5_000_000_000)
        try GreenThread.yield()
      }
    ) { XCTAssertEqual(($0 as? Timeout)?.duration, .seconds(1)) }
  }

  func testTheShieldsOwnLimitEndsIt() throws {
    XCTAssertThrowsError(
      try withShield(upTo: .seconds(2)) { try GreenThread.sleep(for: .seconds(60)) }
    ) { XCTAssertEqual(($0 as? Timeout)?.duration, .seconds(2)) }
    XCTAssertEqual(try withShield(upTo: .seconds(2)) { 4 }, 4)
  }

  func testATimeoutTakenBackInsideIsNotThrown() throws {
    let timeout = Timeout(after: .seconds(1))
    try withShield {
      try GreenThread.sleep(for: .seconds(2))
      timeout.cancel()
    }
    try GreenThread.yield()
  }

  func testShieldsNest() throws {
    let thread = spawn {
      try withShield {
        try withShield { try GreenThread.sleep(for: .seconds(1)) }
        try GreenThread.sleep(for: .seconds(1))
      }
      try GreenThread.sleep(for: .seconds(60))
    }
    try GreenThread.yield()
    try thread.kill()
    let start = clock.now
    XCTAssertThrowsError(try thread.wait())
    XCTAssertEqual(clock.now - start, 2_000_000_000)
  }

  func testCleanUpOfAKilledGreenThreadMayWait() throws {
    var isClean = false
    let thread = spawn {
      defer {
        try? withShield {
          try GreenThread.sleep(for: .seconds(1))
          isClean = true
        }
      }
      try GreenThread.sleep(for: .seconds(60))
    }
    try GreenThread.yield()
    try thread.kill()
    try thread.kill()
    XCTAssertThrowsError(try thread.wait())
    XCTAssertTrue(isClean)
  }

  func testDestroyingTheHubGetsThrough() throws {
    onAnotherOSThread {
      let thread = spawn { try withShield { try GreenThread.sleep(for: .seconds(60)) } }
      do {
        try GreenThread.yield()
        try Hub.current.destroy()
      } catch { fatalError("\(error)") }
      XCTAssertTrue(thread.isFinished)
    }
  }
}
