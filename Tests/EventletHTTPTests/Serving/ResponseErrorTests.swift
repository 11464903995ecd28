import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// What a client gets when a handler fails, before and after a part of the answer has been sent.
final class ResponseErrorTests: HTTPTestCase {
  private struct Odd: Error, CustomStringConvertible { var description: String { "odd & secret" } }

  // Eventlet: W80
  // Differs: the body says nothing of the error unless `showsErrors`, for a client may be anybody.
  func testAnErrorOfTheHandlerIs500AndReported() throws {
    for (showsErrors, text) in [(false, "Internal Server Error\n"), (true, "odd & secret\n")] {
      let client = try connect({ $0.showsErrors = showsErrors }) { _ in throw Odd() }
      try client.send(request: "GET /path")
      try client.expectResponse(
        500, text,
        fields: [
          "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(text.utf8.count)",
          "Connection": "close",
        ])
      try client.expectClosed()
      let report = try XCTUnwrap(takeUncaughtErrors().first)
      XCTAssertTrue(report.error is Odd)
      XCTAssertTrue("\(report)".contains("GET /path HTTP/1.1"), "\(report)")
    }
  }

  // Eventlet: W80
  func testATimeoutOfTheHandlerIs500() throws {
    let client = try connect { _ in
      try withTimeout(.seconds(1)) { try GreenThread.sleep(for: .seconds(2)) }
      return .text("never")
    }
    try client.send(request: "GET /")
    try client.expectResponse(500, "Internal Server Error\n", fields: ["Connection": "close"])
    try client.expectClosed()
    expectReports("Timeout: 1 second")
  }

  func testAnHTTPErrorIsItsAnswerAndKeepsTheConnection() throws {
    let client = try connect { request in
      if request.path == "/plain" { throw HTTPError(.forbidden) }
      throw HTTPError(.tooManyRequests, "slow down", headerFields: [.retryAfter: "5"])
    }
    try client.send(request: "GET /plain")
    try client.expectResponse(403, "Forbidden\n", fields: ["Connection": nil])
    try client.send(request: "GET /")
    try client.expectResponse(
      429, "slow down\n",
      fields: ["Retry-After": "5", "Content-Type": "text/plain; charset=utf-8", "Connection": nil])
    try client.send(request: "HEAD /")
    try client.expectResponse(429, "", fields: ["Content-Length": "10"], to: "HEAD")
    try client.expectIdle()
  }

  /// Whatever is wrong with the answer to an error, there is one.
  func testAnHTTPErrorThatIsNoAnswerIs500() throws {
    let errors = [
      HTTPError(.notFound, headerFields: [.transferEncoding: "chunked"]),
      HTTPError(.notFound, headerFields: [.contentLength: "1"]),
      HTTPError(.init(code: 100)),
    ]
    for error in errors {
      let server = makeServer { request in
        if request.path == "/" { throw error }
        return .stream { _ in throw error }
      }
      let address = try listen(server)
      for path in ["/", "/stream"] {
        let client = try connect(to: address)
        try client.send(request: "GET \(path)")
        try client.expectResponse(500, "Internal Server Error\n", fields: ["Connection": "close"])
        try client.expectClosed()
        XCTAssertEqual(takeUncaughtErrors().count, 1)
      }
    }
  }

  // MARK: Streams

  // Eventlet: W81
  func testAnErrorWhileSmallPiecesAreCollectedIs500() throws {
    for length in [nil, 100] {
      let client = try connect { request in
        .stream(
          status: .created, headerFields: [.location: "/new"], length: length
        ) { writer in
          try writer.write("a little")
          if request.path == "/known" { throw HTTPError(.conflict) }
          throw Odd()
        }
      }
      try client.send(request: "GET /known")
      try client.expectResponse(409, "Conflict\n", fields: ["Location": nil, "Connection": nil])
      try client.send(request: "GET /")
      try client.expectResponse(
        500, "Internal Server Error\n", fields: ["Location": nil, "Connection": "close"])
      try client.expectClosed()
      expectReports("odd & secret")
    }
  }

  // Eventlet: W82
  func testAnErrorAfterAFlushLeavesAChunkedBodyWithoutItsEnd() throws {
    let address = try listen(
      makeServer { _ in
        .stream { writer in
          try writer.write("abc")
          try writer.flush()
          try writer.write("collected")
          throw Odd()
        }
      })
    let client = try connect(to: address)
    try client.send(request: "GET /")
    while try !client.readLine().isEmpty {}
    try client.expectBytes("3\r\nabc\r\n")
    try client.expectReset()
    expectReports("odd & secret")
  }

  // Eventlet: W82
  func testAnErrorAfterAFlushLeavesACountedBodyShort() throws {
    let address = try listen(
      makeServer { _ in
        .stream(length: 10) { writer in
          try writer.write("abc")
          try writer.flush()
          throw HTTPError(.notFound)
        }
      })
    let client = try connect(to: address)
    try client.send(request: "GET /")
    while try !client.readLine().isEmpty {}
    try client.expectBytes("abc")
    try client.expectReset()
    expectReports("404 Not Found")
  }

  /// Where the end of the connection is the end of the body an orderly one would look like all.
  func testAnErrorAfterAFlushBreaksTheConnectionOffWhereItsEndIsTheBodys() throws {
    let address = try listen(
      makeServer { request in
        .stream { writer in
          try writer.write("abc")
          try writer.flush()
          if request.path == "/fails" { throw Odd() }
        }
      })
    let client = try connect(to: address)
    try client.send("GET / HTTP/1.0\r\n\r\n")
    try client.expectResponse(200, "abc")
    XCTAssertEqual(client.end, .orderly)
    let other = try connect(to: address)
    try other.send("GET /fails HTTP/1.0\r\n\r\n")
    try other.expectResponse(200, "abc")
    XCTAssertEqual(other.end, .reset)
    expectReports("odd & secret")
  }

  // Eventlet: W80, W82
  func testATimeoutInAStreamIsAnErrorOfTheHandlers() throws {
    let address = try listen(
      makeServer { request in
        .stream { writer in
          try writer.write("abc")
          if request.path == "/later" { try writer.flush() }
          try withTimeout(.seconds(1)) { try GreenThread.sleep(for: .seconds(2)) }
        }
      })
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.expectResponse(500)
    try client.expectClosed()
    let other = try connect(to: address)
    try other.send(request: "GET /later")
    try other.expectReset()
    expectReports("Timeout: 1 second", "Timeout: 1 second")
  }

  // Eventlet: W76
  func testWhateverHappensToAStreamItsCleanUpRuns() throws {
    var ended: [String] = []
    let server = makeServer { request in
      .stream { writer in
        defer { ended.append(request.path) }
        if request.path == "/early" { throw HTTPError(.gone) }
        writer.minimumChunkSize = 1
        for _ in 0..<100 { try writer.write([UInt8](repeating: 0, count: 65_536)) }
      }
    }
    let client = try RawClient(narrowOf: server)
    try client.send(request: "GET /early")
    try client.expectResponse(410)
    try client.send(request: "GET /late")
    _ = try client.readLine()
    XCTAssertEqual(ended, ["/early"])
    try client.finish()
    XCTAssertEqual(ended, ["/early", "/late"])
  }

  // Eventlet: W80, W85
  // Differs: errors of other connections than the client's are the handler's: 500.
  func testAnErrorOfAnotherConnectionIsTheHandlers() throws {
    let nobody = try GreenSocket.listen(on: loopback)
    let nowhere = try nobody.localAddress
    nobody.close()
    let address = try listen(
      makeServer { _ in
        _ = try GreenSocket.connect(to: nowhere)
        return .text("never")
      })
    let client = try connect(to: address)
    try client.send(request: "GET /")
    try client.expectResponse(500)
    try client.expectClosed()
    expectReports("ECONNREFUSED")
  }

  // Eventlet: W89
  func testStopServingOfAHandlerIsAnErrorLikeOthers() throws {
    let address = try listen(
      makeServer { request in
        if request.path == "/stop" { throw StopServing() }
        return .text("x")
      })
    let client = try connect(to: address)
    try client.send(request: "GET /stop")
    try client.expectResponse(500)
    XCTAssertEqual(takeUncaughtErrors().count, 1)
    try assertServes(address)
  }

  // Eventlet: W89
  func testAHandlerThatEndsItsGreenThreadEndsTheConnectionWithoutAWord() throws {
    let address = try listen(
      makeServer { request in
        if request.path == "/end" { throw GreenThreadExit() }
        return .stream { writer in
          try writer.write("abc")
          try writer.flush()
          throw GreenThreadExit()
        }
      })
    let client = try connect(to: address)
    try client.send(request: "GET /end")
    try client.expectClosed()
    let other = try connect(to: address)
    try other.send(request: "GET /stream")
    try other.expectReset()
  }

  /// It must neither get bytes of another request, nor the server be ended by the two.
  func testAReaderThatAHandlerLeavesBehindEndsWithTheConnection() throws {
    for length in [10, 1_000_000] {
      var failure: (any Error)?
      let address = try listen(
        makeServer { request in
          guard request.path == "/left" else { return .text("x") }
          GreenThread.spawnDiscarding {
            do { _ = try request.body.receive(upTo: 10) } catch { failure = error }
          }
          try GreenThread.yield()
          return .text("left")
        })
      let client = try connect(to: address)
      try client.send(request: "POST /left", "Content-Length: \(length)")
      try client.expectResponse(200, "left")
      try client.expectClosed()
      XCTAssertNotNil(failure)
      try assertServes(address)
    }
  }

  /// An error that answers by a stream.
  private struct Streaming: RespondingError {
    let write: @Sendable (ResponseWriter) throws -> Void
    var response: ServerResponse { .stream(length: 10, write) }
  }

  func testAnAnswerToAnErrorThatFailsIs500() throws {
    let server = makeServer { _ in throw Streaming { _ in throw Odd() } }
    let client = try connect(to: server)
    try client.send(request: "GET /")
    try client.expectResponse(500, "Internal Server Error\n", fields: ["Connection": "close"])
    try client.expectClosed()
    expectReports("odd & secret")
  }

  func testAnAnswerToAnErrorThatFailsLaterIsCut() throws {
    let client = try connect { _ in
      throw Streaming { writer in
        try writer.write("abc")
        try writer.flush()
      }
    }
    try client.send(request: "GET /")
    let received = String(decoding: try client.readToEnd(), as: UTF8.self)
    XCTAssertTrue(received.hasSuffix("\r\n\r\nabc"), received)
    XCTAssertEqual(received.count(of: "HTTP/1.1"), 1, received)
    expectReports("Content-Length")
  }

  func testTwoLengthsAreNoAnswer() throws {
    let client = try connect { _ in
      var response = ServerResponse.text("abcde")
      response.headerFields.append(HTTPField(name: .contentLength, value: "5"))
      response.headerFields.append(HTTPField(name: .contentLength, value: "5"))
      return response
    }
    try client.send(request: "GET /")
    try client.expectResponse(500, fields: ["Content-Length": "22", "Connection": "close"])
    expectReports("5, 5")
  }
}

extension String {
  /// How often another is in it.
  fileprivate func count(of other: String) -> Int { ranges(of: other).count }
}
