import EventletCore
import EventletTesting
import Synchronization
import XCTest

/// Calls of a proxy whose pool is shut down.
final class ThreadPoolProxyShutDownTests: ThreadPoolTestCase {
  func testAShutDownFinishesThoseInLine() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let log = ThreadPool.Proxy([Int](), pool: pool)
    let blocked = spawn { try log.execute { _ in gate.pass() } }
    try wait { gate.arrivalCount == 1 }
    let threads = (0..<3).map { number in spawn { try log.execute { $0.append(number) } } }
    try GreenThread.yield()
    let closer = spawn { try pool.shutDown() }
    try GreenThread.yield()
    XCTAssertThrowsError(try log.execute { _ in }) {
      XCTAssertEqual($0 as? ThreadPoolError, .shutDown)
    }
    gate.open()
    XCTAssertTrue(try closer.wait())
    XCTAssertEqual(pool.threadCount, 0)
    try blocked.wait()
    for thread in threads { try thread.wait() }
    XCTAssertEqual(try log.execute { $0 }, [0, 1, 2])
  }

  func testAShutDownWhoseLimitPassesRejectsThoseInLine() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let log = ThreadPool.Proxy([String](), pool: pool)
    let other = ThreadPool.Proxy([String](), pool: pool)
    let threads = [
      spawn {
        try log.execute {
          gate.pass()
          $0.append("late")
        }
      },
      spawn { try log.execute { $0.append("in line") } },
      spawn { try log.withValue { $0.append("in line") } },
      spawn { try other.execute { $0.append("in the pool's line") } },
      spawn { try other.execute { $0.append("behind it") } },
    ]
    try wait { gate.arrivalCount == 1 && pool.waitingCount == 1 }
    try GreenThread.yield()
    XCTAssertFalse(try pool.shutDown(within: .seconds(1)))
    for thread in threads {
      XCTAssertThrowsError(try thread.wait()) {
        XCTAssertEqual($0 as? ThreadPoolError, .shutDown)
      }
    }
    XCTAssertEqual(try other.execute { $0 }, [])
    // Still in use by the thread that was left to itself.
    let later = spawn { try log.execute { $0 } }
    try GreenThread.yield()
    gate.open()
    XCTAssertEqual(try later.wait(), ["late"])
  }

  func testAShutDownWaitsForThoseWhomAHolderElsewhereHoldsUp() throws {
    let pool = makePool(1)
    let log = ThreadPool.Proxy([String](), pool: pool)
    nonisolated(unsafe) let release = Event<Void>()
    let holder = spawn { try log.withValue { _ in try release.wait() } }
    try GreenThread.yield()
    let threads = ["a", "b"].map { word in spawn { try log.execute { $0.append(word) } } }
    try GreenThread.yield()
    let closer = spawn { try pool.shutDown() }
    try GreenThread.yield()
    XCTAssertFalse(closer.isFinished)
    XCTAssertThrowsError(try log.execute { _ in }) {
      XCTAssertEqual($0 as? ThreadPoolError, .shutDown)
    }
    release.send(())
    XCTAssertTrue(try closer.wait())
    XCTAssertEqual(pool.threadCount, 0)
    try holder.wait()
    for thread in threads { try thread.wait() }
    XCTAssertEqual(try log.withValue { $0 }, ["a", "b"])
  }

  func testAShutDownGoesOnWhenTheLastInLineIsKilled() throws {
    let pool = makePool(1)
    let log = ThreadPool.Proxy([String](), pool: pool)
    nonisolated(unsafe) let release = Event<Void>()
    let holder = spawn { try log.withValue { _ in try release.wait() } }
    try GreenThread.yield()
    let victim = spawn { try log.execute { $0.append("victim") } }
    try GreenThread.yield()
    let closer = spawn { try pool.shutDown() }
    try GreenThread.yield()
    XCTAssertFalse(closer.isFinished)
    try victim.kill()
    XCTAssertTrue(try closer.wait())
    release.send(())
    try holder.wait()
    XCTAssertEqual(try log.execute { $0 }, [])
  }

  func testAShutDownWhoseLimitPassesRejectsThoseWhomAHolderElsewhereHoldsUp() throws {
    let pool = makePool(1)
    let log = ThreadPool.Proxy([String](), pool: pool)
    nonisolated(unsafe) let release = Event<Void>()
    let holder = spawn { try log.withValue { _ in try release.wait() } }
    try GreenThread.yield()
    let inLine = spawn { try log.execute { $0.append("in line") } }
    let stays = spawn { try log.withValue { $0.append("stays") } }
    try GreenThread.yield()
    XCTAssertFalse(try pool.shutDown(within: .seconds(1)))
    XCTAssertThrowsError(try inLine.wait()) { XCTAssertEqual($0 as? ThreadPoolError, .shutDown) }
    // Accepted by the pool that is open again.
    let later = spawn { try log.execute { $0.append("later") } }
    try GreenThread.yield()
    release.send(())
    try holder.wait()
    try stays.wait()
    try later.wait()
    XCTAssertEqual(try log.execute { $0 }, ["stays", "later"])
  }

  func testAShutDownWhoseLimitPassesRejectsEverybodyBehindAJobThatUsesTheValueFromInside() throws {
    let pool = makePool(1)
    let (gate, inside) = (OSGate(), OSGate())
    let log = ThreadPool.Proxy([String](), pool: pool)
    let job = spawn {
      try pool.execute {
        gate.pass()
        try log.execute { _ in inside.pass() }
      }
    }
    try wait { gate.arrivalCount == 1 }
    // Has the turn and no thread, so that the job overtakes it.
    let overtaken = spawn { try log.execute { $0.append("overtaken") } }
    try GreenThread.yield()
    gate.open()
    try wait { inside.arrivalCount == 1 }
    let others = [
      overtaken, spawn { try log.execute { $0.append("in line") } },
      spawn { try log.withValue { $0.append("in line") } },
    ]
    try GreenThread.yield()
    XCTAssertFalse(try pool.shutDown(within: .seconds(1)))
    for thread in others + [job] {
      XCTAssertThrowsError(try thread.wait()) {
        XCTAssertEqual($0 as? ThreadPoolError, .shutDown)
      }
    }
    inside.open()
    XCTAssertEqual(try log.execute { $0 }, [])
  }
}
