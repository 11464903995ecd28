import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Whether a connection serves another request, and who is told so.
final class KeepAliveTests: HTTPTestCase {
  private func connect(
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in }
  ) throws -> RawClient { try connect(configure) { .text($0.path) } }

  // Eventlet: W101
  func testHTTP1_1IsKeptUnlessTheClientSaysClose() throws {
    let client = try connect()
    for number in 0..<10 {
      try client.send(request: "GET /\(number)")
      try client.expectResponse(200, "/\(number)", fields: ["Connection": nil, "Keep-Alive": nil])
    }
    try client.send(request: "GET /last", "Connection: close")
    try client.expectResponse(200, "/last", fields: ["Connection": "close"])
    try client.expectClosed()
  }

  // Eventlet: W101, W102
  func testConnectionIsAListOfOptions() throws {
    for (lines, closes) in [
      (["close"], true), (["Close"], true), (["CLOSE"], true), (["foo, close"], true),
      (["close, foo"], true), (["foo,close,bar"], true), ([" , close ,"], true),
      (["keep-alive, close"], true), (["foo", "close"], true), (["close", "keep-alive"], true),
      (["closed"], false), (["foo"], false), (["foo close"], false), ([""], false),
      (["keep-alive"], false), (["\"close\""], false), (["close;q=1"], false),
    ] {
      let client = try connect()
      let fields = lines.map { "Connection: \($0)\r\n" }.joined()
      try client.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
      try client.expectResponse(200, "/", fields: ["Connection": closes ? "close" : nil])
      if closes { try client.expectClosed() } else { try client.expectIdle() }
    }
  }

  // Eventlet: W103
  func testHTTP1_0IsClosedUnlessTheClientAsks() throws {
    for (field, keeps) in [
      ("", false), ("Connection: keep-alive\r\n", true), ("Connection: Keep-Alive\r\n", true),
      ("Connection: foo, keep-alive\r\n", true), ("Connection: close\r\n", false),
      ("Connection: keep-alive, close\r\n", false), ("Connection: foo\r\n", false),
    ] {
      let client = try connect()
      for _ in 0..<(keeps ? 3 : 1) {
        try client.send("GET / HTTP/1.0\r\n\(field)\r\n")
        try client.expectResponse(
          200, "/", fields: ["Connection": keeps ? "keep-alive" : "close"])
      }
      if keeps { try client.expectIdle() } else { try client.expectClosed() }
    }
  }

  // Eventlet: W104
  func testABodyThatWasNotReadDoesNotDisturbTheNextRequestOfHTTP1_0() throws {
    let client = try connect()
    for path in ["/a", "/b"] {
      try client.send(
        "POST \(path) HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 18\r\n\r\n"
          + "GET /evil HTTP/1.0")
      try client.expectResponse(200, path, fields: ["Connection": "keep-alive"])
    }
    try client.expectIdle()
  }

  // Eventlet: W105
  func testAServerMayCloseAfterEveryResponse() throws {
    for request in [
      "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n",
      "GET / HTTP/1.0\r\nConnection: keep-alive\r\n",
    ] {
      let client = try connect { $0.keepsAlive = false }
      try client.send(request + "\r\n")
      try client.expectResponse(200, "/", fields: ["Connection": "close", "Keep-Alive": nil])
      try client.expectClosed()
    }
  }

  func testAServerMayLimitTheRequestsOfAConnection() throws {
    for most in [1, 3] {
      let client = try connect { $0.requestsPerConnection = most }
      for number in 1...most {
        try client.send(request: "GET /", "Connection: keep-alive")
        try client.expectResponse(
          200, "/", fields: ["Connection": number == most ? "close" : nil])
      }
      try client.expectClosed()
    }
  }

  // Eventlet: W107
  // Differs: there is a time by default, so that clients that ask are told.
  func testClientsThatAskAreToldHowLongTheyMayBeIdle() throws {
    for (idle, value) in [
      (Duration.milliseconds(5900), "timeout=5"), (.seconds(60), "timeout=60"),
      (.seconds(1), "timeout=1"), (.milliseconds(999), nil), (nil, nil),
    ] {
      let client = try connect { $0.timeouts.idle = idle }
      for request in ["HTTP/1.1\r\nHost: a", "HTTP/1.0"] {
        try client.send("GET / \(request)\r\nConnection: Keep-Alive\r\n\r\n")
        try client.expectResponse(200, fields: ["Keep-Alive": value])
      }
      try client.send(request: "GET /")
      try client.expectResponse(200, fields: ["Keep-Alive": nil])
      try client.send(request: "GET /", "Connection: keep-alive, close")
      try client.expectResponse(200, fields: ["Keep-Alive": nil, "Connection": "close"])
    }
  }

  func testAClientThatHasEndedItsSendingGetsItsAnswers() throws {
    let client = try connect { request in
      try GreenThread.sleep(for: .seconds(1))
      return .text(request.path)
    }
    try client.send(request: "GET /a")
    try client.send(request: "GET /b")
    try client.endSending()
    try client.expectResponse(200, "/a")
    try client.expectResponse(200, "/b")
    try client.expectClosed()
  }

  // Eventlet: W125
  // Differs: the end is orderly by itself; what the client still sends is taken in first.
  func testAClientThatStillSendsGetsItsAnswerAndAnOrderlyEnd() throws {
    let address = try listen(
      makeServer { request in
        if request.path == "/body" { throw HTTPError(.unauthorized) }
        return ServerResponse(headerFields: [.connection: "close"], body: .text("once"))
      })
    // A body that is longer than what is thrown away.
    let client = try connect(to: address)
    try client.send(request: "POST /body", "Content-Length: 1000000")
    try client.send([UInt8](repeating: 0, count: 300_000))
    try client.expectResponse(401, "Unauthorized\n", fields: ["Connection": "close"])
    try client.send([UInt8](repeating: 0, count: 300_000))
    try client.expectClosed()
    // More requests than are served.
    let other = try connect(to: address)
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    try other.send(String(repeating: request, count: 10_000))
    try other.expectResponse(200, "once", fields: ["Connection": "close"])
    try other.expectClosed()
    // What is no request.
    let third = try connect(to: address)
    try third.send("nonsense\r\n" + String(repeating: request, count: 10_000))
    try third.expectRefusal(400)
  }

  func testAClientThatSendsOnForEverIsClosedInTheEnd() throws {
    let server = makeServer { _ in throw HTTPError(.unauthorized) }
    let address = try listen(server)
    let client = try connect(to: address)
    try client.send(request: "POST /body", "Content-Length: 1000000000")
    try client.expectResponse(401)
    // For as long as it may linger, however much comes.
    let begin = clock.elapsed
    while server.connectionCount > 0 {
      do { try client.send([0]) } catch SystemError.connectionReset {
      } catch SystemError.brokenPipe {}
      try GreenThread.sleep(for: .milliseconds(100))
    }
    XCTAssertGreaterThanOrEqual(clock.elapsed - begin, .milliseconds(1900))
    XCTAssertLessThanOrEqual(clock.elapsed - begin, .milliseconds(2200))
    // And for as much.
    let other = try connect(to: address)
    try other.send(request: "POST /body", "Content-Length: 1000000000")
    try other.expectResponse(401)
    let beginOfOther = clock.elapsed
    XCTAssertThrowsError(try other.send([UInt8](repeating: 0, count: 64 << 20)))
    XCTAssertLessThan(clock.elapsed - beginOfOther, .seconds(1))
  }
}
