import EventletTesting
import XCTest

@testable import EventletWebSocket

final class DeflateRoundTripTests: GreenTestCase {
  private let pieceSizes = [Int.max, 1, 7, 1000, 16_384]

  func testWhatIsCompressedIsExpanded() throws {
    let messages = chatter(30)
    for bits in 9...15 {
      for keepsContext in [false, true] {
        for sent in pieceSizes {
          let parameters = DeflateParameters(
            outgoingWindowBits: bits, incomingWindowBits: bits,
            keepsOutgoingContext: keepsContext, keepsIncomingContext: keepsContext)
          let pool = DeflatePool()
          let deflater = MessageDeflater(parameters, WebSocketDeflate(), pool)
          let inflater = MessageInflater(parameters, pool)
          for (index, message) in messages.enumerated()
          where sent > 10 || message.count < 20 * sent {
            let received = pieceSizes[index % pieceSizes.count]
            let compressed = deflater.message(message, pieceSize: sent)
            XCTAssertEqual(
              try inflater.message(compressed, pieceSize: received), message,
              "\(parameters.summary), \(sent), \(received)")
          }
        }
      }
    }
  }

  func testEveryLevelDoes() throws {
    let messages = chatter(20)
    for level in 1...9 {
      for memoryLevel in [1, 5, 9] {
        var options = WebSocketDeflate()
        options.level = level
        options.memoryLevel = memoryLevel
        let pool = DeflatePool()
        let deflater = MessageDeflater(DeflateParameters(), options, pool)
        let inflater = MessageInflater(DeflateParameters(), pool)
        for message in messages {
          XCTAssertEqual(try inflater.message(deflater.message(message)), message)
        }
      }
    }
  }

  func testFrozenAtEveryMessageTheInflaterExpandsTheSame() throws {
    let messages = chatter(60)
    for bits in 9...15 {
      let parameters = DeflateParameters(outgoingWindowBits: bits, incomingWindowBits: bits)
      let deflater = MessageDeflater(parameters, WebSocketDeflate(), DeflatePool())
      let pool = DeflatePool(mostWarm: 0)
      let inflater = MessageInflater(parameters, pool)
      for message in messages {
        XCTAssertEqual(try inflater.message(deflater.message(message)), message)
        XCTAssertEqual(pool.lentCount, 0)
      }
    }
  }

  func testFrozenAtAnyOneMessageTheInflaterExpandsTheSame() throws {
    let messages = chatter(30)
    let deflater = MessageDeflater(DeflateParameters(), WebSocketDeflate(), DeflatePool())
    let compressed = messages.map { deflater.message($0) }
    for frozen in compressed.indices {
      let pool = DeflatePool()
      let inflater = MessageInflater(DeflateParameters(), pool)
      for (index, message) in compressed.enumerated() {
        XCTAssertEqual(try inflater.message(message, pieceSize: 100), messages[index])
        if index == frozen { inflater.freeze() }
      }
    }
  }

  func testFrozenAtAnyMessageTheDeflaterIsUnderstood() throws {
    var numbers = SplitMix64()
    let deflater = MessageDeflater(DeflateParameters(), WebSocketDeflate(), DeflatePool())
    let inflater = MessageInflater(DeflateParameters(), DeflatePool())
    for message in chatter(200) {
      XCTAssertEqual(try inflater.message(deflater.message(message)), message)
      if Bool.random(using: &numbers) { deflater.freeze() }
    }
    // A first message once more.
    deflater.freeze()
    XCTAssertEqual(deflater.message(Array("Hello".utf8)), hex("f2 48 cd c9 c9 07 00"))
  }

  /// zlib compresses with 512 bytes at least, but another sender may keep to less.
  func testAWindowOf256BytesIsExpanded() throws {
    let parameters = DeflateParameters(incomingWindowBits: 8)
    for mostWarm in [0, 64] {
      let inflater = MessageInflater(parameters, DeflatePool(mostWarm: mostWarm))
      XCTAssertEqual(try inflater.message(hex("f2 48 cd c9 c9 07 00")), Array("Hello".utf8))
      XCTAssertEqual(try inflater.message(hex("f2 00 11 00 00")), Array("Hello".utf8))
      let stored = [UInt8](0...255)
      XCTAssertEqual(try inflater.message(hex("00 00 01 ff fe") + stored + [0]), stored)
      XCTAssertEqual(try inflater.message(hex("00 00 01 ff fe") + stored + [0]), stored)
    }
  }
}
