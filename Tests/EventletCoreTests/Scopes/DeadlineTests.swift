import EventletCore
import EventletTesting
import XCTest

final class DeadlineTests: GreenTestCase {
  func testOneDeadlineBoundsSeveralCalls() throws {
    let deadline = Deadline(after: .seconds(3))
    try withDeadline(deadline) { try GreenThread.sleep(for: .seconds(2)) }
    XCTAssertEqual(deadline.remaining, .seconds(1))
    XCTAssertThrowsError(try withDeadline(deadline) { try GreenThread.sleep(for: .seconds(2)) }) {
      XCTAssertTrue($0 is Timeout)
    }
    XCTAssertTrue(deadline.hasPassed)
    XCTAssertEqual(deadline.remaining, .zero)
    XCTAssertThrowsError(try withDeadline(deadline) { try GreenThread.yield() })
  }

  func testNeverNeverPasses() throws {
    XCTAssertNil(Deadline.never.remaining)
    XCTAssertFalse(Deadline(after: nil).hasPassed)
    XCTAssertEqual(Deadline(after: .seconds(Int64.max)), .never)
    XCTAssertLessThan(Deadline(after: .seconds(1)), .never)
    try withDeadline(.never) { try GreenThread.sleep(for: .seconds(100)) }
  }

  func testAnErrorOfOnesOwnIsThrownInstead() {
    XCTAssertThrowsError(
      try withDeadline(Deadline(after: .zero), throwing: Failure("late")) {
        try GreenThread.sleep(for: .seconds(1))
      }
    ) { XCTAssertEqual($0 as? Failure, Failure("late")) }
  }

  // Eventlet: T23
  func testTheTightestLimitTellsTheTimeLeft() throws {
    XCTAssertNil(GreenThread.remainingTime)
    try withTimeout(.seconds(10)) {
      XCTAssertEqual(GreenThread.remainingTime, .seconds(10))
      try withTimeout(.seconds(60)) { XCTAssertEqual(GreenThread.remainingTime, .seconds(10)) }
      try GreenThread.sleep(for: .seconds(4))
      let inner = Timeout(after: .seconds(2))
      XCTAssertEqual(GreenThread.remainingTime, .seconds(2))
      inner.cancel()
      XCTAssertEqual(GreenThread.remainingTime, .seconds(6))
      try withShield {
        XCTAssertNil(GreenThread.remainingTime)
        try withTimeout(.seconds(1)) { XCTAssertEqual(GreenThread.remainingTime, .seconds(1)) }
      }
    }
    XCTAssertNil(GreenThread.remainingTime)
  }

  func testAChildOfAGroupKnowsItsScopesLimit() throws {
    let left = try withTimeout(.seconds(10)) {
      try withGreenGroup(of: Duration?.self) { group in
        group.spawn { () throws -> Duration? in
          try GreenThread.sleep(for: .seconds(3))
          return GreenThread.remainingTime
        }
        return try group.collect()
      }
    }
    XCTAssertEqual(left, [.seconds(7)])
  }
}
