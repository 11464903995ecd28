import EventletCore
import EventletTesting
import XCTest

final class GreenMapTests: GreenTestCase {
  // Eventlet: GP18
  func testResultsComeInTheOrderOfTheInput() throws {
    var random = SplitMix64(seed: 7)
    for size in [1, 2, 10, 500] {
      let pool = GreenPool(size: size)
      let delays = (0..<1000).map { _ in random.pick(1000) }
      let results = pool.imap(0..., delays) { index, delay in
        try GreenThread.sleep(for: .microseconds(delay))
        return index
      }
      XCTAssertEqual(try results.collect(), Array(0..<1000))
      XCTAssertEqual(pool.runningCount, 0)
    }
  }

  // Eventlet: GP19
  func testSeveralInputsEndWithTheShortest() throws {
    let pool = GreenPool()
    let pairs = try pool.imap(1..., ["a", "b"]) { ($0, $1) }.collect()
    XCTAssertEqual(pairs.map { "\($0.0)\($0.1)" }, ["1a", "2b"])
    let triples = pool.imap([1, 2, 3], [10, 20, 30, 40], [100, 200]) { $0 + $1 + $2 }
    XCTAssertEqual(try triples.collect(), [111, 222])
  }

  func testStarmapSpreadsTuples() throws {
    let pool = GreenPool()
    XCTAssertEqual(
      try pool.starmap([(1, "a"), (2, "b")]) { number, text in "\(text)\(number)" }.collect(),
      ["a1", "b2"])
    XCTAssertEqual(try pool.starmap(zip([1, 2], [3, 4])) { $0 * $1 }.collect(), [3, 8])
  }

  func testTheUnorderedResultsComeAsTheyAreReady() throws {
    let pool = GreenPool(size: 3)
    let results = pool.imapUnordered([3, 1, 2, 1]) { delay in
      try GreenThread.sleep(for: .seconds(delay))
      return delay
    }
    XCTAssertEqual(try results.collect(), [1, 2, 1, 3])
    XCTAssertEqual(clock.elapsed, .seconds(3))
    XCTAssertNil(try results.next())
  }

  func testTheUnorderedMapTakesSeveralInputsAndOnesThatWait() throws {
    let pool = GreenPool()
    XCTAssertEqual(try pool.imapUnordered([1, 2], [3, 4]) { $0 + $1 }.collect(), [4, 6])
    var number = 0
    let results = pool.imapUnordered(
      from: {
        number += 1
        try GreenThread.sleep(for: .seconds(1))
        return number <= 3 ? number : nil
      }, applying: { $0 * 10 })
    XCTAssertEqual(try results.collect(), [10, 20, 30])
  }

  // Eventlet: GP20
  func testAnErrorComesInItsTurnAndTheRestFollows() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 2)
      func body(_ number: Int) throws -> Int {
        if number == 1 { throw Failure("\(number)") }
        return number
      }
      let results =
        isOrdered
        ? pool.imap(0..<4, applying: body) : pool.imapUnordered(0..<4, applying: body)
      XCTAssertEqual(try results.next(), 0)
      XCTAssertThrowsError(try results.next()) { XCTAssertEqual($0 as? Failure, Failure("1")) }
      XCTAssertEqual(try results.collect(), [2, 3])
    }
  }

  // Eventlet: GP20
  func testAJobThatIsKilledIsAnErrorInItsTurn() throws {
    let pool = GreenPool(size: 3)
    let results = pool.imap(0..<3) { number in
      try GreenThread.sleep(for: .seconds(3 - number))
      return number
    }
    spawn {
      try GreenThread.sleep(for: .milliseconds(1))
      try pool.killAll(throwing: Failure())
    }
    for _ in 0..<3 {
      XCTAssertThrowsError(try results.next()) { XCTAssertEqual($0 as? Failure, Failure()) }
    }
    XCTAssertNil(try results.next())
  }

  // Eventlet: GP21
  func testAnEmptyInputEndsAtOnce() throws {
    let pool = GreenPool()
    XCTAssertNil(try pool.imap([Int]()) { $0 }.next())
    XCTAssertEqual(try pool.imap([Int](), 1...) { $0 + $1 }.collect(), [])
    XCTAssertEqual(try pool.imapUnordered([Int]()) { $0 }.collect(), [])
    XCTAssertNil(try pool.imap(from: { nil }, applying: { (number: Int) in number }).next())
  }

  // Eventlet: GP28
  func testAPoolOfSizeZeroIsAnError() throws {
    let pool = GreenPool(size: 0)
    let results = pool.imap(0..<2) { $0 }
    for _ in 0..<2 {
      XCTAssertThrowsError(try results.next()) {
        guard case HubError.invalidArgument = $0 else { return XCTFail("\($0)") }
      }
    }
    pool.resize(to: 1)
    XCTAssertEqual(try results.collect(), [0, 1])
  }

  func testTheGreenThreadsNameTheSiteOfTheMap() throws {
    let pool = GreenPool(size: 1)
    let results = pool.imap(0..<1) { _ in Int(GreenThread.current.spawnLine) }
    let line = #line - 1
    XCTAssertEqual(try results.collect(), [line])
  }

  func testAnErrorOfAJobThatNobodyTakesIsReported() throws {
    let pool = GreenPool(size: 2)
    do {
      let results = pool.imap(0..<2) { number in
        if number == 1 { throw Failure("unseen") }
        return number
      }
      XCTAssertEqual(try results.next(), 0)
      try GreenThread.sleep(for: .seconds(1))
    }
    try GreenThread.yield()
    XCTAssertEqual(takeUncaughtErrors().map { $0.error as? Failure }, [Failure("unseen")])
  }
}
