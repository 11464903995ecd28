import EventletCore
import EventletTesting
import XCTest

/// Kills and timeouts at every point where a pool waits.
final class GreenPoolInterruptionTests: InterruptionTestCase {
  // Eventlet: GP8, GP9
  func testGreenPoolSpawn() throws {
    try check("GreenPool.spawn", means: [.kill, .scope]) {
      let pool = GreenPool(size: 2)
      var running = try (0..<2).map { _ in
        try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
      }
      var ran: [String] = []
      return Point(
        kind: .passesOn,
        victim: { _ in
          try pool.spawn { ran.append("victim") }
          return true
        },
        next: { try pool.spawn { ran.append("next") } },
        wake: { try running.removeFirst().kill() },
        verify: { gotIt in
          for thread in running { try thread.kill() }
          try pool.waitAll()
          XCTAssertEqual(ran, gotIt ? ["victim", "next"] : ["next"])
          XCTAssertEqual([pool.runningCount, pool.freeCount, pool.waitingCount], [0, 2, 0])
        })
    }
  }

  // Eventlet: GP9, GP14
  func testGreenPoolSpawnWokenByGrowing() throws {
    try check("GreenPool.spawn, growing", means: [.kill, .scope]) {
      let pool = GreenPool(size: 0)
      return Point(
        kind: .passesOn,
        victim: { _ in
          try pool.spawnDiscarding { try GreenThread.sleep(for: .seconds(1)) }
          return true
        },
        next: { try pool.spawnDiscarding {} },
        wake: { pool.resize(to: pool.size + 1) },
        verify: { _ in
          try pool.waitAll()
          XCTAssertEqual([pool.freeCount, pool.waitingCount], [pool.size, 0])
        })
    }
  }

  // Eventlet: GP8, GP9
  func testASlotWhoseOnlyWaiterWasKilledIsFreeAgain() throws {
    let pool = GreenPool(size: 1)
    let first = try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
    let waiter = spawn { try pool.spawn { XCTFail("ran") } }
    let joiner = spawn { try pool.waitAll() }
    try GreenThread.yield()
    try first.kill()
    XCTAssertFalse(joiner.isFinished)
    try waiter.kill()
    XCTAssertEqual([pool.freeCount, pool.waitingCount], [1, 0])
    XCTAssertTrue(try joiner.wait())
  }

  // Eventlet: GP10
  func testGreenPoolWaitAll() throws {
    try check("GreenPool.waitAll") {
      let pool = GreenPool()
      let running = try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
      return Point(
        kind: .broadcast, victim: { try pool.waitAll(timeout: $0) },
        next: { try pool.waitAll() }, wake: { try running.kill() },
        verify: { _ in XCTAssertEqual(pool.runningCount, 0) })
    }
  }
}
