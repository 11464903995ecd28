import EventletCore
import EventletTesting
import XCTest

final class GreenPoolKillTests: GreenTestCase {
  // Eventlet: GP16
  func testKillAllEndsThoseOfThePoolAndNobodyElse() throws {
    let pool = GreenPool(size: 4)
    let other = GreenPool()
    var log: [String] = []
    let inPool = try (0..<3).map { index in
      try pool.spawn {
        defer { log.append("\(index) cleaned up") }
        try GreenThread.sleep(for: .seconds(9))
      }
    }
    let bystander = try other.spawn { try GreenThread.sleep(for: .seconds(1)) }
    try GreenThread.yield()
    let unstarted = try pool.spawn { log.append("started") }
    try pool.killAll()
    XCTAssertEqual(log, ["0 cleaned up", "1 cleaned up", "2 cleaned up"])
    XCTAssertEqual((inPool + [unstarted]).map(\.isFinished), [true, true, true, true])
    XCTAssertEqual([pool.runningCount, pool.freeCount], [0, 4])
    XCTAssertFalse(bystander.isFinished)
    for thread in inPool {
      XCTAssertThrowsError(try thread.wait()) { XCTAssert($0 is GreenThreadExit) }
    }
    try bystander.wait()
  }

  // Eventlet: GP16
  func testKillAllThrowsTheGivenError() throws {
    let pool = GreenPool()
    let started = try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
    try GreenThread.yield()
    let unstarted = try pool.spawn {}
    try pool.killAll(throwing: Failure("all"))
    for thread in [started, unstarted] {
      XCTAssertThrowsError(try thread.wait()) { XCTAssertEqual($0 as? Failure, Failure("all")) }
    }
  }

  // Eventlet: GP16
  func testACallerOfThePoolIsKilledLast() throws {
    let pool = GreenPool()
    var log: [String] = []
    try pool.spawn {
      defer { log.append("other") }
      try GreenThread.sleep(for: .seconds(9))
    }
    let caller = try pool.spawn {
      defer { log.append("caller") }
      try pool.killAll()
      XCTFail("survived")
    }
    XCTAssertThrowsError(try caller.wait()) { XCTAssert($0 is GreenThreadExit) }
    try pool.waitAll()
    XCTAssertEqual(log, ["other", "caller"])
  }

  // Eventlet: GP16
  func testThoseWhoWaitToSpawnGoOn() throws {
    let pool = GreenPool(size: 1)
    try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
    let waiter = spawn { try pool.spawn { 1 }.wait() }
    try GreenThread.yield()
    try pool.killAll()
    XCTAssertEqual(try waiter.wait(), 1)
  }

  // Eventlet: GP16
  func testAKillOfTheCallerLeavesNobodyAlive() throws {
    let pool = GreenPool()
    var log: [String] = []
    for index in 0..<2 {
      try pool.spawn {
        defer { log.append("\(index)") }
        try GreenThread.sleep(for: .seconds(9))
      }
    }
    var caller: GreenThread<Void>?
    // Killed, it kills the caller, which waits in `killAll`.
    try pool.spawn {
      do { try GreenThread.sleep(for: .seconds(9)) } catch {
        try caller?.kill()
        throw error
      }
    }
    for index in 2..<4 {
      try pool.spawn {
        defer { log.append("\(index)") }
        try GreenThread.sleep(for: .seconds(9))
      }
    }
    try GreenThread.yield()
    let killer = spawn { try pool.killAll() }
    caller = killer
    XCTAssertThrowsError(try killer.wait()) { XCTAssert($0 is GreenThreadExit) }
    try pool.waitAll()
    XCTAssertEqual(log, ["0", "1", "2", "3"])
    XCTAssertEqual(clock.elapsed, .zero)
  }

  // Eventlet: GP16
  func testKillAllInAHubCallback() throws {
    let pool = GreenPool()
    var ended = 0
    for _ in 0..<2 {
      try pool.spawn {
        defer { ended += 1 }
        try GreenThread.sleep(for: .seconds(9))
      }
    }
    Hub.current.schedule(after: .seconds(1)) {
      try pool.killAll()
      XCTAssertEqual(ended, 0)
    }
    try pool.waitAll()
    XCTAssertEqual(ended, 2)
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: GP16
  func testKillAllInALink() throws {
    let pool = GreenPool()
    let victim = try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
    let thread = spawn { try GreenThread.sleep(for: .seconds(1)) }
    thread.link { _ in try pool.killAll() }
    XCTAssertThrowsError(try victim.wait()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: GP16
  func testOneThatWaitsInItsCleanUpIsWaitedForByWaitAll() throws {
    let pool = GreenPool()
    try pool.spawn {
      do { try GreenThread.sleep(for: .seconds(9)) } catch {
        try GreenThread.sleep(for: .seconds(1))
        throw error
      }
    }
    try GreenThread.yield()
    try pool.killAll()
    XCTAssertEqual(pool.runningCount, 1)
    try pool.waitAll()
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }
}
