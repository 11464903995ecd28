import Testing

@testable import EventletWebSocket

@Suite struct MessageParserViolationTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    /// Those before it are allowed.
    let bytes: [UInt8]
    let code: WebSocketCloseCode
    let reason: String
    var isMasked = true

    init(
      _ name: String, _ bytes: [UInt8], _ reason: String,
      code: WebSocketCloseCode = .protocolError, isMasked: Bool = true
    ) {
      self.name = name
      self.bytes = bytes
      self.code = code
      self.reason = reason
      self.isMasked = isMasked
    }

    var testDescription: String { name }
  }

  private static let open = stream([.beginning(1, "beginning")])
  private static let key: [UInt8] = [0, 0, 0, 0]

  static let cases =
    [
      Case("a client without a mask", [0x81, 0], "a frame without a mask"),
      Case("a server with a mask", [0x81, 0x80], "a frame with a mask", isMasked: false),
      Case("a ping without a mask", [0x89, 0], "a frame without a mask"),
      Case("RSV1 without an extension", [0xC1, 0x80], "a reserved bit is set"),
      Case("RSV1 of a ping", [0xC9, 0x80], "a reserved bit is set"),
      Case("RSV1 of a continuation", open + [0xC0, 0x80], "a reserved bit is set"),
      Case("RSV2", [0xA1, 0x80], "a reserved bit is set"),
      Case("RSV3", [0x91, 0x80], "a reserved bit is set"),
      Case("RSV2 of a close frame", [0xA8, 0x80], "a reserved bit is set"),
      Case("a fragmented ping", [0x09, 0x80], "a fragmented control frame"),
      Case("a fragmented pong", [0x0A, 0x80], "a fragmented control frame"),
      Case("a fragmented close frame", [0x08, 0x80], "a fragmented control frame"),
      Case("a ping of 126 bytes", [0x89, 0xFE], "a control frame of over 125 bytes"),
      Case("a pong of 65,536 bytes", [0x8A, 0xFF], "a control frame of over 125 bytes"),
      Case("a close frame of 126 bytes", [0x88, 0xFE], "a control frame of over 125 bytes"),
      Case(
        "a continuation of nothing", [0x80, 0x80] + key, "a continuation of no message"),
      Case(
        "a continuation after the end", stream([RawFrame(1, "all")]) + [0x80, 0x80] + key,
        "a continuation of no message"),
      Case(
        "a text in a message", open + [0x81, 0x80] + key,
        "a new message in the middle of another"),
      Case(
        "a beginning in a message", open + [0x02, 0x80] + key,
        "a new message in the middle of another"),
      Case(
        "a long form", [0x82, 0xFE, 0, 125], "a length that is longer than need be"),
      Case(
        "a negative length", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 1, 0, 0],
        "a length with its highest bit set"),
      Case("a close frame of one byte", stream([RawFrame(8, "x")]), "a close frame of one byte"),
      Case("the code 1005", stream([.close(1005)]), "the close code 1005"),
      Case(
        "a reason that is no text", stream([RawFrame(opcode: 8, payload: [0x03, 0xE8, 0xFF])]),
        "text that is not UTF-8", code: .invalidPayload),
    ]
    + [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map { opcode in
      Case("opcode \(opcode)", [0x80 | opcode, 0x80], "a frame of the unknown kind \(opcode)")
    }

  // Eventlet: WS28, WS37, WS42 [!]
  @Test(arguments: cases)
  func isFoundAtItsLastByteBehindWhatIsAllowed(violation: Case) {
    let allowed: [RawFrame] = [RawFrame(1, "before"), RawFrame(9, "?")]
    let events: [MessageParser.Event] = [.message(.text("before")), .ping([0x3F])]
    let settings = ParserSettings(isMasked: violation.isMasked)
    let bytes = stream(allowed, isMasked: violation.isMasked) + violation.bytes
    let expected = ProtocolViolation(violation.code, violation.reason)
    for more in [[], [0x81, 0x80, 1, 2, 3, 4]] as [[UInt8]] {
      let whole = ParserOutcome(bytes + more, settings)
      #expect(whole.violation == expected)
      // What came before is not lost.
      #expect(whole.events.starts(with: events))
      let single = ParserOutcome(single: bytes + more, settings)
      #expect(single.violation == expected && single.events == whole.events)
      #expect(single.violationCount == bytes.count)
    }
  }

  // Eventlet: WS42 [!]
  @Test func withAnExtensionOnlyItsOwnBitIsAllowedAndOnlyWhereAMessageBegins() {
    let settings = ParserSettings(inflates: true)
    let refused = ProtocolViolation("a reserved bit is set")
    for first: UInt8 in [0xA1, 0x91, 0xE1, 0xD2, 0xF1, 0xC8, 0xC9, 0xCA] {
      #expect(ParserOutcome([first, 0x80], settings).violation == refused, "\(first)")
    }
    let open = stream([RawFrame(flags: 0x40, opcode: 1, payload: [])])
    #expect(ParserOutcome(open + [0xC0, 0x80], settings).violation == refused)
    #expect(ParserOutcome(open + [0x40, 0x80], settings).violation == refused)
    #expect(ParserOutcome(open + [0x80, 0x80], settings).violation == nil)
  }

  @Test(arguments: 2...10)
  func corruptCompressedDataIsInvalid(fault: Int) {
    let settings = ParserSettings(inflates: true)
    // A block of the kind that does not exist.
    let payload = [UInt8](repeating: 0, count: fault - 2) + [0x07]
    let frames = [RawFrame(1, "before"), RawFrame(flags: 0xC0, opcode: 2, payload: payload)]
    let outcome = ParserOutcome(stream(frames), settings)
    #expect(outcome.events == [.message(.text("before"))])
    #expect(outcome.violation?.code == .invalidPayload)
  }
}
