import EventletCore
import EventletTesting
import XCTest

/// Kills and timeouts at every point where a pool waits.
final class PoolInterruptionTests: InterruptionTestCase {
  // Eventlet: P6, P7
  func testPoolGet() throws {
    for order in [Pool<Int>.Order.fifo, .lifo] {
      try check("Pool.get, \(order)") {
        let pool = try Pool(minSize: 2, maxSize: 2, order: order) { 0 }
        _ = try (0..<2).map { _ in try pool.get() }
        var put = 0
        var received: [Int] = []
        return Point(
          kind: .passesOn,
          victim: {
            do { received.append(try pool.get(timeout: $0)) } catch PoolError.exhausted {
              return false
            }
            return true
          },
          next: { received.append(try pool.get()) },
          wake: {
            put += 1
            pool.put(put)
          },
          verify: {
            XCTAssertEqual(received, $0 ? [1, 2] : [1])
            XCTAssertEqual([pool.freeCount, pool.waitingCount], [0, 0])
          })
      }
    }
  }

  // Eventlet: P10, P17
  func testPoolGetWokenToMakeAnItem() throws {
    try check("Pool.get, growing") {
      var made = 0
      let pool = try Pool(maxSize: 0) {
        made += 1
        return made
      }
      var received: [Int] = []
      return Point(
        kind: .passesOn,
        victim: {
          do { received.append(try pool.get(timeout: $0)) } catch PoolError.exhausted {
            return false
          }
          return true
        },
        next: { received.append(try pool.get()) },
        wake: { pool.resize(to: pool.maxSize + 1) },
        verify: {
          XCTAssertEqual(received, $0 ? [1, 2] : [1])
          XCTAssertEqual([pool.freeCount, pool.waitingCount], [0, 0])
        })
    }
  }

  // Eventlet: P17
  func testAPlaceWhoseOnlyWaiterWasKilledIsFreeAgain() throws {
    let pool = try Pool(maxSize: 0) { 1 }
    let getter = spawn { try pool.get() }
    try GreenThread.yield()
    pool.resize(to: 1)
    XCTAssertEqual(pool.freeCount, 0)
    try getter.kill()
    XCTAssertEqual(pool.freeCount, 1)
    XCTAssertEqual(try pool.get(timeout: .zero), 1)
  }
}
