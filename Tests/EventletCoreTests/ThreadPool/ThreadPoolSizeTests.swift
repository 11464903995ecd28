import CEventletCore
import EventletCore
import EventletTesting
import Synchronization
import XCTest

final class ThreadPoolSizeTests: ThreadPoolTestCase {
  // Eventlet: TP5
  func testWithSizeZeroJobsRunInTheCaller() throws {
    let pool = makePool(0)
    let thread = try assertDoesNotSwitch { try pool.execute { ev_gettid() } }
    XCTAssertEqual(thread, ev_gettid())
    XCTAssertThrowsError(try pool.execute { throw Failure() }) { XCTAssertTrue($0 is Failure) }
    XCTAssertEqual(pool.threadCount, 0)
  }

  func testAGreaterSizeTakesEffectAtOnce() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let threads = (0..<4).map { _ in spawn { try pool.execute { gate.pass() } } }
    try wait { gate.arrivalCount == 1 }
    XCTAssertEqual(pool.waitingCount, 3)
    pool.size = 3
    try wait { gate.arrivalCount == 3 }
    XCTAssertEqual([pool.size, pool.threadCount, pool.waitingCount], [3, 3, 1])
    // No thread for which there would be nothing to do.
    pool.size = 20
    try wait { gate.arrivalCount == 4 }
    XCTAssertEqual(pool.threadCount, 4)
    gate.open(4)
    for thread in threads { try thread.wait() }
  }

  func testASmallerSizeEndsThreadsAsTheyBecomeIdle() throws {
    let pool = makePool(4)
    let gate = OSGate()
    let threads = try (0..<4).map { _ in try spawnBlocked(in: pool, at: gate) }
    XCTAssertEqual(pool.threadCount, 4)
    pool.size = 1
    XCTAssertEqual([pool.threadCount, pool.runningCount], [4, 4])
    gate.open(4)
    for thread in threads { try thread.wait() }
    try wait { pool.threadCount == 1 }
    XCTAssertEqual(try pool.execute { 1 }, 1)
    XCTAssertEqual(pool.threadCount, 1)
  }

  func testASmallerSizeEndsIdleThreads() throws {
    let pool = makePool(4)
    let gate = OSGate()
    let threads = try (0..<4).map { _ in try spawnBlocked(in: pool, at: gate) }
    gate.open(4)
    for thread in threads { try thread.wait() }
    try wait { pool.runningCount == 0 }
    pool.size = 2
    try wait { pool.threadCount == 2 }
    pool.size = 0
    try wait { pool.threadCount == 0 }
  }

  func testWhatWasAcceptedBeforeTheSizeBecameZeroStillRunsInThePool() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let first = try spawnBlocked(in: pool, at: gate)
    let second = spawn { try pool.execute { ev_gettid() } }
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 1)
    pool.size = 0
    XCTAssertEqual(try pool.execute { ev_gettid() }, ev_gettid())
    gate.open()
    try first.wait()
    XCTAssertNotEqual(try second.wait(), ev_gettid())
    try wait { pool.threadCount == 0 }
  }
}
