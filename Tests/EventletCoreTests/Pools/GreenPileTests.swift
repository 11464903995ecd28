import EventletCore
import EventletTesting
import XCTest

final class GreenPileTests: GreenTestCase {
  // Eventlet: GP29
  func testAPileOfItsOwnRunsSoManyAtATime() throws {
    let pile = GreenPile<Int>(size: 2)
    try pile.spawn { try slow(1, 1) }
    try pile.spawn { try slow(2, 1) }
    try assertSwitches { _ = try pile.spawn { 3 } }
    XCTAssertEqual(clock.elapsed, .seconds(1))
    XCTAssertEqual(try pile.collect(), [1, 2, 3])
  }

  // Eventlet: GP29
  func testPilesThatShareAPoolGetTheirOwnResults() throws {
    let pool = GreenPool(size: 3)
    let piles = (0..<3).map { _ in GreenPile<String>(pool: pool) }
    for index in 0..<12 { try piles[index % 3].spawn { try slow("\(index)", index * 7 % 5) } }
    XCTAssertEqual(pool.runningCount, 3)
    XCTAssertEqual(try piles[1].collect(), ["1", "4", "7", "10"])
    XCTAssertEqual(try piles[0].collect(), ["0", "3", "6", "9"])
    XCTAssertEqual(try piles[2].collect(), ["2", "5", "8", "11"])
    XCTAssertEqual(pool.runningCount, 0)
  }

  // Eventlet: GP30
  func testResultsComeInTheOrderOfTheSpawns() throws {
    let pile = GreenPile<Int>()
    for index in 0..<5 { try pile.spawn { try slow(index, 5 - index) } }
    XCTAssertEqual(pile.count, 5)
    var log: [String] = []
    try pile.forEach { log.append("\($0) at \(self.clock.elapsed)") }
    XCTAssertEqual(log, (0..<5).map { "\($0) at 5.0 seconds" })
    XCTAssertEqual(pile.count, 0)
  }

  func testTheHandleIsThatOfAnyGreenThread() throws {
    let pile = GreenPile<Int>()
    let thread = try pile.spawn(name: "one", stackSize: 64 * 1024) { 1 }
    let line = #line - 1
    XCTAssertEqual(thread.name, "one")
    XCTAssertEqual(Int(thread.spawnLine), line)
    XCTAssertEqual(try thread.wait(), 1)
    XCTAssertEqual(try pile.next(), 1)
  }

  // Eventlet: GP31
  func testAPileWithoutSpawnsIsEmpty() throws {
    let pile = GreenPile<Int>()
    XCTAssertNil(try assertDoesNotSwitch { try pile.next() })
    XCTAssertEqual(try pile.collect(), [])
    try pile.forEach { _ in XCTFail("a result") }
  }

  // Eventlet: GP32
  func testMoreMayBeSpawnedAfterTheEnd() throws {
    let pile = GreenPile<Int>()
    for round in 0..<3 {
      try pile.spawn { round }
      XCTAssertEqual(try pile.next(), round)
      XCTAssertNil(try pile.next())
    }
  }

  // Eventlet: GP33
  func testAnErrorComesInItsTurnAndTheRestFollows() throws {
    let pile = GreenPile<Int>()
    try pile.spawn { try slow(0, 1) }
    try pile.spawn { throw Failure() }
    try pile.spawn { 2 }
    let killed = try pile.spawn { 3 }
    killed.cancel()
    XCTAssertEqual(try pile.next(), 0)
    XCTAssertThrowsError(try pile.next()) { XCTAssertEqual($0 as? Failure, Failure()) }
    XCTAssertEqual(try pile.next(), 2)
    XCTAssertThrowsError(try pile.next()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertNil(try pile.next())
  }

  // Eventlet: GP34
  func testASpawnThatWasInterruptedHasNoPlace() throws {
    let pile = GreenPile<Int>(size: 1)
    try pile.spawn { try slow(0, 2) }
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { _ = try pile.spawn { 1 } }) {
      XCTAssert($0 is Timeout)
    }
    XCTAssertEqual(pile.count, 1)
    try pile.spawn { 2 }
    XCTAssertEqual(try pile.collect(), [0, 2])
  }

  // Eventlet: GP5, GP34
  func testASpawnWhoseBodyWasInterruptedInTheCallerHasNoPlace() throws {
    let pool = GreenPool(size: 1)
    let pile = GreenPile<Int>(pool: pool)
    let thread = try pool.spawn {
      try pile.spawn { 0 }
      XCTAssertThrowsError(
        try withTimeout(.seconds(1)) {
          _ = try pile.spawn {
            // Spawned later, though it has ended earlier.
            try pile.spawn { 2 }
            try GreenThread.sleep(for: .seconds(9))
            return 1
          }
        }
      ) { XCTAssert($0 is Timeout) }
      XCTAssertEqual(pile.count, 2)
      return try pile.collect()
    }
    XCTAssertEqual(try thread.wait(), [0, 2])
  }

  // Eventlet: GP5
  func testBodiesThatRunInTheCallerKeepTheOrderOfTheSpawns() throws {
    let pool = GreenPool(size: 1)
    let pile = GreenPile<Int>(pool: pool)
    let thread = try pool.spawn {
      try pile.spawn {
        try pile.spawn { 1 }
        return 0
      }
      try pile.spawn { throw Failure() }
      XCTAssertEqual([try pile.next(), try pile.next()], [0, 1])
      XCTAssertThrowsError(try pile.next()) { XCTAssertEqual($0 as? Failure, Failure()) }
    }
    try thread.wait()
  }

  // Eventlet: GP35
  func testAReaderThatOthersHaveLeftNothingForSeesTheEnd() throws {
    let pile = GreenPile<Int>()
    try pile.spawn { try slow(1, 1) }
    let first = spawn { try pile.next() }
    try GreenThread.yield()
    XCTAssertNil(try assertDoesNotSwitch { try pile.next() })
    XCTAssertEqual(try first.wait(), 1)
    XCTAssertNil(try pile.next())
  }

  // Eventlet: GP36
  func testResultsThatNobodyTakesAreKept() throws {
    let before = Canary.alive
    do {
      let pile = GreenPile<Canary>(size: 2)
      for _ in 0..<10 { try pile.spawn { Canary() } }
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertEqual([pile.count, Canary.alive - before], [10, 10])
    }
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: GP36
  func testALimitOfResultsHoldsUpTheSpawner() throws {
    let pile = GreenPile<Int>(size: 10, resultLimit: 3)
    var spawned = 0
    let spawner = spawn {
      for number in 0..<6 {
        try pile.spawn { number }
        spawned += 1
      }
    }
    for taken in 0..<3 {
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertEqual([spawned, pile.count], [taken + 3, 3])
      XCTAssertEqual(try pile.next(), taken)
    }
    try spawner.wait()
    XCTAssertEqual(try pile.collect(), [3, 4, 5])
  }

  // Eventlet: GP34, GP36
  func testAnInterruptedSpawnGivesItsRoomForAResultBack() throws {
    let pile = GreenPile<Int>(size: 1, resultLimit: 2)
    try pile.spawn { try slow(0, 3) }
    for _ in 0..<3 {
      XCTAssertThrowsError(try withTimeout(.milliseconds(100)) { _ = try pile.spawn { 1 } })
    }
    try pile.spawn { 2 }
    XCTAssertThrowsError(try withTimeout(.milliseconds(100)) { _ = try pile.spawn { 3 } })
    XCTAssertEqual(try pile.next(), 0)
    try pile.spawn { 4 }
    XCTAssertEqual(try pile.collect(), [2, 4])
  }

  func testAKilledReaderLosesNoResult() throws {
    let pile = GreenPile<Int>()
    try pile.spawn { try slow(0, 1) }
    let second = try pile.spawn { try slow(1, 2) }
    let victim = spawn { try pile.next() }
    try GreenThread.yield()
    try victim.kill()
    XCTAssertThrowsError(try withTimeout(.milliseconds(100)) { try pile.next() }) {
      XCTAssert($0 is Timeout)
    }
    XCTAssertEqual(try pile.next(), 0)
    let other = spawn { try pile.next() }
    try GreenThread.yield()
    // The result is there, and the reader has not resumed.
    second.link { _ in try other.kill() }
    XCTAssertThrowsError(try other.wait()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertEqual(try pile.collect(), [1])
  }

  func testAnErrorThatNobodyTakesIsReported() throws {
    do {
      let pile = GreenPile<Int>()
      try pile.spawn { throw Failure() }
      try GreenThread.yield()
    }
    XCTAssertEqual(takeUncaughtErrors().map { $0.error as? Failure }, [Failure()])
  }
}

private func slow<Value>(_ value: Value, _ seconds: Int) throws -> Value {
  try GreenThread.sleep(for: .seconds(seconds))
  return value
}
