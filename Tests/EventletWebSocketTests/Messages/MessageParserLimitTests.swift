import Glibc
import Testing

@testable import EventletWebSocket

@Suite struct MessageParserLimitTests {
  // Eventlet: WS38
  @Test func aFrameOfTheLimitIsTakenAgainAndAgainAndALongerOneRefusedAtItsHeader() {
    let settings = ParserSettings(maxFrameSize: 50_000)
    let payload = [UInt8](repeating: 0x61, count: 50_000)
    let text = MessageParser.Event.message(.text(String(repeating: "a", count: 50_000)))
    let allowed = stream([RawFrame](repeating: RawFrame(opcode: 1, payload: payload), count: 3))
    #expect(ParserOutcome(allowed, settings).events == [text, text, text])

    let long = stream([RawFrame(opcode: 1, payload: payload + [0x61])])
    // The first byte, the length, and no key.
    let outcome = ParserOutcome(allowed + long[..<4], settings)
    #expect(outcome.events == [text, text, text])
    #expect(
      outcome.violation
        == ProtocolViolation(
          .messageTooBig, "a frame of 50001 bytes, at most 50000 are taken"))
  }

  // Eventlet: WS40 [!]
  @Test(arguments: [1, 2, 5, 100])
  func theLimitOfAMessageIsOfAllItsFrames(fragmentCount: Int) {
    let settings = ParserSettings(maxMessageSize: 100)
    let payload = [UInt8](repeating: 7, count: 100 / fragmentCount)
    func frames(last: [UInt8]) -> [RawFrame] {
      (0..<fragmentCount).map { index in
        let isLast = index == fragmentCount - 1
        return RawFrame(
          flags: isLast ? 0x80 : 0, opcode: index == 0 ? 2 : 0, payload: isLast ? last : payload)
      }
    }
    let whole = [UInt8](repeating: 7, count: 100)
    let allowed = stream(frames(last: payload) + frames(last: payload))
    for outcome in [ParserOutcome(allowed, settings), ParserOutcome(single: allowed, settings)] {
      #expect(outcome.events == [.message(.binary(whole)), .message(.binary(whole))])
    }
    let refused = stream(frames(last: payload + [7]))
    let single = ParserOutcome(single: refused, settings)
    #expect(
      single.violation
        == ProtocolViolation(.messageTooBig, "a message of 101 bytes, at most 100 are taken"))
    // As soon as the header is there.
    #expect(single.violationCount == refused.count - payload.count - 1)
    #expect(ParserOutcome(refused, settings).violation == single.violation)
  }

  @Test func controlFramesDoNotCountAndEmptyFragmentsAreAllowedAtTheLimit() {
    let settings = ParserSettings(maxMessageSize: 4)
    let frames = [
      RawFrame.beginning(1, "1234"), RawFrame(9, "more than four"), .beginning(0, ""), RawFrame(0),
    ]
    let outcome = ParserOutcome(single: stream(frames), settings)
    #expect(outcome.events == [.ping(Array("more than four".utf8)), .message(.text("1234"))])
  }

  // Eventlet: WS39
  @Test func theLimitOfACompressedMessageIsOfWhatItExpandsTo() {
    let settings = ParserSettings(maxFrameSize: 1000, maxMessageSize: 3, inflates: true)
    func frame(_ text: String) -> RawFrame {
      let count = UInt8(text.utf8.count)
      return RawFrame(
        flags: 0xC0, opcode: 1, payload: [0, count, 0, ~count, 0xFF] + text.utf8 + [0])
    }
    let allowed = ParserOutcome(stream([frame("abc"), frame("def")]), settings)
    #expect(allowed.events == [.message(.text("abc")), .message(.text("def"))])
    let refused = ParserOutcome(stream([frame("abc"), frame("defg")]), settings)
    #expect(refused.events == [.message(.text("abc"))])
    #expect(
      refused.violation
        == ProtocolViolation(.messageTooBig, "a message that expands to over 3 bytes"))
  }

  @Test func limitsOfAnySizeAreNeverExceededByLengthsOfAnySize() {
    let open = stream([RawFrame.beginning(2, "x")])
    for limit in [Int.max, .max - 1] {
      let settings = ParserSettings(maxFrameSize: .max, maxMessageSize: limit)
      let header = [0x80, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 7) + [0, 0, 0, 0]
      let outcome = ParserOutcome(open + header, settings)
      #expect(outcome.violation?.code == .messageTooBig)
    }
  }

  @Test func whatAHeaderClaimsIsNotAllocated() throws {
    for exponent in [62, 40, 30] {
      let settings = ParserSettings(maxFrameSize: .max, maxMessageSize: .max)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: (1 << exponent) >> (56 - 8 * $0)) }
      for opcode: UInt8 in [0x81, 0x82, 0x02] {
        let bytes = [opcode, 0xFF] + length + [0, 0, 0, 0] + [0x61, 0x62]
        let before = try mappedByteCount()
        var parser = settings.makeParser()
        var copy = bytes
        let events = copy.withUnsafeMutableBytes { bytes in
          var position = 0
          return Result { () throws(ProtocolViolation) in
            try parser.next(bytes, from: &position)
          }
        }
        #expect(events == .success(nil))
        #expect(parser.missingCount == 1 << exponent - 2)
        // Other tests allocate too, but not so much.
        #expect(try mappedByteCount() - before < 1 << 28)
      }
    }
  }

  /// Of the address space of the process.
  private func mappedByteCount() throws -> Int {
    let file = try #require(fopen("/proc/self/statm", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 100)
    try #require(fgets(&line, CInt(line.count), file) != nil)
    let digits = line.prefix { $0 != CChar(UInt8(ascii: " ")) }.map { UInt8(bitPattern: $0) }
    let pageCount = try #require(Int(String(decoding: digits, as: UTF8.self)))
    return pageCount * sysconf(CInt(_SC_PAGESIZE))
  }

  // Copied anew with each, they would take minutes.
  @Test(.timeLimit(.minutes(1))) func manyFragmentsOfOneByte() {
    let count = 65_536
    for kind: UInt8 in [1, 2] {
      var bytes = stream([RawFrame(flags: 0, opcode: kind, payload: [0x61])])
      let fragment = stream([.beginning(0, "a")])
      for _ in 2..<count { bytes += fragment }
      bytes += stream([RawFrame(0, "a")])
      let outcome = ParserOutcome(bytes)
      #expect(outcome.events.count == 1 && outcome.violation == nil)
      guard case .message(let message) = outcome.events.first else { continue }
      #expect(message.byteCount == count && message.bytes.allSatisfy { $0 == 0x61 })
    }
  }
}
