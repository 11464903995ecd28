import EventletCore
import EventletHTTP
import EventletNet
import HTTPTypes
import XCTest

/// What a handler sees of a request line, and which ones it never sees.
final class RequestLineTests: HTTPTestCase {
  /// Answers with what `look` finds in the request.
  private func connect(
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    lookingAt look: @escaping (ServerRequest) -> String
  ) throws -> RawClient { try connect(configure) { .text(look($0)) } }

  // Eventlet: W1
  func testAConnectionIsUsedAgainAfterAnUnknownPath() throws {
    let client = try connect { request in
      if request.path != "/" { throw HTTPError(.notFound) }
      return .text("here")
    }
    try client.send(request: "GET /nothing")
    try client.expectResponse(404, "Not Found\n", fields: ["Connection": nil])
    try client.send(request: "GET /")
    try client.expectResponse(200, "here", fields: ["Connection": nil])
    try client.expectIdle()
  }

  // Eventlet: W2
  // Differs: 414 is what RFC 9110 calls it, "URI Too Long"; the answer is of HTTP/1.1 and has a text.
  func testALineAsLongAsTheLimitIsTooLong() throws {
    for limit in [64, 8192, 20_000] {
      let rest = "GET / HTTP/1.1\r\n".utf8.count
      for (length, isTaken) in [(limit - 1, true), (limit, false), (limit + 1, false)] {
        let client = try connect({ $0.limits.requestLine = limit }, lookingAt: { $0.path })
        let path = "/" + String(repeating: "a", count: length - rest)
        try client.send(request: "GET \(path)")
        if isTaken {
          try client.expectResponse(200, path)
        } else {
          try client.expectRefusal(414, "request line too long")
        }
      }
    }
  }

  // Eventlet: W2
  func testALineWithoutEndIsRefusedAtTheLimit() throws {
    let client = try connect({ $0.limits.requestLine = 64 }, lookingAt: { $0.path })
    try client.send("GET /" + String(repeating: "a", count: 58))
    try client.expectIdle()
    try client.send("a")
    try client.expectRefusal(414, "request line too long")
  }

  // Eventlet: W6, W7, W8, W9, W11, W14
  // Differs: every refusal is a whole response of HTTP/1.1, with a text.
  private static let malformed: [(line: String, status: Int, message: String)] = [
    // Four words, and other spaces.
    ("GET / HTTP/1.1 more", 400, "malformed request line"),
    ("GET /a b HTTP/1.1", 400, "malformed request line"),
    ("GET  / HTTP/1.1", 400, "malformed request line"),
    ("GET /  HTTP/1.1", 400, "malformed request line"),
    ("GET / HTTP/1.1 ", 400, "malformed request line"),
    (" GET / HTTP/1.1", 400, "malformed request line"),
    ("GET\t/ HTTP/1.1", 400, "malformed method"),
    ("GET /\tHTTP/1.1", 400, "malformed request target"),
    // One word.
    ("GET", 400, "malformed method"),
    ("GET ", 400, "malformed request line"),
    ("hello", 400, "malformed method"),
    // Versions.
    ("GET / HTTP/1", 400, "malformed request line"),
    ("GET / HTTP/1.x", 400, "malformed request line"),
    ("GET / HTTP/x.1", 400, "malformed request line"),
    ("GET / HTTP/1.10", 400, "malformed request line"),
    ("GET / HTTP/01.1", 400, "malformed request line"),
    ("GET / HTTP/+1.1", 400, "malformed request line"),
    ("GET / http/1.1", 400, "malformed request line"),
    ("GET / ICY/1.1", 400, "malformed request line"),
    ("GET / HTTP", 400, "malformed request line"),
    ("GET / HTTP/2.0", 505, "unsupported version of HTTP"),
    ("GET / HTTP/3.1", 505, "unsupported version of HTTP"),
    ("GET / HTTP/0.9", 505, "unsupported version of HTTP"),
    // HTTP/0.9.
    ("GET /path", 400, "malformed request line"),
    ("POST /path", 400, "malformed request line"),
    // Methods.
    ("G(T / HTTP/1.1", 400, "malformed method"),
    ("GET\0 / HTTP/1.1", 400, "malformed method"),
    ("G\u{e9}T / HTTP/1.1", 400, "malformed method"),
    ("(GET) / HTTP/1.1", 400, "malformed request line"),
    // Targets.
    ("GET /\0 HTTP/1.1", 400, "malformed request target"),
    ("GET /a\u{7f} HTTP/1.1", 400, "malformed request target"),
    ("GET /a\u{1b}[31m HTTP/1.1", 400, "malformed request target"),
    ("GET /a\rb HTTP/1.1", 400, "malformed request target"),
    ("GET a HTTP/1.1", 400, "malformed request target"),
    ("GET * HTTP/1.1", 400, "malformed request target"),
    ("GET host:80 HTTP/1.1", 400, "malformed request target"),
    ("GET ftp://host/ HTTP/1.1", 400, "malformed request target"),
    ("GET http:/host/ HTTP/1.1", 400, "malformed request target"),
    ("GET http:///path HTTP/1.1", 400, "malformed request target"),
    ("GET http://user@host/ HTTP/1.1", 400, "malformed request target"),
    ("CONNECT / HTTP/1.1", 400, "malformed request target"),
    ("CONNECT host HTTP/1.1", 400, "malformed request target"),
  ]

  func testMalformedLinesAreRefused() throws {
    for (line, status, message) in Self.malformed {
      let client = try connect(lookingAt: {
        XCTFail("a handler got '\(line)'")
        return $0.line
      })
      try client.send("\(line)\r\nHost: test\r\n\r\n")
      let response = try client.expectResponse(
        status, message + "\n",
        fields: ["Connection": "close", "Content-Type": "text/plain; charset=utf-8"])
      XCTAssertNotNil(response["Date"], line)
      try client.expectClosed()
    }
  }

  // Eventlet: W10
  func testLaterVersionsOfHTTP1AreServedOnce() throws {
    for version in ["1.2", "1.9"] {
      let client = try connect(lookingAt: { "\($0.version)" })
      try client.send("GET / HTTP/\(version)\r\nHost: test\r\n\r\n")
      try client.expectResponse(200, "HTTP/\(version)", fields: ["Connection": "close"])
      try client.expectClosed()
    }
  }

  // Eventlet: W11
  func testOneEmptyLineBeforeARequestIsSkipped() throws {
    let client = try connect(lookingAt: { $0.line })
    for path in ["/a", "/b"] {
      try client.send("\r\n")
      try client.expectIdle()
      try client.send(request: "GET \(path)")
      try client.expectResponse(200, "GET \(path) HTTP/1.1")
    }
  }

  // Eventlet: W11
  func testTwoEmptyLinesAreNoRequest() throws {
    let client = try connect(lookingAt: { $0.line })
    try client.send("\r\n\r\n")
    try client.expectRefusal(400, "malformed request line")
  }

  // Eventlet: W12
  func testSeveralSlashesAtTheBeginningAreOne() throws {
    let client = try connect(lookingAt: { "\($0.path) \($0.rawPath) \($0.target)" })
    for (target, path) in [
      ("/", "/"), ("//", "/"), ("//a//b", "/a//b"), ("////a", "/a"), ("//?//", "/"),
      ("/%2fa", "//a"),
    ] {
      try client.send(request: "GET \(target)")
      let raw = target == "/%2fa" ? target : path
      try client.expectResponse(200, "\(path) \(raw) \(target)")
    }
  }

  // Eventlet: W13
  func testAnAbsoluteTargetIsTakenApartAndItsHostCounts() throws {
    let client = try connect(lookingAt: {
      "\($0.authority ?? "-") \($0.path) \($0.query ?? "-") \($0.scheme) \($0.target)"
    })
    for (target, found) in [
      ("http://h/p", "h /p -"),
      ("http://h:81/p?q", "h:81 /p q"),
      ("HTTP://h", "h / -"),
      ("http://h?q=/", "h / q=/"),
      ("https://[::1]:8/", "[::1]:8 / -"),
      ("http://h//a", "h /a -"),
    ] {
      try client.send(request: "GET \(target)")
      // What the connection is, a client cannot say.
      try client.expectResponse(200, "\(found) http \(target)")
    }
  }

  // Eventlet: W14
  func testAnyTokenIsAMethod() throws {
    let client = try connect(lookingAt: { "\($0.method.rawValue)" })
    for method in ["GET", "PROPFIND", "get", "M-SEARCH", "!#$%&'*+-.^_`|~0aZ"] {
      try client.send(request: "\(method) /")
      try client.expectResponse(200, method)
    }
    try client.send(request: "OPTIONS *")
    try client.expectResponse(200, "OPTIONS")
  }

  // Eventlet: W19
  // Differs: text is UTF-8, where Eventlet has Latin-1; `rawPath` has the bytes of what is not.
  func testThePathIsDecodedAndTheRawPathIsNot() throws {
    let client = try connect(lookingAt: { "\($0.path) \($0.rawPath)" })
    for (raw, path) in [
      ("/a*b@%40%233", "/a*b@@#3"),
      ("/%c3%A9%20", "/\u{e9} "),
      ("/%", "/%"), ("/%4", "/%4"), ("/%zz", "/%zz"), ("/%%34", "/%4"),
      ("/%3f?a", "/?"),
      ("/a+b", "/a+b"),
      ("/%ff", "/\u{fffd}"),
      ("/\u{e9}", "/\u{e9}"),
    ] {
      try client.send(request: "GET \(raw)")
      try client.expectResponse(200, "\(path) \(raw.split(separator: "?")[0])")
    }
  }

  // Eventlet: W20
  func testTheQueryIsPassedOnAsItIs() throws {
    let client = try connect(lookingAt: { $0.query.map { "'\($0)'" } ?? "none" })
    for (target, query) in [
      ("/", "none"), ("/?", "''"), ("/?a=b&c=%20+", "'a=b&c=%20+'"), ("/?a?b", "'a?b'"),
      ("//?//", "'//'"), ("/%3fa", "none"),
    ] {
      try client.send(request: "GET \(target)")
      try client.expectResponse(200, query)
    }
  }

  // Eventlet: W27
  func testTheVersionIsThatOfTheRequest() throws {
    for (version, seen) in [("1.0", HTTPVersion.http1_0), ("1.1", .http1_1)] {
      let client = try connect { request in
        XCTAssertEqual(request.version, seen)
        return .text(request.line)
      }
      try client.send("GET / HTTP/\(version)\r\nHost: test\r\n\r\n")
      try client.expectResponse(200, "GET / HTTP/\(version)")
    }
  }

  /// However the head comes.
  func testEverySplitOfAHead() throws {
    let request = Array(
      "\r\nPOST /a%20b?c HTTP/1.1\r\nHost: test\r\nX-One: 1\r\nContent-Length: 2\r\n\r\nok".utf8)
    let client = try connect { request in
      let body = try request.body.readText()
      return .text("\(request.line) \(request.path) \(request.rawFields.count) \(body)")
    }
    var ways = [request.map { [$0] }]
    for split in 0...request.count {
      ways.append([Array(request[..<split]), Array(request[split...])])
    }
    for way in ways {
      try client.send(parts: way)
      try client.expectResponse(200, "POST /a%20b?c HTTP/1.1 /a b 3 ok")
    }
    try client.expectIdle()
  }
}
