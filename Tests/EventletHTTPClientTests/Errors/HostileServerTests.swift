import EventletCompression
import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Servers that do not do as HTTP says: each has its error, and the client is as good as before.
final class HostileServerTests: ClientTestCase {
  private func assertError(
    _ reason: HTTPClientError.Reason, ofBody: Bool = false, keepsConnection: Bool = false,
    line: UInt = #line, _ configure: (inout HTTPClient.Configuration) -> Void = { _ in },
    serving body: @escaping (GreenSocket) throws -> Void
  ) throws {
    let server = try serveRaw(body)
    let client = makeClient {
      $0.timeouts.whole = .seconds(30)
      configure(&$0)
    }
    let error: HTTPClientError
    if ofBody {
      let response = try client.get(server.url)
      XCTAssertEqual(response.status, .ok, line: line)
      error = try clientError(line: line) { try response.bytes() }
    } else {
      error = try clientError(line: line) { try client.get(server.url) }
    }
    XCTAssertEqual(error.reason, reason, "\(error)", line: line)
    XCTAssertTrue("\(error)".hasPrefix(server.url), "\(error)", line: line)
    try settle()
    XCTAssertEqual(client.statistics.transfers, 0, line: line)
    if client.configuration.limits.head < 100 { return }
    let url = try serve { _ in .text("good") }
    XCTAssertEqual(try client.get(url).text(), "good", line: line)
    XCTAssertEqual(client.statistics.connections, keepsConnection ? 2 : 1, line: line)
  }

  private func assertAnswerError(
    _ reason: HTTPClientError.Reason, to answer: String, ofBody: Bool = false,
    keepsConnection: Bool = false, line: UInt = #line,
    _ configure: (inout HTTPClient.Configuration) -> Void = { _ in }
  ) throws {
    try assertError(reason, ofBody: ofBody, keepsConnection: keepsConnection, line: line, configure)
    {
      try $0.answer(answer)
    }
  }

  func testNobodyListens() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    listener.close()
    let error = try clientError { try makeClient().get("http://\(address)/") }
    XCTAssertEqual(error.reason, .connect)
    XCTAssertEqual(error.phase, .connect)
    XCTAssertEqual(error.curlCode, 7)
    XCTAssertTrue("\(error)".contains("cannot connect"), "\(error)")
  }

  func testANameWithoutAddresses() throws {
    let client = makeClient { $0.resolver = FixedResolver([:]) }
    let error = try clientError { try client.get("http://no.test/") }
    guard case .nameLookUp(let why) = error.reason else { return XCTFail("\(error)") }
    XCTAssertEqual(why.reason, .notFound)
    XCTAssertEqual(error.phase, .nameLookUp)
  }

  func testAConnectionThatEndsAtOnce() throws {
    try assertError(.connectionClosed) { _ in }
    try assertError(.connectionClosed) { try _ = $0.readHead() }
    try assertError(.connectionClosed) {
      _ = try $0.readHead()
      try $0.reset()
    }
  }

  func testAHeadThatEnds() throws {
    try assertAnswerError(.connectionClosed, to: "HTTP/1.1 2")
    // libcurl is content with that, and finds out later that the connection is dead.
    try assertAnswerError(
      .connectionClosed, to: "HTTP/1.1 200 OK\r\nContent-Le", keepsConnection: true)
    try assertError(.connectionClosed) {
      try $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n")
      try self.settle()
      try $0.reset()
    }
  }

  func testWhatIsNoHead() throws {
    try assertAnswerError(.malformedHead, to: "SSH-2.0-OpenSSH_9.2\r\n\r\n")
    try assertAnswerError(.malformedHead, to: "HTTP/1.1 20 OK\r\n\r\n")
    try assertAnswerError(.malformedHead, to: "HTTP/7.1 200 OK\r\n\r\n")
    try assertAnswerError(.malformedHead, to: "<html>\r\n\r\n")
    try assertAnswerError(
      .malformedHead, to: "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")
  }

  func testAHeadThatIsTooLarge() throws {
    try assertAnswerError(
      .headTooLarge(limit: 65_536),
      to: "HTTP/1.1 200 OK\r\n" + String(repeating: "A: bcdefghi\r\n", count: 10_000) + "\r\n")
    try assertAnswerError(
      .headTooLarge(limit: 65_536),
      to: "HTTP/1.1 200 OK\r\nA: " + String(repeating: "b", count: 200_000) + "\r\n\r\n")
    try assertAnswerError(.headTooLarge(limit: 20), to: "HTTP/1.1 200 OK\r\nServer: a\r\n\r\n") {
      $0.limits.head = 20
    }
  }

  func testAFloodOfInterimAnswers() throws {
    try assertError(.headTooLarge(limit: 65_536)) { socket in
      _ = try socket.readHead()
      while true { try socket.sendAll("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") }
    }
  }

  func testABodyThatIsTooShort() throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
    try assertAnswerError(.bodyTruncated, to: head, ofBody: true)
    try assertAnswerError(.bodyTruncated, to: head + "half", ofBody: true)
    try assertError(.bodyTruncated, ofBody: true) {
      try $0.answer(head + "half")
      try self.settle()
      try $0.reset()
    }
    try assertAnswerError(
      .bodyTruncated, to: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
      ofBody: true)
  }

  func testChunksThatAreNone() throws {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    try assertAnswerError(.malformedBody, to: head + "zzz\r\nhello\r\n0\r\n\r\n", ofBody: true)
    try assertAnswerError(.malformedBody, to: head + "5\r\nhelloworld\r\n0\r\n\r\n", ofBody: true)
    try assertAnswerError(
      .malformedBody, to: head + "fffffffffffffffff\r\nhello\r\n0\r\n\r\n", ofBody: true)
  }

  func testABodyThatIsTooLong() throws {
    let server = try serveRaw {
      try $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\n\r\nforged")
      try $0.waitForEnd()
    }
    let client = makeClient()
    XCTAssertEqual(try client.get(server.url).text(), "body")
    try settle()
    // What was too much is nobody's answer.
    XCTAssertEqual(try client.get(server.url).text(), "body")
    XCTAssertEqual(server.connectionCount, 2)
  }

  func testATrickle() throws {
    let answer =
      "HTTP/1.1 200 OK\r\nServer: slow\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
    let server = try serveRaw { socket in
      _ = try socket.readHead()
      for byte in answer.utf8 {
        try socket.sendAll([byte])
        try GreenThread.sleep(for: .seconds(1))
      }
    }
    let client = makeClient {
      $0.timeouts.head = nil
      $0.timeouts.stall = .seconds(10)
    }
    let response = try client.get(server.url)
    XCTAssertEqual(response.headerFields[.server], "slow")
    XCTAssertEqual(try response.text(), "body")
    // Who trickles does not get the whole time.
    let error = try timeout { try client.get(server.url, timeout: .seconds(30)) }
    XCTAssertTrue(error.isWhole)
  }

  func testACodingThatIsNone() throws {
    let garbage = String(repeating: "no gzip at all ", count: 10)
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 150\r\n\r\n"
    // All of it has come, and the connection may be used again.
    try assertAnswerError(
      .malformedCoding, to: head + garbage, ofBody: true, keepsConnection: true)
    try assertAnswerError(
      .malformedCoding,
      to: "HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 1\r\n\r\na",
      ofBody: true, keepsConnection: true)
  }

  func testADecompressionBomb() throws {
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    let compressor = Compressor(format: .gzip)
    var bomb: [UInt8] = []
    for _ in 0..<64 { bomb += compressor.compress(zeros) }
    bomb += compressor.compress([], flush: .finish)
    let bytes = bomb
    try assertError(
      .decompressionRatio(200), ofBody: true, keepsConnection: true, { $0.limits.body = .max }
    ) { socket in
      try socket.answer(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bytes.count)\r\n\r\n")
      try socket.sendAll(bytes)
      try socket.waitForEnd()
    }
    // And one that has not all come.
    let large = (0..<3).flatMap { _ in bytes }
    XCTAssertGreaterThan(large.count, 65_536)
    try assertError(.decompressionRatio(200), ofBody: true, { $0.limits.body = .max }) { socket in
      try socket.answer(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(large.count)\r\n\r\n")
      try socket.sendAll(large)
      try socket.waitForEnd()
    }
    // What may be so much must be allowed.
    let server = try serveRaw { socket in
      try socket.answer(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bytes.count)\r\n\r\n")
      try socket.sendAll(bytes)
    }
    let client = makeClient { $0.limits.decompressionRatio = 2000 }
    var count = 0
    try client.get(server.url).forEach { count += $0.count }
    XCTAssertEqual(count, 64 << 20)
    XCTAssertEqual(
      try clientError { try client.get(server.url).bytes() }.reason,
      .bodyTooLong(limit: 16 << 20))
  }

  func testABodyOverTheLimit() throws {
    let url = try serve { request in
      request.path == "/known"
        ? .text(String(repeating: "a", count: 100))
        : .init(body: .pieces([[UInt8]](repeating: [65], count: 100)))
    }
    let client = makeClient { $0.limits.body = 99 }
    for path in ["/known", "/unknown"] {
      let error = try clientError { try client.get(url + path).bytes() }
      XCTAssertEqual(error.reason, .bodyTooLong(limit: 99))
      XCTAssertEqual(error.phase, .body)
      XCTAssertEqual(try client.get(url + path).bytes(limit: 100).count, 100)
    }
  }

  func testTLSThatIsNone() throws {
    let server = try serveRaw {
      try $0.sendAll("HTTP/1.1 400 Bad Request\r\n\r\n")
      try $0.waitForEnd()
    }
    let client = makeClient()
    let error = try clientError { try client.get("https://127.0.0.1:\(server.port)/") }
    XCTAssertEqual(error.reason, .tls, "\(error)")
    let closing = try serveRaw { _ in }
    let other = try clientError { try client.get("https://127.0.0.1:\(closing.port)/") }
    XCTAssertEqual(other.reason, .tls, "\(other)")
    XCTAssertEqual(client.statistics.connections, 0)
  }

  func testAnIdleConnectionThatTheServerHasClosed() throws {
    let server = try serveRaw { try $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    let client = makeClient()
    for number in 1...3 {
      XCTAssertEqual(try client.get(server.url).text(), "ok")
      try settle()
      XCTAssertEqual(try client.post(server.url, body: .text("a")).text(), "ok")
      try settle()
      XCTAssertEqual(server.connectionCount, number * 2)
    }
  }

  func testAConnectionThatEndsUnderARequest() throws {
    var requests = 0
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      _ = try socket.readHead()
      requests += 1
    }
    let client = makeClient()
    XCTAssertEqual(try client.get(server.url).text(), "ok")
    // One that may be sent twice is: the connection had been idle.
    XCTAssertEqual(try client.get(server.url).text(), "ok")
    XCTAssertEqual(requests, 1)
    // One that may not is not: the server may have acted.
    let error = try clientError { try client.post(server.url, body: .text("a")) }
    XCTAssertEqual(error.reason, .connectionClosed)
    XCTAssertEqual(requests, 2)
  }
}
