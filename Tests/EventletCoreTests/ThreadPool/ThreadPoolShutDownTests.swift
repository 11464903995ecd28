import EventletCore
import EventletTesting
import Synchronization
import XCTest

final class ThreadPoolShutDownTests: ThreadPoolTestCase {
  // Eventlet: TP10
  func testWhatWasAcceptedIsFinishedAndDeliveredAndAllThreadsEnd() throws {
    let pool = makePool(2, name: "shutdown")
    let gate = OSGate()
    let threads = (0..<5).map { number in
      spawn {
        try pool.execute {
          gate.pass()
          return number
        }
      }
    }
    try wait { gate.arrivalCount == 2 }
    let closer = spawn { try pool.shutDown() }
    try GreenThread.yield()
    XCTAssertThrowsError(try pool.execute {}) {
      XCTAssertEqual($0 as? ThreadPoolError, .shutDown)
    }
    gate.open(5)
    XCTAssertTrue(try closer.wait())
    XCTAssertEqual([pool.threadCount, pool.runningCount, pool.waitingCount], [0, 0, 0])
    // Joined, but perhaps not yet gone from the list of the system.
    try wait { (try? FileDescriptors.threads(named: "shutdown")) == 0 }
    XCTAssertEqual(try threads.map { try $0.wait() }, Array(0..<5))
    // And again.
    XCTAssertEqual(try pool.execute { 6 }, 6)
  }

  // Eventlet: TP10
  func testAPoolWithoutThreadsIsShutDownAtOnce() throws {
    let pool = makePool()
    try assertDoesNotSwitch { XCTAssertTrue(try pool.shutDown()) }
  }

  // Eventlet: TP10
  func testIdleThreadsEnd() throws {
    let pool = makePool(3)
    let gate = OSGate()
    let threads = try (0..<3).map { _ in try spawnBlocked(in: pool, at: gate) }
    gate.open(3)
    for thread in threads { try thread.wait() }
    XCTAssertTrue(try pool.shutDown())
    XCTAssertEqual(pool.threadCount, 0)
  }

  // Eventlet: TP10
  func testWhenTheLimitPassesWhatIsLeftIsGivenUp() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let hasRun = Shared(false)
    let runs = spawn {
      try pool.execute {
        gate.pass()
        return PoolCanary()
      }
    }
    try wait { gate.arrivalCount == 1 }
    let waits = spawn { try pool.execute { hasRun.value.store(true, ordering: .releasing) } }
    try GreenThread.yield()
    XCTAssertFalse(try pool.shutDown(within: .seconds(3)))
    XCTAssertEqual(clock.elapsed, .seconds(3))
    XCTAssertThrowsError(try runs.wait()) { XCTAssertEqual($0 as? ThreadPoolError, .shutDown) }
    XCTAssertThrowsError(try waits.wait()) { XCTAssertEqual($0 as? ThreadPoolError, .shutDown) }
    XCTAssertEqual([pool.threadCount, pool.runningCount, pool.waitingCount], [0, 0, 0])
    // Used again while the old thread is still stuck.
    XCTAssertEqual(try pool.execute { 1 }, 1)
    XCTAssertEqual(pool.threadCount, 1)
    gate.open()
    try wait { PoolCanary.count == 0 }
    try wait { (try? FileDescriptors.threads(named: "test")) == 1 }
    XCTAssertFalse(hasRun.value.load(ordering: .acquiring))
  }

  // Eventlet: TP10
  func testALimitOfZeroGivesUpAtOnceWhatRuns() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let thread = try spawnBlocked(in: pool, at: gate)
    XCTAssertFalse(try pool.shutDown(within: .zero))
    XCTAssertThrowsError(try thread.wait())
    gate.open()
  }

  func testSeveralMayShutDownAtOnceAndTheShortestLimitHolds() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let thread = try spawnBlocked(in: pool, at: gate)
    let closers = [nil, Duration.seconds(2), .seconds(9)].map { limit in
      spawn { try pool.shutDown(within: limit) }
    }
    XCTAssertEqual(try closers.map { try $0.wait() }, [false, false, false])
    XCTAssertEqual(clock.elapsed, .seconds(2))
    XCTAssertThrowsError(try thread.wait())
    gate.open()
  }

  func testSeveralWhoseLimitsPassTogetherAllHearOfIt() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let thread = try spawnBlocked(in: pool, at: gate)
    let closers = (0..<2).map { _ in spawn { try pool.shutDown(within: .seconds(2)) } }
    XCTAssertEqual(try closers.map { try $0.wait() }, [false, false])
    XCTAssertThrowsError(try thread.wait())
    gate.open()
  }

  func testSeveralMayShutDownAtOnce() throws {
    let pool = makePool(2)
    let gate = OSGate()
    let threads = try (0..<2).map { _ in try spawnBlocked(in: pool, at: gate) }
    let closers = (0..<3).map { _ in spawn { try pool.shutDown() } }
    try GreenThread.yield()
    gate.open(2)
    XCTAssertEqual(try closers.map { try $0.wait() }, [true, true, true])
    for thread in threads { try thread.wait() }
  }

  func testAKilledCallerLeavesThePoolToFinish() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let threads = [try spawnBlocked(in: pool, at: gate), spawn { try pool.execute {} }]
    try GreenThread.yield()
    let closer = spawn { try pool.shutDown(within: .seconds(1)) }
    try GreenThread.yield()
    try closer.kill()
    XCTAssertThrowsError(try pool.execute {}) {
      XCTAssertEqual($0 as? ThreadPoolError, .shutDown)
    }
    gate.open()
    for thread in threads { try thread.wait() }
    try wait { pool.threadCount == 0 }
    // Joins what nobody has waited for.
    XCTAssertTrue(try pool.shutDown())
    try wait { (try? FileDescriptors.threads(named: "test")) == 0 }
    XCTAssertEqual(try pool.execute { 1 }, 1)
  }

  func testAJobThatShutsItsPoolDownGetsAnError() throws {
    let pool = makePool(1)
    XCTAssertThrowsError(try pool.execute { try pool.shutDown() }) { error in
      guard case HubError.selfWait = error else { return XCTFail("\(error)") }
    }
  }
}
