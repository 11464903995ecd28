import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Bodies that are written piece by piece: how they are framed, and when they are sent.
final class StreamedResponseTests: HTTPTestCase {
  private func sizes(_ response: RawResponse) -> [Int]? { response.chunks?.map(\.count) }

  // Eventlet: W58, W63, W66
  func testALengthThatNobodyKnowsIsSentInChunks() throws {
    let client = try connect { _ in
      .stream { writer in
        try writer.write("")
        try writer.write("one ")
        try writer.write([])
        try writer.write(Array("two".utf8))
        XCTAssertEqual(writer.count, 7)
        try writer.write("")
      }
    }
    try client.send(request: "GET /")
    let response = try client.expectResponse(
      200, "one two",
      fields: ["Transfer-Encoding": "chunked", "Content-Length": nil, "Connection": nil])
    XCTAssertEqual(sizes(response), [7])
    try client.expectIdle()
  }

  // Eventlet: W64
  func testNothingWrittenIsTheLastChunkAlone() throws {
    for body in [ResponseBody.stream { _ in }, .pieces([]), .pieces([[], []])] {
      let client = try connect { _ in ServerResponse(body: body) }
      try client.send(request: "GET /")
      let response = try client.expectResponse(200, "")
      XCTAssertEqual(sizes(response), [])
      try client.expectIdle()
    }
  }

  // Eventlet: W59
  func testToHTTP1_0TheEndOfTheConnectionIsTheEnd() throws {
    for fields in ["", "Connection: keep-alive\r\n"] {
      let client = try connect { _ in ServerResponse(body: .pieces([[97], [], [98], [99]])) }
      try client.send("GET / HTTP/1.0\r\n\(fields)\r\n")
      let response = try client.expectResponse(
        200, "abc",
        fields: ["Transfer-Encoding": nil, "Content-Length": nil, "Connection": "close"])
      XCTAssertTrue(response.endedWithConnection)
      try client.expectClosed()
    }
  }

  func testAKnownLengthKeepsAConnectionOfHTTP1_0() throws {
    let client = try connect { _ in .stream(length: 3) { try $0.write("abc") } }
    try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    try client.expectResponse(200, "abc", fields: ["Connection": "keep-alive"])
    try client.expectIdle()
  }

  // Eventlet: W78
  func testPiecesMayComeFromTheThreadPool() throws {
    let client = try connect { _ in
      .stream { writer in
        for number in 0..<3 {
          try writer.write(try ThreadPool.execute { [UInt8](repeating: UInt8(number), count: 2) })
        }
      }
    }
    try client.send(request: "GET /")
    let response = try client.expectResponse(200)
    XCTAssertEqual(response.body, [0, 0, 1, 1, 2, 2])
  }

  // MARK: Trailers

  func testTrailersFollowTheLastChunk() throws {
    let client = try connect { _ in
      .stream(headerFields: [.trailer: "x-sum"]) { writer in
        try writer.write("abc")
        writer.trailers[try XCTUnwrap(HTTPField.Name("x-sum"))] = "6\r\nEvil: 1"
        writer.trailers[try XCTUnwrap(HTTPField.Name("x-end"))] = "yes"
      }
    }
    for _ in 0..<2 {
      try client.send(request: "GET /")
      let response = try client.expectResponse(200, "abc")
      XCTAssertEqual(response.trailers.map(\.name), ["x-sum", "x-end"])
      XCTAssertEqual(response.trailers.map(\.value), ["6  Evil: 1", "yes"])
    }
  }

  func testTrailersWithoutChunksAreNotSent() throws {
    let client = try connect { request in
      .stream(length: request.version == .http1_0 ? nil : 3) { writer in
        try writer.write("abc")
        writer.trailers[try XCTUnwrap(HTTPField.Name("x-sum"))] = "6"
      }
    }
    try client.send(request: "GET /")
    try client.expectResponse(200, "abc")
    try client.expectIdle()
    try client.send("GET / HTTP/1.0\r\n\r\n")
    try client.expectResponse(200, "abc")
    try client.expectClosed()
  }

  // MARK: Lengths

  // Eventlet: W73
  func testMoreThanTheLengthIsRefusedBeforeItIsSent() throws {
    var failure: (any Error)?
    let client = try connect { _ in
      .stream(length: 5) { writer in
        try writer.write("abc")
        do { try writer.write("def") } catch { failure = error }
        try writer.write("de")
      }
    }
    try client.send(request: "GET /")
    try client.expectResponse(200, "abcde")
    try client.expectIdle()
    XCTAssertEqual(
      failure as? HTTPServerError, .contentLengthMismatch(announced: 5, sent: 6))
  }

  // Eventlet: W73, W81
  func testAnotherLengthThanAnnouncedIs500AsLongAsNothingIsSent() throws {
    for written in ["abcd", "abcdef", ""] {
      for byField in [true, false] {
        let client = try connect { _ in
          .stream(
            headerFields: byField ? [.contentLength: "5"] : [:], length: byField ? nil : 5
          ) { try $0.write(written) }
        }
        try client.send(request: "GET /")
        try client.expectResponse(500, "Internal Server Error\n", fields: ["Connection": "close"])
        try client.expectClosed()
        expectReports("Content-Length is 5, and its body has \(written.utf8.count) bytes")
      }
    }
  }

  // Eventlet: W73, W82
  func testAnotherLengthThanAnnouncedCutsTheConnectionOnceSomethingIsSent() throws {
    let address = try listen(
      makeServer { request in
        .stream(length: 5) { writer in
          try writer.write("abc")
          try writer.flush()
          if request.path == "/more" { try writer.write("def") }
        }
      })
    for path in ["/more", "/less"] {
      let client = try connect(to: address)
      try client.send(request: "GET \(path)")
      while try !client.readLine().isEmpty {}
      try client.expectBytes("abc")
      try client.expectReset()
      expectReports("Content-Length is 5, and its body has")
    }
  }
}
