import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletWebSocket

final class WebSocketOriginsTests: WebSocketTestCase {
  private struct Failure: Error {}

  /// The status with which a server answers.
  private func status(
    _ origins: WebSocketOrigins, origin: String?, host: String = "example.org",
    version: Int = 13, field: String = "Origin"
  ) throws -> String {
    let connection = try rawConnection(to: webSocketServer(origins: origins))
    var lines = [
      "GET /path HTTP/1.1", "Host: \(host)", "Upgrade: websocket", "Connection: Upgrade",
      "Sec-WebSocket-Key: d9MXuOzlVQ0h+qRllvSCIg==", "Sec-WebSocket-Version: \(version)",
    ]
    if let origin { lines.append("\(field): \(origin)") }
    try connection.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    let head = try connection.readHead()
    connection.socket.close()
    return String(try XCTUnwrap(head.first).split(separator: " ")[1])
  }

  // Eventlet: WS6
  func testTheSameHostByDefault() throws {
    for (origin, host) in [
      ("http://example.org", "example.org"), ("https://example.org", "example.org"),
      ("https://example.org:443", "example.org"), ("https://example.org", "example.org:443"),
      ("http://example.org:80", "example.org"), ("http://example.org", "example.org:80"),
      ("http://EXAMPLE.org", "example.ORG"), ("HTTP://example.org", "example.org"),
      ("http://example.org:8080", "example.org:8080"), ("http://[::1]:8080", "[::1]:8080"),
      ("http://[::1]", "[::1]:80"), ("http://127.0.0.1:3000", "127.0.0.1:3000"),
    ] {
      XCTAssertEqual(
        try status(.sameHost, origin: origin, host: host), "101", "\(origin), \(host)")
    }
    for (origin, host) in [
      ("http://example.com", "example.org"), ("http://example.org.evil.org", "example.org"),
      ("http://evil-example.org", "example.org"), ("http://sub.example.org", "example.org"),
      ("http://example.org", "sub.example.org"), ("http://example.org:8080", "example.org"),
      ("http://example.org", "example.org:8080"), ("http://example.org:8081", "example.org:8080"),
      ("https://example.org:80", "example.org"), ("http://example.org:443", "example.org"),
      ("null", "example.org"), ("", "example.org"), ("example.org", "example.org"),
      ("://example.org", "example.com"), ("http://example.org/", "example.org"),
      ("http://example.org@evil.org", "example.org"), ("http:example.org", "example.org"),
      ("http://example.org, http://example.org", "example.org"),
    ] {
      XCTAssertEqual(
        try status(.sameHost, origin: origin, host: host), "403", "\(origin), \(host)")
    }
    XCTAssertEqual(try status(.sameHost, origin: nil), "101")
  }

  // Eventlet: WS6
  func testTwoOriginsAreNone() throws {
    let connection = try rawConnection(to: webSocketServer())
    try connection.send(
      Array(
        """
        GET / HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r
        Sec-WebSocket-Key: d9MXuOzlVQ0h+qRllvSCIg==\r\nSec-WebSocket-Version: 13\r
        Origin: http://example.org\r\nOrigin: http://evil.org\r\n\r\n
        """.utf8))
    XCTAssertEqual(try connection.readHead().first, "HTTP/1.1 403 Forbidden")
  }

  func testAllOfThem() throws {
    for origin in ["http://example.com", "null", "", nil] {
      XCTAssertEqual(try status(.any, origin: origin), "101", origin ?? "no origin")
    }
  }

  func testOnlyThese() throws {
    let origins = WebSocketOrigins.only(["https://example.org", "http://LOCALHOST:8080"])
    for origin in [
      "https://example.org", "https://EXAMPLE.org:443", "http://localhost:8080", nil,
    ] {
      XCTAssertEqual(
        try status(origins, origin: origin, host: "api.example.net"), "101", origin ?? "no origin")
    }
    for origin in [
      "http://example.org", "https://example.org:8443", "http://localhost", "null", "",
      "https://api.example.net",
    ] {
      XCTAssertEqual(try status(origins, origin: origin, host: "api.example.net"), "403", origin)
    }
    XCTAssertEqual(try status(.only([]), origin: "http://example.org"), "403")
  }

  // Eventlet: WS6
  func testThoseForWhichAFunctionSaysSo() throws {
    var asked: [String?] = []
    let origins = WebSocketOrigins.matching { origin, request in
      try GreenThread.yield()
      asked.append(origin)
      return origin == "http://good.org" && request.path == "/path"
    }
    XCTAssertEqual(try status(origins, origin: "http://good.org"), "101")
    XCTAssertEqual(try status(origins, origin: "http://bad.org"), "403")
    XCTAssertEqual(try status(origins, origin: nil), "403")
    XCTAssertEqual(asked, ["http://good.org", "http://bad.org", nil])
  }

  func testAFunctionThatThrows() throws {
    XCTAssertEqual(
      try status(.matching { _, _ in throw HTTPError(.unauthorized) }, origin: nil), "401")
    XCTAssertEqual(try status(.matching { _, _ in throw Failure() }, origin: nil), "500")
    XCTAssertTrue(takeUncaughtErrors().contains { $0.error is Failure })
  }

  // Eventlet: WS6
  func testVersionEightHasAnotherNameForIt() throws {
    let field = "Sec-WebSocket-Origin"
    let good = "http://example.org"
    let bad = "http://example.com"
    XCTAssertEqual(try status(.sameHost, origin: good, version: 8, field: field), "101")
    XCTAssertEqual(try status(.sameHost, origin: bad, version: 8, field: field), "403")
    XCTAssertEqual(try status(.sameHost, origin: bad, version: 8), "403")
    // In version 13 the field means nothing.
    XCTAssertEqual(try status(.sameHost, origin: bad, version: 13, field: field), "101")
  }
}
