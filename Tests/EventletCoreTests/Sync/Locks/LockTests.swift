import EventletCore
import EventletTesting
import Glibc
import XCTest

final class LockTests: GreenTestCase {
  func testAFreeLockIsTakenAndReleasedWithoutASwitch() throws {
    let lock = Lock()
    XCTAssertFalse(lock.isLocked)
    try assertDoesNotSwitch {
      XCTAssertTrue(try lock.acquire())
      XCTAssertTrue(lock.isLocked)
      XCTAssertTrue(lock.isHeldByCurrent)
      XCTAssertFalse(lock.acquireNoWait())
      lock.release()
    }
    XCTAssertFalse(lock.isLocked)
    XCTAssertFalse(lock.isHeldByCurrent)
  }

  // Eventlet: M6
  func testOneAtATimeInTheOrderTheyCame() throws {
    let lock = Lock()
    var log: [String] = []
    let threads = (0..<3).map { number in
      spawn {
        try lock.withLock {
          log.append("\(number) in")
          try GreenThread.sleep(for: .seconds(1))
          log.append("\(number) out")
        }
      }
    }
    try GreenThread.yield()
    XCTAssertEqual(lock.waitingCount, 2)
    XCTAssertFalse(lock.isHeldByCurrent)
    for thread in threads { try thread.wait() }
    XCTAssertEqual(log, ["0 in", "0 out", "1 in", "1 out", "2 in", "2 out"])
    XCTAssertFalse(lock.isLocked)
  }

  func testAReleasedLockBelongsToTheFirstWaiterAtOnce() throws {
    let lock = Lock()
    try lock.acquire()
    let waiter = spawn { try lock.withLock { lock.isHeldByCurrent } }
    try GreenThread.yield()
    assertDoesNotSwitch { lock.release() }
    XCTAssertTrue(lock.isLocked)
    XCTAssertFalse(lock.acquireNoWait())
    XCTAssertTrue(try waiter.wait())
  }

  func testAcquireIsFalseWhenTheTimePassed() throws {
    let lock = Lock()
    try lock.acquire()
    let waiter = spawn { try lock.acquire(timeout: .seconds(3)) }
    XCTAssertFalse(try waiter.wait())
    XCTAssertEqual(clock.elapsed, .seconds(3))
    XCTAssertEqual(lock.waitingCount, 0)
    lock.release()
    XCTAssertFalse(lock.isLocked)
  }

  func testTheHolderThatWaitsForTheLockGetsAnError() throws {
    let lock = Lock()
    try lock.withLock {
      XCTAssertThrowsError(try lock.acquire(timeout: .seconds(1))) { error in
        guard case HubError.selfWait(let text) = error else { return XCTFail("\(error)") }
        XCTAssertTrue(text.contains("'main'"), text)
      }
    }
    XCTAssertFalse(lock.isLocked)
  }

  func testTheScopedFormReleasesOnEveryWayOut() throws {
    let lock = Lock()
    XCTAssertThrowsError(try lock.withLock { throw Failure() })
    XCTAssertFalse(lock.isLocked)
    let holder = spawn { try lock.withLock { try GreenThread.sleep(for: .seconds(9)) } }
    try GreenThread.yield()
    XCTAssertTrue(lock.isLocked)
    try holder.kill()
    XCTAssertFalse(lock.isLocked)
  }

  func testACallbackOfTheHubMayHoldALockButNotWaitForOne() throws {
    let lock = Lock()
    var caught: (any Error)?
    spawn { try lock.withLock { try GreenThread.sleep(for: .seconds(2)) } }
    Hub.current.schedule(after: .seconds(1)) {
      do { try lock.acquire() } catch { caught = error }
    }
    Hub.current.schedule(after: .seconds(3)) {
      XCTAssertTrue(try lock.acquire())
      XCTAssertTrue(lock.isHeldByCurrent)
    }
    Hub.current.schedule(after: .seconds(4)) { lock.release() }
    try GreenThread.sleep(for: .seconds(3.5))
    XCTAssertFalse(lock.isHeldByCurrent)
    XCTAssertTrue(try lock.acquire())
    XCTAssertEqual(clock.elapsed, .seconds(4))
    lock.release()
    guard case HubError.blockingCallInHub? = caught else { return XCTFail("\(caught as Any)") }
  }

  func testReportsNameTheHolder() throws {
    let lock = Lock()
    let holder = spawn(name: "writer") {
      try lock.acquire()
      try GreenThread.sleep(for: .seconds(1))
    }
    let waiter = spawn { try lock.acquire() }
    try GreenThread.yield()
    XCTAssertTrue(Hub.current.report().contains("waits for a lock held by green thread"))
    XCTAssertTrue(Hub.current.report().contains("'writer' ("), Hub.current.report())
    try holder.wait()
    XCTAssertTrue(
      Hub.current.report().contains("held by green thread \(holder.id), which has ended"))
    try waiter.kill()
  }

  // Eventlet: M7
  func testInAForkedChildTheHolderReleasesAndTheWaiterGoesOn() throws {
    try XCTSkipIf(Sanitizer.isThread, "it follows no child of several OS threads")
    let lock = Lock()
    let holder = spawn { try lock.withLock { try GreenThread.sleep(for: .seconds(1)) } }
    let waiter = spawn { try lock.withLock { lock.waitingCount } }
    try GreenThread.yield()
    try ForkedChild.run {
      try holder.wait()
      return try waiter.wait() == 0 && !lock.isLocked
    }
    try holder.wait()
    XCTAssertEqual(try waiter.wait(), 0)
  }
}
