import EventletCore
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class DeflatePoolTests: GreenTestCase {
  private let hello = Array("Hello".utf8)
  private let first = hex("f2 48 cd c9 c9 07 00")
  private let second = hex("f2 00 11 00 00")
  private let third = hex("02 13 00 00")

  private func deflater(_ pool: DeflatePool) -> MessageDeflater {
    MessageDeflater(DeflateParameters(), WebSocketDeflate(), pool)
  }

  private func inflater(_ pool: DeflatePool) -> MessageInflater {
    MessageInflater(DeflateParameters(), pool)
  }

  func testAHubHasOne() throws {
    let pool = DeflatePool.current
    XCTAssertTrue(DeflatePool.current === pool)
  }

  func testNothingIsTakenBeforeTheFirstMessage() throws {
    let pool = DeflatePool()
    let ends = (deflater(pool), inflater(pool))
    XCTAssertEqual(pool.lentCount, 0)
    withExtendedLifetime(ends) {}
  }

  func testTheMemoryIsBounded() throws {
    let pool = DeflatePool()
    let deflaters = (0..<300).map { _ in deflater(pool) }
    let inflaters = (0..<300).map { _ in inflater(pool) }
    for (index, deflater) in deflaters.enumerated() {
      XCTAssertEqual(deflater.message(hello), first)
      XCTAssertEqual(try inflaters[index].message(first), hello)
      XCTAssertLessThanOrEqual(pool.lentCount, 64)
      XCTAssertEqual(pool.lentCount, pool.idleCount)
      XCTAssertLessThanOrEqual(pool.freeCount, 16)
    }
    XCTAssertEqual(pool.lentCount, 64)
    // Those that were used last remember what they sent; all remember what they received.
    XCTAssertEqual(deflaters[299].message(hello), second)
    XCTAssertEqual(deflaters[0].message(hello), first)
    for inflater in inflaters { XCTAssertEqual(try inflater.message(second), hello) }
    XCTAssertEqual(pool.lentCount, 64)
  }

  func testTheLeastRecentlyUsedGoesFirst() throws {
    let pool = DeflatePool(mostWarm: 3)
    let deflaters = (0..<4).map { _ in deflater(pool) }
    for index in [0, 1, 2, 0, 3] { _ = deflaters[index].message(hello) }
    XCTAssertEqual(pool.idleCount, 3)
    XCTAssertEqual(deflaters[0].message(hello), third)
    XCTAssertEqual(deflaters[2].message(hello), second)
    XCTAssertEqual(deflaters[3].message(hello), second)
    XCTAssertEqual(deflaters[1].message(hello), first)
  }

  func testWhoeverIsInTheMiddleOfAMessageKeepsItsState() throws {
    let pool = DeflatePool(mostWarm: 1)
    let (one, other) = (deflater(pool), inflater(pool))
    var sent: [UInt8] = []
    hello.withUnsafeBytes { one.compress($0, isLast: false, into: &sent) }
    var received: [UInt8] = []
    try other.expand(Array(first[..<3]), isLast: false, into: &received)
    for _ in 0..<10 { _ = deflater(pool).message(hello) }
    let idle = deflater(pool)
    _ = idle.message(hello)
    try GreenThread.sleep(for: .seconds(60))
    XCTAssertEqual(pool.idleCount, 0)
    XCTAssertEqual(pool.lentCount, 2)
    hello.withUnsafeBytes { one.compress($0, isLast: true, into: &sent) }
    XCTAssertEqual(try inflater(pool).message(sent), hello + hello)
    try other.expand(Array(first[3...]), isLast: true, into: &received)
    XCTAssertEqual(received, hello)
    XCTAssertEqual(try other.message(second), hello)
  }

  func testIdleOnesAreFrozenAfterAWhile() throws {
    let pool = DeflatePool(idleTime: .seconds(5))
    let (one, other) = (deflater(pool), inflater(pool))
    XCTAssertEqual(HubHoldings().timers, 0)
    _ = one.message(hello)
    _ = try other.message(first)
    XCTAssertEqual(HubHoldings().timers, 1)
    try GreenThread.sleep(for: .seconds(4))
    XCTAssertEqual(one.message(hello), second)
    try GreenThread.sleep(for: .seconds(4))
    XCTAssertEqual(pool.idleCount, 2)
    XCTAssertEqual(one.message(hello), third)
    try GreenThread.sleep(for: .seconds(3))
    // The one that was used meanwhile stays.
    XCTAssertEqual(pool.idleCount, 1)
    XCTAssertEqual(one.message(hello), third)
    XCTAssertEqual(HubHoldings().timers, 1)
    try GreenThread.sleep(for: .seconds(10))
    XCTAssertEqual(pool.idleCount, 0)
    XCTAssertEqual(pool.lentCount, 0)
    // None is armed while there is nothing to freeze.
    XCTAssertEqual(HubHoldings().timers, 0)
    XCTAssertEqual(one.message(hello), first)
    XCTAssertEqual(try other.message(second), hello)
    XCTAssertEqual(HubHoldings().timers, 1)
  }

  func testOneThatIsBusyAllTheTimeIsNeverFrozen() throws {
    let pool = DeflatePool(idleTime: .seconds(5))
    let one = deflater(pool)
    _ = one.message(hello)
    _ = one.message(hello)
    for _ in 0..<100 {
      try GreenThread.sleep(for: .seconds(4))
      XCTAssertEqual(one.message(hello), third)
    }
  }

  func testTheEndOfTheLastConnectionEndsTheTimer() throws {
    let pool = DeflatePool()
    var ends: [WarmContext] = []
    for _ in 0..<3 {
      let (one, other) = (deflater(pool), inflater(pool))
      _ = one.message(hello)
      _ = try other.message(first)
      ends += [one, other]
    }
    while !ends.isEmpty {
      XCTAssertEqual(pool.lentCount, ends.count)
      XCTAssertEqual(HubHoldings().timers, 1)
      ends.remove(at: ends.count / 2)
    }
    XCTAssertEqual(pool.lentCount, 0)
    XCTAssertEqual(HubHoldings().timers, 0)
  }

  func testAConnectionMayEndInTheMiddleOfAMessage() throws {
    let pool = DeflatePool()
    var one: MessageDeflater? = deflater(pool)
    var other: MessageInflater? = inflater(pool)
    var output: [UInt8] = []
    hello.withUnsafeBytes { one?.compress($0, isLast: false, into: &output) }
    try other?.expand(Array(first[..<3]), isLast: false, into: &output)
    XCTAssertEqual(pool.lentCount, 2)
    one = nil
    other = nil
    XCTAssertEqual(pool.lentCount, 0)
    // The next begin anew in the same memory.
    XCTAssertEqual(deflater(pool).message(hello), first)
    XCTAssertEqual(try inflater(pool).message(first), hello)
    XCTAssertEqual(pool.freeCount, 2)
  }

  func testStatesAreSharedByThoseWithTheSameSettings() throws {
    let pool = DeflatePool()
    for level in [1, 6, 9] {
      var options = WebSocketDeflate()
      options.level = level
      for bits in 9...15 {
        let parameters = DeflateParameters(
          outgoingWindowBits: bits, incomingWindowBits: bits, keepsOutgoingContext: false,
          keepsIncomingContext: false)
        for _ in 0..<3 {
          let deflater = MessageDeflater(parameters, options, pool)
          XCTAssertEqual(
            try MessageInflater(parameters, pool).message(deflater.message(hello)), hello)
        }
        XCTAssertEqual(pool.lentCount, 0)
        XCTAssertLessThanOrEqual(pool.freeCount, 16)
      }
    }
    XCTAssertEqual(pool.freeCount, 8 + 7)
  }

  func testRandomUseKeepsCount() throws {
    var numbers = SplitMix64()
    let pool = DeflatePool(mostWarm: 5)
    // Both ends of some connections.
    func connection() -> (MessageDeflater, MessageInflater) { (deflater(pool), inflater(pool)) }
    var connections = (0..<12).map { _ in connection() }
    let messages = chatter(20)
    for round in 0..<3000 {
      let index = Int.random(in: 0..<connections.count, using: &numbers)
      switch numbers.next() % 20 {
      case 0: connections[index] = connection()
      case 1: try GreenThread.sleep(for: .seconds(3))
      case 2:
        // Ends in the middle of a message.
        var output: [UInt8] = []
        hello.withUnsafeBytes { connections[index].0.compress($0, isLast: false, into: &output) }
        try connections[index].1.expand(output, isLast: false, into: &output)
        connections[index] = connection()
      default:
        let message = messages[round % messages.count]
        let (deflater, inflater) = connections[index]
        XCTAssertEqual(try inflater.message(deflater.message(message), pieceSize: 500), message)
      }
      XCTAssertLessThanOrEqual(pool.idleCount, 5)
      XCTAssertEqual(pool.lentCount, pool.idleCount)
      XCTAssertEqual(HubHoldings().timers, pool.idleCount > 0 ? 1 : 0)
    }
    connections = []
    XCTAssertEqual(pool.lentCount, 0)
  }
}
