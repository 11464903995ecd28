import EventletCore
import EventletTesting
import XCTest

final class TimerTests: GreenTestCase {
  // Eventlet: H5
  func testATimerMadeByATimerFiresInALaterTurn() throws {
    var turns: [UInt64] = []
    let hub = Hub.current
    hub.schedule(after: .zero) {
      turns.append(hub.statistics.turns)
      hub.schedule(after: .zero) { turns.append(hub.statistics.turns) }
      hub.schedule(after: .seconds(-1)) { turns.append(hub.statistics.turns) }
    }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(turns.count, 3)
    XCTAssertTrue(turns.dropFirst().allSatisfy { $0 > turns[0] }, "\(turns)")
  }

  // Eventlet: H5, H4
  func testATimerThatRearmsItselfDoesNotStarveGreenThreads() throws {
    let hub = Hub.current
    var count = 0
    func again() {
      count += 1
      if count < 1000 { hub.schedule(after: .zero, again) }
    }
    again()
    var yields = 0
    let thread = spawn {
      for _ in 0..<10 {
        try GreenThread.yield()
        yields += 1
      }
      return count
    }
    XCTAssertLessThan(try thread.wait(), 100)
    XCTAssertEqual(yields, 10)
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(count, 1000)
  }

  // Eventlet: H6
  func testTimersFireInTheOrderOfDeadlineAndThenOfScheduling() throws {
    var order: [String] = []
    for (name, seconds) in [("c", 2), ("a", 1), ("d", 2), ("b", 1), ("e", 3)] {
      Hub.current.schedule(after: .seconds(seconds)) { order.append(name) }
    }
    try GreenThread.sleep(for: .seconds(5))
    XCTAssertEqual(order, ["a", "b", "c", "d", "e"])
  }

  // Eventlet: H6
  func testManyTimersFireInOrderThoughSomeAreCancelled() throws {
    var order: [Int] = []
    var timers: [HubTimer] = []
    for number in 0..<500 {
      let delay = (number * 7919) % 500
      timers.append(Hub.current.schedule(after: .milliseconds(delay)) { order.append(delay) })
    }
    for (number, timer) in timers.enumerated() where number % 3 == 0 { timer.cancel() }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(order.count, 333)
    XCTAssertEqual(order, order.sorted())
  }

  // Eventlet: H7, G43
  func testAGlobalTimerOutlivesItsGreenThreadAndALocalOneDoesNot() throws {
    var fired: [String] = []
    let timers = try spawn {
      [
        Hub.current.schedule(after: .seconds(1)) { fired.append("global") },
        Hub.current.scheduleLocal(after: .seconds(1)) { fired.append("local") },
      ]
    }.wait()
    XCTAssertEqual(timers.map(\.isPending), [true, false])
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(fired, ["global"])
  }

  // Eventlet: H7, G43
  func testLocalTimersThatNobodyKeepsEndWithTheirGreenThread() throws {
    var fired = 0
    let thread = spawn {
      for _ in 0..<10 { Hub.current.scheduleLocal(after: .seconds(60)) { fired += 1 } }
      Hub.current.scheduleLocal(after: .seconds(1)) { fired += 100 }
      try GreenThread.sleep(for: .seconds(2))
    }
    try thread.wait()
    XCTAssertEqual(fired, 100)
    XCTAssertEqual(Hub.current.statistics.timers, 0)
  }

  // Eventlet: H8
  func testCancelPreventsTheCallAndMayBeRepeated() throws {
    var fired = 0
    let timer = Hub.current.schedule(after: .seconds(1)) { fired += 1 }
    XCTAssertTrue(timer.isPending)
    timer.cancel()
    timer.cancel()
    XCTAssertFalse(timer.isPending)
    let other = Hub.current.schedule(after: .seconds(1)) { fired += 10 }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertFalse(other.isPending)
    other.cancel()
    XCTAssertEqual(fired, 10)
  }

  // Eventlet: H8
  func testATimerMayCancelAnotherThatIsDueTogether() throws {
    var fired = 0
    var second: HubTimer?
    Hub.current.schedule(after: .seconds(1)) { second?.cancel() }
    second = Hub.current.schedule(after: .seconds(1)) { fired += 1 }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(fired, 0)
  }

  // Eventlet: H9, H10 [!]
  func testCancelledTimersLeaveAtOnce() {
    let hub = Hub.current
    for _ in 0..<2000 { hub.schedule(after: .seconds(60)) {}.cancel() }
    XCTAssertEqual(hub.statistics.timers, 0)
    let timers = (0..<3000).map { hub.schedule(after: .seconds($0)) {} }
    for timer in timers[..<1000] { timer.cancel() }
    XCTAssertEqual(hub.statistics.timers, 2000)
    for timer in timers.reversed() { timer.cancel() }
    XCTAssertEqual(hub.statistics.timers, 0)
  }

  // Eventlet: H8
  func testACallsCapturesGoWithCancelAndAfterFiring() throws {
    let before = Canary.alive
    let timers = (0..<2).map { _ in
      let canary = Canary()
      return Hub.current.schedule(after: .seconds(1)) { withExtendedLifetime(canary) {} }
    }
    XCTAssertEqual(Canary.alive, before + 2)
    timers[0].cancel()
    XCTAssertEqual(Canary.alive, before + 1)
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: H11, H12 [!], H13
  func testAnErrorOfATimerIsReportedAndTheLoopGoesOn() throws {
    Hub.current.schedule(after: .seconds(1)) { throw Failure("timer") }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(clock.elapsed, .seconds(2))
    let reported = takeUncaughtErrors()
    XCTAssertEqual(reported.map { $0.error as? Failure }, [Failure("timer")])
    XCTAssertTrue(reported.first?.origin.contains("timer") ?? false)
    try GreenThread.sleep(for: .seconds(3))
    XCTAssertEqual(clock.elapsed, .seconds(5))
  }
}
