import EventletCore
import EventletTesting
import XCTest

/// Kills and timeouts of those who read, and maps that are left before their end.
final class GreenMapInterruptionTests: GreenTestCase {
  func testAKilledReaderLosesNoResult() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 3)
      let body = { (number: Int) in
        try GreenThread.sleep(for: .seconds(1))
        return number
      }
      let results =
        isOrdered ? pool.imap(0..<4, applying: body) : pool.imapUnordered(0..<4, applying: body)
      let victim = spawn { try results.next() }
      try GreenThread.sleep(for: .milliseconds(500))
      try victim.kill()
      XCTAssertThrowsError(try victim.wait()) { XCTAssert($0 is GreenThreadExit) }
      XCTAssertThrowsError(try withTimeout(.milliseconds(100)) { try results.next() }) {
        XCTAssert($0 is Timeout)
      }
      XCTAssertEqual(try results.collect(), [0, 1, 2, 3])
    }
  }

  func testAReaderKilledWhenItsResultWasThereLosesNothing() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<2) { number in
      try GreenThread.sleep(for: .seconds(1))
      return number
    }
    let victim = spawn { try results.next() }
    try GreenThread.yield()
    try GreenThread.yield()
    let job = Hub.current.greenThreads.last
    job?.link { _ in
      // The result is there, and the reader has not resumed.
      try victim.kill()
    }
    XCTAssertThrowsError(try victim.wait()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertEqual(try results.collect(), [0, 1])
  }

  func testAKillOfAReaderThatRunsTheWorkReachesIt() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<3) { number in
      if number == 1 { try GreenThread.sleep(for: .seconds(9)) }
      return number
    }
    let victim = try pool.spawn {
      XCTAssertEqual(try results.next(), 0)
      _ = try results.next()
      XCTFail("survived")
    }
    try GreenThread.yield()
    try victim.kill()
    XCTAssertThrowsError(try victim.wait()) { XCTAssert($0 is GreenThreadExit) }
    // What was interrupted has ended so, in its turn, and the rest is there.
    XCTAssertThrowsError(try results.next()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertEqual(try results.collect(), [2])
  }

  func testATimeoutOfAReaderThatReadsTheInputDoesNotEndTheInput() throws {
    let pool = GreenPool(size: 1)
    let queue = LightQueue<Int?>()
    let thread = try pool.spawn {
      let results = pool.imap(from: { try queue.get() }, applying: { $0 })
      XCTAssertThrowsError(try withTimeout(.seconds(1)) { try results.next() }) {
        XCTAssert($0 is Timeout)
      }
      for item in [1, 2, nil] { try queue.put(item) }
      return try results.collect()
    }
    XCTAssertEqual(try thread.wait(), [1, 2])
  }

  func testWhatNobodyWantsAnyMoreIsNotRead() throws {
    let pool = GreenPool(size: 2)
    let input = CountedInput()
    var ended = 0
    do {
      let results = pool.imap(input) { number in
        try GreenThread.sleep(for: .seconds(1))
        ended += 1
        return number
      }
      XCTAssertEqual(try results.next(), 0)
    }
    let count = input.readCount
    try pool.waitAll()
    XCTAssertEqual(input.readCount, count)
    // What ran goes on to its end.
    XCTAssertEqual(ended, count)
  }

  func testLeavingAMapWhoseInputWaitsLeavesNothing() throws {
    let pool = GreenPool(size: 2)
    let queue = LightQueue<Int?>()
    try queue.put(1)
    do {
      let results = pool.imap(from: { try queue.get() }, applying: { $0 })
      XCTAssertEqual(try results.next(), 1)
      XCTAssertEqual(queue.gettingCount, 1)
    }
    try GreenThread.yield()
    XCTAssertEqual(queue.gettingCount, 0)
  }

  func testLeavingAMapThatWaitsForASlotLeavesNothing() throws {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
    do {
      let results = pool.imap([1]) { $0 }
      XCTAssertThrowsError(try withTimeout(.seconds(1)) { try results.next() })
      XCTAssertEqual(pool.waitingCount, 1)
    }
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 0)
    try thread.kill()
  }

  // Eventlet: GP26
  func testAKillOfWhatReadsTheInputIsAnErrorOfTheInput() throws {
    let pool = GreenPool(size: 1)
    let thread = try pool.spawn { try GreenThread.sleep(for: .seconds(9)) }
    let results = pool.imap(0..<3) { $0 }
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { try results.next() })
    // It has read an element, and waits for a slot.
    XCTAssertEqual(pool.waitingCount, 1)
    try Hub.current.greenThreads.last?.kill()
    XCTAssertThrowsError(try results.next()) { XCTAssert($0 is GreenThreadExit) }
    XCTAssertNil(try results.next())
    try thread.kill()
  }
}
