import EventletCore
import EventletTesting
import XCTest

final class KillTests: GreenTestCase {
  private func assertKilled<Success>(
    _ thread: GreenThread<Success>, file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertTrue(thread.isFinished, file: file, line: line)
    XCTAssertThrowsError(try thread.wait(), file: file, line: line) {
      XCTAssertTrue($0 is GreenThreadExit, "\($0)", file: file, line: line)
    }
  }

  // Eventlet: G14
  func testCancelBeforeTheStartNeverCallsTheBody() throws {
    var hasRun = false
    let thread = spawn { hasRun = true }
    assertDoesNotSwitch { thread.cancel() }
    assertKilled(thread)
    try GreenThread.yield()
    XCTAssertFalse(hasRun)
  }

  // Eventlet: G14
  func testCancelOfADelayedSpawnDropsItsTimerAndItsCaptures() throws {
    let before = Canary.alive
    let canary = Canary()
    let thread = spawn(after: .seconds(60)) { withExtendedLifetime(canary) {} }
    XCTAssertEqual(Hub.current.statistics.timers, 1)
    thread.cancel()
    XCTAssertEqual(Hub.current.statistics.timers, 0)
    assertKilled(thread)
    XCTAssertEqual(Canary.alive, before + 1)
  }

  // Eventlet: G14
  func testCancelWithAnErrorGivesItToWait() {
    let thread = spawn {}
    thread.cancel(throwing: Failure("unwanted"))
    XCTAssertThrowsError(try thread.wait()) { XCTAssertEqual($0 as? Failure, Failure("unwanted")) }
  }

  // Eventlet: G15
  func testCancelAfterTheStartHasNoEffect() throws {
    let thread = spawn { () -> Int in
      try GreenThread.sleep(for: .seconds(1))
      return 3
    }
    try GreenThread.yield()
    assertDoesNotSwitch { thread.cancel() }
    XCTAssertEqual(try thread.wait(), 3)
    thread.cancel()
    XCTAssertEqual(try thread.wait(), 3)
  }

  // Eventlet: G16
  func testKillBeforeTheStartNeverCallsTheBody() throws {
    var hasRun = false
    let thread = spawn { hasRun = true }
    let delayed = spawn(after: .seconds(1)) { hasRun = true }
    try thread.kill()
    try delayed.kill()
    assertKilled(thread)
    assertKilled(delayed)
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertFalse(hasRun)
  }

  // Eventlet: G16, G2
  func testKillBeforeTheStartLeavesTheOthersInLine() throws {
    var order: [Int] = []
    let threads = (0..<5).map { number in spawn { order.append(number) } }
    for number in [0, 2, 4] { try threads[number].kill() }
    try GreenThread.yield()
    XCTAssertEqual(order, [1, 3])
  }

  // Eventlet: G17
  func testKillThrowsWhereTheTargetWaits() throws {
    var caught: (any Error)?
    let thread = spawn {
      do { try GreenThread.sleep(for: .seconds(1)) } catch {
        caught = error
        throw error
      }
    }
    try GreenThread.yield()
    try thread.kill()
    XCTAssertTrue(caught is GreenThreadExit)
    assertKilled(thread)
  }

  // Eventlet: G17
  func testKillReachesATargetThatIsReady() throws {
    var hasPassed = false
    let thread = spawn {
      try GreenThread.yield()
      hasPassed = true
    }
    try GreenThread.yield()
    try thread.kill()
    assertKilled(thread)
    XCTAssertFalse(hasPassed)
  }

  // Eventlet: G18
  func testKillingAFinishedGreenThreadDoesNothing() throws {
    let thread = spawn { 1 }
    XCTAssertEqual(try thread.wait(), 1)
    for _ in 0..<3 { try assertDoesNotSwitch { try thread.kill() } }
    XCTAssertEqual(try thread.wait(), 1)
  }

  // Eventlet: G19
  func testCleanUpHasRunWhenKillReturns() throws {
    var log: [String] = []
    let thread = spawn {
      defer { log.append("outer") }
      defer { log.append("inner") }
      try GreenThread.sleep(for: .seconds(1))
    }
    try GreenThread.yield()
    try thread.kill()
    XCTAssertEqual(log, ["inner", "outer"])
  }

  // Eventlet: G19, G21
  func testKillReturnsWhenTheCleanUpWaits() throws {
    var hasCleanedUp = false
    let thread = spawn {
      defer {
        try? GreenThread.sleep(for: .seconds(1))
        hasCleanedUp = true
      }
      try GreenThread.sleep(for: .seconds(60))
    }
    try GreenThread.yield()
    try thread.kill()
    XCTAssertFalse(thread.isFinished)
    XCTAssertFalse(hasCleanedUp)
    XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    XCTAssertTrue(hasCleanedUp)
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: G20
  func testTheTargetRunsAtOnceAndTheKillerAfterTheReadyOnes() throws {
    var log: [String] = []
    let target = spawn {
      defer { log.append("target") }
      try GreenThread.sleep(for: .seconds(1))
    }
    try GreenThread.yield()
    spawn { log.append("ready 1") }
    spawn { log.append("ready 2") }
    try target.kill()
    log.append("killer")
    XCTAssertEqual(log, ["target", "ready 1", "ready 2", "killer"])
  }

  // Eventlet: G21
  func testATargetThatCatchesTheKillAndWaitsAgainSurvives() throws {
    var kills = 0
    let thread = spawn { () -> String in
      while kills < 2 {
        do { try GreenThread.sleep(for: .seconds(60)) } catch is GreenThreadExit { kills += 1 }
      }
      try GreenThread.sleep(for: .seconds(1))
      return "survived"
    }
    try GreenThread.yield()
    try thread.kill()
    XCTAssertEqual(kills, 1)
    XCTAssertTrue(thread.isRunning)
    try thread.kill()
    XCTAssertEqual(kills, 2)
    XCTAssertEqual(try thread.wait(), "survived")
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: G22
  func testKillWithAnErrorThrowsThatErrorInTheTarget() throws {
    let failure = ObjectFailure()
    let thread = spawn { try GreenThread.sleep(for: .seconds(1)) }
    try GreenThread.yield()
    try thread.kill(throwing: failure)
    XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 as? ObjectFailure === failure) }
  }

  // Eventlet: G23 [!]
  func testKillWithAnErrorBeforeTheStartGivesItOnlyToWait() throws {
    var hasRun = false
    let thread = spawn { hasRun = true }
    XCTAssertNoThrow(try thread.kill(throwing: Failure("early")))
    XCTAssertThrowsError(try thread.wait()) { XCTAssertEqual($0 as? Failure, Failure("early")) }
    try GreenThread.yield()
    XCTAssertFalse(hasRun)
  }

  // Eventlet: G24
  func testKillInACallbackRunsTheTargetAndReturnsToTheCallback() throws {
    var log: [String] = []
    let thread = spawn {
      defer { log.append("target") }
      try GreenThread.sleep(for: .seconds(60))
    }
    Hub.current.schedule(after: .seconds(1)) {
      try thread.kill()
      log.append("callback")
    }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(log, ["target", "callback"])
    assertKilled(thread)
  }

  // Eventlet: G24
  func testKillInACallbackLeavesWhatTheTargetWakesToTheLoop() throws {
    var log: [String] = []
    let thread = spawn { try GreenThread.sleep(for: .seconds(60)) }
    let waiter = spawn {
      _ = try? thread.wait()
      log.append("waiter")
    }
    Hub.current.schedule(after: .seconds(1)) {
      try thread.kill()
      log.append("callback")
    }
    try waiter.wait()
    XCTAssertEqual(log, ["callback", "waiter"])
  }

  // Eventlet: G24
  func testKillInACallbackOfATargetThatCatchesAndWaitsAgain() throws {
    var log: [String] = []
    let thread = spawn {
      do { try GreenThread.sleep(for: .seconds(60)) } catch { log.append("caught") }
      try GreenThread.yield()
      try GreenThread.sleep(for: .seconds(1))
      log.append("end")
    }
    Hub.current.schedule(after: .seconds(1)) {
      try thread.kill()
      log.append("callback")
    }
    try thread.wait()
    XCTAssertEqual(log, ["caught", "callback", "end"])
    XCTAssertEqual(clock.elapsed, .seconds(2))
  }

  // Eventlet: G25 [!]
  func testKillingOneselfJustThrows() throws {
    let clock = clock
    let thread = spawn { () -> Duration in
      do { try GreenThread.current.kill() } catch is GreenThreadExit {}
      let start = clock.elapsed
      try GreenThread.sleep(for: .seconds(1))
      return clock.elapsed - start
    }
    XCTAssertEqual(try thread.wait(), .seconds(1))
  }

  // Eventlet: G25 [!]
  func testMainMayKillItself() {
    XCTAssertThrowsError(try GreenThread.current.kill(throwing: Failure())) {
      XCTAssertTrue($0 is Failure)
    }
  }

  // Eventlet: G20
  func testAGreenThreadMayKillItsKiller() throws {
    var log: [String] = []
    let killer = spawn {
      let target = spawn { [killer = GreenThread.current] in
        defer { try? killer.kill(throwing: Failure("back")) }
        try GreenThread.sleep(for: .seconds(60))
      }
      try GreenThread.yield()
      do { try target.kill() } catch { log.append("\(error)") }
    }
    XCTAssertNoThrow(try killer.wait())
    XCTAssertEqual(log, ["\(Failure("back"))"])
  }

  // Eventlet: G38
  func testKillTakesTheSleepTimerAway() throws {
    let thread = spawn { try GreenThread.sleep(for: .seconds(60)) }
    try GreenThread.yield()
    XCTAssertEqual(Hub.current.statistics.timers, 1)
    try thread.kill()
    XCTAssertEqual(Hub.current.statistics.timers, 0)
  }

  // Eventlet: G39 [!]
  func testNoErrorOfAGreenThreadReachesMainUnasked() throws {
    let thread = spawn { throw Failure() }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 is Failure) }
  }
}
