import EventletCore
import EventletTesting
import XCTest

private struct OwnTimeout: TimeoutError {}

final class TimeoutTests: GreenTestCase {
  // Eventlet: T1, T3
  func testATimeoutIsThrownWhereItsGreenThreadWaits() {
    let timeout = Timeout(after: .seconds(1))
    XCTAssertTrue(timeout.isPending)
    XCTAssertThrowsError(try GreenThread.sleep(for: .seconds(60))) {
      XCTAssertTrue($0 as? Timeout === timeout)
    }
    XCTAssertFalse(timeout.isPending)
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: T1
  func testATimeoutHitsOnlyTheGreenThreadThatMadeIt() throws {
    let thread = spawn {
      try withTimeout(.seconds(1)) { try GreenThread.sleep(for: .seconds(60)) }
    }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(clock.elapsed, .seconds(2))
    XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 is Timeout) }
  }

  // Eventlet: T2
  func testCodeThatDoesNotWaitIsNotInterrupted() throws {
    let clock = clock
    var isThrough = false
    try withTimeout(.seconds(1)) {
      clock.advance(by: .seconds(100))
      isThrough = true
    }
    XCTAssertTrue(isThrough)
    try GreenThread.yield()
  }

  // Eventlet: T4
  func testAnotherErrorIsThrownInstead() {
    XCTAssertThrowsError(
      try withTimeout(.seconds(1), throwing: Failure("late")) {
        try GreenThread.sleep(for: .seconds(60))
      }
    ) { XCTAssertEqual($0 as? Failure, Failure("late")) }
    let failure = ObjectFailure()
    let timeout = Timeout(after: .seconds(1), throwing: failure)
    XCTAssertThrowsError(try GreenThread.sleep(for: .seconds(60))) {
      XCTAssertTrue($0 as? ObjectFailure === failure)
    }
    timeout.cancel()
  }

  // Eventlet: T5
  func testASilentTimeoutSkipsTheRestOfItsScope() throws {
    var log: [String] = []
    let result = try Timeout.silently(after: .seconds(1)) { () -> Int in
      log.append("before")
      try GreenThread.sleep(for: .seconds(60))
      log.append("after")
      return 1
    }
    XCTAssertNil(result)
    XCTAssertEqual(log, ["before"])
    XCTAssertEqual(try Timeout.silently(after: .seconds(1)) { 2 }, 2)
  }

  // Eventlet: T6
  func testASilentScopeDoesNotSwallowTheOuterTimeout() throws {
    var log: [String] = []
    let result = try Timeout.silently(after: .seconds(1)) { () -> Int in
      _ = try Timeout.silently(after: .seconds(2)) {
        try GreenThread.sleep(for: .seconds(60))
      }
      log.append("after the inner scope")
      return 1
    }
    XCTAssertNil(result)
    XCTAssertEqual(log, [])
  }

  // Eventlet: T7
  func testTheShorterOfTwoNestedTimeoutsFiresFirst() throws {
    for (outerSeconds, innerSeconds) in [(1, 2), (2, 1)] {
      let outer = Timeout(after: .seconds(outerSeconds))
      let inner = Timeout(after: .seconds(innerSeconds))
      let (first, second) = outerSeconds < innerSeconds ? (outer, inner) : (inner, outer)
      XCTAssertThrowsError(try GreenThread.sleep(for: .seconds(60))) {
        XCTAssertTrue($0 as? Timeout === first)
      }
      XCTAssertFalse(first.isPending)
      XCTAssertTrue(second.isPending)
      inner.cancel()
      outer.cancel()
    }
    try GreenThread.sleep(for: .seconds(10))
  }

  // Eventlet: T8
  func testNoDurationNeverFires() throws {
    let timeout = Timeout(after: nil)
    XCTAssertFalse(timeout.isPending)
    try GreenThread.sleep(for: .seconds(1_000_000))
    timeout.cancel()
    XCTAssertEqual(try withTimeout(nil) { 1 }, 1)
  }

  // Eventlet: T9
  func testNoTimeOrLessFiresAtTheNextWait() {
    for seconds in [0, -1] {
      let timeout = Timeout(after: .seconds(seconds))
      XCTAssertThrowsError(try GreenThread.sleep(for: .seconds(1))) {
        XCTAssertTrue($0 as? Timeout === timeout)
      }
    }
    XCTAssertEqual(clock.elapsed, .zero)
  }

  // Eventlet: T10
  func testLeavingTheScopeCancels() throws {
    XCTAssertEqual(try withTimeout(.seconds(1)) { 1 }, 1)
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { throw Failure() })
    XCTAssertEqual(Hub.current.statistics.timers, 0)
    try GreenThread.sleep(for: .seconds(5))
  }

  // Eventlet: T11
  func testCancelDisablesAndMayBeRepeated() throws {
    let timeout = Timeout(after: .seconds(1))
    timeout.cancel()
    timeout.cancel()
    XCTAssertFalse(timeout.isPending)
    try GreenThread.sleep(for: .seconds(5))
  }

  // Eventlet: T11
  func testCancelTakesBackAnErrorThatWasNotThrownYet() throws {
    var timeout: Timeout?
    // Due together, and first in line: it runs between the firing and the throw.
    let canceller = spawn {
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertEqual(timeout?.isPending, false)
      timeout?.cancel()
    }
    try GreenThread.yield()
    timeout = Timeout(after: .seconds(1))
    try GreenThread.sleep(for: .seconds(5))
    XCTAssertEqual(clock.elapsed, .seconds(5))
    try canceller.wait()
  }

  // Eventlet: T11, G4
  func testAWaitForAResultGoesOnAfterATimeoutWasTakenBack() throws {
    var timeout: Timeout?
    let canceller = spawn {
      try GreenThread.sleep(for: .seconds(1))
      timeout?.cancel()
    }
    let worker = spawn(after: .seconds(5)) { 42 }
    try GreenThread.yield()
    timeout = Timeout(after: .seconds(1))
    XCTAssertEqual(try worker.wait(), 42)
    try canceller.wait()
  }

  // Eventlet: T12
  func testStartAfterCancelArmsWithTheWholeDuration() throws {
    let timeout = Timeout(after: .seconds(5))
    try GreenThread.sleep(for: .seconds(3))
    timeout.cancel()
    timeout.start()
    XCTAssertTrue(timeout.isPending)
    XCTAssertThrowsError(try GreenThread.sleep(for: .seconds(60))) {
      XCTAssertTrue($0 as? Timeout === timeout)
    }
    XCTAssertEqual(clock.elapsed, .seconds(8))
  }

  // Eventlet: T13 [!]
  func testStartAfterFiringArmsAgain() {
    let timeout = Timeout(after: .seconds(1))
    for _ in 0..<2 {
      XCTAssertThrowsError(try GreenThread.sleep(for: .seconds(60))) {
        XCTAssertTrue($0 as? Timeout === timeout)
      }
      timeout.start()
    }
    timeout.cancel()
    XCTAssertEqual(clock.elapsed, .seconds(2))
  }

  // Eventlet: T14
  func testATimeoutMayBeThrownDirectly() {
    let timeout = Timeout(after: nil)
    XCTAssertThrowsError(try { throw timeout }()) { XCTAssertTrue($0 as? Timeout === timeout) }
    XCTAssertFalse(timeout.isPending)
  }

  // Eventlet: T16
  func testWithTimeoutReturnsTheResultTheErrorOrTheDefault() throws {
    XCTAssertEqual(try withTimeout(.seconds(1)) { 1 }, 1)
    XCTAssertEqual(try withTimeout(.seconds(1), default: 2) { 1 }, 1)
    let late: () throws -> Int = {
      try GreenThread.sleep(for: .seconds(60))
      return 1
    }
    XCTAssertThrowsError(try withTimeout(.seconds(1), late)) { XCTAssertTrue($0 is Timeout) }
    XCTAssertEqual(try withTimeout(.seconds(1), default: 2, late), 2)
  }

  // Eventlet: T17
  func testADefaultDoesNotSwallowTheOuterTimeout() {
    let outer = Timeout(after: .seconds(1))
    XCTAssertThrowsError(
      try withTimeout(.seconds(2), default: ()) { try GreenThread.sleep(for: .seconds(60)) }
    ) { XCTAssertTrue($0 as? Timeout === outer) }
  }

  // Eventlet: T18 [!], G43
  func testATimeoutEndsWithItsGreenThread() throws {
    let timeout = try spawn { Timeout(after: .seconds(1)) }.wait()
    XCTAssertFalse(timeout.isPending)
    XCTAssertEqual(Hub.current.statistics.timers, 0)
    try GreenThread.sleep(for: .seconds(2))
  }

  // Eventlet: T18 [!]
  func testTimeoutsThatNobodyKeepsEndWithTheirGreenThread() throws {
    try spawn { for seconds in 1...3 { _ = Timeout(after: .seconds(seconds)) } }.wait()
    XCTAssertEqual(Hub.current.statistics.timers, 0)
  }

  // Eventlet: T19
  func testACancelledTimeoutDropsItsError() {
    weak var weakError: ObjectFailure?
    let timeout: Timeout
    do {
      let error = ObjectFailure()
      weakError = error
      timeout = Timeout(after: .seconds(1), throwing: error)
    }
    XCTAssertNotNil(weakError)
    timeout.cancel()
    XCTAssertNil(weakError)
  }

  // Eventlet: T20, T21
  func testTimeoutsOfAllKindsAreTimeoutErrors() {
    XCTAssertTrue((Timeout(after: nil) as any Error) is any TimeoutError)
    XCTAssertTrue((OwnTimeout() as any Error) is any TimeoutError)
    XCTAssertFalse((Failure() as any Error) is any TimeoutError)
    XCTAssertFalse((GreenThreadExit() as any Error) is any TimeoutError)
  }

  // Eventlet: T22
  func testTheTextNamesTheDurationAndWhatBecomesOfIt() throws {
    let reason = Timeout(after: .seconds(3), throwing: GreenThreadExit())
    XCTAssertEqual("\(reason)", "3 seconds (green thread killed)")
    reason.cancel()
    for (duration, text) in [
      (Duration.seconds(1), "1 second"), (.milliseconds(500), "0.5 seconds"),
      (.seconds(2), "2 seconds"),
    ] {
      let timeout = Timeout(after: duration)
      XCTAssertEqual("\(timeout)", text)
      timeout.cancel()
    }
    XCTAssertEqual("\(Timeout(after: nil))", "")
    var silent: (any Error)?
    _ = try Timeout.silently(after: .seconds(1)) {
      do { try GreenThread.sleep(for: .seconds(5)) } catch {
        silent = error
        throw error
      }
    }
    XCTAssertEqual((silent as? Timeout)?.description, "1 second (silent)")
  }
}
