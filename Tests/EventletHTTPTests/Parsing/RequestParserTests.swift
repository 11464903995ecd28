import Testing

@testable import EventletHTTP

@Suite struct RequestParserTests {
  // MARK: Whole heads

  @Test func theLeastOfARequest() throws {
    let head = try HeadOutcome.head(of: "G / HTTP/1.0\r\n\r\n")
    #expect(head.line == "G / HTTP/1.0")
    #expect(head.fields == [])
    #expect(head.framing == .none)
    #expect(!head.asksToClose && !head.asksToKeepAlive && !head.asksToUpgrade)
    #expect(!head.expectsContinue)
    #expect(head.byteCount == 16)
  }

  @Test func allOfARequest() throws {
    let text =
      "POST /a%20b?c=d HTTP/1.1\r\nhost: example.org:81\r\nAccept:*/*\r\nX-Empty:\r\n"
      + "Connection: Upgrade, close\r\nContent-Length: 12\r\nExpect: 100-continue\r\n"
      + "X-Twice: 1\r\nx-twice:\t2 \r\n\r\n"
    let head = try HeadOutcome.head(of: text + "and the body")
    #expect(head.method == .post)
    #expect(head.methodName == "POST")
    #expect(head.target == "/a%20b?c=d")
    #expect(head.path == "/a%20b")
    #expect(head.query == "c=d")
    #expect(head.authority == "example.org:81")
    #expect(head.version == .http1_1)
    let fields = [
      ("host", "example.org:81"), ("Accept", "*/*"), ("X-Empty", ""),
      ("Connection", "Upgrade, close"), ("Content-Length", "12"), ("Expect", "100-continue"),
      ("X-Twice", "1"), ("x-twice", "2"),
    ]
    #expect(head.fields == fields.map { ParsedHead.Field($0.0, $0.1) })
    #expect(head.framing == .length(12))
    #expect(head.expectsContinue && head.asksToClose && head.asksToUpgrade && !head.asksToKeepAlive)
    #expect(head.byteCount == text.utf8.count)
  }

  @Test(arguments: [
    "", "G", "GET / HTTP/1.1", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost",
    "GET / HTTP/1.1\r\nHost: h\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r", "\r", "\r\n", "\r\n\r",
    "\r\nGET /",
  ])
  func aHeadMayBeIncomplete(text: String) {
    guard !text.isEmpty else {
      #expect(HeadOutcome([], limits: HTTPLimits()) == .incomplete)
      return
    }
    #expect(HeadOutcome.inPieces(bytes(text)) == .incomplete)
  }

  // MARK: Where it begins and ends

  @Test func oneEmptyLineMayComeBefore() throws {
    let text = "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"
    let head = try HeadOutcome.head(of: text)
    #expect(head.line == "GET / HTTP/1.1")
    #expect(head.authority == "h")
    #expect(head.byteCount == text.utf8.count)
    for before in ["\r\n\r\n", "\r\n \r\n", "\r\n\r", " \r\n", "\r\r\n"] {
      expectRefused(before + "GET / HTTP/1.1\r\n", .malformedRequestLine)
    }
    for before in ["\n", "\r\n\n"] {
      expectRefused(before + "GET / HTTP/1.1\r\n", .malformedLineEnding)
    }
  }

  @Test(arguments: ["GET / HTTP/1.1\nHost: h\r\n", "GET / HTTP/1.1\n", "GET /\n", "G\n"])
  func aLineFeedAloneEndsNoRequestLine(text: String) {
    expectRefused(text, .malformedLineEnding)
  }

  @Test func whatFollowsIsNotLookedAt() throws {
    let text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    let alone = try HeadOutcome.head(of: text)
    for rest in [
      "\n", "\0", "\r\n", " ", "GET /2 HTTP/1.1\r\n\r\n", String(repeating: "x", count: 99),
    ] {
      #expect(try HeadOutcome.head(of: text + rest) == alone)
    }
  }

  @Test func aParserIsUsedAgain() throws {
    let requests = [
      "PUT http://other:1/a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n"
        + "Connection: close, upgrade, keep-alive\r\n\r\n",
      "\r\nGET /c HTTP/1.0\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: h\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
      "CONNECT h:1 HTTP/1.1\r\nHost: h\r\nConnection: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    ]
    var stream = requests.flatMap(bytes)[...]
    var parser = RequestParser(limits: HTTPLimits())
    var head = RequestHead()
    for request in requests {
      parser.reset()
      head.reset()
      #expect(!parser.hasBegun && !parser.hasRequestLine)
      let found = try stream.withUnsafeBytes { bytes in
        let isComplete = try parser.parse(bytes, into: &head)
        #expect(isComplete)
        return ParsedHead(head, of: bytes)
      }
      #expect(parser.hasBegun && parser.hasRequestLine)
      #expect(try found == HeadOutcome.head(of: request))
      stream = stream.dropFirst(found.byteCount)
    }
    #expect(stream.isEmpty)
  }

  @Test func itKnowsHowFarItIs() throws {
    var parser = RequestParser(limits: HTTPLimits())
    var head = RequestHead()
    for (text, hasBegun, hasRequestLine) in [
      ("", false, false), ("\r\n", true, false), ("\r\nGET / HTTP/1.1\r", true, false),
      ("\r\nGET / HTTP/1.1\r\n", true, true), ("\r\nGET / HTTP/1.1\r\nHost: ", true, true),
    ] {
      let isComplete = try bytes(text).withUnsafeBytes { try parser.parse($0, into: &head) }
      #expect(!isComplete)
      #expect(parser.hasBegun == hasBegun)
      #expect(parser.hasRequestLine == hasRequestLine)
    }
  }

  // MARK: Limits

  private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
    var limits = HTTPLimits()
    change(&limits)
    return limits
  }

  /// A line of so many bytes with its end.
  private func line(_ start: String, _ end: String, _ count: Int) -> String {
    start + String(repeating: "a", count: count - 2 - start.count - end.count) + end + "\r\n"
  }

  @Test func aRequestLineIsShorterThanItsLimit() throws {
    let limits = limits { $0.requestLine = 40 }
    for before in ["", "\r\n"] {
      for form in [("GET /", " HTTP/1.1"), ("GET /?", " HTTP/1.1"), ("", " / HTTP/1.1")] {
        let longest = line(form.0, form.1, 39)
        _ = try HeadOutcome.head(of: "\(before)\(longest)Host: h\r\n\r\n", limits: limits)
        for count in [40, 41, 90] {
          let tooLong = before + line(form.0, form.1, count)
          expectRefused(tooLong, .requestLineTooLong, 414, limits: limits)
        }
        // At the byte that reaches the limit, whatever would have come.
        let unfinished = before + form.0 + String(repeating: "a", count: 40 - form.0.count)
        expectRefused(unfinished, .requestLineTooLong, 414, limits: limits)
        let shorter = HeadOutcome.inPieces(bytes(unfinished).dropLast(), limits: limits)
        #expect(shorter == .incomplete)
      }
    }
    // What is wrong before that is found before that; what is wrong there, or later, is not.
    let long = String(repeating: "a", count: 60)
    expectRefused("(\(long)", .malformedRequestLine, limits: limits)
    for line in ["G(T /\(long)", "GET \(long)", "GET /\(long)\n", "GET /\(long) HTTP/2.0\r\n"] {
      expectRefused(line, .requestLineTooLong, 414, limits: limits)
    }
    expectRefused("GET / HTTP/1.1\n\(long)", .malformedLineEnding, limits: limits)
  }

  @Test func aFieldIsShorterThanItsLimit() throws {
    let limits = limits { $0.fieldLine = 40 }
    let start = "GET / HTTP/1.1\r\nHost: h\r\n"
    for form in [("X: ", ""), ("X:", "       "), ("", ": x")] {
      let head = try HeadOutcome.head(
        of: "\(start)\(line(form.0, form.1, 39))\(line(form.0, form.1, 39))\r\n", limits: limits)
      #expect(head.fields.count == 3)
      expectRefused(start + line(form.0, form.1, 40), .fieldLineTooLong, 431, limits: limits)
      let unfinished = start + form.0 + String(repeating: "a", count: 40 - form.0.count)
      expectRefused(unfinished, .fieldLineTooLong, 431, limits: limits)
      let shorter = HeadOutcome.inPieces(bytes(unfinished).dropLast(), limits: limits)
      #expect(shorter == .incomplete)
    }
    let long = String(repeating: "a", count: 60)
    for line in ["X(\(long)", " \(long)", ": \(long)", "X: \(long)\n", "X: \0\(long)\r\n"] {
      expectRefused(start + line, .fieldLineTooLong, 431, limits: limits)
    }
    expectRefused("\(start)X: y\n\(long)", .malformedLineEnding, limits: limits)
  }

  @Test func allFieldsTogetherAreLimited() throws {
    let limits = limits { $0.fields = 100 }
    let start = "GET / HTTP/1.1\r\n"
    // Their end counts.
    let most = line("Host: ", "", 49) + line("X: ", "", 49)
    #expect(try HeadOutcome.head(of: "\(start)\(most)\r\n", limits: limits).fields.count == 2)
    let tooMany = start + line("Host: ", "", 50) + line("X: ", "", 49)
    expectRefused(tooMany + "\r\n", .fieldsTooLong, 431, limits: limits)
    let outcome = HeadOutcome.inPieces(bytes(tooMany), limits: limits)
    #expect(outcome == .incomplete)
    expectRefused(start + line("Host: ", "", 120), .fieldsTooLong, 431, limits: limits)
    expectRefused(
      "\(start)Host: " + String(repeating: "a", count: 95), .fieldsTooLong, 431, limits: limits)
    // The request line has a limit of its own.
    let long = line("GET /", " HTTP/1.1", 200)
    _ = try HeadOutcome.head(of: "\(long)\(most)\r\n", limits: limits)
  }

  @Test func theLimitThatIsReachedFirstCounts() {
    let text = "GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "a", count: 90)
    for (fieldLine, fields, reason) in [
      (60, 68, RequestError.Reason.fieldsTooLong), (60, 69, .fieldLineTooLong),
      (60, 200, .fieldLineTooLong), (200, 60, .fieldsTooLong),
    ] {
      let limits = limits {
        $0.fieldLine = fieldLine
        $0.fields = fields
      }
      expectRefused(text, reason, 431, limits: limits)
    }
  }

  @Test func thereIsALimitOfFields() throws {
    for most in [1, 3, 100] {
      let limits = limits { $0.fieldCount = most }
      let fields = "Host: h\r\n" + String(repeating: "A: b\r\n", count: most - 1)
      let text = "GET / HTTP/1.1\r\n" + fields
      #expect(try HeadOutcome.head(of: text + "\r\n", limits: limits).fields.count == most)
      for more in ["A: b\r\n", "nonsense\r\n", " \r\n"] {
        expectRefused(text + more, .tooManyFields, 431, limits: limits)
      }
    }
  }

  @Test func limitsMayBeAsLargeAsANumber() throws {
    let limits = limits {
      $0.requestLine = .max
      $0.fieldLine = .max
      $0.fields = .max
      $0.fieldCount = .max
    }
    let head = try HeadOutcome.head(of: "GET / HTTP/1.1\r\nHost: h\r\n\r\n", limits: limits)
    #expect(head.fields.count == 1)
  }

  @Test func longHeadsAreTaken() throws {
    // All as long as they may be by default.
    let text =
      line("GET /", " HTTP/1.1", 8191) + "Host: h\r\n" + line("X: ", "", 8191)
      + String(repeating: "A: b\r\n", count: 98) + "\r\n"
    let all = bytes(text)
    for counts in [[all.count], Array(stride(from: 7, to: all.count, by: 7)) + [all.count]] {
      guard case .head(let head) = HeadOutcome(all, arriving: counts, limits: HTTPLimits()) else {
        Issue.record("no head")
        return
      }
      #expect(head.fields.count == 100)
      #expect(head.byteCount == all.count)
    }
  }
}
