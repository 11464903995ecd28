import EventletCore
import EventletTesting
import XCTest

final class ConditionTests: GreenTestCase {
  private let condition = Condition()
  private var lock: Lock { condition.lock }
  private var log: [String] = []

  private func waiter(_ name: String, timeout: Duration? = nil) -> GreenThread<Bool> {
    spawn(name: name) { [unowned self] in
      try lock.withLock {
        let isNotified: Bool
        do { isNotified = try condition.wait(timeout: timeout) } catch {
          XCTAssertTrue(lock.isHeldByCurrent)
          log.append("\(name) threw")
          throw error
        }
        XCTAssertTrue(lock.isHeldByCurrent)
        log.append(name)
        return isNotified
      }
    }
  }

  private func expectNothingLeft() {
    XCTAssertFalse(lock.isLocked)
    XCTAssertEqual([lock.waitingCount, condition.waitingCount], [0, 0])
  }

  func testWaitingGivesTheLockUpAndTakesItAgain() throws {
    let thread = waiter("a")
    try GreenThread.yield()
    XCTAssertFalse(lock.isLocked)
    XCTAssertEqual(condition.waitingCount, 1)
    try lock.withLock {
      assertDoesNotSwitch { condition.notify() }
      XCTAssertEqual([lock.waitingCount, condition.waitingCount], [1, 0])
      try GreenThread.yield()
      XCTAssertEqual(log, [])
    }
    XCTAssertTrue(try thread.wait())
    expectNothingLeft()
  }

  func testNotifyReachesTheLongestWaiting() throws {
    let threads = ["a", "b", "c", "d"].map { waiter($0) }
    try GreenThread.yield()
    condition.notify()
    try GreenThread.yield()
    XCTAssertEqual(log, ["a"])
    condition.notify(2)
    for _ in 0..<2 { try GreenThread.yield() }
    XCTAssertEqual(log, ["a", "b", "c"])
    condition.notify(5)
    for thread in threads { XCTAssertTrue(try thread.wait()) }
    condition.notify()
    expectNothingLeft()
  }

  func testNotifyAllReachesAllThoseWhoWaitAndNobodyLater() throws {
    let threads = ["a", "b", "c"].map { waiter($0) }
    try GreenThread.yield()
    condition.notifyAll()
    let late = waiter("late", timeout: .seconds(1))
    for thread in threads { XCTAssertTrue(try thread.wait()) }
    XCTAssertEqual(log, ["a", "b", "c"])
    XCTAssertFalse(try late.wait())
    expectNothingLeft()
  }

  func testWhoIsNotifiedStandsBehindThoseWhoWaitForTheLock() throws {
    let thread = waiter("a")
    try GreenThread.yield()
    try lock.acquire()
    let other = spawn { [unowned self] in try lock.withLock { log.append("other") } }
    try GreenThread.yield()
    condition.notify()
    lock.release()
    try other.wait()
    XCTAssertTrue(try thread.wait())
    XCTAssertEqual(log, ["other", "a"])
    expectNothingLeft()
  }

  func testWaitIsFalseWhenTheTimePassed() throws {
    XCTAssertFalse(try waiter("a", timeout: .seconds(3)).wait())
    XCTAssertEqual(clock.elapsed, .seconds(3))
    expectNothingLeft()
  }

  func testTheLockIsTakenAgainWhenTheTimePassed() throws {
    let thread = waiter("a", timeout: .seconds(3))
    try GreenThread.yield()
    try lock.withLock { try GreenThread.sleep(for: .seconds(5)) }
    XCTAssertFalse(try thread.wait())
    XCTAssertEqual(clock.elapsed, .seconds(5))
    expectNothingLeft()
  }

  func testTheTimeoutIsOverOnceNotified() throws {
    let thread = waiter("a", timeout: .seconds(3))
    try GreenThread.yield()
    try lock.withLock {
      condition.notify()
      try GreenThread.sleep(for: .seconds(5))
    }
    XCTAssertTrue(try thread.wait())
    expectNothingLeft()
  }

  func testWaitingForAPredicate() throws {
    var value = 0
    let thread = spawn { [unowned self] in
      try lock.withLock { try condition.wait { value >= 2 } }
    }
    for _ in 0..<2 {
      try GreenThread.yield()
      XCTAssertFalse(thread.isFinished)
      try lock.withLock {
        value += 1
        condition.notify()
      }
    }
    XCTAssertTrue(try thread.wait())
    try lock.withLock {
      try assertDoesNotSwitch { XCTAssertTrue(try condition.wait { value == 2 }) }
      XCTAssertThrowsError(try condition.wait { throw Failure() })
    }
    expectNothingLeft()
  }

  func testAPredicatesTimeoutCoversAllNotifications() throws {
    let thread = spawn { [unowned self] in
      try lock.withLock { try condition.wait(timeout: .seconds(3)) { false } }
    }
    for _ in 0..<4 {
      try GreenThread.sleep(for: .seconds(1))
      condition.notify()
    }
    XCTAssertFalse(try thread.wait())
    expectNothingLeft()
  }

  func testConditionsMayShareALock() throws {
    let other = Condition(lock: lock)
    let thread = waiter("a")
    try GreenThread.yield()
    other.notifyAll()
    try GreenThread.yield()
    XCTAssertEqual(log, [])
    condition.notify()
    XCTAssertTrue(try thread.wait())
    expectNothingLeft()
  }

  func testNotifyWorksInAHubCallback() throws {
    let thread = waiter("a")
    Hub.current.schedule(after: .seconds(1)) { [unowned self] in condition.notify() }
    XCTAssertTrue(try thread.wait())
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  func testReportsSayWhatIsWaitedFor() throws {
    let thread = waiter("a")
    try GreenThread.yield()
    XCTAssertTrue(Hub.current.report().contains("waits for a condition"))
    try lock.withLock {
      condition.notify()
      XCTAssertTrue(
        Hub.current.report().contains("waits for a lock held by green thread 1 'main'"),
        Hub.current.report())
    }
    XCTAssertTrue(try thread.wait())
  }

  // MARK: Kills and timeouts

  func testAKillTakesEffectWhenTheLockIsHeldAgain() throws {
    let thread = waiter("a")
    try GreenThread.yield()
    try lock.acquire()
    try thread.kill()
    XCTAssertFalse(thread.isFinished)
    XCTAssertEqual([lock.waitingCount, condition.waitingCount], [1, 0])
    lock.release()
    XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    XCTAssertEqual(log, ["a threw"])
    expectNothingLeft()
  }

  func testAKilledWaiterPassesItsNotificationOn() throws {
    let threads = ["a", "b"].map { waiter($0) }
    try GreenThread.yield()
    try lock.acquire()
    condition.notify()
    try threads[0].kill()
    XCTAssertFalse(threads[0].isFinished)
    lock.release()
    XCTAssertTrue(try threads[1].wait())
    XCTAssertEqual(log, ["a threw", "b"])
    expectNothingLeft()
  }

  func testAWaiterKilledWithTheLockInHandPassesItsNotificationOn() throws {
    let threads = ["a", "b"].map { waiter($0) }
    try GreenThread.yield()
    // The lock is free, so the first has it from here on.
    condition.notify()
    try threads[0].kill()
    XCTAssertTrue(threads[0].isFinished)
    XCTAssertTrue(try threads[1].wait())
    XCTAssertEqual(log, ["a threw", "b"])
    expectNothingLeft()
  }

  func testANotificationOfAllIsNotPassedOn() throws {
    let victim = waiter("a")
    try GreenThread.yield()
    try lock.acquire()
    condition.notifyAll()
    let late = waiter("late", timeout: .seconds(1))
    try GreenThread.yield()
    try victim.kill()
    lock.release()
    XCTAssertFalse(try late.wait())
    XCTAssertEqual(log, ["a threw", "late"])
    expectNothingLeft()
  }

  func testASecondKillWhileTheLockIsMissingIsThrownAtTheNextWait() throws {
    let thread = spawn { [unowned self] in
      try lock.withLock {
        XCTAssertThrowsError(try condition.wait()) { XCTAssertEqual($0 as? Failure, Failure("1")) }
        XCTAssertTrue(lock.isHeldByCurrent)
        XCTAssertThrowsError(try GreenThread.yield()) {
          XCTAssertEqual($0 as? Failure, Failure("2"))
        }
        XCTAssertThrowsError(try GreenThread.yield()) {
          XCTAssertEqual($0 as? Failure, Failure("3"))
        }
        try GreenThread.yield()
      }
    }
    try GreenThread.yield()
    try lock.acquire()
    for number in 1...3 { try thread.kill(throwing: Failure("\(number)")) }
    XCTAssertFalse(thread.isFinished)
    lock.release()
    try thread.wait()
    expectNothingLeft()
  }

  func testATimeoutThatIsTakenBackWhileTheLockIsMissingIsNotThrown() throws {
    var limit: Timeout?
    let thread = spawn { [unowned self] in
      limit = Timeout(after: .seconds(2))
      try lock.withLock {
        XCTAssertFalse(try condition.wait(timeout: .seconds(1)))
        try GreenThread.yield()
      }
    }
    try GreenThread.yield()
    try lock.acquire()
    // The limit has passed, and found its green thread waiting for the lock.
    try GreenThread.sleep(for: .seconds(3))
    XCTAssertEqual(lock.waitingCount, 1)
    limit?.cancel()
    lock.release()
    try thread.wait()
    expectNothingLeft()
  }

  func testATimeoutOfTheScopeIsThrownWithTheLockHeld() throws {
    let thread = spawn { [unowned self] in
      try lock.withLock {
        try withTimeout(.seconds(1)) {
          defer { XCTAssertTrue(lock.isHeldByCurrent) }
          return try condition.wait()
        }
      }
    }
    XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 is Timeout) }
    XCTAssertEqual(clock.elapsed, .seconds(1))
    expectNothingLeft()
  }

  func testDestroyingTheHubEndsAWaiterWhoseLockIsHeldByAnother() throws {
    onAnotherOSThread {
      let condition = Condition()
      let waiter = spawn { try condition.lock.withLock { _ = try condition.wait() } }
      let holder = spawn {
        try condition.lock.withLock { try GreenThread.sleep(for: .seconds(60)) }
      }
      do {
        try GreenThread.yield()
        try Hub.current.destroy()
      } catch { fatalError("\(error)") }
      XCTAssertTrue(waiter.isFinished)
      XCTAssertTrue(holder.isFinished)
    }
  }
}
