import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// How many bytes of a body are read at most.
final class BodyLimitTests: HTTPTestCase {
  private func echo(_ request: ServerRequest) throws -> ServerResponse {
    .text(try request.body.readText())
  }

  func testABodyMayBeAsLongAsTheLimit() throws {
    let client = try connect({ $0.limits.body = 10 }, handler: echo)
    try client.send(request: "POST /", "Content-Length: 10", body: "0123456789")
    try client.expectResponse(200, "0123456789")
    try client.send(
      request: "POST /", "Transfer-Encoding: chunked",
      body: "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n")
    try client.expectResponse(200, "0123456789")
    try client.expectIdle()
  }

  func testALengthOverTheLimitIsRefusedBeforeAByteIsRead() throws {
    for kind in StreamKind.allCases {
      let server = makeServer({ $0.limits.body = 10 }) { request in
        XCTAssertEqual(request.body.length, 11)
        try assertDoesNotSwitch {
          for _ in 0..<2 {
            XCTAssertThrowsError(try request.body.receive(upTo: 1)) {
              XCTAssertEqual($0 as? RequestError, RequestError(.bodyTooLong(limit: 10)))
            }
          }
        }
        return .text(try request.body.readText())
      }
      let client = try connect(to: server, over: kind)
      try client.send(request: "POST /", "Content-Length: 11")
      try client.expectResponse(
        413, "body longer than 10 bytes\n", fields: ["Connection": "close"])
      try client.endSending()
      try client.expectClosed()
    }
  }

  func testChunksOverTheLimitAreRefusedWhenTheyCome() throws {
    for body in [
      "b\r\n0123456789a\r\n0\r\n\r\n", "4\r\n0123\r\n7\r\n456789a", "ffffff\r\n0123456789a",
    ] {
      var received: [UInt8] = []
      let client = try connect({ $0.limits.body = 10 }) { request in
        // Whoever takes the error for the end still gets it.
        while case let piece? = try? request.body.receive(upTo: 2), !piece.isEmpty {
          received += piece
        }
        return .text(try request.body.readText())
      }
      try client.send(request: "POST /", "Transfer-Encoding: chunked", body: body)
      try client.expectResponse(
        413, "body longer than 10 bytes\n", fields: ["Connection": "close"])
      try client.endSending()
      try client.expectClosed()
      XCTAssertEqual(received, Array("0123456789".utf8))
    }
  }

  func testTheHandlerMayChangeTheLimit() throws {
    let client = try connect({ $0.limits.body = 10 }) { request in
      XCTAssertEqual(request.body.limit, 10)
      request.body.limit = request.path == "/none" ? nil : Int(request.path.dropFirst())
      return .text(try request.body.readText())
    }
    for (field, body) in [
      ("Content-Length: 20", "01234567890123456789"),
      ("Transfer-Encoding: chunked", "14\r\n01234567890123456789\r\n0\r\n\r\n"),
    ] {
      for path in ["/none", "/20", "/1000"] {
        try client.send(request: "POST \(path)", field, body: body)
        try client.expectResponse(200, "01234567890123456789")
      }
    }
    try client.send(request: "POST /19", "Content-Length: 20", body: "01234567890123456789")
    try client.expectRefusal(413, "body longer than 19 bytes")
  }

  func testTheLimitMayBeNone() throws {
    XCTAssertEqual(HTTPLimits().body, 16 << 20)
    let client = try connect({ $0.limits.body = nil }) { request in
      XCTAssertNil(request.body.limit)
      return .text(try request.body.readText())
    }
    try client.send(request: "POST /", "Content-Length: 3", body: "abc")
    try client.expectResponse(200, "abc")
  }

  /// The limit is of what is read.
  func testABodyThatIsNotReadIsNotOverTheLimit() throws {
    let client = try connect({ $0.limits.body = 10 }) { _ in .text("unread") }
    for (field, body) in [
      ("Content-Length: 20", "01234567890123456789"),
      ("Transfer-Encoding: chunked", "14\r\n01234567890123456789\r\n0\r\n\r\n"),
    ] {
      try client.send(request: "POST /", field, body: body)
      try client.expectResponse(200, "unread", fields: ["Connection": nil])
    }
    try client.expectIdle()
  }

  func testReadingTheRestMayHaveALimitOfItsOwn() throws {
    let client = try connect { request in
      let first = try request.body.receive(upTo: 4)
      return .text("\(first.count) \(try request.body.readText(limit: 6))")
    }
    // What was read before does not count.
    for (field, body) in [
      ("Content-Length: 10", "0123456789"),
      ("Transfer-Encoding: chunked", "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"),
    ] {
      try client.send(request: "POST /", field, body: body)
      try client.expectResponse(200, "4 456789")
    }
    for (field, body) in [
      ("Content-Length: 11", "0123456789a"),
      ("Transfer-Encoding: chunked", "4\r\n0123\r\n7\r\n456789a\r\n0\r\n\r\n"),
    ] {
      let client = try connect { request in
        _ = try request.body.receive(upTo: 4)
        return .bytes(try request.body.readAll(limit: 6))
      }
      try client.send(request: "POST /", field, body: body)
      try client.expectRefusal(413, "body longer than 6 bytes")
    }
  }
}
