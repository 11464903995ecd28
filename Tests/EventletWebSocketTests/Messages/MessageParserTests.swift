import Testing

@testable import EventletWebSocket

@Suite struct MessageParserTests {
  /// In one piece and byte by byte, from a client and from a server.
  private func expect(
    _ frames: [RawFrame], _ events: [MessageParser.Event], betweenMessages: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for isMasked in [true, false] {
      let settings = ParserSettings(isMasked: isMasked)
      let bytes = stream(frames, isMasked: isMasked)
      for outcome in [ParserOutcome(bytes, settings), ParserOutcome(single: bytes, settings)] {
        #expect(outcome.events == events, sourceLocation: sourceLocation)
        #expect(outcome.violation == nil, sourceLocation: sourceLocation)
        #expect(outcome.isBetweenMessages == betweenMessages, sourceLocation: sourceLocation)
      }
    }
  }

  // Eventlet: WS15
  @Test func textIsTextAndBytesAreBytesInOrder() {
    expect(
      [RawFrame(1, "Grüße"), RawFrame(opcode: 2, payload: [0, 0xFF]), RawFrame(1, "b")],
      [.message(.text("Grüße")), .message(.binary([0, 0xFF])), .message(.text("b"))])
  }

  // Eventlet: WS16
  @Test func emptyMessagesAreMessages() {
    expect([RawFrame(1), RawFrame(2)], [.message(.text("")), .message(.binary([]))])
    expect(
      [.beginning(1, ""), .beginning(0, ""), RawFrame(0)], [.message(.text(""))])
    expect([.beginning(2, ""), RawFrame(0)], [.message(.binary([]))])
  }

  // Eventlet: WS17
  @Test func fragmentsAreOneMessage() {
    expect(
      [.beginning(1, "one, "), .beginning(0, ""), .beginning(0, "two"), RawFrame(0, ", three")],
      [.message(.text("one, two, three"))])
    expect(
      [.beginning(2, "a"), RawFrame(0, "b"), .beginning(1, "c"), RawFrame(0, "d")],
      [.message(.binary([0x61, 0x62])), .message(.text("cd"))])
    expect([.beginning(1, "one")], [], betweenMessages: false)
  }

  // Eventlet: WS17
  @Test func controlFramesComeBetweenFragments() {
    expect(
      [
        .beginning(1, "one"), RawFrame(9, "?"), RawFrame(10, "!"), .beginning(0, ", two"),
        RawFrame(9), RawFrame(0, ", three"), RawFrame(10),
      ],
      [
        .ping([0x3F]), .pong([0x21]), .ping([]), .message(.text("one, two, three")), .pong([]),
      ])
    // The connection may end in the middle of a message.
    expect(
      [.beginning(1, "one"), .close(1001, "bye")], [.close(ClosePayload(.goingAway, "bye"))],
      betweenMessages: false)
  }

  // Eventlet: WS17
  @Test func aCharacterMayBeSplitBetweenFragments() {
    let text = Array("µ€🥊".utf8)
    for first in 0...text.count {
      for second in first...text.count {
        expect(
          [
            RawFrame(flags: 0, opcode: 1, payload: Array(text[..<first])), RawFrame(9, "?"),
            RawFrame(flags: 0, opcode: 0, payload: Array(text[first..<second])),
            RawFrame(opcode: 0, payload: Array(text[second...])),
          ], [.ping([0x3F]), .message(.text("µ€🥊"))])
      }
    }
  }

  // Eventlet: WS24
  @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
  func lengthsOfAllForms(count: Int) {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let settings = ParserSettings()
    let bytes = stream([RawFrame(opcode: 2, payload: payload), RawFrame(1, "next")])
    for end in [bytes.count, bytes.count - 1, count, 20, 14, 6, 1] where end <= bytes.count {
      let outcome = ParserOutcome(bytes, arriving: [end, bytes.count], settings)
      #expect(outcome.events == [.message(.binary(payload)), .message(.text("next"))])
    }
  }

  // Eventlet: WS26, WS27
  @Test func aCloseFrameSaysWhatItSays() {
    expect([RawFrame(8)], [.close(ClosePayload(.noStatus, ""))])
    expect([.close(1000)], [.close(ClosePayload(.normalClosure, ""))])
    let reason = String(repeating: "é", count: 61) + "!"
    expect(
      [.close(4999, reason)], [.close(ClosePayload(WebSocketCloseCode(rawValue: 4999), reason))])
  }

  @Test func controlFramesOfTheLargestSize() {
    let payload = [UInt8](repeating: 7, count: 125)
    expect(
      [RawFrame(opcode: 9, payload: payload), RawFrame(opcode: 10, payload: payload)],
      [.ping(payload), .pong(payload)])
  }

  @Test func whatIsMissingIsKnown() throws {
    var parser = ParserSettings().makeParser()
    let bytes = stream([RawFrame(opcode: 2, payload: [UInt8](repeating: 1, count: 70_000))])
    #expect(parser.isBetweenMessages && parser.missingCount == 0)
    try feed(&parser, bytes[..<5])
    #expect(!parser.isBetweenMessages && parser.missingCount == 0)
    try feed(&parser, bytes[5..<14])
    #expect(!parser.isBetweenMessages && parser.missingCount == 70_000)
    try feed(&parser, bytes[14..<70_013])
    #expect(!parser.isBetweenMessages && parser.missingCount == 1)
    try feed(&parser, bytes[70_013...], eventCount: 1)
    #expect(parser.isBetweenMessages && parser.missingCount == 0)
  }

  private func feed(
    _ parser: inout MessageParser, _ bytes: ArraySlice<UInt8>, eventCount: Int = 0
  ) throws {
    var bytes = Array(bytes)
    var count = 0
    try bytes.withUnsafeMutableBytes { bytes in
      var position = 0
      while try parser.next(bytes, from: &position) != nil { count += 1 }
    }
    #expect(count == eventCount)
  }
}
