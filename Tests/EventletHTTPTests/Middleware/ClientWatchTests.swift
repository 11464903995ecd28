import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// Handlers that end with their client.
final class ClientWatchTests: HTTPTestCase {
  private func listen(_ handler: @escaping RequestHandler) throws -> (HTTPServer, SocketAddress) {
    let router = Router()
    router.use(clientWatch())
    router.get("/", handler)
    let server = makeServer { try router.handle($0) }
    return (server, try listen(server))
  }

  func testAHandlerEndsWithItsClient() throws {
    var errors: [any Error] = []
    let (server, address) = try listen { _ in
      do { try GreenThread.sleep(for: .seconds(3600)) } catch {
        errors.append(error)
        throw error
      }
      return .text("never")
    }
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.settle()
    client.socket.close()
    while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
    XCTAssertEqual(errors as? [ClientClosed], [ClientClosed()])
    XCTAssertLessThan(clock.elapsed, .seconds(1))
  }

  func testAStreamEndsWithItsClient() throws {
    for begins in [true, false] {
      let (server, address) = try listen { _ in
        .stream { writer in
          if begins {
            try writer.write("abc")
            try writer.flush()
          }
          try GreenThread.sleep(for: .seconds(3600))
        }
      }
      let client = try connect(to: address)
      try client.send(request: "GET /")
      if begins { XCTAssertEqual(try client.readLine(), "HTTP/1.1 200 OK") }
      try client.settle()
      client.socket.close()
      while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
      XCTAssertLessThan(clock.elapsed, .seconds(1))
    }
  }

  func testOneThatCatchesItMayAnswer() throws {
    let (_, address) = try listen { _ in
      do { try GreenThread.sleep(for: .seconds(3600)) } catch is ClientClosed {}
      return .text("half-closed")
    }
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.settle()
    try client.endSending()
    try client.expectResponse(200, "half-closed")
  }

  func testAGroupOfRoutesMayHaveIt() throws {
    let router = Router()
    let slow = router.grouped("/reports", middleware: [clientWatch()])
    slow.get("/{name}") { _ in
      try GreenThread.sleep(for: .seconds(3600))
      return .text("never")
    }
    let server = makeServer(handler: router.handle)
    let client = try connect(to: try listen(server))
    try client.send(request: "GET /reports/1")
    try client.settle()
    client.socket.close()
    while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
    XCTAssertLessThan(clock.elapsed, .seconds(1))
  }

  func testAConnectionThatAHandlerHasTakenIsNotEnded() throws {
    var lines: [String] = []
    let (server, address) = try listen { _ in
      try GreenThread.sleep(for: .milliseconds(10))
      return .upgrade(to: "lines") { connection in
        try GreenThread.sleep(for: .seconds(1))
        while let line = try connection.reader.readLine() {
          lines.append(line)
          try GreenThread.sleep(for: .seconds(1))
        }
      }
    }
    let client = try connect(to: address)
    try client.send(request: "GET /", "Connection: Upgrade", "Upgrade: lines")
    try client.expectResponse(101)
    try client.send("one\ntwo\n")
    try client.endSending()
    try client.expectClosed()
    while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
    XCTAssertEqual(lines, ["one", "two"])
  }

  func testAClientThatEndsItsSendingWhileItIsAnsweredGetsAll() throws {
    let size = 16 << 20
    let (_, address) = try listen { _ in
      try GreenThread.sleep(for: .milliseconds(10))
      return .bytes([UInt8](repeating: 0, count: size))
    }
    let client = try connect(to: address)
    try client.send(request: "GET /")
    XCTAssertEqual(try client.readLine(), "HTTP/1.1 200 OK")
    try client.endSending()
    try client.settle()
    while try !client.readLine().isEmpty {}
    XCTAssertEqual(try client.readToEnd().count, size)
    XCTAssertEqual(client.end, .orderly)
  }

  func testWhoStaysNoticesNothing() throws {
    let (_, address) = try listen { request in
      try GreenThread.sleep(for: .seconds(1))
      return .stream { try $0.write(request.path) }
    }
    let client = try connect(to: address)
    for _ in 0..<3 {
      try client.send(request: "GET /")
      try client.expectResponse(200, "/")
    }
    try client.send(request: "GET /", body: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    for _ in 0..<2 { try client.expectResponse(200, "/") }
  }

  /// What comes when it has answered is none of its affairs.
  func testNoHookEndsWithTheClient() throws {
    for isShielded in [false, true] {
      var ended = 0
      let (_, address) = try listen { request in
        request.afterResponse { _ in
          try GreenThread.sleep(for: .seconds(1))
          ended += 1
        }
        // Here the client's end comes while nothing can be thrown.
        if isShielded { try withShield { try GreenThread.sleep(for: .seconds(1)) } }
        return .text("answered")
      }
      let client = try connect(to: address)
      try client.send(request: "GET /")
      if isShielded {
        try client.settle()
        try client.endSending()
      }
      try client.expectResponse(200, "answered")
      if !isShielded { try client.endSending() }
      try client.expectClosed()
      XCTAssertEqual(ended, 1)
    }
  }
}
