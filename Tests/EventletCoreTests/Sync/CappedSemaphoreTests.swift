import EventletCore
import EventletTesting
import XCTest

final class CappedSemaphoreTests: GreenTestCase {
  // Eventlet: S17
  func testAcquireWaitsAtZero() throws {
    let semaphore = CappedSemaphore(count: 1, limit: 3)
    XCTAssertTrue(try assertDoesNotSwitch { try semaphore.acquire() })
    XCTAssertTrue(semaphore.isLocked)
    XCTAssertFalse(semaphore.acquireNoWait())
    let waiter = spawn { try semaphore.acquire() }
    try GreenThread.yield()
    XCTAssertFalse(waiter.isFinished)
    XCTAssertTrue(try assertDoesNotSwitch { try semaphore.release() })
    XCTAssertTrue(try waiter.wait())
    XCTAssertTrue(semaphore.isLocked)
  }

  // Eventlet: S17, S19
  func testReleaseWaitsAtTheLimit() throws {
    let semaphore = CappedSemaphore(count: 2, limit: 2)
    XCTAssertTrue(semaphore.isBounded)
    XCTAssertFalse(semaphore.releaseNoWait())
    XCTAssertFalse(try semaphore.release(timeout: .seconds(1)))
    XCTAssertEqual(clock.elapsed, .seconds(1))
    let releaser = spawn { try semaphore.release() }
    try GreenThread.yield()
    XCTAssertFalse(releaser.isFinished)
    XCTAssertTrue(try semaphore.acquire())
    XCTAssertTrue(try releaser.wait())
    XCTAssertTrue(semaphore.isBounded)
  }

  // Eventlet: S17
  func testWithLimitZeroAcquireAndReleaseMeet() throws {
    let semaphore = CappedSemaphore(count: 0, limit: 0)
    XCTAssertTrue(semaphore.isLocked)
    XCTAssertTrue(semaphore.isBounded)
    XCTAssertFalse(try semaphore.acquire(timeout: .seconds(1)))
    XCTAssertFalse(try semaphore.release(timeout: .seconds(1)))
    let acquirer = spawn { try semaphore.acquire() }
    try GreenThread.yield()
    XCTAssertTrue(try semaphore.release())
    XCTAssertTrue(try acquirer.wait())
    let releaser = spawn { try semaphore.release() }
    try GreenThread.yield()
    XCTAssertTrue(try semaphore.acquire())
    XCTAssertTrue(try releaser.wait())
    XCTAssertEqual(semaphore.balance, 0)
  }

  // Eventlet: S18
  func testTheBalanceCountsBothWaysAndTheWaiters() throws {
    let semaphore = CappedSemaphore(count: 0, limit: 3)
    XCTAssertEqual(semaphore.balance, -3)
    let acquirer = spawn { try semaphore.acquire() }
    try GreenThread.yield()
    XCTAssertEqual(semaphore.balance, -4)
    try acquirer.kill()
    for _ in 0..<3 { XCTAssertTrue(semaphore.releaseNoWait()) }
    XCTAssertEqual(semaphore.balance, 3)
    let releaser = spawn { try semaphore.release() }
    try GreenThread.yield()
    XCTAssertEqual(semaphore.balance, 4)
    try releaser.kill()
    XCTAssertEqual(semaphore.balance, 3)
  }

  // Eventlet: S20
  func testAnInterruptedCallRestoresTheCounter() throws {
    let empty = CappedSemaphore(count: 0, limit: 1)
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { try empty.acquire() })
    XCTAssertEqual(empty.balance, -1)
    let full = CappedSemaphore(count: 1, limit: 1)
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { try full.release() })
    XCTAssertEqual(full.balance, 1)
  }

  // Eventlet: S8
  func testBothLinesAreServedInOrder() throws {
    let semaphore = CappedSemaphore(count: 0, limit: 1)
    var log: [String] = []
    for index in 0..<3 {
      spawn {
        try semaphore.acquire()
        log.append("acquired \(index)")
      }
    }
    try GreenThread.yield()
    for _ in 0..<4 { XCTAssertTrue(semaphore.releaseNoWait()) }
    try GreenThread.yield()
    for index in 0..<3 {
      spawn {
        try semaphore.release()
        log.append("released \(index)")
      }
    }
    try GreenThread.yield()
    for _ in 0..<3 { XCTAssertTrue(semaphore.acquireNoWait()) }
    try GreenThread.yield()
    XCTAssertEqual(log, (0..<3).map { "acquired \($0)" } + (0..<3).map { "released \($0)" })
  }
}
