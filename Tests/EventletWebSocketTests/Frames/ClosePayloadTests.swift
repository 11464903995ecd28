import Testing

@testable import EventletWebSocket

@Suite struct ClosePayloadTests {
  private func parse(_ bytes: [UInt8]) throws(ProtocolViolation) -> ClosePayload {
    try bytes.withUnsafeBufferPointer { bytes throws(ProtocolViolation) in
      try ClosePayload(parsing: UnsafeRawBufferPointer(bytes))
    }
  }

  // Eventlet: WS27
  @Test func codesThatACloseFrameMayHave() throws {
    var taken: Set<Int> = []
    for number in UInt16.min ... .max {
      let code = WebSocketCloseCode(rawValue: number)
      let bytes = [UInt8(number >> 8), UInt8(number & 0xFF)]
      do {
        let payload = try parse(bytes)
        if payload != ClosePayload(code, "") || payload.bytes != bytes || !code.isSendable {
          Issue.record("\(number): \(payload)")
        }
        taken.insert(Int(number))
      } catch {
        let expected = ProtocolViolation(.protocolError, "the close code \(number)")
        if error != expected || code.isSendable { Issue.record("\(number): \(error)") }
      }
    }
    let known = Array(1000...1003) + Array(1007...1014)
    #expect(taken == Set(known + Array(3000...4999)))
  }

  // Eventlet: WS26
  @Test func aPayloadWithoutACode() throws {
    #expect(try parse([]) == ClosePayload(.noStatus, ""))
    #expect(ClosePayload(.noStatus, "").bytes == [])
    for byte: UInt8 in [0, 3, 0xFF] {
      let expected = ProtocolViolation(.protocolError, "a close frame of one byte")
      #expect(throws: expected) { try parse([byte]) }
    }
  }

  // Eventlet: WS28
  @Test(arguments: [[0x80], [0x61, 0xC3], [0xED, 0xA0, 0x80], [0xFF, 0x61]] as [[UInt8]])
  func aReasonThatIsNotUTF8(reason: [UInt8]) {
    #expect(throws: ProtocolViolation.invalidText) { try parse([0x03, 0xE8] + reason) }
    #expect(ProtocolViolation.invalidText.code == .invalidPayload)
    // A code that is not allowed weighs more.
    #expect(throws: ProtocolViolation("the close code 1005")) { try parse([0x03, 0xED] + reason) }
  }

  @Test(arguments: ["", "x", "auf Wiedersehen, 👋", String(repeating: "é", count: 61) + "!"])
  func whatIsWrittenIsReadAsTheSame(reason: String) throws {
    let payload = ClosePayload(.goingAway, reason)
    #expect(payload.bytes == [0x03, 0xE9] + reason.utf8)
    #expect(try parse(payload.bytes) == payload)
  }

  // Eventlet: WS45
  @Test func whatAProgramMaySay() throws {
    let longest = String(repeating: "é", count: 61) + "!"
    #expect(longest.utf8.count == 123)
    let payload = try ClosePayload(checking: .normalClosure, longest)
    #expect(payload.bytes.count == FrameHeader.mostControlPayload)
    #expect(payload.withoutReason == ClosePayload(.normalClosure, ""))
    #expect(throws: WebSocketError.reasonTooLong(124)) {
      try ClosePayload(checking: .normalClosure, longest + "!")
    }
    for number: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, .max] {
      let code = WebSocketCloseCode(rawValue: number)
      #expect(throws: WebSocketError.invalidCloseCode(code)) {
        try ClosePayload(checking: code, "")
      }
    }
  }
}
