import Testing

@testable import EventletHTTP

@Suite struct RequestLineParsingTests {
  @Test(arguments: [
    ("GET", RequestHead.Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put),
    ("DELETE", .delete), ("OPTIONS", .options), ("PATCH", .patch), ("TRACE", .trace),
    // Names have a case (RFC 9110, 9.1).
    ("get", .other), ("Get", .other), ("GETS", .other), ("GE", .other), ("X", .other),
    ("PROPFIND", .other), ("M-SEARCH", .other), ("!#$%&'*+-.^_`|~09azAZ", .other),
  ])
  func anyTokenIsAMethod(name: String, method: RequestHead.Method) throws {
    let head = try HeadOutcome.head(of: "\(name) / HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(head.methodName == name)
    #expect(head.method == method)
    #expect(head.line == "\(name) / HTTP/1.1")
    #expect(head.target == "/")
  }

  @Test(arguments: [
    "G(T", "G)T", "G,T", "G/T", "G:T", "G;T", "G<T", "G=T", "G>T", "G?T", "G@T", "G[T", "G\\T",
    "G]T", "G{T", "G}T", "G\"T", "G\0T", "G\tT", "G\u{b}T", "G\u{1f}T", "G\u{7f}T", "G\u{80}T",
    "G\u{e9}T", "G\u{ff}T", "G\rT", "GET\t", "GET\0", "GET\u{b}", "GET\u{a0}",
  ])
  func nothingElseIsAMethod(name: String) {
    expectRefused("\(name) / HTTP/1.1\r\n", .malformedMethod)
  }

  @Test(arguments: [
    // The beginning.
    " GET / HTTP/1.1", "\tGET / HTTP/1.1", "(GET) / HTTP/1.1", "\0", "\u{7f}", "\u{e9}",
    "\u{feff}GET / HTTP/1.1", "\rGET / HTTP/1.1", "\r\r",
    // Too few words, as of HTTP/0.9, and too many.
    "GET ", "GET /", "POST /", "GET / ", "GET / HTTP/1.1 ", "GET / HTTP/1.1\t",
    "GET / HTTP/1.1 more", "GET /a b HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1",
    "GET / \tHTTP/1.1", "GET / HTTP/1.1\r",
    // What is no version.
    "GET / HTTP", "GET / HTTP/", "GET / HTTP/1", "GET / HTTP/1.", "GET / HTTP/.1", "GET / HTTP/1.x",
    "GET / HTTP/x.1", "GET / HTTP/1.10", "GET / HTTP/10.1", "GET / HTTP/01.1", "GET / HTTP/1.01",
    "GET / HTTP/+1.1", "GET / HTTP/1.-1", "GET / HTTP/1,1", "GET / HTTP/1/1", "GET / HTTP 1.1",
    "GET / http/1.1", "GET / Http/1.1", "GET / HTTp/1.1", "GET / ICY/1.1", "GET / HTTPS/1.1",
    "GET / HTTP/1\u{b9}1", "GET / HTTP\\1.1", "GET / 1.1", "GET / XHTTP/1.1",
  ])
  func aLineIsThreeWordsWithSingleSpaces(line: String) {
    expectRefused("\(line)\r\n", .malformedRequestLine)
  }

  @Test(arguments: ["GET", "hello", "PRI", "\u{21}"])
  func oneWordIsNoLine(word: String) { expectRefused("\(word)\r\n", .malformedMethod) }

  @Test(arguments: ["0.0", "0.9", "2.0", "2.1", "3.0", "9.9"])
  func otherVersionsAreUnsupported(version: String) {
    expectRefused("GET / HTTP/\(version)\r\n", .unsupportedVersion, 505)
  }

  @Test(arguments: [
    ("1.0", HTTPVersion.http1_0), ("1.1", .http1_1), ("1.2", HTTPVersion(major: 1, minor: 2)),
    ("1.9", HTTPVersion(major: 1, minor: 9)),
  ])
  func everyVersionOfHTTP1IsTaken(text: String, version: HTTPVersion) throws {
    let head = try HeadOutcome.head(of: "GET / HTTP/\(text)\r\nHost: h\r\n\r\n")
    #expect(head.version == version)
  }

  @Test func thePrefaceOfHTTP2IsOfAnotherVersion() {
    // RFC 9113, 3.4.
    expectRefused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion, 505)
  }

  @Test(arguments: [
    // Of TLS: a ClientHello of 1.3, and one in the form of SSL 2.
    "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}", "\u{80}\u{2e}\u{1}\u{3}\u{1}",
  ])
  func helloOfTLSIsRefusedAtItsFirstByte(hello: String) {
    expectRefused(hello, .malformedRequestLine)
    expectRefused(String(hello.unicodeScalars.prefix(1)), .malformedRequestLine)
  }
}
