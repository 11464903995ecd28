import HTTPTypes
import Testing

@testable import EventletHTTP

@Suite struct ChunkedDecoderTests {
  /// Expects a body that ends with these bytes, whatever follows them.
  private func expect(
    _ text: String, data: String, trailers: KeyValuePairs<String, String> = [:],
    limits: HTTPLimits = HTTPLimits(), sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for rest in ["", "\r\n", "0\r\n\r\n", "GET / HTTP/1.1\r\n"] {
      let outcome = ChunkedOutcome.inPieces(
        bytes(text + rest), limits: limits, sourceLocation: sourceLocation)
      #expect(outcome.end == .end(bytes(text).count), sourceLocation: sourceLocation)
      #expect(outcome.data == bytes(data), sourceLocation: sourceLocation)
      let fields = trailers.map { ParsedHead.Field($0.key, $0.value) }
      #expect(outcome.trailers == fields, sourceLocation: sourceLocation)
    }
  }

  /// Expects a refusal after this data, whatever follows.
  private func expectRefused(
    _ text: String, _ reason: RequestError.Reason, _ status: Int = 400, after data: String = "",
    limits: HTTPLimits = HTTPLimits(), sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let outcome = ChunkedOutcome.inPieces(
      bytes(text), limits: limits, sourceLocation: sourceLocation)
    #expect(
      outcome.end == .refused(reason), "\(text.debugDescription)", sourceLocation: sourceLocation)
    #expect(outcome.data == bytes(data), sourceLocation: sourceLocation)
    for rest in ["\r\n", "0\r\n\r\n"] {
      let longer = ChunkedOutcome(bytes(text + rest), limits: limits)
      #expect(longer == outcome, "before \(rest.debugDescription)", sourceLocation: sourceLocation)
    }
    #expect(RequestError(reason).status.code == status, sourceLocation: sourceLocation)
  }

  private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
    var limits = HTTPLimits()
    change(&limits)
    return limits
  }

  // MARK: What is decoded

  @Test(arguments: [
    ("0\r\n\r\n", ""), ("00\r\n\r\n", ""), ("0000000000000000\r\n\r\n", ""),
    ("1\r\na\r\n0\r\n\r\n", "a"), ("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"),
    ("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
    ("0000000000000003\r\nabc\r\n0\r\n\r\n", "abc"),
    ("1f\r\n\(String(repeating: "x", count: 31))\r\n0\r\n\r\n", String(repeating: "x", count: 31)),
    // Data is anything.
    ("2\r\n\r\n\r\n3\r\n0\r\n\r\n0\r\n\r\n", "\r\n0\r\n"),
    ("4\r\n\0\n\r\u{ff}\r\n0\r\n\r\n", "\0\n\r\u{ff}"),
    // Extensions say nothing.
    ("3;name=value\r\nabc\r\n0;last\r\n\r\n", "abc"), ("1;\r\na\r\n0;\r\n\r\n", "a"),
    ("1;a;b=c;d=\"e;\t \\\"f\"\r\nx\r\n0\r\n\r\n", "x"), ("1; 5\r\na\r\n0\r\n\r\n", "a"),
    ("1;\u{80}\u{ff}\r\na\r\n0\r\n\r\n", "a"),
  ])
  func chunksAreTakenApart(sent: String, data: String) { expect(sent, data: data) }

  @Test(arguments: [
    "", "1", "1\r", "1\r\n", "1;", "1;x\r", "1\r\na", "1\r\na\r", "1\r\na\r\n", "1\r\na\r\n0",
    "1\r\na\r\n0\r\n", "1\r\na\r\n0\r\n\r", "1\r\na\r\n0\r\nX", "1\r\na\r\n0\r\nX: y\r",
    "1\r\na\r\n0\r\nX: y\r\n", "1\r\na\r\n0\r\nX: y\r\n\r",
  ])
  func aBodyMayBeIncomplete(sent: String) {
    let outcome =
      sent.isEmpty
      ? ChunkedOutcome([], limits: HTTPLimits())
      : ChunkedOutcome.inPieces(bytes(sent))
    #expect(outcome.end == .incomplete)
  }

  @Test func theDecoderTellsHowMuchDataComes() throws {
    var decoder = ChunkedDecoder(limits: HTTPLimits())
    let take = { (text: String) in
      try bytes(text).withUnsafeBytes { try decoder.takeControl($0) }
    }
    #expect(decoder.dataCount == 0)
    #expect(try take("1f") == 2)
    #expect(decoder.dataCount == 0)
    // It stops before the data.
    #expect(try take("\r\nabc") == 2)
    #expect(decoder.dataCount == 31)
    #expect(try take("abc") == 0)
    decoder.takeData(30)
    #expect(decoder.dataCount == 1)
    decoder.takeData(1)
    #expect(decoder.dataCount == 0)
    #expect(!decoder.isAtEnd)
    // And after the end.
    #expect(try take("\r\n0\r\n\r\n\r\n") == 7)
    #expect(decoder.isAtEnd)
    #expect(decoder.dataCount == 0)
    #expect(try take("x") == 0)
  }

  @Test func chunksAreAsLongAsTheyLike() throws {
    let most = "3fffffffffffffff"
    let outcome = ChunkedOutcome(bytes("\(most)\r\na"), limits: HTTPLimits())
    #expect(outcome.end == .incomplete)
    #expect(outcome.data == bytes("a"))
  }

  // MARK: What is refused

  @Test(arguments: [
    // No digits, and what others take for a part of a number.
    "\r\n", "\n", "x\r\n", "g\r\n", "-1\r\n", "+1\r\n", "-0\r\n", "0x1\r\n", "0X1\r\n", "#1\r\n",
    "1h\r\n", "1_0\r\n", "_1\r\n", "1.\r\n", "1,\r\n", "1,2\r\n", "\"1\"\r\n", "\u{b2}\r\n",
    "\u{ff}\r\n", "\0\r\n", "1\0\r\n", "\u{660}\r\n",
    // Spaces.
    " 1\r\n", "\t1\r\n", "1 \r\n", "1\t\r\n", "1 1\r\n", "1 ;x\r\n", "1\t;x\r\n", "\u{b}1\r\n",
    "1\u{b}\r\n", "1\u{a0}\r\n", "1\u{85}\r\n",
    // Ends of lines.
    "1\n", "1\r\r\n", "1\rx", "1\r1\r\n", "\r1\r\n", "0\n\r\n", "1;x\n", "1;x\r\r\n", "1;x\rb\r\n",
    "1;\n", "1;\"\n\"\r\n",
    // Extensions.
    ";x\r\n", "1;\0\r\n", "1;\u{7f}\r\n", "1;\u{b}\r\n", "1;x\u{1b}[2J\r\n",
    // Too large a number, and too many digits.
    "4000000000000000\r\n", "7fffffffffffffff\r\n", "8000000000000000\r\n", "FFFFFFFFFFFFFFFF\r\n",
    "10000000000000000\r\n", "00000000000000001\r\n", "00000000000000000000\r\n",
    "fffffffffffffffffffffffffffffffff\r\n",
  ])
  func aLineIsASizeAndExtensions(line: String) {
    expectRefused(line, .malformedChunk)
    expectRefused("2\r\nab\r\n\(line)", .malformedChunk, after: "ab")
    expectRefused("2;x=y\r\n\r\n\r\n\(line)", .malformedChunk, after: "\r\n")
  }

  @Test func aQuotationEndsWithItsLine() {
    expectRefused("1;\"\r\n\"\r\0", .malformedChunk, after: "\"")
  }

  @Test(arguments: ["x", "\n", "\rx", "\r\r", "b", " \r\n", "0\r\n\r\n", ";", "\0"])
  func dataEndsWithItsLineEnd(rest: String) {
    expectRefused("1\r\na\(rest)", .malformedChunk, after: "a")
    expectRefused("3\r\nabc\(rest)", .malformedChunk, after: "abc")
    expectRefused("1\r\nx\r\n3\r\nabc\(rest)", .malformedChunk, after: "xabc")
  }

  // MARK: Trailers

  @Test func trailersAreFields() {
    expect("0\r\nX: y\r\n\r\n", data: "", trailers: ["X": "y"])
    expect(
      "1\r\na\r\n0;x\r\nA:\r\nA: \t b \r\nB: \u{ff}\u{80}\r\n\r\n", data: "a",
      trailers: ["A": "", "A": "b", "B": "\u{ff}\u{80}"])
    // These would decide about the body or the request if they stood in the head.
    expect(
      "0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: x\r\nHost: x\r\nExpect: x\r\n\r\n",
      data: "",
      trailers: [
        "Content-Length": "5", "Transfer-Encoding": "chunked", "Host": "x", "Host": "x",
        "Expect": "x",
      ])
  }

  @Test(arguments: [
    ("nocolon\r\n", RequestError.Reason.malformedFieldName),
    ("GET / HTTP/1.1\r\n", .malformedFieldName), (": y\r\n", .malformedFieldName),
    ("X : y\r\n", .malformedFieldName), ("X\t: y\r\n", .malformedFieldName),
    ("X\0: y\r\n", .malformedFieldName), ("\u{e9}: y\r\n", .malformedFieldName),
    (" X: y\r\n", .foldedField), ("\tX: y\r\n", .foldedField), (" \r\n", .foldedField),
    ("X: y\r\n z\r\n", .foldedField), ("X: \0\r\n", .malformedFieldValue),
    ("X: \u{7f}\r\n", .malformedFieldValue),
    ("X: 0123456789abcdefgh\u{1}i\r\n", .malformedFieldValue), ("X: y\n", .malformedLineEnding),
    ("\n", .malformedLineEnding), ("X\n", .malformedLineEnding),
    ("X: y\n\r\n", .malformedLineEnding), ("X: y\rZ: z\r\n", .malformedLineEnding),
    ("X: y\r\r\n", .malformedLineEnding), ("\rX: y\r\n", .malformedLineEnding),
    ("\r\r\n", .malformedLineEnding), ("X: y\r\n\n", .malformedLineEnding),
  ])
  func malformedTrailersAreRefused(trailers: String, reason: RequestError.Reason) {
    expectRefused("0\r\n\(trailers)", reason)
    expectRefused("1\r\na\r\n0\r\nA: b\r\n\(trailers)", reason, after: "a")
  }

  @Test func thereIsALimitOfTrailers() {
    let limits = limits { $0.fieldCount = 3 }
    let three = "0\r\nA: b\r\nA: b\r\nA: b\r\n"
    expect("\(three)\r\n", data: "", trailers: ["A": "b", "A": "b", "A": "b"], limits: limits)
    for more in ["A: b\r\n", "nonsense\r\n"] {
      expectRefused(three + more, .tooManyFields, 431, limits: limits)
    }
  }

  // MARK: Limits

  @Test func whatIsBesideTheDataIsLimited() {
    let limits = limits { $0.chunkOverhead = 20 }
    let xs = { String(repeating: "x", count: $0) }
    // Extensions with their semicolons, and trailers without their ends.
    expect("1;\(xs(19))\r\na\r\n0\r\n\r\n", data: "a", limits: limits)
    expectRefused("1;\(xs(20))", .chunkOverheadTooLong, limits: limits)
    expect("0\r\nX: \(xs(17))\r\n\r\n", data: "", trailers: ["X": xs(17)], limits: limits)
    expectRefused("0\r\nX: \(xs(18))", .chunkOverheadTooLong, limits: limits)
    expect(
      "1;\(xs(9))\r\na\r\n1;\(xs(4))\r\nb\r\n0;\r\nX:yz\r\n\r\n", data: "ab", trailers: ["X": "yz"],
      limits: limits)
    expectRefused(
      "1;\(xs(9))\r\na\r\n1;\(xs(4))\r\nb\r\n0;\r\nX:yz\r\nY", .chunkOverheadTooLong, after: "ab",
      limits: limits)
    // Many small ones are no better than a large one.
    let many = String(repeating: "1;x\r\na\r\n", count: 10)
    expect("\(many)0\r\n\r\n", data: String(repeating: "a", count: 10), limits: limits)
    expectRefused(
      "\(many)1;", .chunkOverheadTooLong, after: String(repeating: "a", count: 10), limits: limits)
    // Sizes do not count.
    let sizes = String(repeating: "0000000000000001\r\na\r\n", count: 9)
    expect("\(sizes)0\r\n\r\n", data: String(repeating: "a", count: 9), limits: limits)
  }
}
