import Testing

@testable import EventletHTTP

@Suite struct FramingFieldsTests {
  private func head(
    _ fields: String..., version: String = "1.1", method: String = "POST"
  ) throws -> ParsedHead {
    let lines = fields.map { "\($0)\r\n" }.joined()
    return try HeadOutcome.head(of: "\(method) / HTTP/\(version)\r\nHost: h\r\n\(lines)\r\n")
  }

  private func expectRefused(
    _ fields: [String], _ reason: RequestError.Reason, _ status: Int = 400,
    host: String = "Host: h\r\n", version: String = "1.1",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let lines = fields.map { "\($0)\r\n" }.joined()
    EventletHTTPTests.expectRefused(
      "POST / HTTP/\(version)\r\n\(host)\(lines)\r\n", reason, status,
      sourceLocation: sourceLocation)
  }

  // MARK: No body

  @Test(arguments: ["GET", "POST", "PUT", "CONNECT-ish"])
  func withoutALengthThereIsNoBody(method: String) throws {
    #expect(try head(method: method).framing == .none)
    // These are other fields.
    for field in ["Content_Length: 5", "Content-Lengt: 5", "XContent-Length: 5", "TE: chunked"] {
      #expect(try head(field, method: method).framing == .none)
    }
  }

  // MARK: Content-Length

  @Test(arguments: [
    ("0", RequestHead.Framing.none), ("00", .none), ("1", .length(1)), ("007", .length(7)),
    ("1234567890", .length(1_234_567_890)), (" \t5\t ", .length(5)),
    ("9223372036854775807", .length(.max)), ("0000000000000000000000000000000012", .length(12)),
  ])
  func aLengthIsDigits(value: String, framing: RequestHead.Framing) throws {
    for name in ["Content-Length", "content-length", "CONTENT-LENGTH"] {
      #expect(try head("\(name): \(value)").framing == framing)
    }
    #expect(try head("Content-Length: \(value)", version: "1.0").framing == framing)
  }

  @Test(arguments: [
    "", " ", "+5", "-5", "-0", "5-", "5_0", "_5", "0x5", "5h", "a", "5a", "a5", "5.0", "5e1", "5 5",
    "5\t5", "5,5", "5, 5", "5,", ",5", ",", "5;a", "\"5\"", "'5'", "(5)5", "\u{b2}", "5\u{a0}",
    "\u{660}", "9223372036854775808", "18446744073709551615", "18446744073709551616",
    "18446744073709551621", "99999999999999999999999999999999",
  ])
  func nothingElseIsALength(value: String) {
    expectRefused(["Content-Length: \(value)"], .malformedContentLength)
  }

  @Test(arguments: [
    ["5", "5"], ["5", "6"], ["0", "0"], ["5", ""], ["", "5"], ["5", "x"], ["5", "5", "5"],
  ])
  func aLengthIsNotRepeated(values: [String]) {
    for names in [["Content-Length"], ["content-length", "CONTENT-LENGTH"]] {
      let fields = values.indices.map { "\(names[$0 % names.count]): \(values[$0])" }
      expectRefused(fields, .repeatedContentLength)
      // Nor with something in between.
      expectRefused([fields[0], "A: b"] + fields[1...], .repeatedContentLength)
    }
  }

  // MARK: Transfer-Encoding

  @Test(arguments: ["chunked", "CHUNKED", "ChunKed", "\t chunked \t"])
  func chunkedIsAWordInAnyCase(value: String) throws {
    for name in ["Transfer-Encoding", "transfer-encoding", "TRANSFER-ENCODING"] {
      #expect(try head("\(name):\(value)").framing == .chunked)
    }
    #expect(try head("Transfer-Encoding: chunked", version: "1.9").framing == .chunked)
  }

  @Test(arguments: [
    // Codings that nobody here decodes, and what only looks like chunks.
    (["gzip"], 501), (["identity"], 501), (["gzip, chunked"], 501), (["identity, chunked"], 501),
    (["xchunked"], 501), (["x-chunked"], 501), (["chunkedx"], 501), (["chunke"], 501),
    (["\"chunked\""], 501), (["'chunked'"], 501), (["chunked;q=1"], 501), (["chunked;"], 501),
    (["chunked chunked"], 501), (["chunked identity"], 501), (["chunked\u{a0}"], 501),
    (["\u{a0}chunked"], 501), (["chunked=1"], 501), (["\u{e7}hunked"], 501), (["cow"], 501),
    (["Transfer-Encoding: chunked"], 501), (["chun\tked"], 501), (["0"], 501),
    // Lists that end elsewhere, or are read in different ways.
    ([""], 400), (["\t"], 400), ([","], 400), ([" , ,"], 400), (["chunked,"], 400),
    ([",chunked"], 400), ([", chunked"], 400), (["chunked, chunked"], 400),
    (["chunked,chunked"], 400), (["chunked, gzip"], 400), (["chunked, identity"], 400),
    (["chunked, gzip, chunked"], 400), (["gzip, chunked, chunked"], 400),
    (["chunked,\tCHUNKED"], 400),
    // Repeated.
    (["chunked", "chunked"], 400), (["chunked", "identity"], 400), (["identity", "chunked"], 400),
    (["gzip", "chunked"], 400), (["", "chunked"], 400), (["chunked", ""], 400),
    (["chunked", "x", "chunked"], 400),
  ])
  func nothingElseSaysThatThereAreChunks(values: [String], status: Int) {
    let reason: RequestError.Reason =
      status == 501 ? .unsupportedTransferEncoding : .malformedTransferEncoding
    expectRefused(values.map { "Transfer-Encoding: \($0)" }, reason, status)
  }

  @Test(arguments: [
    ("Transfer-Encoding: \u{b}chunked", RequestError.Reason.malformedFieldValue),
    ("Transfer-Encoding: chunked\u{c}", .malformedFieldValue),
    ("Transfer-Encoding: chunked\0", .malformedFieldValue),
    ("Transfer-Encoding: \u{7f}chunked", .malformedFieldValue),
    ("Transfer-Encoding: chunked\rX: y", .malformedFieldValue),
    ("Transfer-Encoding: chunked\r", .malformedFieldValue),
    ("Transfer-Encoding: chunked\nX: y", .malformedLineEnding),
    ("Transfer-Encoding\n: chunked", .malformedLineEnding),
    ("Transfer-Encoding:\n chunked", .malformedLineEnding),
    ("Transfer-Encoding:\r\n chunked", .foldedField),
    ("Transfer-Encoding : chunked", .malformedFieldName),
    ("Transfer-Encoding\t: chunked", .malformedFieldName),
    ("Transfer-Encoding\u{b}: chunked", .malformedFieldName),
    ("Transfer-Encoding\r\n: chunked", .malformedFieldName),
    ("Transfer Encoding: chunked", .malformedFieldName),
    (" Transfer-Encoding: chunked", .foldedField), ("\tTransfer-Encoding: chunked", .foldedField),
    ("X: y\rTransfer-Encoding: chunked", .malformedFieldValue),
    ("X: y\nTransfer-Encoding: chunked", .malformedLineEnding),
    ("X: y\r\n Transfer-Encoding: chunked", .foldedField),
    ("\0Transfer-Encoding: chunked", .malformedFieldName),
    ("Transfer-Encoding=chunked", .malformedFieldName),
    ("Transfer-\u{c8}ncoding: chunked", .malformedFieldName),
  ])
  func noFieldHidesFromSomebody(line: String, reason: RequestError.Reason) {
    expectRefused([line], reason)
    expectRefused(["Content-Length: 5", line], reason)
    expectRefused([line, "Content-Length: 5"], reason)
  }

  @Test(arguments: ["chunked", "identity", "", "gzip, chunked", "x"])
  func thereIsOneWayToSayALength(value: String) {
    let fields = ["Content-Length: 5", "Transfer-Encoding: \(value)"]
    expectRefused(fields, .contradictoryLengths)
    expectRefused(fields.reversed(), .contradictoryLengths)
    expectRefused([fields[0], "A: b", fields[1], "C: d"], .contradictoryLengths)
    expectRefused(["content-length: x", "TRANSFER-encoding: \(value)"], .contradictoryLengths)
    expectRefused(fields, .contradictoryLengths, version: "1.0")
  }

  @Test(arguments: ["chunked", "identity", "", "gzip, chunked"])
  func http1_0HasNoTransferEncoding(value: String) {
    expectRefused(["Transfer-Encoding: \(value)"], .transferEncodingInHTTP1_0, version: "1.0")
  }

  // MARK: Host

  @Test(arguments: [
    "h", "h:80", "h:", "", " ", "[::1]", "[::1]:80", "a_b.c-d", "127.0.0.1:1", "%41",
  ])
  func theHostIsKnown(value: String) throws {
    for name in ["Host", "host", "HOST"] {
      let text = "GET / HTTP/1.1\r\n\(name): \(value)\r\n\r\n"
      #expect(try HeadOutcome.head(of: text).authority == (value == " " ? "" : value))
    }
  }

  @Test func onlyHTTP1_0MayBeWithoutAHost() throws {
    #expect(try HeadOutcome.head(of: "GET / HTTP/1.0\r\n\r\n").authority == nil)
    #expect(try HeadOutcome.head(of: "GET / HTTP/1.0\r\nHost: h\r\n\r\n").authority == "h")
    #expect(try HeadOutcome.head(of: "GET http://t/ HTTP/1.0\r\n\r\n").authority == "t")
    for target in ["/", "http://h/"] {
      for fields in ["", "X: Host: h\r\n", "Hos: h\r\n", "X-Host: h\r\n", "Hosts: h\r\n"] {
        EventletHTTPTests.expectRefused(
          "GET \(target) HTTP/1.1\r\n\(fields)\r\n", .missingHost)
      }
    }
    expectRefused([], .missingHost, host: "", version: "1.2")
  }

  @Test(arguments: ["1.0", "1.1"])
  func theHostIsNotRepeated(version: String) {
    for fields in [["Host: h"], ["hOST: h"], ["Host: other"], ["A: b", "Host:"], ["Host: a b"]] {
      expectRefused(fields, .repeatedHost, version: version)
    }
  }

  @Test(arguments: [
    "a b", "a, b", "a/b", "/", "http://a", "user@a", "a:b", ":80", "a:80:80", "a:65536", "a:+1",
    "[::1", "[]", "[::1]x", "[fe80::1%25eth0]", "::1", "a%", "a%2", "a%zz", "a\\b", "a?b", "a#b",
    "a\u{e9}", "<a>", "\"a\"", "a\tb", "a|b",
  ])
  func nothingElseIsAHost(value: String) {
    expectRefused([], .malformedHost, host: "Host: \(value)\r\n")
    expectRefused([], .malformedHost, host: "Host: \(value)\r\n", version: "1.0")
    // Even if another host counts.
    EventletHTTPTests.expectRefused(
      "GET http://h/ HTTP/1.1\r\nHost: \(value)\r\n\r\n", .malformedHost)
  }

  @Test func theHostOfTheTargetComesFirst() throws {
    for host in ["h", "other", "", "other:80"] {
      let text = "GET http://target:81/ HTTP/1.1\r\nHost: \(host)\r\n\r\n"
      #expect(try HeadOutcome.head(of: text).authority == "target:81")
    }
    let connect = "CONNECT target:443 HTTP/1.1\r\nHost: other\r\n\r\n"
    #expect(try HeadOutcome.head(of: connect).authority == "target:443")
  }

  // MARK: Expect

  @Test(arguments: ["100-continue", "100-CONTINUE", "\t100-Continue "])
  func aClientMayWaitBeforeItSendsABody(value: String) throws {
    let expect = "Expect: \(value)"
    #expect(try head(expect, "Content-Length: 1").expectsContinue)
    #expect(try head("Transfer-Encoding: chunked", expect).expectsContinue)
    #expect(try head(expect, expect, "Content-Length: 1").expectsContinue)
    // There is nothing to wait for.
    #expect(try !head(expect).expectsContinue)
    #expect(try !head(expect, "Content-Length: 0").expectsContinue)
    #expect(try !head(expect, "Content-Length: 1", version: "1.0").expectsContinue)
    #expect(try !head("X-Expect: 100-continue", "Content-Length: 1").expectsContinue)
  }

  @Test(arguments: [
    ["200-ok"], [""], ["100"], ["100-continue=1"], ["100-continue, x"], ["100-continue,"],
    ["x", "100-continue"], ["100-continue", "x"], ["100-continue", ""], ["\"100-continue\""],
  ])
  func otherExpectationsAreRefused(values: [String]) throws {
    let fields = values.map { "Expect: \($0)" }
    expectRefused(fields, .unsupportedExpectation, 417)
    expectRefused(fields + ["Content-Length: 1"], .unsupportedExpectation, 417)
    let lines = fields.map { "\($0)\r\n" }.joined()
    #expect(try !HeadOutcome.head(of: "GET / HTTP/1.0\r\n\(lines)\r\n").expectsContinue)
  }

  // MARK: Connection

  @Test(
    arguments: [
      ([], false, false, false), (["close"], true, false, false),
      (["keep-alive"], false, true, false), (["Upgrade"], false, false, true),
      (["CLOSE"], true, false, false), (["x, close ,y"], true, false, false),
      (["close,keep-alive,upgrade"], true, true, true),
      (["keep-alive", "close"], true, true, false), (["x", "y", "close"], true, false, false),
      ([""], false, false, false), ([",,close,"], true, false, false),
      (["x", "", "Close"], true, false, false),
      // Other words.
      (["closed"], false, false, false), (["close x"], false, false, false),
      (["\"close\""], false, false, false), (["close;x"], false, false, false),
      (["x-close"], false, false, false),
    ] as [([String], Bool, Bool, Bool)])
  func connectionIsAListOfOptions(
    values: [String], close: Bool, keepAlive: Bool, upgrade: Bool
  ) throws {
    // Together, and with others between them.
    for other in ["", "Connections: close\r\n"] {
      let lines = values.map { "Connection: \($0)\r\n\(other)" }.joined()
      let head = try HeadOutcome.head(of: "GET / HTTP/1.1\r\nHost: h\r\n\(lines)A: b\r\n\r\n")
      #expect(head.asksToClose == close)
      #expect(head.asksToKeepAlive == keepAlive)
      #expect(head.asksToUpgrade == upgrade)
    }
  }
}
