@testable import EventletHTTP
import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Kills the green thread of a connection at every point where it waits.
///
/// It ends with what killed it, the client is not left waiting, nothing stays behind, and the buffers
/// are lent to the next.
final class ConnectionInterruptionTests: HTTPTestCase {
  /// Kills the connection of a client that has sent `sent`, when nothing goes on any more.
  private func kill(
    _ name: String, after sent: String, isNarrow: Bool = false,
    file: StaticString = #filePath, line: UInt = #line,
    configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    _ handler: @escaping RequestHandler
  ) throws -> [UInt8] {
    let server = makeServer(configure, handler: handler)
    let holdings = HubHoldings()
    let client = isNarrow ? try RawClient(narrowOf: server) : try RawClient(of: server)
    let serving = try XCTUnwrap(client.serving)
    if !sent.isEmpty { try client.send(sent) }
    try client.settle()
    XCTAssertEqual(server.connectionCount, 1, name, file: file, line: line)
    XCTAssertFalse(serving.isFinished, name, file: file, line: line)
    try serving.kill()
    XCTAssertTrue(serving.isFinished, name, file: file, line: line)
    assertThrows(GreenThreadExit.self, file: file, line: line) { try serving.wait() }
    XCTAssertEqual(server.connectionCount, 0, name, file: file, line: line)
    XCTAssertEqual(server.statistics.activeCount, 0, name, file: file, line: line)
    let received = try client.readToEnd()
    client.socket.close()
    XCTAssertEqual(HubHoldings(), holdings, name, file: file, line: line)
    XCTAssertEqual(server.buffers.lentCount, 0, name, file: file, line: line)
    XCTAssertEqual(takeUncaughtErrors().map { "\($0)" }, [], name, file: file, line: line)
    return received
  }

  private let answer: RequestHandler = { .text($0.path) }

  private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  private func post(_ length: Int) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n"
  }

  func testWhileItWaitsForTheFirstRequest() throws {
    XCTAssertEqual(try kill("idle", after: "", answer), [])
  }

  func testWhileItWaitsForTheNextRequest() throws {
    XCTAssertTrue(try kill("idle", after: get, answer).starts(with: Array("HTTP/1.1 200".utf8)))
  }

  func testWhileItReceivesAHead() throws {
    for part in ["G", "GET / HTTP/1.1\r\nHost:", "\r\n"] {
      XCTAssertEqual(try kill(part, after: part, answer), [])
    }
    // With an answer that is not sent yet when the half comes.
    let received = try kill("pipelined", after: get + "GET", answer)
    XCTAssertTrue(received.starts(with: Array("HTTP/1.1 200".utf8)))
  }

  func testInTheHandler() throws {
    let received = try kill("handler", after: get) { _ in
      try GreenThread.sleep(for: .seconds(3600))
      return .text("never")
    }
    XCTAssertEqual(received, [])
  }

  func testInTheHandlerOfAPipelinedRequest() throws {
    let received = try kill("handler", after: get + post(0)) { request in
      if request.method == .post { try GreenThread.sleep(for: .seconds(3600)) }
      return .text("first")
    }
    XCTAssertTrue(received.suffix(9) == Array("\r\n\r\nfirst".utf8)[...])
  }

  func testInAHandlerWithALimitOfTime() throws {
    let received = try kill("handler", after: get, configure: { $0.timeouts.handler = .seconds(5) })
    { _ in
      try GreenThread.sleep(for: .seconds(4))
      return .text("never")
    }
    XCTAssertEqual(received, [])
  }

  func testWhileTheHandlerReadsTheBody() throws {
    for request in [
      post(10) + "abc",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na",
    ] {
      let received = try kill("body", after: request) { request in
        .bytes(try request.body.readAll())
      }
      XCTAssertEqual(received, [])
    }
  }

  func testWhileTheRestOfTheBodyIsThrownAway() throws {
    let received = try kill("rest", after: post(10) + "abc", answer)
    XCTAssertTrue(received.starts(with: Array("HTTP/1.1 200".utf8)))
  }

  func testWhileItSends() throws {
    let body = [UInt8](repeating: 1, count: 100_000)
    let small = [UInt8](repeating: 1, count: 15_000)
    let responses: [(String, ServerResponse)] = [
      ("bytes", .bytes(body)),
      ("small", .bytes(small)),
      ("length", .stream(length: body.count) { try $0.write(body) }),
      ("chunks", .stream { try $0.write(body) }),
      (
        "pieces",
        .stream { writer in
          for _ in 0..<100 { try writer.write([UInt8](repeating: 1, count: 5000)) }
        }
      ),
    ]
    for (name, response) in responses {
      let received = try kill(name, after: get, isNarrow: true) { _ in response }
      XCTAssertGreaterThan(received.count, 1000, name)
      XCTAssertLessThan(received.count, 15_000, name)
    }
  }

  func testWhileItSendsWithoutALimitOfTime() throws {
    let body = [UInt8](repeating: 1, count: 100_000)
    _ = try kill("bytes", after: get, isNarrow: true, configure: { $0.timeouts.send = nil }) { _ in
      .bytes(body)
    }
  }

  func testInAStreamThatWaits() throws {
    for flushes in [false, true] {
      let received = try kill("stream", after: get) { _ in
        .stream { writer in
          try writer.write("abc")
          if flushes { try writer.flush() }
          try GreenThread.sleep(for: .seconds(3600))
        }
      }
      XCTAssertEqual(received.isEmpty, !flushes)
    }
  }

  func testWhileItLingers() throws {
    // After the answer to a body that is too long, and after a refusal.
    for request in [post(1_000_000_000) + "abc", "nonsense\r\n\r\n"] {
      let received = try kill("linger", after: request, answer)
      XCTAssertTrue(received.starts(with: Array("HTTP/1.1 ".utf8)))
    }
  }

  func testInATakenConnection() throws {
    let received = try kill("taken", after: get) { _ in
      .takeOver { connection in _ = try connection.receive(upTo: 1) }
    }
    XCTAssertEqual(received, [])
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    let other = try kill("upgraded", after: upgrade) { _ in
      .upgrade(to: "x") { connection in _ = try connection.receive(upTo: 1) }
    }
    XCTAssertTrue(other.starts(with: Array("HTTP/1.1 101".utf8)))
  }

  /// One that catches it and goes on has survived, as everywhere.
  func testAHandlerThatCatchesItGoesOn() throws {
    let client = try connect { _ in
      do { try GreenThread.sleep(for: .seconds(3600)) } catch is GreenThreadExit {}
      return .text("survived")
    }
    try client.send(request: "GET /")
    try client.settle()
    try XCTUnwrap(client.serving).kill()
    try client.expectResponse(200, "survived")
    try client.expectIdle()
  }
}
