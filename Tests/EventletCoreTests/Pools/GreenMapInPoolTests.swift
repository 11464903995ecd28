import EventletCore
import EventletTesting
import XCTest

/// Readers that are green threads of the very pool, and one that is none.
final class GreenMapInPoolTests: GreenTestCase {
  // Eventlet: GP5, GP25
  func testAGreenThreadOfAFullPoolRunsTheWorkItself() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 1)
      let thread = try pool.spawn {
        let caller = GreenThread.current
        let body = { (number: Int) in
          XCTAssertTrue(GreenThread.current === caller)
          return number
        }
        let results =
          isOrdered
          ? pool.imap(0..<5, applying: body) : pool.imapUnordered(0..<5, applying: body)
        return try results.collect()
      }
      XCTAssertEqual(try thread.wait(), Array(0..<5))
    }
  }

  // Eventlet: GP5, GP25
  func testAGreenThreadOfAPoolUsesItsFreeSlots() throws {
    let pool = GreenPool(size: 4)
    let thread = try pool.spawn {
      try pool.imap(0..<9) { number in
        try GreenThread.sleep(for: .seconds(1))
        XCTAssertLessThanOrEqual(pool.runningCount, 4)
        return number
      }.collect()
    }
    XCTAssertEqual(try thread.wait(), Array(0..<9))
    // Three others and, once there is no slot, the reader.
    XCTAssertLessThanOrEqual(clock.elapsed, .seconds(4))
  }

  // Eventlet: GP5
  func testAMapOfAMapInAGreenThreadOfAFullPool() throws {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawn {
      let inner = pool.imap(0..<3) { $0 + 1 }
      return try pool.imap(from: inner.next) { $0 * 2 }.collect()
    }
    XCTAssertEqual(try thread.wait(), [2, 4, 6])
  }

  // Eventlet: GP26
  func testAnErrorOfTheInputInAGreenThreadOfThePool() throws {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawn {
      var next = 0
      let results = pool.imap(
        from: { () throws -> Int? in
          next += 1
          if next == 2 { throw Failure("input") }
          return next
        }, applying: { $0 })
      XCTAssertEqual(try results.next(), 1)
      XCTAssertThrowsError(try results.next()) { XCTAssertEqual($0 as? Failure, Failure("input")) }
      XCTAssertNil(try results.next())
    }
    try thread.wait()
  }

  func testAReaderOfThePoolTakesOverWhatFoundNoSlot() throws {
    let pool = GreenPool(size: 2)
    let results = pool.imap(0..<4) { number in
      try GreenThread.sleep(for: .seconds(1))
      return number
    }
    let gate = Event<Void>()
    let inPool = try (0..<2).map { _ in
      try pool.spawn {
        try gate.wait()
        return try results.collect()
      }
    }
    // Not of the pool: what it has read finds no slot.
    let outside = spawn { try results.next() }
    for _ in 0..<3 { try GreenThread.yield() }
    XCTAssertEqual(pool.waitingCount, 1)
    gate.send(())
    var all = try inPool.flatMap { try $0.wait() }
    if let result = try outside.wait() { all.append(result) }
    XCTAssertEqual(all.sorted(), [0, 1, 2, 3])
  }

  func testWhatAReaderHasTakenOverRunsOnce() throws {
    let pool = GreenPool(size: 1)
    let before = Hub.current.statistics.spawned
    let results = pool.imap(0..<3) { $0 }
    let gate = Event<Void>()
    let inPool = try pool.spawn {
      try gate.wait()
      return try results.collect()
    }
    let outside = spawn { try results.next() }
    for _ in 0..<3 { try GreenThread.yield() }
    gate.send(())
    XCTAssertEqual(try outside.wait(), 0)
    XCTAssertEqual(try inPool.wait(), [1, 2])
    for _ in 0..<3 { try GreenThread.yield() }
    // These two and what reads the input.
    XCTAssertEqual(Hub.current.statistics.spawned - before, 3)
  }

  func testReadersOfThePoolReadTheInputOneAtATime() throws {
    let pool = GreenPool(size: 2)
    var readers = 0
    var next = 0
    let results = pool.imap(
      from: { () throws -> Int? in
        readers += 1
        defer { readers -= 1 }
        XCTAssertEqual(readers, 1)
        try GreenThread.sleep(for: .seconds(1))
        next += 1
        return next <= 4 ? next : nil
      }, applying: { $0 })
    let threads = try (0..<2).map { _ in try pool.spawn { try results.collect() } }
    XCTAssertEqual(try threads.flatMap { try $0.wait() }.sorted(), [1, 2, 3, 4])
  }

  func testReadingInAHubCallback() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<1) { $0 }
    var log: [String] = []
    // What ran last is of the pool; the hub's own stack is not.
    try pool.spawn { try GreenThread.sleep(for: .seconds(2)) }
    Hub.current.schedule(after: .seconds(1)) {
      do { _ = try results.next() } catch HubError.blockingCallInHub(let call) { log.append(call) }
    }
    try GreenThread.sleep(for: .seconds(3))
    Hub.current.schedule(after: .seconds(1)) { log.append("\(try results.next() ?? -1)") }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(log, ["Queue.get", "0"])
  }
}
