import EventletCore
import EventletTesting
import XCTest

/// How far ahead of its reader a map reads, and where the work runs.
final class GreenMapReadingTests: GreenTestCase {
  // Eventlet: GP22
  func testNothingIsReadBeforeTheFirstNext() throws {
    let pool = GreenPool()
    let input = CountedInput(3)
    let results = pool.imap(input) { $0 }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(input.readCount, 0)
    XCTAssertEqual(try results.next(), 0)
    XCTAssertEqual(input.readCount, 3)
    XCTAssertEqual(try results.collect(), [1, 2])
  }

  // Eventlet: GP23
  func testTheInputIsReadAsFarAheadAsThePoolIsLarge() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 4)
      let input = CountedInput()
      let results = isOrdered ? pool.imap(input) { $0 } : pool.imapUnordered(input) { $0 }
      for taken in 1...10 {
        XCTAssertEqual(try results.next(), taken - 1)
        try GreenThread.sleep(for: .seconds(1))
        XCTAssertEqual(input.readCount, taken + 4)
      }
    }
  }

  // Eventlet: GP23
  func testAPoolThatGrowsReadsFurtherAhead() throws {
    let pool = GreenPool(size: 1)
    let input = CountedInput()
    let results = pool.imap(input) { $0 }
    XCTAssertEqual(try results.next(), 0)
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(input.readCount, 2)
    pool.resize(to: 3)
    XCTAssertEqual(try results.next(), 1)
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(input.readCount, 5)
  }

  // Eventlet: GP23
  func testAPoolThatGrowsReadsFurtherAheadThoughNoResultIsThere() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<3) { number in
      try GreenThread.sleep(for: .seconds(2))
      return number
    }
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { try results.next() })
    pool.resize(to: 3)
    XCTAssertEqual(try results.collect(), [0, 1, 2])
    XCTAssertEqual(clock.elapsed, .seconds(3))
  }

  // Eventlet: GP24
  func testMemoryDoesNotGrowWithTheInput() throws {
    let before = Canary.alive
    var most = 0
    let pool = GreenPool(size: 5)
    try pool.imap(0..<1000) { _ in Canary() }.forEach { _ in
      most = max(most, Canary.alive - before)
    }
    XCTAssertLessThanOrEqual(most, 6)
    try GreenThread.yield()
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: GP25
  func testTheWorkRunsInThePool() throws {
    let pool = GreenPool(size: 3)
    var most = 0
    let other = try pool.spawn { try GreenThread.sleep(for: .seconds(5)) }
    let results = pool.imap(0..<10) { number in
      most = max(most, pool.runningCount)
      try GreenThread.sleep(for: .seconds(1))
      return number
    }
    XCTAssertEqual(try results.next(), 0)
    try GreenThread.sleep(for: .milliseconds(1))
    // Two of the three slots are for the map.
    XCTAssertEqual([pool.runningCount, pool.freeCount], [3, 0])
    XCTAssertEqual(most, 3)
    try pool.waitAll()
    XCTAssertTrue(other.isFinished)
    XCTAssertEqual(try results.collect(), Array(1..<10))
  }

  // Eventlet: GP25
  func testTheMapWaitsForSlotsInLineWithOthers() throws {
    let pool = GreenPool(size: 1)
    var log: [String] = []
    try pool.spawn { try GreenThread.sleep(for: .seconds(1)) }
    let results = pool.imap(["map"]) { log.append($0) }
    let reader = spawn { try results.collect().count }
    try GreenThread.yield()
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 1)
    try pool.spawn { log.append("other") }
    try pool.waitAll()
    XCTAssertEqual(log, ["map", "other"])
    XCTAssertEqual(try reader.wait(), 1)
  }
}
