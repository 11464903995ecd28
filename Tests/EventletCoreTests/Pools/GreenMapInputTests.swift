import EventletCore
import EventletTesting
import XCTest

/// Inputs that wait, fail and end.
final class GreenMapInputTests: GreenTestCase {
  func testAResultCanBeTakenWhileTheInputWaits() throws {
    let pool = GreenPool(size: 4)
    let queue = LightQueue<Int?>()
    let results = pool.imap(from: { try queue.get() }, applying: { $0 + 1 })
    try queue.put(1)
    for number in 2..<5 {
      XCTAssertEqual(try results.next(), number)
      // The next input is made of the result before.
      try queue.put(number)
    }
    try queue.put(nil)
    XCTAssertEqual(try results.collect(), [5])
  }

  func testAMapMayBeTheInputOfAnother() throws {
    let pool = GreenPool(size: 2)
    let doubled = pool.imap(1...5) { $0 * 2 }
    let texts = pool.imap(from: doubled.next) { "\($0)" }
    XCTAssertEqual(try texts.collect(), ["2", "4", "6", "8", "10"])
  }

  // Eventlet: GP26, GP27
  func testAnErrorOfTheInputComesAfterTheResultsBeforeIt() throws {
    for isOrdered in [true, false] {
      let pool = GreenPool(size: 5)
      var next = 0
      let source = { () throws -> Int? in
        next += 1
        if next == 3 { throw Failure("input") }
        return next
      }
      let body = { (number: Int) in
        try GreenThread.sleep(for: .seconds(1))
        return number
      }
      let results =
        isOrdered
        ? pool.imap(from: source, applying: body) : pool.imapUnordered(from: source, applying: body)
      XCTAssertEqual(try results.next(), 1)
      XCTAssertEqual(try results.next(), 2)
      XCTAssertThrowsError(try results.next()) { XCTAssertEqual($0 as? Failure, Failure("input")) }
      for _ in 0..<3 { XCTAssertNil(try results.next()) }
      XCTAssertEqual(next, 3)
    }
  }

  func testAnErrorOfTheInputThatNobodyGetsIsReported() throws {
    let pool = GreenPool(size: 5)
    do {
      var next = 0
      let results = pool.imap(
        from: { () throws -> Int? in
          next += 1
          if next == 2 { throw Failure("input") }
          return next
        }, applying: { $0 })
      XCTAssertEqual(try results.next(), 1)
    }
    XCTAssertEqual(takeUncaughtErrors().map { $0.error as? Failure }, [Failure("input")])
  }

  // Eventlet: GP27
  func testTheEndIsForEver() throws {
    let pool = GreenPool(size: 2)
    for results in [pool.imap(0..<3) { $0 }, pool.imapUnordered(0..<3) { $0 }] {
      XCTAssertEqual(try results.collect(), [0, 1, 2])
      for _ in 0..<3 { XCTAssertNil(try assertDoesNotSwitch { try results.next() }) }
    }
  }

  // Eventlet: GP27
  func testEveryReaderSeesTheEnd() throws {
    let pool = GreenPool(size: 2)
    let results = pool.imap(0..<5) { number in
      try GreenThread.sleep(for: .seconds(1))
      return number
    }
    let readers = (0..<3).map { _ in spawn { try results.collect() } }
    let all = try readers.flatMap { try $0.wait() }
    XCTAssertEqual(all.sorted(), Array(0..<5))
  }
}
