import Testing

@testable import EventletWebSocket

@Suite struct MessageParserTextTests {
  /// "κόσμε", what is beyond Unicode, and "edited": as the Autobahn test suite's cases 6.4 have it.
  private static let text: [UInt8] =
    [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5] + [0xF4, 0x90, 0x80, 0x80]
    + Array("edited".utf8)
  /// The index of the byte that shows it.
  private static let fault = 12

  private func violationCount(_ bytes: [UInt8]) -> Int? {
    let single = ParserOutcome(single: bytes)
    let whole = ParserOutcome(bytes)
    #expect(whole.violation == .invalidText && single.violation == .invalidText)
    #expect(whole.events.isEmpty && single.events.isEmpty)
    return single.violationCount
  }

  // Eventlet: WS41 [!]
  @Test func invalidTextIsRefusedInTheMiddleOfAFrame() {
    let bytes = stream([RawFrame(opcode: 1, payload: Self.text)])
    #expect(violationCount(bytes) == 6 + Self.fault + 1)
    // Nothing of the frame is waited for.
    let early = ParserOutcome(Array(bytes[..<(6 + Self.fault + 1)]))
    #expect(early.violation == .invalidText)
    #expect(ParserOutcome(Array(bytes[..<(6 + Self.fault)])).violation == nil)
  }

  // Eventlet: WS41 [!]
  @Test func invalidTextIsRefusedInTheMiddleOfAMessage() {
    for count in 0...Self.text.count {
      let bytes = stream([
        RawFrame(flags: 0, opcode: 1, payload: Array(Self.text[..<count])), RawFrame(9),
        RawFrame(flags: 0, opcode: 0, payload: Array(Self.text[count...])),
      ])
      let single = ParserOutcome(single: bytes)
      #expect(single.violation == .invalidText)
      // Behind one header, or three.
      let headers = count > Self.fault ? 6 : 18
      #expect(single.violationCount == headers + Self.fault + 1)
      #expect(single.events == (count > Self.fault ? [] : [.ping([])]))
    }
  }

  // Eventlet: WS41 [!]
  @Test(arguments: [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0xA5], [0xF0]] as [[UInt8]])
  func textThatEndsInTheMiddleOfACharacterIsNone(rest: [UInt8]) {
    let bytes = Array("text".utf8) + rest
    let frame = stream([RawFrame(opcode: 1, payload: bytes)])
    #expect(violationCount(frame) == frame.count)
    let open = stream([RawFrame(flags: 0, opcode: 1, payload: bytes)])
    #expect(ParserOutcome(open).violation == nil)
    let fragments = stream([
      RawFrame(flags: 0, opcode: 1, payload: bytes), RawFrame(0),
    ])
    #expect(violationCount(fragments) == fragments.count)
    // An ASCII character in its place.
    let wrong = stream([
      RawFrame(flags: 0, opcode: 1, payload: bytes), RawFrame(flags: 0, opcode: 0, payload: [0x61]),
    ])
    #expect(violationCount(wrong) == wrong.count)
  }

  @Test func bytesMayBeAnything() {
    let payload = Array(UInt8.min ... .max)
    let frames = [
      RawFrame(flags: 0, opcode: 2, payload: payload), RawFrame(opcode: 0, payload: payload),
    ]
    let outcome = ParserOutcome(single: stream(frames))
    #expect(outcome.events == [.message(.binary(payload + payload))])
  }

  // Eventlet: WS41 [!]
  @Test func compressedTextIsCheckedAsItIsExpanded() {
    let settings = ParserSettings(inflates: true)
    // A stored block, whose bytes stand for themselves.
    let count = UInt8(Self.text.count)
    let payload = [0, count, 0, ~count, 0xFF] + Self.text
    let frame = RawFrame(flags: 0xC0, opcode: 1, payload: payload)
    let single = ParserOutcome(single: stream([frame]), settings)
    #expect(single.violation == .invalidText)
    #expect(single.violationCount == 6 + 5 + Self.fault + 1)
  }

  @Test func invalidTextBeforeCorruptDataIsInvalidTextInWhateverPieces() {
    let settings = ParserSettings(maxMessageSize: 3, inflates: true)
    // The fault is the third byte; the limit, and a block of no kind, come behind it.
    let payload: [UInt8] = [0, 5, 0, 0xFA, 0xFF, 0x61, 0x62, 0xFF, 0x63, 0x64, 0x07]
    let bytes = stream([RawFrame(flags: 0xC0, opcode: 1, payload: payload)])
    for count in 0...bytes.count {
      let outcome = ParserOutcome(bytes, arriving: [count, bytes.count], settings)
      #expect(outcome.violation == .invalidText, "\(count)")
    }
  }
}
