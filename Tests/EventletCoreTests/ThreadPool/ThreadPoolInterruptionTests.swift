import CEventletCore
import EventletCore
import EventletTesting
import Synchronization
import XCTest

/// Kills and timeouts of those who wait for a pool.
final class ThreadPoolInterruptionTests: ThreadPoolTestCase {
  // Eventlet: TP7
  func testATimeoutEndsTheWaitAndTheResultIsDropped() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let victim = spawn {
      let captured = PoolCanary()
      return try withTimeout(.seconds(1)) {
        try pool.execute {
          gate.pass()
          return PoolCanary(captured.number)
        }
      }
    }
    try wait { gate.arrivalCount == 1 }
    XCTAssertThrowsError(try victim.wait()) { XCTAssertTrue($0 is Timeout) }
    XCTAssertEqual(clock.elapsed, .seconds(1))
    XCTAssertEqual([pool.runningCount, PoolCanary.count], [1, 1])
    gate.open()
    // The thread goes on, and is free again.
    XCTAssertEqual(try pool.execute { 1 }, 1)
    try wait { PoolCanary.count == 0 }
  }

  // Eventlet: TP7
  func testAKillEndsTheWaitAndTheResultIsDropped() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let victim = spawn {
      try pool.execute {
        gate.pass()
        return PoolCanary()
      }
    }
    try wait { gate.arrivalCount == 1 }
    try victim.kill()
    XCTAssertTrue(victim.isFinished)
    gate.open()
    try pool.execute {}
    try wait { PoolCanary.count == 0 }
  }

  // Eventlet: TP7
  func testAnErrorThatNobodyWaitsForIsDropped() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let victim = spawn {
      try pool.execute {
        gate.pass()
        throw Failure()
      }
    }
    try wait { gate.arrivalCount == 1 }
    try victim.kill()
    gate.open()
    try pool.execute {}
  }

  // Eventlet: TP7
  func testAJobThatHasNotBegunNeverWillAndLeavesTheLine() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let first = try spawnBlocked(in: pool, at: gate)
    let hasRun = Shared(false)
    let victim = spawn {
      let captured = PoolCanary()
      try pool.execute {
        withExtendedLifetime(captured) { hasRun.value.store(true, ordering: .releasing) }
      }
    }
    let third = spawn { try pool.execute { 3 } }
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 2)
    try victim.kill()
    XCTAssertEqual([pool.waitingCount, PoolCanary.count], [1, 0])
    gate.open()
    try first.wait()
    XCTAssertEqual(try third.wait(), 3)
    XCTAssertFalse(hasRun.value.load(ordering: .acquiring))
  }

  func testAKillThatIsDueKeepsTheJobFromBeingSubmitted() throws {
    let pool = makePool()
    let queue = LightQueue<Int>(maxSize: 0)
    let victim = spawn {
      try queue.put(1)
      try pool.execute { XCTFail("ran") }
    }
    try GreenThread.yield()
    // The item is taken, so the kill is due at the next wait.
    XCTAssertEqual(try queue.getNoWait(), 1)
    try victim.kill()
    XCTAssertThrowsError(try victim.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    XCTAssertEqual(pool.threadCount, 0)
  }

  func testAKillThatComesAfterTheResultIsThrownAndTheResultDropped() throws {
    let pool = makePool()
    let gate = OSGate()
    let worker = Shared<Int32>(0)
    let victim = spawn {
      try pool.execute {
        worker.value.store(ev_gettid(), ordering: .releasing)
        gate.pass()
        return PoolCanary()
      }
    }
    try wait { gate.arrivalCount == 1 }
    // The result arrives while this green thread holds the hub up: then the worker sleeps.
    gate.open()
    while pool.runningCount > 0 {}
    waitUntilAsleep(worker.value.load(ordering: .acquiring))
    try victim.kill()
    XCTAssertThrowsError(try victim.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    try wait { PoolCanary.count == 0 }
  }

  func testAResultThatWasDeliveredIsKeptWhenATimeoutIsTakenBack() throws {
    let pool = makePool()
    let gate = OSGate()
    var limit: Timeout?
    let thread = spawn {
      limit = Timeout(after: .seconds(1))
      return try pool.execute {
        gate.pass()
        return 42
      }
    }
    try wait { gate.arrivalCount == 1 }
    clock.advance(by: .seconds(2))
    Hub.current.schedule(after: .zero) {
      // The limit has fired in this turn, before its green thread could run.
      limit?.cancel()
    }
    try GreenThread.yield()
    try GreenThread.yield()
    XCTAssertFalse(thread.isFinished)
    gate.open()
    XCTAssertEqual(try thread.wait(), 42)
  }

  func testAHubThatIsDestroyedLeavesNothingToItsJobs() throws {
    let pool = makePool()
    let gate = OSGate()
    let outcome = SharedLog<String>()
    OSThread {
      spawn {
        do { try pool.execute { gate.pass() } } catch { outcome.append("\(error)") }
      }
      do {
        try GreenThread.yield()
        try Hub.current.destroy()
      } catch { outcome.append("destroy: \(error)") }
    }.join()
    XCTAssertEqual(outcome.entries, ["green thread killed"])
    gate.open()
    try wait { pool.runningCount == 0 }
  }

  func testADeadlockIsReportedWhileAJobRunsForNobody() throws {
    let pool = makePool()
    let gate = OSGate()
    let victim = try spawnBlocked(in: pool, at: gate)
    try victim.kill()
    XCTAssertThrowsError(try Event<Int>().wait()) { error in
      guard case HubError.deadlock = error else { return XCTFail("\(error)") }
    }
    gate.open()
    try wait { pool.runningCount == 0 }
  }
}
