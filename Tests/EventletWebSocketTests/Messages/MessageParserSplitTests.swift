import EventletCompression
import Testing

@testable import EventletWebSocket

@Suite struct MessageParserSplitTests {
  /// Frames of all kinds, and what they say.
  private static let frames: [RawFrame] = [
    RawFrame(1, "Grüße, 🥊"), RawFrame(1), RawFrame(opcode: 2, payload: [0, 0xFF, 0x80]),
    .beginning(1, "1€"), RawFrame(9, "ping"), .beginning(0, "2"), RawFrame(10), RawFrame(0, "µ3"),
    RawFrame(opcode: 2, payload: [UInt8](repeating: 9, count: 130)), .beginning(2, ""), RawFrame(0),
    .close(3001, "schön war es"),
  ]

  private static let events: [MessageParser.Event] = [
    .message(.text("Grüße, 🥊")), .message(.text("")), .message(.binary([0, 0xFF, 0x80])),
    .ping(Array("ping".utf8)), .pong([]), .message(.text("1€2µ3")),
    .message(.binary([UInt8](repeating: 9, count: 130))), .message(.binary([])),
    .close(ClosePayload(WebSocketCloseCode(rawValue: 3001), "schön war es")),
  ]

  /// Two messages, the second of which refers to the first, in one frame and in three.
  private static func compressedFrames() -> [RawFrame] {
    let compressor = Compressor(format: .raw, level: 6)
    func compress(_ text: String) -> [UInt8] {
      var output: [UInt8] = []
      Array(text.utf8).withUnsafeBytes {
        compressor.compress($0, flush: .sync, into: &output)
      }
      return output.dropLast(4)
    }
    let first = compress("Grüße, Grüße und noch einmal Grüße 🥊")
    let second = compress("noch einmal Grüße, Grüße 🥊")
    let part = second.count / 3
    return [
      RawFrame(flags: 0xC0, opcode: 1, payload: first), RawFrame(1, "not compressed"),
      RawFrame(flags: 0x40, opcode: 1, payload: Array(second[..<part])), RawFrame(9, "?"),
      RawFrame(flags: 0, opcode: 0, payload: Array(second[part..<2 * part])),
      RawFrame(opcode: 0, payload: Array(second[(2 * part)...])), RawFrame(8),
    ]
  }

  private static let compressedEvents: [MessageParser.Event] = [
    .message(.text("Grüße, Grüße und noch einmal Grüße 🥊")), .message(.text("not compressed")),
    .ping([0x3F]), .message(.text("noch einmal Grüße, Grüße 🥊")),
    .close(ClosePayload(.noStatus, "")),
  ]

  // Eventlet: WS17, WS53, WS54
  @Test(arguments: [false, true], [false, true])
  func everySplitInTwoAndInThree(isMasked: Bool, inflates: Bool) {
    let settings = ParserSettings(isMasked: isMasked, inflates: inflates)
    let frames = inflates ? Self.compressedFrames() : Self.frames
    let events = inflates ? Self.compressedEvents : Self.events
    let bytes = stream(frames, isMasked: isMasked)
    #expect(ParserOutcome(bytes, settings).events == events)
    #expect(ParserOutcome(single: bytes, settings).events == events)
    for first in 0...bytes.count {
      for second in stride(from: first, through: bytes.count, by: 7) {
        let outcome = ParserOutcome(bytes, arriving: [first, second, bytes.count], settings)
        if outcome.events != events || outcome.violation != nil || !outcome.isBetweenMessages {
          Issue.record("\(first), \(second): \(outcome)")
        }
      }
    }
  }

  @Test(arguments: [false, true])
  func everyBeginningGivesWhatIsWholeInIt(inflates: Bool) throws {
    let settings = ParserSettings(inflates: inflates)
    let frames = inflates ? Self.compressedFrames() : Self.frames
    let bytes = stream(frames)
    var known = 0
    for count in 0...bytes.count {
      let outcome = ParserOutcome(Array(bytes[..<count]), settings)
      try #require(outcome.violation == nil, "\(count)")
      #expect(
        outcome.events[...]
          == (inflates ? Self.compressedEvents : Self.events).prefix(outcome.events.count))
      #expect(outcome.events.count >= known)
      known = outcome.events.count
    }
  }
}
