import EventletTesting
import Glibc
import XCTest

@testable import EventletCore

final class SpawnTests: GreenTestCase {
  // Eventlet: G1
  func testSpawnDoesNotSwitch() throws {
    var hasStarted = false
    let thread = assertDoesNotSwitch { spawn { hasStarted = true } }
    XCTAssertFalse(hasStarted)
    try thread.wait()
    XCTAssertTrue(hasStarted)
  }

  // Eventlet: G2
  func testGreenThreadsStartInSpawningOrder() throws {
    var order: [Int] = []
    let threads = (0..<100).map { number in spawn { order.append(number) } }
    for thread in threads { try thread.wait() }
    XCTAssertEqual(order, Array(0..<100))
  }

  // Eventlet: G2
  func testDelayedSpawnsOfOneInstantStartInSpawningOrder() throws {
    var order: [Int] = []
    for number in 0..<20 { spawn(after: .seconds(1)) { order.append(number) } }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(order, Array(0..<20))
  }

  // Eventlet: G3
  func testWaitReturnsTheResult() throws {
    XCTAssertEqual(try spawn { 42 }.wait(), 42)
    XCTAssertEqual(try spawn { "text" }.wait(), "text")
    let large = (1, 2, 3, 4, 5)
    XCTAssertEqual(try spawn { large }.wait().4, 5)
    let nothing: Int? = nil
    XCTAssertNil(try spawn { nothing }.wait())
  }

  // Eventlet: G3
  func testTheResultGoesWithTheHandle() throws {
    let before = Canary.alive
    do {
      let thread = spawn { Canary() }
      _ = try thread.wait()
      XCTAssertEqual(Canary.alive, before + 1)
    }
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: G3
  func testALargeResultGoesWithTheHandle() throws {
    let before = Canary.alive
    do {
      let thread = spawn { (Canary(), Canary(), Canary(), Canary(), 5) }
      XCTAssertEqual(try thread.wait().4, 5)
    }
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: G4
  func testEveryWaiterGetsTheSameResult() throws {
    let thread = spawn { () -> Canary in
      try GreenThread.sleep(for: .seconds(1))
      return Canary()
    }
    let waiters = (0..<3).map { _ in spawn { try thread.wait() } }
    let result = try thread.wait()
    for waiter in waiters { XCTAssertTrue(try waiter.wait() === result) }
    XCTAssertTrue(try thread.wait() === result)
  }

  // Eventlet: G4
  func testWaitersResumeInTheOrderTheyCame() throws {
    var order: [Int] = []
    let thread = spawn { try GreenThread.sleep(for: .seconds(1)) }
    let waiters = (0..<5).map { number in
      spawn {
        try thread.wait()
        order.append(number)
      }
    }
    for waiter in waiters { try waiter.wait() }
    XCTAssertEqual(order, [0, 1, 2, 3, 4])
  }

  // Eventlet: G5
  func testEveryWaitThrowsTheSameError() {
    let failure = ObjectFailure()
    let thread = spawn { throw failure }
    for _ in 0..<3 {
      XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 as? ObjectFailure === failure) }
    }
  }

  // Eventlet: G4
  func testWaitGivesUpAfterItsTimeout() throws {
    let thread = spawn { () -> Int in
      try GreenThread.sleep(for: .seconds(2))
      return 7
    }
    XCTAssertNil(try thread.wait(timeout: .seconds(1)))
    XCTAssertEqual(clock.elapsed, .seconds(1))
    XCTAssertEqual(try thread.wait(timeout: .seconds(5)), 7)
    XCTAssertEqual(clock.elapsed, .seconds(2))
    XCTAssertEqual(try thread.wait(timeout: .zero), 7)
  }

  // Eventlet: G17, H35
  func testWaitingForOneselfIsAnError() throws {
    let thread = spawn { () -> Bool in
      guard let me = GreenThread.current as? GreenThread<Bool> else { return false }
      do { return try me.wait() } catch HubError.selfWait { return true }
    }
    XCTAssertTrue(try thread.wait())
  }

  // Eventlet: G17
  func testAKilledWaiterLeavesTheAwaitedAlone() throws {
    let thread = spawn { () -> Int in
      try GreenThread.sleep(for: .seconds(1))
      return 1
    }
    let waiter = spawn { try thread.wait() }
    try GreenThread.yield()
    try waiter.kill()
    XCTAssertThrowsError(try waiter.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    XCTAssertEqual(try thread.wait(), 1)
  }

  // Eventlet: G6
  func testADiscardingHandleIsFinishedAfterTheBodyHasRun() throws {
    var hasRun = false
    let thread = GreenThread.spawnDiscarding { hasRun = true }
    XCTAssertFalse(thread.isFinished)
    try GreenThread.yield()
    XCTAssertTrue(thread.isFinished)
    XCTAssertTrue(hasRun)
  }

  // Eventlet: G7, DG5
  func testAnErrorOfADiscardingSpawnIsReportedAndTheLoopGoesOn() throws {
    let thread = GreenThread.spawnDiscarding { throw Failure("lost") }
    try GreenThread.yield()
    XCTAssertTrue(thread.isFinished)
    let reported = takeUncaughtErrors()
    XCTAssertEqual(reported.map { $0.error as? Failure }, [Failure("lost")])
    XCTAssertTrue(reported.first?.origin.contains("SpawnTests.swift") ?? false)
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: G8 [!]
  func testAnErrorThatNobodyWaitedForIsReportedOnceWhenTheHandleGoes() throws {
    do {
      let thread = spawn { throw Failure("unseen") }
      try GreenThread.yield()
      XCTAssertTrue(thread.isFinished)
      XCTAssertEqual(takeUncaughtErrors().count, 0)
    }
    XCTAssertEqual(takeUncaughtErrors().map { $0.error as? Failure }, [Failure("unseen")])
  }

  // Eventlet: G8 [!]
  func testAnErrorThatSomebodyWaitedForIsNotReported() throws {
    do {
      let thread = spawn { throw Failure() }
      XCTAssertThrowsError(try thread.wait())
    }
    XCTAssertEqual(takeUncaughtErrors().count, 0)
  }

  // Eventlet: G9
  func testAKillIsNeverReported() throws {
    let discarding = GreenThread.spawnDiscarding { try GreenThread.sleep(for: .seconds(1)) }
    do {
      let thread = spawn { try GreenThread.sleep(for: .seconds(1)) }
      try GreenThread.yield()
      try thread.kill()
    }
    try discarding.kill()
    spawn { throw GreenThreadExit() }
    try GreenThread.yield()
    XCTAssertEqual(takeUncaughtErrors().count, 0)
  }

  // Eventlet: G10
  func testADelayedSpawnStartsAfterItsDelay() throws {
    let clock = clock
    let thread = spawn(after: .seconds(3)) { clock.elapsed }
    XCTAssertEqual(try thread.wait(), .seconds(3))
    XCTAssertEqual(try spawn(after: .seconds(-1)) { clock.elapsed }.wait(), .seconds(3))
  }

  // Eventlet: G11
  func testASpawnOutlivesItsSpawner() throws {
    var hasRun = 0
    try spawn {
      spawn { hasRun += 1 }
      spawn(after: .seconds(1)) { hasRun += 1 }
    }.wait()
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(hasRun, 2)
  }

  /// However it came to `spawn`, a body's captures are released once.
  func testABodyMayBeAClosureOfAnyKind() throws {
    final class Holder {
      let canary = Canary()
      func number() throws -> Int { 3 }
      func nothing() {}
    }
    func hand(on body: @escaping () throws -> Void) -> GreenThread<Void> { spawn(body) }
    let before = Canary.alive
    for _ in 0..<3 {
      let holder = Holder()
      let stored: () throws -> Int = { [holder] in try holder.number() }
      let plain = { [holder] in _ = holder }
      XCTAssertEqual(try spawn(stored).wait(), 3)
      XCTAssertEqual(try spawn(stored).wait(), 3)
      XCTAssertEqual(try spawn(holder.number).wait(), 3)
      try spawn(holder.nothing).wait()
      try hand(on: plain).wait()
      try spawn { [holder] in holder.nothing() }.wait()
      try GreenThread.spawnDiscarding(holder.nothing).kill()
      XCTAssertEqual(Canary.alive, before + 1)
    }
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: G12
  func testALocalSpawnNeverStartsOnceItsSpawnerHasEnded() throws {
    var hasRun = false
    let thread = try spawn {
      GreenThread.spawnLocal(after: .seconds(1)) { hasRun = true }
    }.wait()
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertFalse(hasRun)
    XCTAssertTrue(thread.isFinished)
    XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
  }

  // Eventlet: G13
  func testALocalSpawnStartsWhileItsSpawnerLives() throws {
    let result = try spawn { () -> Int in
      let thread = GreenThread.spawnLocal(after: .seconds(1)) { 5 }
      return try thread.wait()
    }.wait()
    XCTAssertEqual(result, 5)
  }

  // Eventlet: G13
  func testALocalSpawnThatHasStartedOutlivesItsSpawner() throws {
    var hasEnded = false
    try spawn {
      GreenThread.spawnLocal(after: .seconds(1)) {
        try GreenThread.sleep(for: .seconds(5))
        hasEnded = true
      }
      try GreenThread.sleep(for: .seconds(2))
    }.wait()
    XCTAssertFalse(hasEnded)
    try GreenThread.sleep(for: .seconds(5))
    XCTAssertTrue(hasEnded)
  }

  // Eventlet: G13
  func testALocalSpawnThatHasStartedLeavesNothingWithItsSpawner() throws {
    for _ in 0..<10 {
      let hasStarted = Event<Void>()
      GreenThread.spawnLocal(after: .seconds(1)) { hasStarted.send(()) }
      try hasStarted.wait()
    }
    XCTAssertNil(GreenThread.current.fiber?.pointee.localTimers)
    XCTAssertTrue(GreenThread.current.links.isEmpty)
  }

  // Eventlet: G33
  func testRunningAndFinishedTellTheStagesOfALife() throws {
    let thread = spawn { try GreenThread.sleep(for: .seconds(1)) }
    XCTAssertEqual([thread.isRunning, thread.isFinished], [false, false])
    try GreenThread.yield()
    XCTAssertEqual([thread.isRunning, thread.isFinished], [true, false])
    try thread.wait()
    XCTAssertEqual([thread.isRunning, thread.isFinished], [false, true])
  }

  // Eventlet: G33
  func testTheCurrentGreenThreadIsTheOneThatRuns() throws {
    let main = GreenThread.current
    XCTAssertTrue(main === Hub.current.main)
    XCTAssertTrue(main.isRunning)
    // Not the object itself: it would be its own result, and never go.
    let thread = spawn { ObjectIdentifier(GreenThread.current) }
    XCTAssertEqual(try thread.wait(), ObjectIdentifier(thread))
    XCTAssertTrue(GreenThread.current === main)
  }

  // Eventlet: G3
  func testTheCapturesOfABodyGoWhenItEnds() throws {
    let before = Canary.alive
    let thread: GreenThread<Void>
    do {
      let canary = Canary()
      thread = spawn { withExtendedLifetime(canary) {} }
    }
    XCTAssertEqual(Canary.alive, before + 1)
    try thread.wait()
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: G42
  func testErrnoAfterASwitchIsOnesOwn() throws {
    errno = 0
    let other = spawn { errno = EBUSY }
    errno = ENOENT
    try GreenThread.yield()
    XCTAssertEqual(errno, ENOENT)
    try other.wait()
  }

  // Eventlet: G3
  func testDescriptionsNameTheSpawningSite() throws {
    let thread = spawn(name: "worker") {}
    XCTAssertTrue(thread.description.contains("'worker'"), thread.description)
    XCTAssertTrue(thread.description.contains("SpawnTests.swift"), thread.description)
    try thread.wait()
  }
}
