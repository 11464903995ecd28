import EventletCore
import Testing

/// Programmers' errors with locks end the process, and say what was done.
@Suite struct LockTrapTests {
  // Eventlet: M6
  @Test func releasingAnUnlockedLockTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { Lock().release() }
    #expect(text(try #require(result)).contains("Lock: release of an unlocked lock"))
  }

  // Eventlet: M6
  @Test func releasingALockOfAnotherGreenThreadTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let lock = Lock()
      spawn(name: "holder") {
        try lock.acquire()
        try GreenThread.sleep(for: .seconds(9))
      }
      try GreenThread.yield()
      lock.release()
    }
    let output = text(try #require(result))
    #expect(output.contains("Lock: release by green thread 1 'main'"), "\(output)")
    #expect(output.contains("'holder'"), "\(output)")
  }

  @Test func releasingAnRLockTooOftenTraps() async {
    await #expect(processExitsWith: .failure) {
      let lock = RLock()
      _ = lock.acquireNoWait()
      lock.release()
      lock.release()
    }
  }

  @Test func releasingAnRLockOfAnotherGreenThreadTraps() async {
    await #expect(processExitsWith: .failure) {
      let lock = RLock()
      _ = try spawn { try lock.acquire() }.wait()
      lock.release()
    }
  }

  @Test func releasingAReadLockThatNobodyHasTraps() async {
    await #expect(processExitsWith: .failure) { RWLock().releaseRead() }
  }

  @Test func releasingAWriteLockThatNobodyHasTraps() async {
    await #expect(processExitsWith: .failure) { RWLock().releaseWrite() }
  }

  @Test func releasingAWriteLockOfAnotherGreenThreadTraps() async {
    await #expect(processExitsWith: .failure) {
      let lock = RWLock()
      _ = try spawn { try lock.acquireWrite() }.wait()
      lock.releaseWrite()
    }
  }

  @Test func waitingForAConditionWithoutItsLockTraps() async {
    await #expect(processExitsWith: .failure) { try Condition().wait() }
  }

  @Test func waitingForAPredicateWithoutTheLockTraps() async {
    await #expect(processExitsWith: .failure) { try Condition().wait { true } }
  }

  @Test func destroyingTheHubWithALockThatAWaiterOfItsConditionNeedsTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let condition = Condition()
      spawn(name: "waiter") { try condition.lock.withLock { _ = try condition.wait() } }
      try GreenThread.yield()
      try condition.lock.withLock { try Hub.current.destroy() }
    }
    let output = text(try #require(result))
    #expect(output.contains("'waiter'"), "\(output)")
    #expect(output.contains("waits for its condition's lock"), "\(output)")
  }

  @Test func notifyingANegativeNumberTraps() async {
    await #expect(processExitsWith: .failure) { Condition().notify(-1) }
  }

  @Test func aBarrierWithoutPartiesTraps() async {
    await #expect(processExitsWith: .failure) { _ = Barrier(parties: 0) }
  }

  // Eventlet: M4
  @Test func addingNothingToAWaitGroupTraps() async {
    await #expect(processExitsWith: .failure) { WaitGroup().add(0) }
  }

  // Eventlet: M5
  @Test func doingNothingOfAWaitGroupTraps() async {
    await #expect(processExitsWith: .failure) {
      let group = WaitGroup()
      group.add()
      group.done(0)
    }
  }

  // Eventlet: M5
  @Test func aWaitGroupBelowZeroTraps() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let group = WaitGroup()
      group.add(2)
      group.done(3)
    }
    #expect(text(try #require(result)).contains("WaitGroup: done 3, but 2 is all that is left"))
  }
}
