import EventletCore
import EventletTesting
import XCTest

final class GreenPoolTests: GreenTestCase {
  private func counts(_ pool: GreenPool) -> [Int] {
    [pool.runningCount, pool.freeCount, pool.waitingCount]
  }

  /// Spawns what waits until the event is sent.
  private func fill(_ pool: GreenPool, until gate: Event<Void>) throws {
    while pool.freeCount > 0 { try pool.spawn { try gate.wait() } }
  }

  // MARK: Spawning

  // Eventlet: GP2, GP7
  func testSpawnDoesNotSwitchWhileASlotIsFree() throws {
    let pool = GreenPool(size: 2)
    var log: [String] = []
    try assertDoesNotSwitch {
      for index in 0..<2 { try pool.spawn { log.append("\(index)") } }
    }
    XCTAssertEqual(log, [])
    XCTAssertEqual(counts(pool), [2, 0, 0])
    XCTAssertTrue(try pool.waitAll())
    XCTAssertEqual(log, ["0", "1"])
    XCTAssertEqual(counts(pool), [0, 2, 0])
  }

  // Eventlet: GP2
  func testSpawnWaitsInAFullPoolUntilAGreenThreadEnds() throws {
    let pool = GreenPool(size: 1)
    try pool.spawn { try GreenThread.sleep(for: .seconds(3)) }
    let thread = try assertSwitches { try pool.spawn { 5 } }
    XCTAssertEqual(clock.elapsed, .seconds(3))
    XCTAssertFalse(thread.isFinished)
    XCTAssertEqual(try thread.wait(), 5)
  }

  // Eventlet: GP2
  func testNeverMoreThanTheSizeRun() throws {
    let pool = GreenPool(size: 3)
    var running = 0
    var most = 0
    for index in 0..<20 {
      try pool.spawn {
        running += 1
        most = max(most, running)
        try GreenThread.sleep(for: .milliseconds(index * 7 % 5))
        running -= 1
      }
    }
    try pool.waitAll()
    XCTAssertEqual(most, 3)
    XCTAssertEqual(running, 0)
  }

  // Eventlet: GP3
  func testTheHandleIsThatOfAnyGreenThread() throws {
    let pool = GreenPool()
    var log: [String] = []
    let good = try pool.spawn(name: "good") { 1 }
    let bad = try pool.spawn { throw Failure("bad") }
    let killed = try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
    good.link { log.append("\($0.name) ended, \(pool.runningCount) run") }
    XCTAssertEqual(try good.wait(), 1)
    XCTAssertEqual(log, ["good ended, 2 run"])
    XCTAssertThrowsError(try bad.wait()) { XCTAssertEqual($0 as? Failure, Failure("bad")) }
    try killed.kill()
    XCTAssertThrowsError(try killed.wait()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertEqual(counts(pool), [0, 1000, 0])
  }

  func testTheHandleNamesTheSpawningSite() throws {
    let pool = GreenPool()
    let thread = try pool.spawn(stackSize: 64 * 1024) {}
    let line = #line - 1
    XCTAssertEqual("\(thread.spawnFile)", "\(#fileID)")
    XCTAssertEqual(Int(thread.spawnLine), line)
    try thread.wait()
  }

  // Eventlet: GP4
  func testAnErrorOfADiscardingSpawnIsReported() throws {
    let pool = GreenPool(size: 1)
    try pool.spawnDiscarding { throw Failure() }
    try pool.waitAll()
    XCTAssertEqual(takeUncaughtErrors().map { $0.error as? Failure }, [Failure()])
    XCTAssertEqual(counts(pool), [0, 1, 0])
  }

  // Eventlet: GP17
  func testAKillEndsADiscardingSpawnSilently() throws {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawnDiscarding { try GreenThread.sleep(for: .seconds(1)) }
    try GreenThread.yield()
    try thread.kill()
    XCTAssertTrue(thread.isFinished)
    XCTAssertEqual(counts(pool), [0, 1, 0])
  }

  // Eventlet: GP7
  func testCountsCoverFromTheSpawnToTheEnd() throws {
    let pool = GreenPool(size: 2)
    let gate = Event<Void>()
    try fill(pool, until: gate)
    XCTAssertEqual(counts(pool), [2, 0, 0])
    let waiters = (0..<3).map { _ in spawn { try pool.spawn {}.wait() } }
    try GreenThread.yield()
    XCTAssertEqual(counts(pool), [2, 0, 3])
    gate.send(())
    for waiter in waiters { try waiter.wait() }
    XCTAssertEqual(counts(pool), [0, 2, 0])
  }

  // Eventlet: GP8
  func testASlotIsFreeHoweverItsGreenThreadEnds() throws {
    let pool = GreenPool(size: 5)
    try pool.spawn {}
    let failing = try pool.spawn { throw Failure() }
    let started = try pool.spawn { try GreenThread.sleep(for: .seconds(1)) }
    XCTAssertThrowsError(try failing.wait())
    XCTAssertEqual(counts(pool), [1, 4, 0])
    try started.kill()
    XCTAssertEqual(counts(pool), [0, 5, 0])
    try pool.spawn {}.kill()
    XCTAssertEqual(counts(pool), [0, 5, 0])
    try pool.spawn {}.cancel()
    XCTAssertEqual(counts(pool), [0, 5, 0])
  }

  // Eventlet: GP8
  func testAKillBeforeTheStartWakesWhoWaitsToSpawn() throws {
    let pool = GreenPool(size: 1)
    var log: [String] = []
    // In front of the body in the line of ready ones, so that it has not started.
    let killer = spawn { try Hub.current.greenThreads.first { $0.name == "victim" }?.kill() }
    try pool.spawn(name: "victim") { log.append("victim") }
    try pool.spawn { log.append("next") }.wait()
    XCTAssertEqual(log, ["next"])
    try killer.wait()
  }

  // Eventlet: GP2
  func testWhoWaitsToSpawnIsServedInTurnAndCannotBePassed() throws {
    let pool = GreenPool(size: 1)
    var log: [Int] = []
    let first = try pool.spawn { try GreenThread.yield() }
    let waiters = (0..<3).map { index in
      spawn { try pool.spawn { log.append(index) } }
    }
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 3)
    try first.wait()
    // The slot belongs to the first in line, who has not run yet.
    XCTAssertEqual(counts(pool), [1, 0, 2])
    try pool.spawn { log.append(3) }.wait()
    XCTAssertEqual(log, [0, 1, 2, 3])
    for waiter in waiters { _ = try waiter.wait() }
  }

  func testASpawnWithoutASlotInAHubCallbackIsRefused() throws {
    let pool = GreenPool(size: 1)
    var errors: [any Error] = []
    // What ran last was of the pool; the hub's own stack is not.
    try pool.spawn { try GreenThread.sleep(for: .seconds(2)) }
    Hub.current.schedule(after: .seconds(1)) {
      do { try pool.spawn {} } catch { errors.append(error) }
    }
    try pool.waitAll()
    XCTAssertEqual(errors.count, 1)
    guard case HubError.blockingCallInHub? = errors.first else { return XCTFail("\(errors)") }
    var ran = false
    Hub.current.schedule(after: .zero) { try pool.spawn { ran = true } }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertTrue(ran)
  }

  func testGreenThreadsKeepTheirPoolsSlotsAlive() throws {
    weak var pool: GreenPool?
    let thread: GreenThread<Int>
    do {
      let mine = GreenPool(size: 1)
      pool = mine
      thread = try mine.spawn { 1 }
    }
    XCTAssertNil(pool)
    XCTAssertEqual(try thread.wait(), 1)
  }

  // MARK: Waiting for all

  // Eventlet: GP10
  func testWaitAllReturnsAtOnceWhenNothingRuns() throws {
    let pool = GreenPool()
    XCTAssertTrue(try assertDoesNotSwitch { try pool.waitAll() })
    XCTAssertTrue(try assertDoesNotSwitch { try pool.waitAll(timeout: .zero) })
  }

  // Eventlet: GP10
  func testWaitAllCoversThoseWhoWaitToSpawn() throws {
    let pool = GreenPool(size: 1)
    var log: [String] = []
    try pool.spawn { try GreenThread.sleep(for: .seconds(1)) }
    spawn {
      try pool.spawn {
        try GreenThread.sleep(for: .seconds(1))
        log.append("second")
      }
    }
    try GreenThread.yield()
    XCTAssertTrue(try pool.waitAll())
    XCTAssertEqual(log, ["second"])
    XCTAssertEqual(clock.elapsed, .seconds(2))
  }

  // Eventlet: GP10
  func testWaitAllReturnsWhenTheLastWhoWaitedToSpawnGivesUp() throws {
    let pool = GreenPool(size: 0)
    let waiter = spawn { try withTimeout(.seconds(1)) { try pool.spawn {} } }
    try GreenThread.yield()
    XCTAssertFalse(try pool.waitAll(timeout: .milliseconds(500)))
    XCTAssertTrue(try pool.waitAll(timeout: .seconds(5)))
    XCTAssertEqual(clock.elapsed, .seconds(1))
    XCTAssertThrowsError(try waiter.wait()) { XCTAssert($0 is Timeout) }
  }

  // Eventlet: GP10
  func testWaitAllReturnsThoughSomebodySpawnsBeforeItResumes() throws {
    let pool = GreenPool(size: 1)
    let gate = Event<Void>()
    let thread = try pool.spawn { try GreenThread.yield() }
    let waiter = spawn { try pool.waitAll() }
    thread.link { _ in
      // After the slot is free, and before the waiter resumes.
      do { try pool.spawn { try gate.wait() } } catch { XCTFail("\(error)") }
    }
    XCTAssertEqual(try waiter.wait(timeout: .seconds(1)), true)
    gate.send(())
    try pool.waitAll()
  }

  // Eventlet: GP10
  func testWaitAllGivesUpAfterItsTimeout() throws {
    let pool = GreenPool(size: 1)
    try pool.spawn { try GreenThread.sleep(for: .seconds(2)) }
    XCTAssertFalse(try pool.waitAll(timeout: .seconds(1)))
    XCTAssertEqual(clock.elapsed, .seconds(1))
    XCTAssertTrue(try pool.waitAll(timeout: .seconds(2)))
    XCTAssertEqual(clock.elapsed, .seconds(2))
  }

  // Eventlet: GP11
  func testAGreenThreadOfThePoolCannotWaitForAll() throws {
    let pool = GreenPool()
    let thread = try pool.spawn(name: "member") { try pool.waitAll() }
    XCTAssertThrowsError(try thread.wait()) {
      guard case HubError.selfWait(let text) = $0 else { return XCTFail("\($0)") }
      XCTAssertTrue(text.contains("'member'"), text)
    }
    XCTAssertEqual(pool.runningCount, 0)
  }

  func testAGreenThreadOfAnotherPoolMayWaitForAll() throws {
    let pool = GreenPool()
    let other = GreenPool()
    try pool.spawn { try GreenThread.sleep(for: .seconds(1)) }
    XCTAssertTrue(try other.spawn { try pool.waitAll() }.wait())
  }

  // Eventlet: GP12
  func testSeveralMayWaitForAll() throws {
    let pool = GreenPool()
    try pool.spawn { try GreenThread.sleep(for: .seconds(1)) }
    var log: [Int] = []
    let waiters = (0..<3).map { index in
      spawn {
        let isIdle = try pool.waitAll()
        log.append(index)
        return isIdle
      }
    }
    XCTAssertEqual(try waiters.map { try $0.wait() }, [true, true, true])
    XCTAssertEqual(log, [0, 1, 2])
  }

  // MARK: Resizing

  // Eventlet: GP1
  func testAPoolOfSizeZeroRunsNothingUntilItGrows() throws {
    let pool = GreenPool(size: 0)
    let waiter = spawn { try pool.spawn { 1 }.wait() }
    XCTAssertNil(try waiter.wait(timeout: .seconds(1)))
    XCTAssertEqual(counts(pool), [0, 0, 1])
    pool.resize(to: 1)
    XCTAssertEqual(try waiter.wait(), 1)
  }

  // Eventlet: GP13
  func testShrinkingLeavesWhatRunsAlone() throws {
    let pool = GreenPool(size: 3)
    let gates = (0..<3).map { _ in Event<Void>() }
    for gate in gates { try pool.spawn { try gate.wait() } }
    try GreenThread.yield()
    assertDoesNotSwitch { pool.resize(to: 1) }
    XCTAssertEqual(pool.size, 1)
    XCTAssertEqual(counts(pool), [3, -2, 0])
    let waiter = spawn { try pool.spawn {} }
    for (index, gate) in gates.enumerated() {
      try GreenThread.yield()
      XCTAssertEqual(counts(pool), [3 - index, -2 + index, 1])
      gate.send(())
    }
    _ = try waiter.wait()
    try pool.waitAll()
    XCTAssertEqual(counts(pool), [0, 1, 0])
  }

  // Eventlet: GP13, GP14
  func testGrowingWakesThoseItHasRoomFor() throws {
    let pool = GreenPool(size: 1)
    let gate = Event<Void>()
    try fill(pool, until: gate)
    let waiters = (0..<3).map { _ in spawn { try pool.spawn { try gate.wait() } } }
    try GreenThread.yield()
    assertDoesNotSwitch { pool.resize(to: 3) }
    XCTAssertEqual(counts(pool), [3, 0, 1])
    try GreenThread.yield()
    XCTAssertEqual(waiters.map(\.isFinished), [true, true, false])
    pool.resize(to: 5)
    XCTAssertEqual(counts(pool), [4, 1, 0])
    gate.send(())
    try pool.waitAll()
  }

  // MARK: Others

  func testReportsSayWhoWaitsForAPool() throws {
    let pool = GreenPool(size: 1)
    try pool.spawn { try GreenThread.sleep(for: .seconds(1)) }
    spawn(name: "spawner") { try pool.spawn {} }
    spawn(name: "joiner") { try pool.waitAll() }
    try GreenThread.yield()
    let report = Hub.current.report().split(separator: "\n")
    func line(_ name: String) -> Substring { report.first { $0.contains("'\(name)'") } ?? "" }
    XCTAssertTrue(line("spawner").contains("waits for a slot of a pool"), "\(report)")
    XCTAssertTrue(line("joiner").contains("waits for the green threads of a pool"), "\(report)")
    try pool.waitAll()
  }

  // Eventlet: GP15
  func testATimeoutElsewhereDisturbsNoPool() throws {
    let pool = GreenPool(size: 2)
    let tokens = TokenPool(maxSize: 1)
    let token = try tokens.get()
    let thread = try pool.spawn { try withTimeout(.seconds(1)) { _ = try tokens.get() } }
    XCTAssertThrowsError(try thread.wait()) { XCTAssert($0 is Timeout) }
    XCTAssertEqual(counts(pool), [0, 2, 0])
    XCTAssertEqual([tokens.freeCount, tokens.waitingCount], [0, 0])
    tokens.put(token)
    XCTAssertTrue(try tokens.get() === token)
  }
}
