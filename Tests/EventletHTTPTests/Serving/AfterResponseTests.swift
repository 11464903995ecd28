import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// What is done after a response, whatever has become of that.
final class AfterResponseTests: HTTPTestCase {
  private struct Odd: Error {}

  private var log: [String] = []

  /// Notes in the log, with the request that the hook is given.
  private func note(_ text: String) -> (ServerRequest) -> Void {
    { self.log.append("\(text) \($0.path)") }
  }

  // Eventlet: W87
  func testHooksRunInOrderWhenTheResponseHasBeenSent() throws {
    var client: RawClient?
    let server = makeServer { request in
      request.afterResponse(self.note("first"))
      request.afterResponse { _ in
        // Sent, and not only written.
        try client?.expectResponse(200, "answer")
        request.afterResponse(self.note("added"))
      }
      request.afterResponse(self.note("last"))
      return .text("answer")
    }
    client = try connect(to: server)
    try client?.send(request: "GET /a")
    try client?.expectIdle()
    XCTAssertEqual(log, ["first /a", "last /a", "added /a"])
  }

  // Eventlet: W87
  func testHooksOfPipelinedRequestsRunAfterTheirResponses() throws {
    var client: RawClient?
    let server = makeServer { request in
      request.afterResponse { request in try client?.expectResponse(200, request.path) }
      request.afterResponse(self.note("after"))
      return .text(request.path)
    }
    client = try connect(to: server)
    try client?.send(
      "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
    try client?.expectIdle()
    XCTAssertEqual(log, ["after /a", "after /b"])
  }

  // Eventlet: W87
  func testHooksRunAfterWhateverHappens() throws {
    let server = makeServer { request in
      request.afterResponse(self.note("after"))
      switch request.path {
      case "/error": throw Odd()
      case "/http": throw HTTPError(.notFound)
      case "/body": return .bytes(try request.body.readAll())
      case "/exit": throw GreenThreadExit()
      case "/upgrade": return .upgrade(to: "x") { _ in self.log.append("upgraded") }
      case "/taken": return .takeOver { _ in throw Odd() }
      case "/cut":
        return .stream { writer in
          try writer.write("abc")
          try writer.flush()
          throw Odd()
        }
      default: return .text("x")
      }
    }
    for (path, fields, body) in [
      ("/error", "", ""), ("/http", "", ""), ("/exit", "", ""), ("/taken", "", ""),
      ("/cut", "", ""),
      ("/upgrade", "Connection: upgrade\r\nUpgrade: x\r\n", ""),
      // A malformed body, one that is not all read, and one that is malformed and not read.
      ("/body", "Transfer-Encoding: chunked\r\n", "x"), ("/unread", "Content-Length: 5\r\n", "x"),
      ("/unread", "Transfer-Encoding: chunked\r\n", "x"),
    ] {
      log = []
      // Taken by nobody's test case: one of them ends with an error.
      let client = try RawClient(of: server)
      try client.send("POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)")
      try client.endSending()
      _ = try client.readToEnd()
      let upgraded = path == "/upgrade" ? ["upgraded"] : []
      XCTAssertEqual(log, upgraded + ["after \(path)"])
      do { try client.finish() } catch { XCTAssertTrue(error is GreenThreadExit, "\(error)") }
    }
    _ = takeUncaughtErrors()
  }

  // Eventlet: W87
  func testHooksRunAfterTheClientHasGone() throws {
    let client = try connect { request in
      request.afterResponse(self.note("after"))
      try GreenThread.sleep(for: .seconds(1))
      return .text("x")
    }
    try client.send(request: "GET /a")
    try client.settle()
    client.socket.close()
    XCTAssertEqual(log, [])
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(log, ["after /a"])
  }

  func testHooksAreOfOneRequest() throws {
    let client = try connect { request in
      if request.path == "/a" { request.afterResponse(self.note("after")) }
      return .text("x")
    }
    for path in ["/a", "/b", "/c"] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(200)
    }
    XCTAssertEqual(log, ["after /a"])
  }

  // Eventlet: W88
  func testAHookThatFailsIsReportedAndTheOthersRun() throws {
    let client = try connect { request in
      request.afterResponse { _ in throw Odd() }
      request.afterResponse(self.note("next"))
      request.afterResponse { _ in throw HTTPError(.notFound) }
      return .text("x")
    }
    for path in ["/a", "/b"] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(200, "x")
    }
    try client.expectIdle()
    XCTAssertEqual(log, ["next /a", "next /b"])
    expectReports("a hook of GET /a", "a hook of GET /a", "a hook of GET /b", "a hook of GET /b")
  }

  /// A kill is for the connection: the other hooks run, and then it ends.
  func testAKillOfAHookEndsTheConnection() throws {
    let server = makeServer { request in
      request.afterResponse { _ in try GreenThread.sleep(for: .seconds(3600)) }
      request.afterResponse(self.note("next"))
      return .text("x")
    }
    let client = try RawClient(of: server)
    try client.send(request: "GET /a")
    try client.expectResponse(200, "x")
    try client.expectIdle()
    try XCTUnwrap(client.serving).kill()
    XCTAssertEqual(log, ["next /a"])
    try client.expectClosed()
    assertThrows(GreenThreadExit.self) { try client.finish() }
  }

  func testTheBodyIsOverBeforeTheHooks() throws {
    var bodies: [RequestBody] = []
    let client = try connect { request in
      bodies.append(request.body)
      request.afterResponse { request in
        assertThrows(HTTPServerError.self) {
          _ = try request.body.receive(upTo: 2)
        } check: {
          XCTAssertEqual($0, .requestEnded)
        }
        self.log.append("hook")
      }
      return .text("x")
    }
    try client.send(request: "POST /", "Content-Length: 5", body: "abcde")
    try client.expectResponse(200, "x")
    try client.expectIdle()
    XCTAssertEqual(log, ["hook"])
    assertThrows(HTTPServerError.self) {
      _ = try bodies[0].receive(upTo: 1)
    } check: {
      XCTAssertEqual($0, .requestEnded)
    }
  }
}
