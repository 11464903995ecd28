import EventletCompression
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class MessageInflaterTests: GreenTestCase {
  private func inflater(_ pool: DeflatePool = DeflatePool()) -> MessageInflater {
    MessageInflater(DeflateParameters(), pool)
  }

  /// The examples of RFC 7692, section 7.2.3, and what else senders may write.
  private let vectors: [(digits: [String], text: String)] = [
    (["f2 48 cd c9 c9 07 00"], "Hello"),
    // With context.
    (["f2 48 cd c9 c9 07 00", "f2 00 11 00 00"], "HelloHello"),
    // Without, for one who keeps it all the same.
    (["f2 48 cd c9 c9 07 00", "f2 48 cd c9 c9 07 00"], "HelloHello"),
    // Not compressed.
    (["00 05 00 fa ff 48 65 6c 6c 6f 00"], "Hello"),
    // A block that says that it is the last.
    (["f3 48 cd c9 c9 07 00 00"], "Hello"),
    // Two blocks.
    (["f2 48 05 00 00 00 ff ff ca c9 c9 07 00"], "Hello"),
    // Nothing.
    (["00"], ""), (["00", "00", "f2 48 cd c9 c9 07 00", "00"], "Hello"),
    (["03 00 00"], ""),
    // What follows the last block refers to what was before it.
    (["f3 48 cd c9 c9 07 00 00", "f2 00 11 00 00"], "HelloHello"),
    // Within one message.
    (["f3 48 cd c9 c9 07 00 f3 00 11 00 f2 00 11 00 00"], "HelloHelloHello"),
    // A last block that is the tail.
    (["f2 48 cd c9 c9 07 00 00 00 ff ff 01", "f2 00 11 00 00"], "HelloHello"),
    // The empty block behind the last is left out.
    (["f3 48 cd c9 c9 07 00", "f2 00 11 00 00", "f3 00 11 00"], "HelloHelloHello"),
    // Not even that one byte.
    (["", "f2 48 cd c9 c9 07 00", ""], "Hello"),
  ]

  // Eventlet: WS54
  func testEverySplitOfAMessageComesToTheSame() throws {
    for vector in vectors {
      let messages = vector.digits.map(hex)
      let bytes = messages.flatMap(\.self)
      var ends: Set<Int> = []
      var end = 0
      for message in messages {
        end += message.count
        ends.insert(end)
      }
      XCTAssertEqual(
        String(decoding: try inflate(messages, inflater()), as: UTF8.self), vector.text)
      for first in 0...bytes.count {
        for second in first...bytes.count {
          let inflater = inflater()
          var output: [UInt8] = []
          for message in cut(messages, at: [first, second]) {
            for (index, piece) in message.enumerated() {
              try inflater.expand(piece, isLast: index == message.count - 1, into: &output)
            }
          }
          XCTAssertEqual(String(decoding: output, as: UTF8.self), vector.text, "\(vector)")
        }
      }
      let single = inflater()
      let output = try messages.flatMap { try single.message($0, pieceSize: 1) }
      XCTAssertEqual(String(decoding: output, as: UTF8.self), vector.text)
    }
  }

  private func inflate(_ messages: [[UInt8]], _ inflater: MessageInflater) throws -> [UInt8] {
    try messages.flatMap { try inflater.message($0) }
  }

  /// The pieces of each message, when all of them are cut at some places.
  private func cut(_ messages: [[UInt8]], at places: [Int]) -> [[[UInt8]]] {
    var start = 0
    return messages.map { message in
      defer { start += message.count }
      let inner = places.map { min(max($0 - start, 0), message.count) }
      let bounds = [0] + inner + [message.count]
      return zip(bounds, bounds.dropFirst()).map { Array(message[$0..<$1]) }
    }
  }

  func testAMessageThatStopsInABlockIsAnError() throws {
    let whole = hex("f2 48 cd c9 c9 07 00")
    for count in 1..<whole.count {
      let inflater = inflater()
      var output: [UInt8] = []
      try inflater.expand(Array(whole[..<count]), isLast: false, into: &output)
      XCTAssertThrowsError(try inflater.expand([], isLast: true, into: &output), "\(count)") {
        XCTAssertEqual($0 as? CompressionError, .truncated(.raw))
      }
      XCTAssertThrowsError(try inflater.message(whole)) {
        XCTAssertEqual($0 as? CompressionError, .truncated(.raw))
      }
    }
    // With the tail that the sender should have left out.
    XCTAssertThrowsError(try inflater().message(whole + [0, 0, 0xff, 0xff])) {
      XCTAssertEqual($0 as? CompressionError, .truncated(.raw))
    }
  }

  // Eventlet: WS43 [!]
  func testWhateverBitTurnsTheInflaterSaysSoOrGoesOn() throws {
    let messages = chatter(4, seed: 7)
    let pool = DeflatePool()
    let deflater = MessageDeflater(DeflateParameters(), WebSocketDeflate(), DeflatePool())
    let compressed = messages.map { deflater.message($0) }
    let limit = 100_000
    var failureCount = 0
    for (index, message) in compressed.enumerated() {
      for place in message.indices where place < 300 {
        for bit in 0..<8 {
          var damaged = message
          damaged[place] ^= 1 << bit
          let inflater = inflater(pool)
          for earlier in compressed[..<index] { _ = try inflater.message(earlier) }
          do {
            let output = try inflater.message(damaged, limit: limit)
            XCTAssertLessThanOrEqual(output.count, limit)
          } catch {
            failureCount += 1
            XCTAssertThrowsError(try inflater.message([0])) {
              XCTAssertEqual($0 as? CompressionError, error)
            }
            // Its memory is with the pool again, and as good as new.
            XCTAssertEqual(pool.lentCount, 0)
          }
        }
      }
    }
    XCTAssertGreaterThan(failureCount, 100)
    XCTAssertEqual(try inflate(compressed, inflater(pool)), messages.flatMap(\.self))
  }

  // Eventlet: WS43 [!]
  func testCorruptDataGetsTheReasonOfZlib() throws {
    for (digits, reason) in [
      ("07", "invalid block type"), ("06", "invalid block type"),
      ("01 05 00 00 00", "invalid stored block lengths"),
      ("f2 00 11 00 00", "invalid distance too far back"),
    ] {
      XCTAssertThrowsError(try inflater().message(hex(digits)), digits) {
        XCTAssertEqual($0 as? CompressionError, .corrupt(.raw, reason: reason))
      }
    }
  }

  // Eventlet: WS39
  func testABombIsStoppedAtTheLimit() throws {
    let zeros = [UInt8](repeating: 0, count: 10_000_000)
    let deflater = MessageDeflater(DeflateParameters(), WebSocketDeflate(), DeflatePool())
    let bytes = deflater.message(zeros)
    XCTAssertLessThan(bytes.count, 20_000)
    for limit in [0, 1, 125, 16_383, 16_384, 16_385, 1 << 20, zeros.count - 1] {
      for pieceSize in [Int.max, 1000] {
        let inflater = inflater()
        var output: [UInt8] = []
        XCTAssertThrowsError(
          try bytes.chunks(of: pieceSize).forEach {
            try inflater.expand($0, isLast: false, limit: limit, into: &output)
          }
        ) { XCTAssertEqual($0 as? CompressionError, .limitExceeded(.raw, limit: limit)) }
        XCTAssertEqual(output.count, limit)
        XCTAssertLessThanOrEqual(output.capacity, 2 * (limit + 16_384))
      }
    }
    XCTAssertEqual(try inflater().message(bytes, limit: zeros.count), zeros)
  }

  // Eventlet: WS39
  func testTheLimitIsOfEachMessage() throws {
    let inflater = inflater()
    let hello = hex("f2 48 cd c9 c9 07 00")
    for _ in 0..<3 { XCTAssertEqual(try inflater.message(hello, limit: 5).count, 5) }
    XCTAssertEqual(try inflater.message(hello, limit: 1000).count, 5)
    // Of all of its pieces, and of all of its streams.
    let twice = hex("f3 48 cd c9 c9 07 00 f2 48 cd c9 c9 07 00")
    XCTAssertEqual(try inflater.message(twice, pieceSize: 1, limit: 10).count, 10)
    XCTAssertThrowsError(try inflater.message(twice, pieceSize: 1, limit: 9)) {
      XCTAssertEqual($0 as? CompressionError, .limitExceeded(.raw, limit: 9))
    }
  }

  func testWithoutContextNothingOfEarlierMessagesCanBeReferredTo() throws {
    let pool = DeflatePool()
    let inflater = MessageInflater(DeflateParameters(keepsIncomingContext: false), pool)
    XCTAssertEqual(try inflater.message(hex("f2 48 cd c9 c9 07 00")), Array("Hello".utf8))
    XCTAssertEqual(pool.lentCount, 0)
    XCTAssertThrowsError(try inflater.message(hex("f2 00 11 00 00"))) {
      XCTAssertEqual(
        $0 as? CompressionError, .corrupt(.raw, reason: "invalid distance too far back"))
    }
  }

  func testNorOfOtherConnections() throws {
    let pool = DeflatePool(mostWarm: 0)
    XCTAssertEqual(try inflater(pool).message(hex("f2 48 cd c9 c9 07 00")).count, 5)
    XCTAssertEqual(pool.freeCount, 1)
    XCTAssertThrowsError(try inflater(pool).message(hex("f2 00 11 00 00")))
  }

  func testOutputIsAppended() throws {
    var output: [UInt8] = [1, 2, 3]
    try inflater().expand(hex("f2 48 cd c9 c9 07 00"), isLast: true, into: &output)
    XCTAssertEqual(output, [1, 2, 3] + Array("Hello".utf8))
  }
}

extension [UInt8] {
  fileprivate func chunks(of size: Int) -> [[UInt8]] {
    if count <= size { return [self] }
    return stride(from: 0, to: count, by: size).map {
      Array(self[$0..<Swift.min($0 + size, count)])
    }
  }
}
