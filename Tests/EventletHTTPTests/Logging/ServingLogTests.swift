import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import Logging
import XCTest

/// What a server says of itself.
final class ServingLogTests: HTTPTestCase {
  private let record = LogRecord()
  private let process = getpid()

  private struct SecureLayer: ConnectionLayer {
    let isSecure = true

    func serve(
      _ client: GreenSocket, from address: SocketAddress, handshakeTimeout: Duration?,
      onFailure: (any Error) -> Void, _ handler: (any TimedByteStream) throws -> Void
    ) throws { try handler(client) }
  }

  private func lines(_ level: Logger.Level) -> [String] {
    record.lines.filter { $0.hasPrefix("\(level): ") }
  }

  private func makeLoggingServer(
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    handler: @escaping RequestHandler = { .text($0.path) }
  ) -> HTTPServer {
    makeServer {
      $0.logger = record.logger
      configure(&$0)
    } handler: {
      try handler($0)
    }
  }

  /// Serves on an address until it is stopped.
  /// - Returns: the address that it became.
  private func serveOnce(
    _ address: SocketAddress, over layer: (any ConnectionLayer)? = nil
  ) throws -> SocketAddress {
    let server = makeLoggingServer()
    let listener = try GreenSocket.listen(on: address)
    let bound = try listener.localAddress
    let serving = spawn { try server.serve(listener, over: layer) }
    try GreenThread.yield()
    server.stop()
    try serving.wait()
    return bound
  }

  // Eventlet: W90, W91
  func testBeginningAndEndNameTheProcessAndTheAddress() throws {
    let directory = try TemporaryTree()
    let path = "\(directory.path)/socket"
    for (address, layer, place) in [
      (loopback, nil, { "http://127.0.0.1:\($0.port)" }),
      (loopback, SecureLayer(), { "https://127.0.0.1:\($0.port)" }),
      (.ipv6("::1", port: 0), nil, { "http://[::1]:\($0.port)" }),
      (.ipv6("::1", port: 0), SecureLayer(), { "https://[::1]:\($0.port)" }),
      (try .unix(path), nil, { _ in "unix:\(path)" }),
      (try .unix(path), SecureLayer(), { _ in "unix:\(path)" }),
    ] as [(SocketAddress, SecureLayer?, (SocketAddress) -> String)] {
      let bound = try serveOnce(address, over: layer)
      XCTAssertEqual(
        record.take(),
        [
          "info: (\(process)) serving on \(place(bound))",
          "info: (\(process)) no longer serving on \(place(bound))",
        ])
    }
  }

  // Eventlet: W91
  func testTheEndTellsOfThoseWhoAreStillServed() throws {
    let server = makeLoggingServer(handler: { request in
      try GreenThread.sleep(for: .seconds(5))
      return .text("late")
    })
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let serving = spawn { try server.serve(listener) }
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.settle()
    try serving.kill()
    assertThrows(GreenThreadExit.self) { try serving.wait() }
    XCTAssertEqual(
      lines(.info).last,
      "info: (\(process)) no longer serving on http://\(address); connections left: 1")
    try client.expectResponse(200, "late")
  }

  // Eventlet: W91
  func testTheEndComesAfterTheLastAnswer() throws {
    let server = makeLoggingServer(handler: { request in
      try GreenThread.sleep(for: .seconds(5))
      return .text("late")
    })
    let address = try listen(server)
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.settle()
    server.stop()
    try client.settle()
    XCTAssertEqual(lines(.info).count, 1)
    try client.expectResponse(200, "late")
    try client.expectClosed()
    XCTAssertEqual(lines(.info).count, 2)
  }

  // Eventlet: W92
  func testAcceptedClientsAreToldOf() throws {
    let address = try listen(makeLoggingServer())
    let client = try connect(to: address)
    try client.settle()
    XCTAssertEqual(lines(.debug), ["debug: \(try client.socket.localAddress): accepted"])
  }

  // Eventlet: W92
  func testIdleClientsThatTimeOutAreToldOf() throws {
    let address = try listen(makeLoggingServer { $0.timeouts.idle = .seconds(5) })
    let client = try connect(to: address)
    let name = try client.socket.localAddress
    try client.expectClosed()
    XCTAssertEqual(
      lines(.debug).last, "debug: \(name): timed out, no request in 5.0 seconds")
  }

  // Eventlet: W92
  func testClientsThatTakeNothingAreToldOf() throws {
    let server = makeLoggingServer {
      $0.timeouts.send = .seconds(5)
      $0.timeouts.minimumRate = 0
    } handler: { _ in
      .bytes([UInt8](repeating: 0, count: 32 << 20))
    }
    let address = try listen(server)
    let client = try connect(to: address)
    let name = try client.socket.localAddress
    try client.send(request: "GET /")
    try GreenThread.sleep(for: .seconds(6))
    let line = try XCTUnwrap(lines(.debug).last)
    XCTAssertTrue(line.hasPrefix("debug: \(name): send"), line)
    XCTAssertTrue(line.hasSuffix("timed out"), line)
  }

  // Eventlet: W92
  func testClientsThatBreakOffAreToldOf() throws {
    let server = makeLoggingServer(handler: { request in
      try GreenThread.sleep(for: .seconds(1))
      return .stream { writer in
        for _ in 0..<3 {
          try writer.write("x")
          try writer.flush()
          try GreenThread.sleep(for: .seconds(1))
        }
      }
    })
    let address = try listen(server)
    for request in ["", "GET", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
      let client = try connect(to: address)
      let name = try client.socket.localAddress
      try client.send(request)
      try client.settle()
      try client.reset()
      try GreenThread.sleep(for: .seconds(5))
      let line = try XCTUnwrap(lines(.debug).last)
      XCTAssertTrue(line.hasPrefix("debug: \(name): "), "'\(request)': \(line)")
      XCTAssertTrue(
        line.contains("ECONNRESET") || line.contains("EPIPE"), "'\(request)': \(line)")
    }
    XCTAssertEqual(record.lines.filter { !$0.hasPrefix("debug") }.count, 1)
  }

  // Eventlet: W93
  func testErrorsGoToTheLogger() throws {
    struct Odd: Error {}
    let server = makeLoggingServer(handler: { _ in throw Odd() })
    let client = try connect(to: server)
    try client.send(request: "GET /path")
    try client.expectResponse(500)
    XCTAssertEqual(lines(.error), ["error: the handler of GET /path HTTP/1.1: Odd()"])
  }

  // Eventlet: W93
  func testAccessLinesGoToALogger() throws {
    let format = try AccessLogFormat("{status_code}")
    for (level, isWanted) in [(Logger.Level.info, true), (.debug, false), (.warning, true)] {
      let record = LogRecord()
      record.logLevel = .info
      let client = try connect {
        $0.accessLog = .logger(
          record.logger, level: level, format: format)
      } handler: { _ in
        .text("x")
      }
      try client.send(request: "GET /")
      try client.expectResponse(200)
      XCTAssertEqual(record.lines, isWanted ? ["\(level): 200"] : [])
    }
  }

  /// U+009B is to some terminals the beginning of an order.
  func testTheClientsTextIsEscaped() throws {
    struct Odd: Error {}
    for hook in [false, true] {
      let client = try connect(
        to: makeLoggingServer(handler: { request in
          guard hook else { throw Odd() }
          request.afterResponse { _ in throw Odd() }
          return .text("")
        }))
      try client.send(request: "GET /\u{9B}2J\"")
      try client.expectResponse(hook ? 200 : 500)
      let line = try XCTUnwrap(lines(.error).last)
      XCTAssertTrue(line.contains(#"of GET /\xc2\x9b2J\x22 HTTP/1.1: Odd"#), line)
    }
  }

  // Eventlet: W90, W91
  func testSeveralHubsSayItOnce() throws {
    var configuration = HTTPServer.Configuration()
    let log = SharedLog()
    configuration.logger = log.logger
    let server = try HTTPServer.start(on: loopback, hubs: 3, configuration: configuration) { _ in
      .text("x")
    }
    server.stop()
    try server.wait()
    XCTAssertEqual(
      log.lines(.info),
      [
        "(\(process)) serving on http://\(server.address)",
        "(\(process)) no longer serving on http://\(server.address)",
      ])
  }
}
