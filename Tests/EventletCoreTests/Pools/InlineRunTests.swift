import EventletCore
import EventletTesting
import XCTest

/// A green thread of a full pool spawns on that pool: the body runs in the caller.
final class InlineRunTests: GreenTestCase {
  /// Runs `body` in the only slot of a pool.
  private func inAFullPool<Result>(
    _ body: @escaping (GreenPool) throws -> Result
  ) throws -> GreenThread<Result> {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawn { try body(pool) }
    thread.link { _ in XCTAssertEqual([pool.runningCount, pool.waitingCount], [0, 0]) }
    return thread
  }

  // Eventlet: GP5
  func testTheBodyRunsAtOnceInTheCaller() throws {
    try inAFullPool { pool in
      let caller = GreenThread.current
      let thread = try pool.spawn(name: "inner") {
        XCTAssertTrue(GreenThread.current === caller)
        XCTAssertEqual(pool.runningCount, 1)
        return 7
      }
      XCTAssertTrue(thread.isFinished)
      XCTAssertEqual(thread.name, "inner")
      XCTAssertEqual(try thread.wait(), 7)
      var log: [String] = []
      let discarded = try pool.spawnDiscarding { log.append("ran") }
      XCTAssertEqual(log, ["ran"])
      XCTAssertTrue(discarded.isFinished)
      discarded.link { _ in log.append("linked") }
      XCTAssertEqual(log, ["ran", "linked"])
    }.wait()
  }

  // Eventlet: GP5
  func testAGreenThreadOfThePoolSpawnsNormallyWhileASlotIsFree() throws {
    let pool = GreenPool(size: 2)
    try pool.spawn {
      let inner = try assertDoesNotSwitch { try pool.spawn { GreenThread.current.id } }
      XCTAssertFalse(inner.isFinished)
      XCTAssertEqual(try inner.wait(), inner.id)
    }.wait()
  }

  // Eventlet: GP5
  func testAGreenThreadOfAnotherPoolWaitsForASlot() throws {
    let pool = GreenPool(size: 1)
    let other = GreenPool(size: 1)
    try pool.spawn { try GreenThread.sleep(for: .seconds(1)) }
    let isInline = try other.spawn {
      let caller = GreenThread.current
      return try pool.spawn { GreenThread.current === caller }.wait()
    }
    XCTAssertFalse(try isInline.wait())
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: GP5
  func testARecursionDeeperThanThePoolEnds() throws {
    let pool = GreenPool(size: 3)
    func sum(_ number: Int) throws -> Int {
      number == 0 ? 0 : try pool.spawn { try sum(number - 1) }.wait() + number
    }
    XCTAssertEqual(try sum(20), 210)
    XCTAssertEqual(pool.runningCount, 0)
  }

  // Eventlet: GP6
  func testAnErrorOfTheBodyIsInTheHandle() throws {
    try inAFullPool { pool in
      let thread = try pool.spawn { throw Failure() }
      XCTAssertThrowsError(try thread.wait()) { XCTAssertEqual($0 as? Failure, Failure()) }
    }.wait()
  }

  // Eventlet: GP6
  func testAnErrorThatNobodyLooksAtIsReported() throws {
    try inAFullPool { pool in
      try pool.spawn { throw Failure("handle") }
      try pool.spawnDiscarding { throw Failure("discarded") }
      try pool.spawnDiscarding { throw GreenThreadExit() }
    }.wait()
    XCTAssertEqual(
      takeUncaughtErrors().map { $0.error as? Failure }, [Failure("handle"), Failure("discarded")])
  }

  func testGreenLocalsStartAnewAndTheCallersComeBack() throws {
    let local = GreenLocal<Int>(0)
    try inAFullPool { pool in
      local.value = 1
      try pool.spawn {
        XCTAssertEqual(local.value, 0)
        local.value = 2
      }
      XCTAssertEqual(local.value, 1)
    }.wait()
    try inAFullPool { pool in
      try pool.spawn { local.value = 2 }
      XCTAssertFalse(local.isSet)
    }.wait()
  }

  // MARK: Kills and timeouts

  // Eventlet: GP5, GP6
  func testAKillOfTheCallerComesOutOfSpawn() throws {
    for error in [GreenThreadExit(), Failure("killed")] as [any Error] {
      var log: [String] = []
      let caller = try inAFullPool { pool in
        do {
          try pool.spawn {
            defer { log.append("body cleaned up") }
            try GreenThread.sleep(for: .seconds(9))
          }
        } catch {
          log.append("spawn threw")
          throw error
        }
      }
      try GreenThread.yield()
      try caller.kill(throwing: error)
      XCTAssertEqual(log, ["body cleaned up", "spawn threw"])
      XCTAssertThrowsError(try caller.wait()) { XCTAssertTrue(type(of: $0) == type(of: error)) }
    }
  }

  func testAKillThatIsPendingComesOutOfSpawnBeforeTheBody() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    let caller = try inAFullPool { pool in
      try queue.put(1)
      try pool.spawn { XCTFail("ran") }
    }
    try GreenThread.yield()
    // The put has happened, so that the kill is thrown at the next wait.
    XCTAssertEqual(try queue.getNoWait(), 1)
    try caller.kill()
    XCTAssertThrowsError(try caller.wait()) { XCTAssert($0 is GreenThreadExit) }
  }

  func testATimeoutAroundSpawnComesOutOfIt() throws {
    for replacement in [nil, Failure("late")] as [Failure?] {
      try inAFullPool { pool in
        do {
          _ = try withTimeout(.seconds(1), throwing: replacement) {
            try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
          }
          XCTFail("not interrupted")
        } catch { XCTAssertTrue(replacement == nil ? error is Timeout : error is Failure) }
        XCTAssertTrue(GreenThread.current.isRunning)
      }.wait()
    }
    XCTAssertEqual(clock.elapsed, .seconds(2))
  }

  func testATimeoutInsideTheBodyIsInTheHandle() throws {
    for replacement in [nil, Failure("late")] as [Failure?] {
      try inAFullPool { pool in
        let thread = try withTimeout(.seconds(9)) {
          try pool.spawn {
            try withTimeout(.seconds(1), throwing: replacement) {
              try GreenThread.sleep(for: .seconds(5))
            }
          }
        }
        XCTAssertThrowsError(try thread.wait()) {
          XCTAssertTrue(replacement == nil ? $0 is Timeout : $0 is Failure)
        }
      }.wait()
    }
  }

  func testWhatTheBodyMakesOfAKillComesOutOfSpawn() throws {
    let caller = try inAFullPool { pool in
      try pool.spawn {
        do { try GreenThread.sleep(for: .seconds(9)) } catch { throw Failure("wrapped") }
      }
    }
    try GreenThread.yield()
    try caller.kill()
    XCTAssertThrowsError(try caller.wait()) { XCTAssertEqual($0 as? Failure, Failure("wrapped")) }
  }

  func testABodyThatSurvivesAKillReturnsItsResult() throws {
    let caller = try inAFullPool { pool in
      try pool.spawn {
        do { try GreenThread.sleep(for: .seconds(9)) } catch is GreenThreadExit {}
        return 3
      }.wait()
    }
    try GreenThread.yield()
    try caller.kill()
    XCTAssertEqual(try caller.wait(), 3)
  }

  func testAKillReachesThroughSeveralBodies() throws {
    var log: [Int] = []
    let caller = try inAFullPool { pool in
      defer { log.append(0) }
      try pool.spawn {
        defer { log.append(1) }
        try pool.spawn {
          defer { log.append(2) }
          try GreenThread.sleep(for: .seconds(9))
        }
        XCTFail("the outer body goes on")
      }
      XCTFail("the caller goes on")
    }
    try GreenThread.yield()
    try caller.kill()
    XCTAssertEqual(log, [2, 1, 0])
    XCTAssertThrowsError(try caller.wait()) { XCTAssert($0 is GreenThreadExit) }
  }

  func testATimeoutOfTheOuterBodyEndsThere() throws {
    try inAFullPool { pool in
      let outer = try pool.spawn {
        try withTimeout(.seconds(1)) { try pool.spawn { try GreenThread.sleep(for: .seconds(9)) } }
      }
      XCTAssertThrowsError(try outer.wait()) { XCTAssert($0 is Timeout) }
    }.wait()
  }

  func testAKillThatComesTooLateForTheBodyIsTheCallers() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    let caller = try inAFullPool { pool in
      // The put has happened when the kill comes, so that the body ends by its own error.
      let thread = try pool.spawn {
        try queue.put(1)
        throw Failure("own")
      }
      XCTAssertThrowsError(try thread.wait()) { XCTAssertEqual($0 as? Failure, Failure("own")) }
      XCTAssertThrowsError(try GreenThread.yield()) { XCTAssert($0 is GreenThreadExit) }
    }
    try GreenThread.yield()
    XCTAssertEqual(try queue.getNoWait(), 1)
    try caller.kill()
    try caller.wait()
  }
}
