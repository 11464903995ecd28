import EventletCore
import EventletTesting
import XCTest

final class RLockTests: GreenTestCase {
  func testTheHolderMayTakeItAgain() throws {
    let lock = RLock()
    try assertDoesNotSwitch {
      try lock.withLock {
        try lock.withLock { XCTAssertTrue(lock.acquireNoWait()) }
        XCTAssertTrue(lock.isHeldByCurrent)
        lock.release()
        XCTAssertTrue(lock.isLocked)
      }
    }
    XCTAssertFalse(lock.isLocked)
  }

  func testItIsFreeForOthersOnlyAfterTheLastRelease() throws {
    let lock = RLock()
    try lock.acquire()
    try lock.acquire()
    var depths: [Bool] = []
    let other = spawn {
      XCTAssertFalse(lock.acquireNoWait())
      try lock.acquire()
      // Its own count, whatever the former holder's was.
      try lock.acquire()
      lock.release()
      depths.append(lock.isHeldByCurrent)
      lock.release()
      depths.append(lock.isLocked)
    }
    try GreenThread.yield()
    XCTAssertEqual(lock.waitingCount, 1)
    lock.release()
    try GreenThread.yield()
    XCTAssertEqual(lock.waitingCount, 1)
    lock.release()
    XCTAssertFalse(lock.isHeldByCurrent)
    XCTAssertTrue(lock.isLocked)
    try other.wait()
    XCTAssertEqual(depths, [true, false])
  }

  func testAcquireIsFalseWhenTheTimePassed() throws {
    let lock = RLock()
    try lock.acquire()
    let waiter = spawn { try lock.acquire(timeout: .seconds(3)) }
    XCTAssertFalse(try waiter.wait())
    XCTAssertEqual(clock.elapsed, .seconds(3))
    lock.release()
    XCTAssertFalse(lock.isLocked)
  }
}
