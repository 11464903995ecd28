import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletHTTP

/// Who may write a body, when, and what goes on meanwhile.
final class ResponseWriterTests: HTTPTestCase {
  func testAWriterIsGoodForItsResponseOnly() throws {
    var kept: ResponseWriter?
    // The server has the handler, which has this, which has the server.
    defer { kept = nil }
    let client = try connect { _ in
      .stream { writer in
        kept = writer
        try writer.write("abc")
      }
    }
    try client.send(request: "GET /")
    try client.expectResponse(200, "abc")
    let writer = try XCTUnwrap(kept)
    for call in [
      { try writer.write("x") }, { try writer.write([1]) }, { try writer.flush() },
      { try writer.sendAll([1]) },
      { try [UInt8]([1]).withUnsafeBytes { try writer.write($0) } },
    ] {
      assertThrows(HTTPServerError.self, call) { XCTAssertEqual($0, .requestEnded) }
    }
    writer.close()
    try client.expectIdle()
  }

  func testTheRequestsBodyMayBeReadMeanwhile() throws {
    let client = try connect { request in
      .stream { writer in
        writer.minimumChunkSize = 1
        try request.body.forEach { try writer.write($0) }
      }
    }
    try client.send(request: "POST /", "Transfer-Encoding: chunked")
    try client.send("3\r\nabc\r\n")
    while try !client.readLine().isEmpty {}
    try client.expectBytes("3\r\nabc\r\n")
    try client.send("2\r\nde\r\n0\r\n\r\n")
    try client.expectBytes("2\r\nde\r\n0\r\n\r\n")
    try client.expectIdle()
  }

  func testABodyThatTurnsOutToBeMalformedMeanwhileCutsTheConnectionSilently() throws {
    let address = try listen(
      makeServer { request in
        .stream { writer in
          writer.minimumChunkSize = 1
          try request.body.forEach { try writer.write($0) }
        }
      })
    let client = try connect(to: address)
    try client.send(request: "POST /", "Transfer-Encoding: chunked")
    try client.send("3\r\nabc\r\n")
    while try !client.readLine().isEmpty {}
    try client.expectBytes("3\r\nabc\r\n")
    try client.send("nonsense")
    try client.expectReset()
    // The client's mistake, and nobody else's.
    XCTAssertEqual(takeUncaughtErrors().count, 0)
  }

  /// One green thread may read the request while another writes the response and waits for room.
  func testAReaderDoesNotDisturbAWriterThatWaitsForRoom() throws {
    let expected = ResponseBodyTests.pattern(100_000)
    var read: [UInt8] = []
    let server = makeServer { request in
      .stream { writer in
        let reader = spawn { read = try request.body.readAll() }
        try writer.write(expected)
        try reader.wait()
        try writer.write("end")
      }
    }
    let client = try RawClient(narrowOf: server)
    try client.send(request: "POST /", "Content-Length: 6")
    try client.settle()
    for part in ["ab", "cd", "ef"] {
      try client.send(part)
      try client.settle()
    }
    let response = try client.readResponse()
    XCTAssertTrue(response.body == expected + Array("end".utf8))
    XCTAssertEqual(read, Array("abcdef".utf8))
    try client.expectIdle()
    try client.finish()
  }

  /// What comes second is refused, and nothing of the first is lost.
  func testASecondWriterIsRefused() throws {
    let expected = ResponseBodyTests.pattern(100_000)
    var failures: [any Error] = []
    let server = makeServer { request in
      .stream { writer in
        let second = spawn {
          for call in [
            { try writer.write("x") }, { try writer.write([1]) }, { try writer.flush() },
            { try writer.write(expected) },
          ] {
            do { try call() } catch { failures.append(error) }
          }
        }
        try writer.write(expected)
        try second.wait()
        try writer.write("end")
      }
    }
    let client = try RawClient(narrowOf: server)
    try client.send(request: "GET /")
    try client.settle()
    let response = try client.readResponse()
    XCTAssertTrue(response.body == expected + Array("end".utf8))
    XCTAssertEqual(failures.count, 4)
    for failure in failures {
      guard case HubError.secondWaiter = failure else { return XCTFail("\(failure)") }
    }
    try client.expectIdle()
    try client.finish()
  }

  /// The body has no end then, and the client must not take it for one.
  func testAWriterThatIsLeftBehindCutsTheConnection() throws {
    let server = makeServer { request in
      // The buffers must not be lent to others while one is left who sends from them.
      request.afterResponse { _ in try GreenThread.sleep(for: .seconds(1)) }
      return .stream { writer in
        GreenThread.spawnDiscarding {
          try writer.write(String(repeating: "x", count: 100_000))
        }
        try GreenThread.yield()
      }
    }
    let client = try RawClient(narrowOf: server)
    try client.send(request: "GET /")
    try client.settle()
    // The request's, what has been sent in part, and the piece that waits.
    XCTAssertEqual(server.buffers.lentCount, 3)
    let received = try client.readToEnd()
    XCTAssertTrue(received.starts(with: Array("HTTP/1.1 200 OK\r\n".utf8)))
    XCTAssertNotEqual(received.suffix(5), Array("0\r\n\r\n".utf8)[...])
    expectReports("second simultaneous write")
    try client.finish()
  }

  func testABodyWritesItselfIntoAnother() throws {
    for (body, text) in [
      (ResponseBody.none, ""), (.text("abc"), "abc"), (.bytes([97]), "a"),
      (.stream { try $0.write("streamed") }, "streamed"), (.pieces([[97], [98]]), "ab"),
    ] {
      let client = try connect { _ in
        .stream { writer in
          try writer.write("<")
          try body.write(to: writer)
          try writer.write(">")
        }
      }
      try client.send(request: "GET /")
      try client.expectResponse(200, "<\(text)>")
    }
  }

  /// What it wrote would be taken for the next response.
  func testAWriterThatIsLeftBehindWritesNothingAfterTheEnd() throws {
    var late: (any Error)?
    let server = makeServer { request in
      .stream(headerFields: [.setCookie: String(repeating: "x", count: 60_000)]) { writer in
        // Sends the head, which takes its time.
        GreenThread.spawnDiscarding { _ = try request.body.readAll() }
        GreenThread.spawnDiscarding {
          try GreenThread.sleep(for: .seconds(1))
          do { try writer.write(String(repeating: "y", count: 5000)) } catch { late = error }
        }
        try GreenThread.yield()
      }
    }
    let client = try RawClient(narrowOf: server)
    try client.send(request: "POST /", "Content-Length: 1")
    try GreenThread.sleep(for: .seconds(2))
    try client.send("a")
    let response = try client.expectResponse(200, "")
    XCTAssertEqual(response["Set-Cookie"]?.utf8.count, 60_000)
    guard case HubError.secondWaiter? = late else { return XCTFail("\(String(describing: late))") }
    try client.expectIdle()
  }

  /// Something else was answered in its place.
  func testAWriterWhoseResponseHasFailedIsOfNoMoreUse() throws {
    var kept: ResponseWriter?
    // The server has the handler, which has this, which has the server.
    defer { kept = nil }
    let client = try connect { request in
      guard request.path == "/fails" else {
        let writer = try XCTUnwrap(kept)
        assertThrows(HTTPServerError.self) {
          try writer.write("x")
        } check: {
          XCTAssertEqual($0, .requestEnded)
        }
        return .text("next")
      }
      return .stream { writer in
        kept = writer
        try writer.write("abc")
        throw HTTPError(.conflict)
      }
    }
    try client.send(request: "GET /fails")
    try client.expectResponse(409, "Conflict\n")
    try client.send(request: "GET /")
    try client.expectResponse(200, "next")
    try client.expectIdle()
  }
}
