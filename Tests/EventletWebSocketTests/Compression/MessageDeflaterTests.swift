import EventletCompression
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class MessageDeflaterTests: GreenTestCase {
  private let hello = Array("Hello".utf8)

  private func deflater(_ pool: DeflatePool = DeflatePool(), keepsContext: Bool) -> MessageDeflater
  {
    MessageDeflater(
      DeflateParameters(keepsOutgoingContext: keepsContext), WebSocketDeflate(), pool)
  }

  // Eventlet: WS51
  func testWithContextTheSecondHelloRefersToTheFirst() throws {
    let deflater = deflater(keepsContext: true)
    XCTAssertEqual(deflater.message(hello), hex("f2 48 cd c9 c9 07 00"))
    XCTAssertEqual(deflater.message(hello), hex("f2 00 11 00 00"))
  }

  // Eventlet: WS51
  func testWithoutContextBothHellosAreTheSame() throws {
    let deflater = deflater(keepsContext: false)
    for _ in 0..<3 { XCTAssertEqual(deflater.message(hello), hex("f2 48 cd c9 c9 07 00")) }
  }

  func testAnEmptyMessageIsOneByte() throws {
    for keepsContext in [false, true] {
      let deflater = deflater(keepsContext: keepsContext)
      for _ in 0..<2 {
        XCTAssertEqual(deflater.message([]), [0])
        XCTAssertEqual(deflater.message([]), [0])
        XCTAssertFalse(deflater.message(hello).isEmpty)
      }
    }
  }

  // Eventlet: WS55 [!]
  func testOnlyTheLastPieceLosesItsTail() throws {
    let deflater = deflater(keepsContext: false)
    var pieces: [[UInt8]] = []
    for (piece, isLast) in [("Hel", false), ("lo", false), ("", true)] {
      var output: [UInt8] = []
      Array(piece.utf8).withUnsafeBytes { deflater.compress($0, isLast: isLast, into: &output) }
      pieces.append(output)
    }
    XCTAssertEqual(Array(pieces[0].suffix(4)), [0, 0, 0xff, 0xff])
    XCTAssertEqual(Array(pieces[1].suffix(4)), [0, 0, 0xff, 0xff])
    XCTAssertEqual(pieces[2], [0])
    let inflater = MessageInflater(DeflateParameters(), DeflatePool())
    XCTAssertEqual(try inflater.message(pieces.flatMap(\.self)), hello)
    // Each frame can be expanded as far as it goes.
    var output: [UInt8] = []
    for (piece, expected) in zip(pieces, ["Hel", "Hello", "Hello"]) {
      try inflater.expand(piece, isLast: expected == "", into: &output)
      XCTAssertEqual(String(decoding: output, as: UTF8.self), expected)
    }
  }

  func testOutputIsAppended() throws {
    let deflater = deflater(keepsContext: false)
    var output: [UInt8] = [1, 2, 3]
    hello.withUnsafeBytes { deflater.compress($0, isLast: true, into: &output) }
    XCTAssertEqual(output, [1, 2, 3] + hex("f2 48 cd c9 c9 07 00"))
  }

  func testWithoutContextAMessageIsTheSameWhateverWasBefore() throws {
    let pool = DeflatePool()
    let deflater = deflater(pool, keepsContext: false)
    for message in chatter(50) {
      let fresh = self.deflater(keepsContext: false).message(message)
      XCTAssertEqual(deflater.message(message), fresh)
      XCTAssertEqual(deflater.message(message), fresh)
    }
    XCTAssertEqual(pool.lentCount, 0)
    XCTAssertEqual(pool.freeCount, 1)
  }

  func testASmallerWindowIsNotExceeded() throws {
    // The second half repeats the first, further back than the window is.
    var numbers = SplitMix64()
    let noise = (0..<600).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    for bits in 9...15 {
      let deflater = MessageDeflater(
        DeflateParameters(outgoingWindowBits: bits), WebSocketDeflate(), DeflatePool())
      let count = deflater.message(noise + noise).count
      XCTAssertEqual(count < 700, bits > 9, "\(bits): \(count)")
    }
  }

  // Eventlet: WS56 [!]
  func testLevelsMakeADifference() throws {
    let text = chatter(200).flatMap(\.self)
    let counts = [1, 6, 9].map { level in
      var options = WebSocketDeflate()
      options.level = level
      return MessageDeflater(DeflateParameters(), options, DeflatePool()).message(text).count
    }
    XCTAssertGreaterThan(counts[0], counts[1])
    XCTAssertGreaterThanOrEqual(counts[1], counts[2])
  }
}
