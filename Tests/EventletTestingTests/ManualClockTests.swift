import EventletCore
import EventletTesting
import Testing
import XCTest

final class ManualClockTests: GreenTestCase {
  func testTimeJumpsToTheNextTimerWhenEverythingWaits() throws {
    var log: [Duration] = []
    let clock = clock
    let sleepers = [3600, 1, 60].map { seconds in
      spawn {
        try GreenThread.sleep(for: .seconds(seconds))
        log.append(clock.elapsed)
      }
    }
    for sleeper in sleepers { try sleeper.wait() }
    XCTAssertEqual(log, [.seconds(1), .seconds(60), .seconds(3600)])
  }

  func testTimeStandsStillWhileSomethingIsReady() throws {
    let sleeper = spawn { try GreenThread.sleep(for: .nanoseconds(1)) }
    for _ in 0..<1000 { try GreenThread.yield() }
    XCTAssertEqual(clock.elapsed, .zero)
    XCTAssertFalse(sleeper.isFinished)
    try sleeper.wait()
    XCTAssertEqual(clock.elapsed, .nanoseconds(1))
  }

  func testTimeWaitsForMailAsLongAsTheThresholdSays() throws {
    nonisolated(unsafe) let arrived = Event<Duration>()
    nonisolated(unsafe) let clock = clock
    try GreenThread.sleep(for: .seconds(1))
    clock.autojumpThreshold = .seconds(60)
    let sleeper = spawn { try GreenThread.sleep(for: .seconds(1)) }
    let reference = Hub.current.reference
    let other = OSThread { reference.post { arrived.send(clock.elapsed) } }
    XCTAssertEqual(try arrived.wait(), .seconds(1))
    other.join()
    clock.autojumpThreshold = .zero
    try sleeper.wait()
  }

  func testWithoutJumpsOnlyAdvancingMovesTime() throws {
    clock.jumpsByItself = false
    XCTAssertFalse(clock.advance(to: clock.now + 1))
    let sleeper = spawn { try GreenThread.sleep(for: .seconds(10)) }
    for _ in 0..<10 { try GreenThread.yield() }
    XCTAssertEqual(clock.elapsed, .zero)
    clock.advance(by: .seconds(9))
    for _ in 0..<10 { try GreenThread.yield() }
    XCTAssertFalse(sleeper.isFinished)
    clock.advance(by: .seconds(1))
    try sleeper.wait()
    XCTAssertEqual(clock.elapsed, .seconds(10))
  }

  func testAdvancingIsExactToTheNanosecond() throws {
    clock.jumpsByItself = false
    // More than a Double counts in nanoseconds one by one.
    let years = Duration.seconds(50 * 365 * 86400) + .nanoseconds(1)
    let sleeper = spawn { try GreenThread.sleep(for: years) }
    try GreenThread.yield()
    clock.advance(by: years)
    XCTAssertEqual(clock.elapsed, years)
    for _ in 0..<3 { try GreenThread.yield() }
    XCTAssertTrue(sleeper.isFinished)
  }
}

@Suite struct ManualClockTrapTests {
  @Test func aNegativeAdvanceTraps() async {
    await #expect(processExitsWith: .failure) { ManualClock().advance(by: .seconds(-1)) }
  }
}
