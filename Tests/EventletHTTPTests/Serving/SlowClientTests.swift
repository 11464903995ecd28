import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Clients that send a byte now and then, or none at all.
final class SlowClientTests: HTTPTestCase {
  private func connect(
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in }
  ) throws -> RawClient {
    try connect(configure) { request in
      let count = try request.body.readAll().count
      return .text("\(count) bytes")
    }
  }

  /// Sends a byte every so often until the server closes or all have been sent.
  /// - Returns: how long it took.
  private func drip(
    _ client: RawClient, _ text: String, every pause: Duration
  ) throws -> GreenThread<Duration> {
    let begin = clock.elapsed
    return spawn {
      for byte in text.utf8 {
        do { try client.send([byte]) } catch SystemError.brokenPipe { break }
        try GreenThread.sleep(for: pause)
      }
      return self.clock.elapsed - begin
    }
  }

  // Eventlet: W109
  // Differs: it is told so, with 408.
  func testAHeadThatStallsIsRefused() throws {
    for part in ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\n"] {
      let client = try connect { $0.timeouts.head = .seconds(5) }
      let begin = clock.elapsed
      try client.send(part)
      try client.expectRefusal(408, "request not sent in time")
      XCTAssertEqual(clock.elapsed - begin, .seconds(5))
    }
  }

  // Eventlet: W110
  func testAHeadThatComesByteByByteIsRefusedAllTheSame() throws {
    let client = try connect()
    let begin = clock.elapsed
    let dripping = try drip(
      client, "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 100),
      every: .seconds(3))
    try client.expectResponse(408, fields: ["Connection": "close"])
    XCTAssertEqual(clock.elapsed - begin, .seconds(20))
    client.socket.close()
    _ = try? dripping.wait()
  }

  func testAHeadMayTakeItsTime() throws {
    let client = try connect()
    let head = "GET / HTTP/1.1\r\nHost: abcdefg\r\n\r\n"
    for _ in 0..<2 {
      let dripping = try drip(client, head, every: .milliseconds(600))
      try client.expectResponse(200, "0 bytes")
      _ = try dripping.wait()
    }
    try client.expectIdle()
  }

  func testATimeOfNilIsForEver() throws {
    let client = try connect {
      $0.timeouts.idle = nil
      $0.timeouts.head = nil
      $0.timeouts.body = nil
    }
    for part in ["POST / HTTP/1.1\r\nHost:", "a\r\nContent-Length: 2\r\n\r\n", "a", "b"] {
      try client.send(part)
      try GreenThread.sleep(for: .seconds(1_000_000))
    }
    try client.expectResponse(200, "2 bytes")
    try client.expectIdle()
  }

  // Eventlet: W109
  // Differs: it is told so, with 408, unless the handler sees to it itself.
  func testABodyThatStallsIsRefused() throws {
    for body in ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]
    {
      let client = try connect { $0.timeouts.body = .seconds(5) }
      let begin = clock.elapsed
      try client.send("POST / HTTP/1.1\r\nHost: a\r\n" + body)
      try client.expectRefusal(408, "body not sent in time")
      XCTAssertLessThan(clock.elapsed - begin, .milliseconds(5100))
      XCTAssertGreaterThanOrEqual(clock.elapsed - begin, .seconds(5))
    }
  }

  // Eventlet: W110
  func testABodyThatComesByteByByteIsRefusedAllTheSame() throws {
    let client = try connect()
    let begin = clock.elapsed
    try client.send(request: "POST /", "Content-Length: 1000")
    let dripping = try drip(client, String(repeating: "x", count: 1000), every: .seconds(3))
    try client.expectResponse(408, fields: ["Connection": "close"])
    XCTAssertLessThan(clock.elapsed - begin, .seconds(31))
    client.socket.close()
    _ = try? dripping.wait()
  }

  func testABodyThatComesFastEnoughMayTakeLonger() throws {
    let client = try connect {
      $0.timeouts.body = .seconds(5)
      $0.timeouts.minimumRate = 1000
    }
    try client.send(request: "POST /", "Content-Length: 20000")
    for _ in 0..<20 {
      try GreenThread.sleep(for: .seconds(1))
      try client.send([UInt8](repeating: 0, count: 1000))
    }
    try client.expectResponse(200, "20000 bytes")
    // And too slowly: what was gained is used up.
    try client.send(request: "POST /", "Content-Length: 20000")
    let begin = clock.elapsed
    for _ in 0..<20 where clock.elapsed - begin < .seconds(11) {
      try GreenThread.sleep(for: .seconds(2))
      do { try client.send([UInt8](repeating: 0, count: 1000)) } catch SystemError.brokenPipe {}
    }
    try client.expectResponse(408)
  }

  func testTheHandlersOwnTimeIsNotTheClients() throws {
    let client = try connect({ $0.timeouts.body = .seconds(5) }) { request in
      try GreenThread.sleep(for: .seconds(3600))
      return .text(try request.body.readText())
    }
    try client.send(request: "POST /", "Content-Length: 3")
    try GreenThread.sleep(for: .seconds(3600 + 4))
    try client.send("abc")
    try client.expectResponse(200, "abc")
  }

  // Eventlet: W109
  func testOthersAreServedMeanwhile() throws {
    let address = try listen(
      makeServer { request in
        _ = try request.body.readAll()
        return .text("x")
      })
    let slow = try connect(to: address)
    try slow.send(request: "POST /", "Content-Length: 10")
    let slower = try connect(to: address)
    try slower.send("GET")
    for _ in 0..<5 {
      let client = try connect(to: address)
      try client.send(request: "GET /")
      try client.expectResponse(200, "x")
    }
    XCTAssertLessThan(clock.elapsed, .seconds(1))
    try slower.expectRefusal(408)
    try slow.expectRefusal(408)
  }
}
