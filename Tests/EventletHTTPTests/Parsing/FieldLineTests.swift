import Testing

@testable import EventletHTTP

@Suite struct FieldLineTests {
  /// The field in a line, in a head that has another one before it and after it.
  private func field(_ line: String) throws -> ParsedHead.Field {
    let head = try HeadOutcome.head(of: "GET / HTTP/1.1\r\nHost: h\r\n\(line)\r\nX: y\r\n\r\n")
    #expect(head.fields.map(\.name)[0] == "Host")
    #expect(head.fields.map(\.name)[2] == "X")
    return head.fields[1]
  }

  private func expectRefused(
    _ line: String, _ reason: RequestError.Reason, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for before in ["", "Host: h\r\n", "Host: h\r\nX: y\r\n"] {
      EventletHTTPTests.expectRefused(
        "GET / HTTP/1.1\r\n\(before)\(line)\r\n", reason, sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [
    ("A:b", "A", "b"), ("A: b", "A", "b"), ("A:\tb", "A", "b"), ("A: \t b\t \t", "A", "b"),
    ("A:", "A", ""), ("A: ", "A", ""), ("A:\t \t", "A", ""), ("A::", "A", ":"),
    ("A: :b: ", "A", ":b:"), ("A: b \t c", "A", "b \t c"), ("a_B-c: d", "a_B-c", "d"),
    ("!#$%&'*+-.^_`|~09: x", "!#$%&'*+-.^_`|~09", "x"),
    ("A: (b)[c]{d}\"e\"", "A", "(b)[c]{d}\"e\""),
    // Bytes of no meaning (obs-text), which are no space either.
    ("A: \u{80}\u{ff}", "A", "\u{80}\u{ff}"), ("A: \u{a0}b\u{a0}", "A", "\u{a0}b\u{a0}"),
    ("A: \u{c2}\u{a0}\u{85}", "A", "\u{c2}\u{a0}\u{85}"),
  ])
  func aFieldIsANameAndAValue(line: String, name: String, value: String) throws {
    #expect(try field(line) == ParsedHead.Field(name, value))
  }

  @Test func everyByteThatIsNoControlMayStandInAValue() throws {
    for byte in UInt8(0)...0xFF {
      let character = Character(Unicode.Scalar(byte))
      // In the eight bytes that are looked at together, beside others that have to be looked at more
      // closely, and in what is left of them.
      for padding in ["", "vvvvv", "\t\u{ff}\u{80}\u{20}~", "vvvvvvvvvvvvvv"] {
        let value = "a\(padding)\(character)z"
        switch byte {
        case 0x0A: expectRefused("A: \(value)", .malformedLineEnding)
        case 0x09, 0x20...0x7E, 0x80...: #expect(try field("A: \(value)").value == value)
        default: expectRefused("A: \(value)", .malformedFieldValue)
        }
      }
    }
  }

  @Test func nothingButATokenIsAName() {
    for byte in UInt8(0)...0xFF where byte != 0x0A && byte != 0x3A && !ByteClass.isToken(byte) {
      let character = Character(Unicode.Scalar(byte))
      for name in ["A\(character)", "A\(character)B"] {
        expectRefused("\(name): x", .malformedFieldName)
      }
      let isFold = byte == 0x20 || byte == 0x09
      expectRefused("\(character)A: x", isFold ? .foldedField : .malformedFieldName)
    }
  }

  @Test(arguments: [
    "nocolon", "no colon", ":", ": b", "::", "A : b", "A\t: b", "A \t: b", "A\u{b}: b",
    "A\u{a0}: b", "\"A\": b", "A(: b", "A\0: b", "\u{e9}: b", "A", "A=b", "GET / HTTP/1.1",
    "Host h", "\rA: b", "A\rB: c", "\r", "\u{b}A: b", "\u{85}A: b",
  ])
  func aColonFollowsTheName(line: String) { expectRefused(line, .malformedFieldName) }

  @Test(arguments: [" A: b", "\tA: b", " b", "\t", " ", "  \t ", " :", " \r", " Host: h"])
  func aFieldDoesNotGoOnInTheNextLine(line: String) { expectRefused(line, .foldedField) }

  @Test(arguments: [
    "A: b\n", "A: b\nC: d", "\n", "A\n", "A:\n", "A: b\n\n", "A: b\n C: d", "\nA: b",
  ])
  func aLineFeedAloneEndsNoLine(line: String) {
    EventletHTTPTests.expectRefused(
      "GET / HTTP/1.1\r\nHost: h\r\n\(line)", .malformedLineEnding)
  }

  @Test(arguments: ["A: b\r\r", "A: b\rC: d", "A: \rb", "A: b \r\t\r", "A:\r", "A: b\r c"])
  func aCarriageReturnAloneEndsNoLine(line: String) { expectRefused(line, .malformedFieldValue) }
}
