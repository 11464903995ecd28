@testable import EventletHTTP
import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// How long a connection may wait for a request, and what it holds meanwhile.
final class IdleTimeoutTests: HTTPTestCase {
  private func connect(
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in }
  ) throws -> RawClient { try connect(configure) { .text($0.path) } }

  /// Waits for the end, and fails the test unless it comes after that time.
  private func expectClosed(
    _ client: RawClient, after time: Duration, file: StaticString = #filePath, line: UInt = #line
  ) throws {
    let begin = clock.elapsed
    try client.expectClosed(file: file, line: line)
    let waited = clock.elapsed - begin
    XCTAssertTrue(
      (time - .milliseconds(1)...time + .milliseconds(1)).contains(waited), "\(waited)", file: file,
      line: line)
  }

  // Eventlet: W106
  func testTheFirstRequestMayTakeAsLongAsTheNext() throws {
    let client = try connect { $0.timeouts.idle = .seconds(5) }
    try expectClosed(client, after: .seconds(5))
    let other = try connect { $0.timeouts.idle = .seconds(5) }
    for _ in 0..<3 {
      try GreenThread.sleep(for: .seconds(4))
      try other.send(request: "GET /")
      try other.expectResponse(200, "/")
    }
    try expectClosed(other, after: .seconds(5))
  }

  // Eventlet: W106
  // Differs: there is a limit by default.
  func testByDefaultItIsAMinuteAndNilIsForEver() throws {
    try expectClosed(try connect(), after: .seconds(60))
    let client = try connect { $0.timeouts.idle = nil }
    try GreenThread.sleep(for: .seconds(1_000_000))
    try client.send(request: "GET /")
    try client.expectResponse(200, "/")
    try client.expectIdle()
  }

  // Eventlet: W108
  func testItEndsWithTheFirstByteOfARequest() throws {
    let client = try connect {
      $0.timeouts.idle = .seconds(5)
      $0.timeouts.head = .seconds(60)
      $0.timeouts.body = .seconds(60)
    }
    try GreenThread.sleep(for: .seconds(4))
    try client.send("P")
    try GreenThread.sleep(for: .seconds(30))
    try client.send("OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
    try client.expectResponse(200, "/")
    // Of the body, whose rest is awaited so that it can be thrown away.
    try GreenThread.sleep(for: .seconds(30))
    try client.expectIdle()
    try client.send("x")
    try expectClosed(client, after: .seconds(5))
  }

  func testAHandlerMayTakeLonger() throws {
    let client = try connect({ $0.timeouts.idle = .seconds(5) }) { _ in
      try GreenThread.sleep(for: .seconds(3600))
      return .text("at last")
    }
    try client.send(request: "GET /")
    try client.expectResponse(200, "at last")
    try expectClosed(client, after: .seconds(5))
  }

  func testOtherConnectionsAreNotAffected() throws {
    let server = makeServer({ $0.timeouts.idle = .seconds(5) }) { .text($0.path) }
    let first = try connect(to: server)
    try GreenThread.sleep(for: .seconds(3))
    let second = try connect(to: server)
    try second.send(request: "GET /")
    try second.expectResponse(200, "/")
    try expectClosed(first, after: .seconds(2))
    XCTAssertEqual(server.connectionCount, 1)
    try second.send(request: "GET /")
    try second.expectResponse(200, "/")
    try expectClosed(second, after: .seconds(5))
  }

  /// So that ten thousand idle connections cost their stacks and not their buffers.
  func testAnIdleConnectionHasNoBuffersAfterAMoment() throws {
    let server = makeServer { request in
      request.path == "/stream" ? .stream { try $0.write("x") } : .text(request.path)
    }
    let clients = try (0..<10).map { _ in try connect(to: server) }
    XCTAssertEqual(server.buffers.lentCount, 0)
    for client in clients {
      for path in ["/", "/stream"] {
        try client.send(request: "GET \(path)")
        try client.expectResponse(200)
      }
    }
    XCTAssertEqual(server.buffers.lentCount, 20)
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(server.buffers.lentCount, 0)
    for client in clients {
      try client.send(request: "GET /")
      try client.expectResponse(200, "/")
    }
  }

  func testWhenManyAreIdleNoneKeepsItsBuffers() throws {
    let server = makeServer { .text($0.path) }
    let clients = try (0..<400).map { _ in try connect(to: server) }
    for client in clients {
      try client.send(request: "GET /")
      try client.expectResponse(200, "/")
      try client.settle()
    }
    XCTAssertLessThan(server.buffers.lentCount, 2 * 300)
  }

  // Eventlet: W109
  func testTheStartOfARequestThatIsNotOfIt() throws {
    // One connection's half of a request must not show in the next one's, whoever has the buffer.
    let server = makeServer { request in
      .text("\(request.authority ?? "-") \(request.query ?? "-") \(request.rawFields.map(\.name))")
    }
    for part in [
      "GET http://evil/?query HTTP/1.1\r\nHost: a\r\nX-Evil: 1\r\n",
      "GET http://evil/?query HTTP/1.1\r\nHost: a\r\nX-Evil: 1\r\nno field\r\n\r\n",
      "GET http://evil/?query HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: x\r\n\r\n",
    ] {
      let evil = try connect(to: server)
      try evil.send(part)
      try evil.endSending()
      _ = try evil.readToEnd()
      let client = try connect(to: server)
      try client.send("GET / HTTP/1.1\r\nHost: good\r\nX-Good: 1\r\n\r\n")
      try client.expectResponse(200, "good - [\"Host\", \"X-Good\"]", fields: ["Connection": nil])
      try client.send("GET / HTTP/1.0\r\n\r\n")
      try client.expectResponse(200, "- - []")
    }
  }

  func testALimitMayBeShorterThanASecond() throws {
    let client = try connect { $0.timeouts.idle = .milliseconds(100) }
    try GreenThread.sleep(for: .milliseconds(50))
    try client.send(request: "GET /")
    try client.expectResponse(200, "/")
    try expectClosed(client, after: .milliseconds(100))
  }

  /// However long the connection has been idle before.
  func testEachIdlenessGivesBackTheMemory() throws {
    let server = makeServer { .text($0.path) }
    let client = try connect(to: server)
    for _ in 0..<3 {
      try GreenThread.sleep(for: .seconds(10))
      try client.send(request: "GET /")
      try client.expectResponse(200, "/")
      XCTAssertGreaterThan(server.buffers.lentCount, 0)
      try GreenThread.sleep(for: .milliseconds(1001))
      XCTAssertEqual(server.buffers.lentCount, 0)
    }
    try expectClosed(client, after: .milliseconds(58_999))
  }

  /// It is the last, and the client is told.
  func testARequestThatComesAtTheEndOfTheTimeIsAnswered() throws {
    let client = try connect { $0.timeouts.idle = .seconds(5) }
    let end = Deadline(after: .seconds(5))
    try client.settle()
    // Together with the end of the time: it has not been seen when the waiting ends.
    Hub.current.schedule(after: try XCTUnwrap(end.remaining)) {
      XCTAssertNoThrow(try client.send(request: "GET /late"))
    }
    try client.expectResponse(200, "/late", fields: ["Connection": "close"])
    try client.expectClosed()
    XCTAssertEqual(clock.elapsed, .seconds(5))
  }
}
