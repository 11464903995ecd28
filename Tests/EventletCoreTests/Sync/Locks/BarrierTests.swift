import EventletCore
import EventletTesting
import XCTest

final class BarrierTests: GreenTestCase {
  private let barrier = Barrier(parties: 3)

  private func party(timeout: Duration? = nil) -> GreenThread<Int?> {
    spawn { [barrier] in try barrier.wait(timeout: timeout) }
  }

  private func expectBroken(_ thread: GreenThread<Int?>, line: UInt = #line) {
    XCTAssertThrowsError(try thread.wait(), line: line) {
      XCTAssertEqual($0 as? BarrierError, .broken, line: line)
    }
  }

  func testAllPassWhenTheLastHasCome() throws {
    let threads = [party(), party()]
    try GreenThread.yield()
    XCTAssertEqual(barrier.waitingCount, 2)
    XCTAssertEqual(try assertDoesNotSwitch { try barrier.wait() }, 2)
    XCTAssertEqual(try threads.map { try $0.wait() }, [0, 1])
    XCTAssertEqual(barrier.waitingCount, 0)
    XCTAssertFalse(barrier.isBroken)
  }

  func testItMayBePassedAgainBeforeAllHaveResumed() throws {
    var log: [String] = []
    let threads = (0..<3).map { number in
      spawn { [barrier] in
        for round in 0..<3 {
          log.append("\(round)")
          try barrier.wait()
          XCTAssertGreaterThanOrEqual(log.count, 3 * (round + 1), "\(number)")
        }
      }
    }
    for thread in threads { try thread.wait() }
    XCTAssertEqual(log, ["0", "0", "0", "1", "1", "1", "2", "2", "2"])
  }

  func testOnePartyNeverWaits() throws {
    let barrier = Barrier(parties: 1)
    try assertDoesNotSwitch { for _ in 0..<3 { XCTAssertEqual(try barrier.wait(), 0) } }
  }

  func testAKilledPartyBreaksIt() throws {
    let victim = party()
    let other = party()
    try GreenThread.yield()
    try victim.kill()
    XCTAssertThrowsError(try victim.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    expectBroken(other)
    XCTAssertTrue(barrier.isBroken)
    expectBroken(party())
    XCTAssertEqual(barrier.waitingCount, 0)
  }

  func testAPartyWhoseTimePassedBreaksIt() throws {
    let victim = party(timeout: .seconds(2))
    let other = party(timeout: .seconds(9))
    XCTAssertNil(try victim.wait())
    expectBroken(other)
    XCTAssertEqual(clock.elapsed, .seconds(2))
    XCTAssertTrue(barrier.isBroken)
  }

  func testATimeoutOfTheScopeBreaksItAndIsThrown() throws {
    let victim = spawn { [barrier] in try withTimeout(.seconds(2)) { try barrier.wait() } }
    let other = party()
    XCTAssertThrowsError(try victim.wait()) { XCTAssertTrue($0 is Timeout) }
    expectBroken(other)
  }

  func testAKillThatComesAfterAllHaveComeBreaksNothing() throws {
    let victim = party()
    let other = party()
    try GreenThread.yield()
    XCTAssertEqual(try barrier.wait(), 2)
    try victim.kill()
    XCTAssertThrowsError(try victim.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    XCTAssertEqual(try other.wait(), 1)
    XCTAssertFalse(barrier.isBroken)
  }

  func testATimeThatPassesAfterAllHaveComeBreaksNothing() throws {
    let threads = [party(timeout: .seconds(1)), party(timeout: .seconds(1))]
    try GreenThread.yield()
    // Due, and not noticed yet.
    clock.advance(by: .seconds(5))
    XCTAssertEqual(try barrier.wait(), 2)
    XCTAssertEqual(try threads.map { try $0.wait() }, [0, 1])
    XCTAssertFalse(barrier.isBroken)
  }

  func testAbortAndReset() throws {
    let threads = [party(), party()]
    try GreenThread.yield()
    assertDoesNotSwitch { barrier.abort() }
    for thread in threads { expectBroken(thread) }
    expectBroken(party())
    barrier.reset()
    XCTAssertFalse(barrier.isBroken)
    let again = [party(), party()]
    try GreenThread.yield()
    barrier.reset()
    for thread in again { expectBroken(thread) }
    let last = [party(), party(), party()]
    XCTAssertEqual(try last.map { try $0.wait() }, [0, 1, 2])
  }

  func testAKilledOneThatWasRejectedThrowsTheKill() throws {
    let victim = party()
    try GreenThread.yield()
    barrier.abort()
    try victim.kill()
    XCTAssertThrowsError(try victim.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
  }

  func testReportsSayHowManyHaveCome() throws {
    let thread = party()
    try GreenThread.yield()
    XCTAssertTrue(Hub.current.report().contains("waits for a barrier, 1 of 3 have come"))
    try thread.kill()
  }
}
