import EventletCore
import EventletTesting
import XCTest

final class SwitchAssertionsTests: FailureCollectingTestCase {
  /// What `body` records, on a hub of its own with another green thread that is ready.
  private func recorded(_ body: () throws -> Void) throws -> [String] {
    try failures {
      let problems = try GreenTest.run {
        spawn {}
        try body()
      }
      XCTAssertEqual(problems, [])
    }
  }

  func testASwitchIsSeen() throws {
    XCTAssertEqual(try recorded { try assertSwitches { try GreenThread.yield() } }, [])
    let found = try recorded { try assertDoesNotSwitch { try GreenThread.yield() } }
    XCTAssertEqual(found.count, 1)
    XCTAssertTrue(found.joined().contains("unexpected switch"), "\(found)")
  }

  func testThatNothingSwitchedIsSeen() throws {
    XCTAssertEqual(try recorded { assertDoesNotSwitch {} }, [])
    let found = try recorded { assertSwitches {} }
    XCTAssertEqual(found.count, 1)
    XCTAssertTrue(found.joined().contains("expected a switch"), "\(found)")
  }

  func testTheResultComesThrough() throws {
    XCTAssertEqual(
      try recorded {
        XCTAssertEqual(assertDoesNotSwitch { 1 }, 1)
        XCTAssertEqual(
          try assertSwitches {
            try GreenThread.yield()
            return 2
          }, 2)
      }, [])
  }

  func testACallThatThrowsIsLookedAtToo() throws {
    func switchAndThrow() throws {
      try GreenThread.yield()
      throw Odd()
    }
    XCTAssertEqual(
      try recorded { XCTAssertThrowsError(try assertSwitches { try switchAndThrow() }) }, [])
    XCTAssertEqual(
      try recorded { XCTAssertThrowsError(try assertDoesNotSwitch { throw Odd() }) }, [])
    XCTAssertEqual(
      try recorded { XCTAssertThrowsError(try assertDoesNotSwitch { try switchAndThrow() }) }.count,
      1)
    XCTAssertEqual(
      try recorded { XCTAssertThrowsError(try assertSwitches { throw Odd() }) }.count, 1)
  }
}
