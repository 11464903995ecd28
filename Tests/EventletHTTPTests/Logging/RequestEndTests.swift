import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// What the hook for metrics is told, whatever becomes of a request.
final class RequestEndTests: HTTPTestCase {
  private struct Odd: Error {}

  private let records = Records()

  private func makeServer(_ handler: @escaping RequestHandler) -> HTTPServer {
    makeServer({ records.keep(&$0) }, handler: handler)
  }

  /// The only record there is.
  private func takeRecord(
    file: StaticString = #filePath, line: UInt = #line
  ) throws -> AccessRecord {
    let records = records.take()
    XCTAssertEqual(records.count, 1, "\(records)", file: file, line: line)
    return try XCTUnwrap(records.first, file: file, line: line)
  }

  func testARequestIsTold() throws {
    let client = try connect(
      to: makeServer { request in
        try GreenThread.sleep(for: .seconds(2))
        return .text("\(try request.body.readAll().count)")
      })
    let request = "POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde"
    let before = Glibc.time(nil)
    try client.send(request + "\r\n")
    var head = 2
    while case let line = try client.readLine(), !line.isEmpty { head += line.utf8.count + 2 }
    let record = try takeRecord()
    XCTAssertEqual(record.status, 200)
    XCTAssertEqual(record.method, "POST")
    XCTAssertEqual(record.target, "/a?b")
    XCTAssertEqual(record.bytesReceived, request.utf8.count)
    XCTAssertEqual(record.bytesSent, head + 1)
    XCTAssertEqual(record.duration, .seconds(2))
    XCTAssertTrue((before...Glibc.time(nil)).contains(record.date), "\(record.date)")
    XCTAssertEqual(records.logged, [record])
    XCTAssertEqual(try client.read(1), Array("5".utf8))
  }

  func testTheRouteIsTold() throws {
    let router = Router()
    router.group("/v1") { $0.get("/users/{id}") { _ in .text("found") } }
    let client = try connect(to: makeServer(router.handle))
    for (path, route) in [("/v1/users/7", "/v1/users/{id}" as String?), ("/v1/other", nil)] {
      try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try client.readResponse()
      XCTAssertEqual(try takeRecord().route, route, path)
    }
  }

  /// From its first byte to the last of the response.
  func testTheDurationIsOfTheWholeRequest() throws {
    let client = try connect(
      to: makeServer { request in
        .stream { writer in
          try GreenThread.sleep(for: .seconds(4))
          try writer.write("x")
        }
      })
    try GreenThread.sleep(for: .seconds(10))
    for part in ["PO", "ST / HTTP/1.1\r\nHost: a\r\n", "Content-Length: 1\r\n\r\n"] {
      try client.send(part)
      try GreenThread.sleep(for: .seconds(1))
    }
    try client.expectResponse(200, "x")
    // What the client sends now, and nobody reads, is no part of it.
    try GreenThread.sleep(for: .seconds(1))
    try client.send("y")
    try client.expectIdle()
    XCTAssertEqual(try takeRecord().duration, .seconds(6))
    try GreenThread.sleep(for: .seconds(10))
    try client.send(request: "GET /")
    try client.expectResponse(200, "x")
    XCTAssertEqual(try takeRecord().duration, .seconds(4))
  }

  /// The answer before it was never sent.
  func testARequestBehindALostAnswerHasSentNothing() throws {
    let client = try connect(
      to: makeServer { request in
        if request.path == "/first" { return .text("first") }
        throw ClientClosed()
      })
    try client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n")
    _ = try client.readToEnd()
    let records = records.take()
    XCTAssertEqual(records.map(\.target), ["/first", "/second"])
    XCTAssertEqual(records.last?.bytesSent, 0)
  }

  func testPipelinedRequestsSumUp() throws {
    let client = try connect(
      to: makeServer { request in
        switch request.path {
        case "/slow":
          try GreenThread.sleep(for: .seconds(3))
          return .text("slow")
        case "/body": return .bytes(try request.body.readAll())
        case "/stream": return .stream { try $0.write("abc") }
        case "/large": return .bytes([UInt8](repeating: 0, count: 70_000))
        default: return .text(request.path)
        }
      })
    let requests = [
      "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
      "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
      "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
      "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /b HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ]
    try client.send(requests.joined())
    let count = try client.readToEnd().count
    let records = records.take()
    XCTAssertEqual(records.map(\.bytesReceived), requests.map(\.utf8.count))
    XCTAssertEqual(records.map(\.bytesSent).reduce(0, +), count)
    XCTAssertEqual(
      records.map(\.duration), [0, 0, 0, 3, 0, 0, 0, 0, 0].map { Duration.seconds($0) })
    XCTAssertEqual(records.map(\.status), [Int](repeating: 200, count: 9))
  }

  func testARefusalAfterOthersSumsUp() throws {
    let client = try connect(to: makeServer { .text($0.path) })
    let good = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    let bad = "GET /b HTTP/1.1\r\nHost: a\r\nno field\r\n\r\n"
    try client.send(good + good + bad)
    let count = try client.readToEnd().count
    let records = records.take()
    XCTAssertEqual(records.map(\.status), [200, 200, 400])
    XCTAssertEqual(records.map(\.method), ["GET", "GET", "GET"])
    XCTAssertEqual(records.map(\.target), ["/a", "/a", "/b"])
    XCTAssertEqual(records.map(\.bytesReceived), [good, good, bad].map(\.utf8.count))
    XCTAssertEqual(records.map(\.bytesSent).reduce(0, +), count)
  }

  func testWhatIsNoRequestLineHasNoMethod() throws {
    let server = makeServer { .text($0.path) }
    for bad in ["nonsense\r\n\r\n", "GET /b HTTP/3.0\r\n\r\n"] {
      let client = try connect(to: server)
      // So that something of another request could show.
      try client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
      try client.expectResponse(200)
      _ = try takeRecord()
      try client.send(bad)
      _ = try client.readToEnd()
      let record = try takeRecord()
      XCTAssertEqual(record.method + record.target, "")
      XCTAssertEqual(record.bytesReceived, bad.utf8.count)
    }
  }

  func testErrorsOfHandlersAreTold() throws {
    let server = makeServer { request in
      switch request.path {
      case "/odd": throw Odd()
      case "/http": throw HTTPError(.notFound)
      case "/length":
        return ServerResponse(headerFields: [.contentLength: "5"], body: .text("abc"))
      default: return .text("x")
      }
    }
    for (path, status) in [("/odd", 500), ("/http", 404), ("/length", 500), ("/", 200)] {
      let client = try connect(to: server)
      try client.send(request: "GET \(path)", "Connection: close")
      let count = try client.readToEnd().count
      let record = try takeRecord()
      XCTAssertEqual(record.status, status)
      XCTAssertEqual(record.bytesSent, count)
    }
    expectReports("Odd()", "Content-Length is 5")
  }

  func testAResponseThatIsCutCountsWhatWasSent() throws {
    let server = makeServer { request in
      .stream { writer in
        try writer.write("abc")
        try writer.flush()
        try GreenThread.sleep(for: .seconds(3))
        // Collected, and never sent.
        try writer.write("def")
        throw Odd()
      }
    }
    let client = try RawClient(of: server)
    try client.send(request: "GET /")
    let count = try client.readToEnd().count
    let record = try takeRecord()
    XCTAssertEqual(record.status, 200)
    XCTAssertEqual(record.bytesSent, count)
    XCTAssertEqual(record.duration, .seconds(3))
    try client.finish()
    expectReports("Odd()")
  }

  /// However it sends: the bytes that the kernel has taken, and not those that it has not.
  func testAClientThatTakesNothingCountsWhatWasSent() throws {
    let body = [UInt8](repeating: 0, count: 1 << 20)
    let file = try TemporaryFile(body)
    let server = makeServer {
      records.keep(&$0)
      $0.timeouts.send = .seconds(5)
      $0.timeouts.minimumRate = 0
    } handler: { request in
      switch request.path {
      case "/bytes": .bytes(body)
      case "/pieces":
        .stream { writer in for _ in 0..<100 { try writer.write(Array(body[..<10_000])) } }
      case "/file":
        .stream(length: body.count) {
          try $0.writeFile(file.descriptor, from: 0, count: body.count)
        }
      default: .stream { try $0.write(body) }
      }
    }
    for path in ["/bytes", "/pieces", "/file", "/stream"] {
      let client = try RawClient(narrowOf: server)
      try client.send(request: "GET \(path)")
      try XCTUnwrap(client.serving).wait()
      let count = try client.readToEnd().count
      let record = try takeRecord()
      XCTAssertGreaterThan(count, 0)
      XCTAssertLessThan(count, body.count)
      XCTAssertEqual(record.bytesSent, count, path)
      XCTAssertEqual(record.status, 200, path)
      XCTAssertEqual(record.duration, .seconds(5), path)
      try client.finish()
    }
  }

  func testAHandlerThatIsKilledHasNoStatus() throws {
    let server = makeServer { request in
      if request.path == "/late" { return .stream { _ in throw GreenThreadExit() } }
      try GreenThread.sleep(for: .seconds(3600))
      return .text("never")
    }
    let client = try RawClient(of: server)
    try client.send(request: "GET /")
    try GreenThread.sleep(for: .seconds(3))
    try XCTUnwrap(client.serving).kill()
    XCTAssertEqual(try client.readToEnd(), [])
    assertThrows(GreenThreadExit.self) { try client.finish() }
    var record = try takeRecord()
    XCTAssertEqual(record.status, 0)
    XCTAssertEqual(record.bytesSent, 0)
    XCTAssertEqual(record.duration, .seconds(3))
    XCTAssertEqual(try AccessLogFormat("{status_code}").line(for: record), "-")
    // Nor has one whose head has not been sent.
    let other = try RawClient(of: server)
    try other.send(request: "GET /late")
    XCTAssertEqual(try other.readToEnd(), [])
    assertThrows(GreenThreadExit.self) { try other.finish() }
    record = try takeRecord()
    XCTAssertEqual(record.status, 0)
    XCTAssertEqual(record.bytesSent, 0)
  }

  func testAHandlerThatTakesTooLongIsTold() throws {
    let server = makeServer {
      records.keep(&$0)
      $0.timeouts.handler = .seconds(7)
    } handler: { _ in
      try GreenThread.sleep(for: .seconds(3600))
      return .text("never")
    }
    let client = try connect(to: server)
    try client.send(request: "GET /")
    let count = try client.readToEnd().count
    let record = try takeRecord()
    XCTAssertEqual(record.status, 503)
    XCTAssertEqual(record.bytesSent, count)
    XCTAssertEqual(record.duration, .seconds(7))
    expectReports("the handler took too long")
  }

  func testAConnectionThatIsTakenIsToldAtItsEnd() throws {
    let server = makeServer { _ in
      .upgrade(to: "echo") { connection in
        while let line = try connection.reader.readLine() { try connection.sendAll(line + "\n") }
      }
    }
    let client = try connect(to: server)
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
    try client.send(request + "early\n")
    var head = 2
    while case let line = try client.readLine(), !line.isEmpty { head += line.utf8.count + 2 }
    try client.expectBytes("early\n")
    XCTAssertEqual(records.take(), [])
    try GreenThread.sleep(for: .seconds(60))
    try client.send("late\n")
    try client.expectBytes("late\n")
    try client.endSending()
    try client.expectClosed()
    let record = try takeRecord()
    XCTAssertEqual(record.status, 101)
    XCTAssertEqual(record.bytesSent, head)
    XCTAssertEqual(record.duration, .seconds(60))
  }

  func testAClientThatGoesInTheMiddleIsTold() throws {
    let server = makeServer { request in
      .text("\(try request.body.readAll().count)")
    }
    let client = try connect(to: server)
    try client.send(request: "POST /", "Content-Length: 100", body: "abc")
    try client.settle()
    client.socket.close()
    try GreenThread.sleep(for: .seconds(1))
    let record = try takeRecord()
    XCTAssertEqual(record.status, 400)
    XCTAssertLessThan(record.duration, .milliseconds(1))
    // One that goes without a whole head has asked for nothing.
    let other = try connect(to: server)
    try other.send("GET / HTTP/1.1\r\nHost")
    try other.endSending()
    try other.expectClosed()
    XCTAssertEqual(records.take(), [])
  }

  // Eventlet: W87
  func testTheLogComesBeforeTheHooksAndAfterTheResponse() throws {
    var order: [String] = []
    var client: RawClient?
    let server = makeServer { request in
      request.afterResponse { order.append("hook \($0.path)") }
      return .text(request.path)
    }
    records.whenLogged = { record in
      do { _ = try XCTUnwrap(client).expectResponse(200, record.target) } catch {
        XCTFail("\(error)")
      }
      order.append("log \(record.target)")
    }
    client = try connect(to: server)
    for path in ["/a", "/b"] { try client?.send(request: "GET \(path)") }
    try client?.expectIdle()
    XCTAssertEqual(order, ["log /a", "hook /a", "log /b", "hook /b"])
  }

  // Eventlet: W88
  func testAHookThatFailsTakesNoLineAway() throws {
    let server = makeServer { request in
      request.afterResponse { _ in throw Odd() }
      return .text("x")
    }
    let client = try connect(to: server)
    for _ in 0..<2 {
      try client.send(request: "GET /")
      try client.expectResponse(200)
    }
    try client.expectIdle()
    XCTAssertEqual(records.logged.map(\.status), [200, 200])
    XCTAssertEqual(records.ended, records.logged)
    expectReports("Odd()", "Odd()")
  }
}

/// A file without a name.
private final class TemporaryFile {
  let descriptor: Int32

  init(_ content: [UInt8]) throws {
    var template = Array("/tmp/eventlet-file-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw SystemError(call: "mkstemp", errno: errno) }
    unlink(template)
    XCTAssertEqual(Glibc.write(descriptor, content, content.count), content.count)
  }

  deinit { close(descriptor) }
}
