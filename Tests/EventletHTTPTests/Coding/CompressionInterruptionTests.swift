import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletHTTP

/// Kills, timeouts and clients that go, wherever a response that is compressed waits: each gives the
/// compressor back.
final class CompressionInterruptionTests: CodingTestCase {
  private let request = "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
  private let noise = CodingTestCase.noise(200_000)

  private enum Ending: CaseIterable {
    case kill
    case close
    case reset
  }

  /// Ends a connection in one of several ways when its server waits.
  private func end(
    _ name: String, in turn: Int? = nil, answers: Bool, lends: Int = 1,
    _ handler: @escaping RequestHandler, file: StaticString = #filePath, line: UInt = #line
  ) throws {
    for ending in Ending.allCases {
      let name = "\(name), \(ending)"
      let server = makeServer(handler: compressing(by: handler))
      let holdings = HubHoldings()
      let client = try RawClient(narrowOf: server)
      let serving = try XCTUnwrap(client.serving)
      try client.send(request)
      if let turn {
        for _ in 0..<turn { try GreenThread.yield() }
      } else {
        try client.settle()
      }
      XCTAssertFalse(serving.isFinished, name, file: file, line: line)
      XCTAssertEqual(compressors.lentCount, lends, name, file: file, line: line)
      switch ending {
      case .kill: try serving.kill()
      case .close: client.socket.close()
      case .reset: try client.reset()
      }
      do { try serving.wait() } catch is GreenThreadExit where ending == .kill {}
      XCTAssertEqual(compressors.lentCount, 0, name, file: file, line: line)
      if ending == .kill {
        XCTAssertEqual(try client.readToEnd().isEmpty, !answers, name, file: file, line: line)
        client.socket.close()
      }
      XCTAssertEqual(HubHoldings(), holdings, name, file: file, line: line)
      XCTAssertEqual(server.buffers.lentCount, 0, name, file: file, line: line)
      XCTAssertEqual(
        takeUncaughtErrors().map { "\($0)" }, [], name, file: file, line: line)
    }
  }

  func testWhileAWholeBodyIsCompressed() throws {
    let text = Self.longText
    for turn in 2...4 {
      try end("turn \(turn)", in: turn, answers: false) { _ in .text(text) }
    }
  }

  /// It was compressed at once, and the compressor is another's already.
  func testWhileAWholeBodyIsSent() throws {
    try end("whole", answers: true, lends: 0) { [noise] _ in .text(noise) }
  }

  func testWhileAStreamIsSent() throws {
    let noise = noise
    let file = try OpenedFile.open(makeTree([("a.txt", noise)]).path + "/a.txt")
    let bodies: [(String, ResponseBody)] = [
      ("large", .stream { try $0.write(noise) }),
      ("length", .stream(length: noise.utf8.count) { try $0.write(noise) }),
      (
        "small",
        .stream { writer in
          for index in 0..<50 {
            try writer.write(String(noise.dropFirst(index * 4000).prefix(4000)))
          }
        }
      ),
      (
        "flushes",
        .stream { writer in
          for index in 0..<50 {
            try writer.write(String(noise.dropFirst(index * 1000).prefix(1000)))
            try writer.flush()
          }
        }
      ),
      ("file", .stream { try $0.write(file, from: 0, count: 200_000) }),
    ]
    for (name, body) in bodies where name != "file" {
      try end(name, answers: true) { _ in
        ServerResponse(headerFields: [.contentType: "text/plain"], body: body)
      }
    }
    // Read by an OS thread, for which nobody settles.
    for ending in Ending.allCases {
      let server = makeServer(
        handler: compressing { _ in
          ServerResponse(headerFields: [.contentType: "text/plain"], body: bodies[4].1)
        })
      let client = try RawClient(narrowOf: server)
      try client.send(request)
      _ = try client.readLine()
      XCTAssertEqual(compressors.lentCount, 1)
      switch ending {
      case .kill: try XCTUnwrap(client.serving).kill()
      case .close: client.socket.close()
      case .reset: try client.reset()
      }
      do { try client.finish() } catch is GreenThreadExit {}
      XCTAssertEqual(compressors.lentCount, 0, "\(ending)")
    }
  }

  func testWhileAStreamWaits() throws {
    for flushes in [false, true] {
      let server = makeServer(
        handler: compressing { _ in
          .textStream { writer in
            try writer.write("text")
            if flushes { try writer.flush() }
            try GreenThread.sleep(for: .seconds(3600))
          }
        })
      let client = try RawClient(of: server)
      try client.send(request)
      try client.settle()
      XCTAssertEqual(compressors.lentCount, 1)
      try XCTUnwrap(client.serving).kill()
      XCTAssertEqual(compressors.lentCount, 0)
      XCTAssertEqual(try client.readToEnd().isEmpty, !flushes)
      client.socket.close()
      assertThrows(GreenThreadExit.self) { try client.finish() }
    }
  }

  func testAHandlerThatTakesTooLong() throws {
    for writes in [false, true] {
      let server = makeServer(
        { $0.timeouts.handler = .seconds(5) },
        handler: compressing { _ in
          .textStream { writer in
            if writes { try writer.write(CodingTestCase.noise(100_000)) }
            try GreenThread.sleep(for: .seconds(6))
          }
        })
      let client = try connect(to: server)
      try client.send(request)
      if writes {
        _ = try client.readToEnd()
      } else {
        try client.expectResponse(503, fields: ["Content-Encoding": nil])
      }
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertEqual(compressors.lentCount, 0)
      expectReports("took too long")
    }
  }

  /// A body that is not written at all: to HEAD, and when the head cannot be sent.
  func testABodyThatIsNotWritten() throws {
    let client = try connect(compressing: { request in
      var response = ServerResponse.textStream { try $0.write("text") }
      if request.path == "/mistake" { response.headerFields[.transferEncoding] = "x" }
      return response
    })
    try client.send(request: "HEAD /", "Accept-Encoding: gzip")
    try client.expectResponse(200, fields: ["Content-Encoding": "gzip"], to: "HEAD")
    XCTAssertEqual(compressors.lentCount, 0)
    try client.send(request: "GET /mistake", "Accept-Encoding: gzip")
    try client.expectResponse(500)
    XCTAssertEqual(compressors.lentCount, 0)
    expectReports("Transfer-Encoding")
  }

  /// The compressor may be another's as soon as the closure has returned.
  func testAWriterThatIsLeftBehindCompressesNoMore() throws {
    for isNarrow in [false, true] {
      // Of the one, some is sent before it is left behind.
      let text = isNarrow ? noise : String(repeating: "text", count: 25_000)
      var failure: (any Error)?
      let server = makeServer(
        handler: compressing { request in
          request.afterResponse { _ in try GreenThread.sleep(for: .seconds(1)) }
          return .textStream { writer in
            GreenThread.spawnDiscarding {
              do {
                try writer.write("text")
                try writer.write(text)
              } catch { failure = error }
            }
            try GreenThread.yield()
          }
        })
      let client = isNarrow ? try RawClient(narrowOf: server) : try RawClient(of: server)
      try client.send(request)
      try client.settle()
      XCTAssertEqual(compressors.lentCount, 0)
      if isNarrow {
        XCTAssertNotEqual(try client.readToEnd().suffix(5), Array("0\r\n\r\n".utf8)[...])
      } else {
        try client.expectResponse(500, "Internal Server Error\n")
        try client.expectClosed()
        XCTAssertEqual(failure as? HTTPServerError, .requestEnded)
      }
      XCTAssertNotNil(failure)
      expectReports("second simultaneous write")
      try client.finish()
    }
  }

  /// Of a write that is interrupted a part is gone: a handler that goes on all the same must not end
  /// the body as if nothing had happened.
  func testAWriteThatIsInterruptedCannotBeFollowedByMore() throws {
    let noise = noise
    for call in ["write", "flush", "nothing"] {
      var again: (any Error)?
      let server = makeServer(
        handler: compressing { _ in
          .textStream { writer in
            do { try withTimeout(.seconds(1)) { try writer.write(noise) } } catch is Timeout {}
            do {
              if call == "write" { try writer.write(noise) }
              if call == "flush" { try writer.flush() }
            } catch { again = error }
          }
        })
      let client = try RawClient(narrowOf: server)
      try client.send(request)
      try GreenThread.sleep(for: .seconds(2))
      let received = try client.readToEnd()
      XCTAssertNotEqual(received.suffix(5), Array("0\r\n\r\n".utf8)[...], call)
      XCTAssertEqual(again == nil, call == "nothing", call)
      try client.finish()
      XCTAssertEqual(compressors.lentCount, 0, call)
      _ = takeUncaughtErrors()
    }
  }
}
