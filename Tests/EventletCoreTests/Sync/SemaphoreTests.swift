import EventletCore
import EventletTesting
import XCTest

final class SemaphoreTests: GreenTestCase {
  // Eventlet: S2, S14
  func testAFreePermitIsTakenWithoutASwitch() throws {
    let semaphore = Semaphore(value: 2)
    XCTAssertEqual([semaphore.freeCount, semaphore.balance], [2, 2])
    XCTAssertTrue(try assertDoesNotSwitch { try semaphore.acquire() })
    XCTAssertFalse(semaphore.isLocked)
    XCTAssertTrue(try assertDoesNotSwitch { try semaphore.acquire() })
    XCTAssertTrue(semaphore.isLocked)
    XCTAssertEqual(semaphore.balance, 0)
  }

  // Eventlet: S3
  func testAcquireNoWaitIsFalseAtOnceWhenThereIsNone() {
    let semaphore = Semaphore(value: 1)
    assertDoesNotSwitch {
      XCTAssertTrue(semaphore.acquireNoWait())
      XCTAssertFalse(semaphore.acquireNoWait())
    }
  }

  // Eventlet: S4
  func testAcquireIsFalseWhenTheTimePassed() throws {
    let semaphore = Semaphore(value: 0)
    XCTAssertFalse(try semaphore.acquire(timeout: .seconds(3)))
    XCTAssertEqual(clock.elapsed, .seconds(3))
    XCTAssertEqual(semaphore.waitingCount, 0)
  }

  // Eventlet: S6
  func testATimeoutOfZeroWaitsOneTurn() throws {
    let semaphore = Semaphore(value: 0)
    XCTAssertFalse(try semaphore.acquire(timeout: .zero))
    spawn { semaphore.release() }
    XCTAssertTrue(try semaphore.acquire(timeout: .zero))
    XCTAssertEqual(clock.elapsed, .zero)
  }

  // Eventlet: S7, S8, S14
  func testReleaseNeverSwitchesAndServesInOrder() throws {
    let semaphore = Semaphore(value: 0)
    var log: [Int] = []
    for index in 0..<3 {
      spawn {
        try semaphore.acquire()
        log.append(index)
      }
    }
    try GreenThread.yield()
    XCTAssertEqual([semaphore.balance, semaphore.waitingCount], [-3, 3])
    assertDoesNotSwitch { for _ in 0..<3 { semaphore.release() } }
    XCTAssertEqual(log, [])
    XCTAssertEqual(semaphore.balance, 0)
    try GreenThread.yield()
    XCTAssertEqual(log, [0, 1, 2])
  }

  // Eventlet: S9
  func testTwoThatLockAndUnlockInALoopAlternate() throws {
    let semaphore = Semaphore(value: 1)
    var counts = [0, 0]
    let threads = (0..<2).map { index in
      spawn {
        while true {
          try semaphore.withPermit { try GreenThread.sleep(for: .milliseconds(1)) }
          counts[index] += 1
        }
      }
    }
    try GreenThread.sleep(for: .seconds(1))
    for thread in threads { try thread.kill() }
    XCTAssertLessThanOrEqual(abs(counts[0] - counts[1]), 1)
    XCTAssertGreaterThan(counts[0], 490)
    XCTAssertEqual(semaphore.freeCount, 1)
  }

  // Eventlet: S10
  func testAReleasedPermitBelongsToTheFirstWaiterAtOnce() throws {
    let semaphore = Semaphore(value: 0)
    let waiter = spawn { try semaphore.acquire() }
    try GreenThread.yield()
    semaphore.release()
    XCTAssertFalse(semaphore.acquireNoWait())
    XCTAssertFalse(try semaphore.acquire(timeout: .seconds(1)))
    XCTAssertTrue(try waiter.wait())
    XCTAssertEqual(semaphore.freeCount, 0)
  }

  // Eventlet: S12
  func testReleaseWithoutAcquireAddsAPermit() {
    let semaphore = Semaphore(value: 1)
    semaphore.release()
    XCTAssertEqual(semaphore.freeCount, 2)
  }

  // Eventlet: S13
  func testABoundedSemaphoreFillsUpToItsLimit() throws {
    let semaphore = BoundedSemaphore(value: 2)
    XCTAssertEqual(semaphore.limit, 2)
    try semaphore.acquire()
    try semaphore.acquire()
    let waiter = spawn { try semaphore.withPermit { semaphore.freeCount } }
    try GreenThread.yield()
    semaphore.release()
    XCTAssertEqual(try waiter.wait(), 0)
    semaphore.release()
    XCTAssertEqual(semaphore.freeCount, 2)
  }

  // Eventlet: S15
  func testTheScopedFormReleasesOnEveryWayOut() throws {
    struct Refused: Error {}
    let semaphore = Semaphore(value: 1)
    XCTAssertEqual(try semaphore.withPermit { semaphore.freeCount }, 0)
    XCTAssertEqual(semaphore.freeCount, 1)
    XCTAssertThrowsError(try semaphore.withPermit { throw Refused() })
    XCTAssertEqual(semaphore.freeCount, 1)
    let holder = spawn { try semaphore.withPermit { try GreenThread.sleep(for: .seconds(9)) } }
    try GreenThread.yield()
    XCTAssertEqual(semaphore.freeCount, 0)
    try holder.kill()
    XCTAssertEqual(semaphore.freeCount, 1)
  }

  // Eventlet: S7
  func testReleaseWorksInAHubCallback() throws {
    let semaphore = Semaphore(value: 0)
    Hub.current.schedule(after: .seconds(1)) { semaphore.release() }
    XCTAssertTrue(try semaphore.acquire())
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }
}
