import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Requests by connections of TCP, and of the Unix domain, as they are in use.
final class RequestsOverTCPTests: HTTPTestCase {
  override func setUpWithError() throws {
    // However busy the machine is, the kernel delivers before time goes on.
    clock.autojumpThreshold = .milliseconds(5)
  }

  private func echo(_ request: ServerRequest) throws -> ServerResponse {
    .text("\(request.path) \(try request.body.readText())")
  }

  func testBodiesOfSeveralClientsDoNotMix() throws {
    let server = makeServer(handler: echo)
    let address = try listen(server)
    let clients = try (0..<20).map { _ in try connect(to: address) }
    for round in 0..<3 {
      for (number, client) in clients.enumerated() {
        try client.send(request: "POST /\(number)", "Content-Length: 8", body: "\(round)abc")
      }
      for (number, client) in clients.enumerated().reversed() {
        try client.send("def\(number % 10)")
      }
      for (number, client) in clients.enumerated() {
        try client.expectResponse(200, "/\(number) \(round)abcdef\(number % 10)")
      }
    }
    XCTAssertEqual(server.connectionCount, 20)
    XCTAssertEqual(server.statistics.requestCount, 60)
  }

  func testSplitsOfABody() throws {
    let client = try connect(to: listen(makeServer(handler: echo)))
    let request = Array(
      ("POST /path HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "3\r\nabc\r\n3;x\r\ndef\r\n0\r\nX: y\r\n\r\n").utf8)
    for split in stride(from: 1, to: request.count, by: 5) {
      try client.send(parts: [Array(request[..<split]), Array(request[split...])])
      try client.expectResponse(200, "/path abcdef")
    }
    try client.expectIdle()
  }

  func testALongBody() throws {
    let body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    let client = try connect(
      to: listen(makeServer { request in .text(try request.body.readAll() == body ? "same" : "") }))
    let sender = spawn {
      for _ in 0..<2 {
        try client.send(request: "POST /", "Content-Length: \(body.count)")
        try client.send(body)
      }
    }
    for _ in 0..<2 { try client.expectResponse(200, "same") }
    try sender.wait()
  }

  func testAClientMayStopSendingAfterItsRequest() throws {
    let client = try connect(to: listen(makeServer(handler: echo)))
    try client.send(request: "POST /a", "Content-Length: 3", body: "abc")
    try client.send(request: "POST /b", "Content-Length: 3", body: "def")
    try client.endSending()
    try client.expectResponse(200, "/a abc")
    try client.expectResponse(200, "/b def")
    try client.expectClosed()
  }

  /// The kernel would answer what comes after a close by breaking the connection off, and then the
  /// client would not get to read the response.
  func testARefusalReachesAClientThatIsStillSending() throws {
    let address = try listen(
      makeServer({
        $0.limits.body = 1000
        $0.limits.discardedBody = 1000
      }) { request in
        if request.path == "/unread" { return .text("unread") }
        return try self.echo(request)
      })
    let rest = [UInt8](repeating: UInt8(ascii: "x"), count: 500_000)
    for (path, field, status) in [
      ("/read", "Content-Length: 500000", 413), ("/read", "Transfer-Encoding: chunked", 413),
      ("/unread", "Content-Length: 500000", 200), ("/unread", "Transfer-Encoding: chunked", 200),
      ("/", "Content-Length: x", 400), ("/", "Transfer-Encoding: x", 501),
    ] {
      let client = try connect(to: address)
      try client.send(request: "POST \(path)", field, body: "7a120\r\n")
      try client.send(rest)
      try client.send("\r\n0\r\n\r\n")
      try client.endSending()
      try GreenThread.sleep(for: .milliseconds(1))
      try client.expectResponse(status)
      try client.expectClosed()
    }
  }

  /// Nobody's mistake, so nothing is reported.
  func testAClientThatIsResetWhileItsBodyIsReadIsNoErrorOfTheHandlers() throws {
    for field in ["Content-Length: 10", "Transfer-Encoding: chunked"] {
      var errors: [any Error] = []
      var hooks = 0
      let server = makeServer { request in
        request.afterResponse { _ in hooks += 1 }
        do { _ = try request.body.readAll() } catch {
          errors.append(error)
          throw error
        }
        return .text("not reached")
      }
      let client = try connect(to: listen(server))
      try client.send(request: "POST /", field, body: "5\r\na")
      try client.settle()
      try client.socket.setOption(.linger, .zero)
      client.socket.close()
      try GreenThread.sleep(for: .milliseconds(1))
      XCTAssertEqual(errors.count, 1)
      guard case SystemError.connectionReset? = errors.first else { return XCTFail("\(errors)") }
      XCTAssertEqual(hooks, 1)
      XCTAssertEqual(server.connectionCount, 0)
      XCTAssertEqual(server.statistics.activeCount, 0)
    }
  }

  func testAClientThatIsResetWhileItsBodyIsThrownAway() throws {
    var hooks = 0
    let server = makeServer { request in
      request.afterResponse { _ in hooks += 1 }
      return .text("answer")
    }
    let client = try connect(to: listen(server))
    try client.send(request: "POST /", "Content-Length: 10", body: "a")
    try client.expectResponse(200, "answer")
    try client.socket.setOption(.linger, .zero)
    client.socket.close()
    try GreenThread.sleep(for: .milliseconds(1))
    XCTAssertEqual(hooks, 1)
    XCTAssertEqual(server.connectionCount, 0)
  }

  func testASlowBodyDoesNotHoldUpOthers() throws {
    let address = try listen(makeServer(handler: echo))
    let slow = try connect(to: address)
    try slow.send(request: "POST /slow", "Content-Length: 6")
    for letter in "abc" {
      try GreenThread.sleep(for: .seconds(5))
      try slow.send("\(letter)")
      let fast = try connect(to: address)
      try fast.send(request: "POST /fast", "Content-Length: 1", body: "\(letter)")
      try fast.expectResponse(200, "/fast \(letter)")
    }
    try slow.send("def")
    try slow.expectResponse(200, "/slow abcdef")
  }

  func testASocketOfTheUnixDomain() throws {
    let path = "/tmp/eventlet-http-\(UInt64.random(in: 0 ... .max))"
    let address = try listen(
      makeServer { request in
        .text(
          "\(try request.body.readText()) \(request.connection.localAddress.map { "\($0)" } ?? "")")
      }, on: .unix(path))
    let client = try connect(to: address)
    for _ in 0..<2 {
      try client.send(request: "POST /", "Content-Length: 3", body: "abc")
      try client.expectResponse(200, "abc \(address)")
    }
  }
}
