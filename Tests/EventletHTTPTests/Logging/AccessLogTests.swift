import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// Lines about requests, from the client to the log.
final class AccessLogTests: HTTPTestCase {
  private let log = LogLines()

  private func connect(
    _ template: String, showsForwardedFor: Bool = false, handler: @escaping RequestHandler
  ) throws -> RawClient {
    let format = try AccessLogFormat(template, showsForwardedFor: showsForwardedFor)
    let server = makeServer({ $0.accessLog = log.log(format) }, handler: handler)
    return try connect(to: try listen(server))
  }

  // Eventlet: W96
  func testTheDefaultForm() throws {
    let server = makeServer {
      $0.accessLog = log.log()
    } handler: { _ in
      try GreenThread.sleep(for: .milliseconds(1500))
      return .text("four")
    }
    let client = try connect(to: try listen(server))
    let before = Glibc.time(nil)
    try client.send(request: "GET /a?b=c")
    let head = try client.readToLineOfBody()
    let after = Glibc.time(nil)
    let line = try XCTUnwrap(log.take().first)
    let dates = (before...after).map { AccessLogFormat.date($0) }
    let expected = dates.map {
      "127.0.0.1 - - [\($0)] \"GET /a?b=c HTTP/1.1\" 200 \(head + 4) 1.500000"
    }
    XCTAssertTrue(expected.contains(line), "\(line), not \(expected)")
  }

  // Eventlet: W95
  func testAllFields() throws {
    let client = try connect(
      "{client_ip}|{client_port}|{request_line}|{status_code}|{wall_seconds}|{user_agent}|{referer}"
    ) { _ in
      .status(.noContent)
    }
    try client.send(request: "PUT /x", "User-Agent: me/1 (x)", "Referer: http://a/b")
    try client.expectResponse(204)
    let port = try client.socket.localAddress.port
    XCTAssertEqual(
      log.lines, ["127.0.0.1|\(port)|PUT /x HTTP/1.1|204|0.000000|me/1 (x)|http://a/b"])
  }

  // Eventlet: W97
  func testForwardedForIsShownOnlyWhenAskedFor() throws {
    for (shows, expected) in [(false, "127.0.0.1"), (true, "192.0.2.1,2001:db8::1,x,127.0.0.1")] {
      let client = try connect("{client_ip}", showsForwardedFor: shows) { _ in .text("x") }
      try client.send(
        request: "GET /", "X-Forwarded-For: 192.0.2.1,  2001:db8::1", "x-forwarded-for: x")
      try client.expectResponse(200)
      XCTAssertEqual(log.take(), [expected])
      try client.send(request: "GET /")
      try client.expectResponse(200)
      XCTAssertEqual(log.take(), ["127.0.0.1"])
    }
  }

  // Eventlet: W97
  func testTheLastAddressIsThePeersWhoeverIsBelieved() throws {
    let format = try AccessLogFormat("{client_ip}", showsForwardedFor: true)
    let server = makeServer {
      $0.accessLog = log.log(format)
      $0.forwardedFor = ForwardedFor(.networks(["127.0.0.0/8", "10.0.0.0/8"]))
    } handler: {
      .text($0.clientAddress?.host ?? "nobody")
    }
    let client = try connect(to: try listen(server))
    try client.send(request: "GET /", "X-Forwarded-For: 192.0.2.1, 10.0.0.1")
    try client.expectResponse(200, "192.0.2.1")
    XCTAssertEqual(log.take(), ["192.0.2.1,10.0.0.1,127.0.0.1"])
  }

  // Eventlet: W97
  func testClientsAtAUnixSocketAreCalledUnix() throws {
    let directory = try TemporaryTree()
    let format = try AccessLogFormat("{client_ip} {client_port}", showsForwardedFor: true)
    let server = makeServer({ $0.accessLog = log.log(format) }) { _ in .text("x") }
    let client = try connect(to: try listen(server, on: .unix("\(directory.path)/socket")))
    try client.send(request: "GET /")
    try client.expectResponse(200)
    try client.send(request: "GET /", "X-Forwarded-For: 192.0.2.1")
    try client.expectResponse(200)
    XCTAssertEqual(log.lines, ["unix -", "192.0.2.1,unix -"])
  }

  // Eventlet: W98
  func testTheLengthIsOfAllBytesThatWereSent() throws {
    let body = String(repeating: "x", count: 100_000)
    for (method, response) in [
      ("GET", ServerResponse.text("four")), ("HEAD", .text("four")), ("GET", .status(.noContent)),
      ("GET", .text(body)), ("GET", .bytes(Array(body.utf8))),
      ("GET", .stream { try $0.write("abc") }),
      (
        "GET",
        .stream { writer in
          writer.minimumChunkSize = 1
          for piece in ["abc", body, "d"] { try writer.write(piece) }
          writer.trailers[.eTag] = "x"
        }
      ),
      ("GET", .stream(length: 3) { try $0.write("abc") }),
    ] {
      let client = try connect("{body_length}") { _ in response }
      try client.send("\(method) / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      let count = try client.readToEnd().count
      XCTAssertEqual(log.take(), ["\(count)"], "\(method) \(response)")
    }
  }

  // Eventlet: W98
  func testTheLengthHasInterimResponses() throws {
    let client = try connect("{body_length}") { request in
      .bytes(try request.body.readAll())
    }
    try client.send(
      request: "POST /", "Expect: 100-continue", "Connection: close", "Content-Length: 3")
    var count = "HTTP/1.1 100 Continue\r\n\r\n".utf8.count
    try client.expectContinue()
    try client.send("abc")
    count += try client.readToEnd().count
    XCTAssertEqual(log.take(), ["\(count)"])
  }

  // Eventlet: W99
  // Differs: there is a line.
  func testRefusedRequestsHaveALine() throws {
    for (request, status, line) in [
      ("nonsense\r\n\r\n", 400, "nonsense"),
      ("GET / HTTP/1.1\r\n\r\n", 400, "GET / HTTP/1.1"),
      ("GET / HTTP/3.0\r\n\r\n", 505, "GET / HTTP/3.0"),
      ("GET / HTTP/1.1\r\nHost: a\r\nno field\r\n\r\n", 400, "GET / HTTP/1.1"),
      ("\r\nnonsense\r\n\r\n", 400, "nonsense"),
      (
        "GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\n\r\n", 414,
        "GET /\(String(repeating: "x", count: 251))"
      ),
      (
        "GET /b HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 9000))\r\n\r\n", 431,
        "GET /b HTTP/1.1"
      ),
    ] {
      let client = try connect("{status_code} {body_length} {request_line}") { _ in .text("x") }
      try client.send(request)
      let count = try client.readToEnd().count
      XCTAssertEqual(log.take(), ["\(status) \(count) \(line)"])
    }
  }

  // Eventlet: W99
  func testARequestThatComesTooSlowlyHasALine() throws {
    let client = try connect("{status_code} {wall_seconds} {request_line}") { _ in .text("x") }
    for (part, line) in [("GE", "GE"), ("GET / HTTP/1.1\r\nHost", "GET / HTTP/1.1"), ("\r\n", "-")]
    {
      let client = try connect(to: try client.socket.remoteAddress)
      try client.send(part)
      _ = try client.readToEnd()
      XCTAssertEqual(log.take(), ["408 20.000000 \(line)"])
    }
  }

  // Eventlet: W99
  func testRefusedBodiesHaveALine() throws {
    let client = try connect("{status_code} {request_line}") { request in
      .bytes(try request.body.readAll())
    }
    try client.send(request: "POST /", "Content-Length: \(17 << 20)")
    try client.expectResponse(413)
    XCTAssertEqual(log.lines, ["413 POST / HTTP/1.1"])
  }

  // Eventlet: W100
  // Differs: they are escaped.
  func testWhatAClientSendsWritesNoLinesOfItsOwn() throws {
    for (request, line) in [
      ("GET /\"\\ HTTP/1.1\r\nHost: a\r\n\r\n", #""GET /\x22\x5c HTTP/1.1" -"#),
      ("GET /\r200 OK HTTP/1.1\r\n\r\n", #""GET /" -"#),
      ("GET /\u{1b}[2J\0 HTTP/1.1\r\n\r\n", #""GET /\x1b[2J\x00 HTTP/1.1" -"#),
      (
        "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \"a\\é\t\u{85}\r\n\r\n",
        #""GET / HTTP/1.1" \x22a\x5c\xc3\xa9\x09\xc2\x85"#
      ),
    ] {
      let client = try connect("\"{request_line}\" {user_agent}") { _ in .text("x") }
      try client.send(request)
      try client.endSending()
      _ = try client.readToEnd()
      XCTAssertEqual(log.take(), [line])
    }
    let client = try connect("{client_ip}", showsForwardedFor: true) { _ in .text("x") }
    try client.send(request: "GET /", "X-Forwarded-For: 1.1.1.1\", \\n\u{9b}")
    try client.expectResponse(200)
    XCTAssertEqual(log.take(), [#"1.1.1.1\x22,\x5cn\xc2\x9b,127.0.0.1"#])
  }

  /// A log that takes its time delays its own connection and nobody else.
  func testAfterTheLogTheNextRequestIsServed() throws {
    let server = makeServer {
      $0.accessLog = AccessLog { record in
        try? GreenThread.sleep(for: .seconds(record.target == "/slow" ? 5 : 0))
      }
    } handler: {
      .text($0.path)
    }
    let address = try listen(server)
    let slow = try connect(to: address)
    let other = try connect(to: address)
    try slow.send(request: "GET /slow")
    try slow.expectResponse(200)
    try slow.send(request: "GET /next")
    try other.send(request: "GET /other")
    try other.expectResponse(200)
    XCTAssertEqual(clock.elapsed, .zero)
    try slow.expectResponse(200, "/next")
    XCTAssertEqual(clock.elapsed, .seconds(5))
  }
}

extension AccessLogFormat {
  /// A date as a line has it.
  fileprivate static func date(_ seconds: Int) -> String {
    var (time, local) = (time_t(seconds), tm())
    localtime_r(&time, &local)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%d/%b/%Y %H:%M:%S", &local)
    return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension RawClient {
  /// Reads the head of a response.
  /// - Returns: how many bytes it has.
  fileprivate func readToLineOfBody() throws -> Int {
    var count = 2
    while case let line = try readLine(), !line.isEmpty { count += line.utf8.count + 2 }
    return count
  }
}
