import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Bodies of known length, as a handler reads them.
final class RequestBodyTests: HTTPTestCase {
  private func echo(_ request: ServerRequest) throws -> ServerResponse {
    .text(try request.body.readText())
  }

  // MARK: What tells the length

  // Eventlet: W29, W30
  func testOnlyDigitsAreALength() throws {
    for value in [
      "", " ", "x", "-1", "-0", "+1", "1_0", "1 0", "0x1", "1.0", "1e1", "1,", "1;", "\u{661}",
      "9223372036854775808", "18446744073709551617", "99999999999999999999999",
    ] {
      let client = try connect(handler: echo)
      try client.send(request: "POST /", "Content-Length: \(value)")
      try client.expectRefusal(400, "malformed Content-Length")
    }
  }

  // Eventlet: W30
  func testSpacesAroundTheLengthAreNotOfIt() throws {
    let client = try connect(handler: echo)
    try client.send(request: "POST /", "Content-Length: \t 003 \t", body: "abc")
    try client.expectResponse(200, "abc")
    try client.expectIdle()
  }

  // Eventlet: W31
  // Differs: a length that is told twice is refused even if it is the same, because somebody on the
  // way may have looked at another.
  func testALengthIsToldOnce() throws {
    for (fields, message) in [
      (["2", "3"], "more than one Content-Length"), (["2", "2"], "more than one Content-Length"),
      (["2, 2"], "malformed Content-Length"), (["2, 3"], "malformed Content-Length"),
    ] {
      let client = try connect(handler: echo)
      let lines = fields.map { "Content-Length: \($0)\r\n" }.joined()
      try client.send("POST / HTTP/1.1\r\nHost: test\r\n\(lines)\r\nabc")
      try client.expectRefusal(400, message)
    }
  }

  // Eventlet: W32
  func testALengthBesideATransferEncodingIsRefused() throws {
    for fields in [
      "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
      "transfer-encoding: chunked\r\ncontent-length: 2\r\n",
      "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
      "Content-Length: x\r\nTransfer-Encoding: gzip\r\n",
    ] {
      let client = try connect(handler: echo)
      try client.send("POST / HTTP/1.1\r\nHost: test\r\n\(fields)\r\n0\r\n\r\n")
      try client.expectRefusal(400, "Content-Length beside Transfer-Encoding")
    }
  }

  // Eventlet: W33
  func testWithoutALengthThereIsNoBody() throws {
    let client = try connect { request in
      let body = request.body
      XCTAssertTrue(body.isAtEnd)
      XCTAssertEqual(body.length, 0)
      try assertDoesNotSwitch {
        XCTAssertEqual(try body.receive(upTo: 10), [])
        XCTAssertEqual(try body.readAll(), [])
        XCTAssertEqual(try body.makeReader().readLine(), nil)
        try body.forEach { _ in XCTFail("a piece") }
      }
      return .text("none")
    }
    for fields in ["X: y", "Content-Length: 0", "Content-Length: 000"] {
      try client.send(request: "POST /", fields)
      try client.expectResponse(200, "none")
    }
    try client.expectIdle()
  }

  // MARK: Ways to read

  // Eventlet: W46
  func testPiecesAreAtMostAsLongAsAskedFor() throws {
    let client = try connect { request in
      let body = request.body
      XCTAssertEqual(body.length, 10)
      XCTAssertFalse(body.isAtEnd)
      XCTAssertEqual(try body.receive(upTo: 0), [])
      XCTAssertEqual(try body.receive(upTo: -1), [])
      XCTAssertEqual(try body.receive(upTo: 3), Array("012".utf8))
      XCTAssertEqual(try body.receive(upTo: 6), Array("345678".utf8))
      XCTAssertFalse(body.isAtEnd)
      XCTAssertEqual(try body.receive(upTo: 6), Array("9".utf8))
      XCTAssertTrue(body.isAtEnd)
      XCTAssertEqual(try body.receive(upTo: 6), [])
      XCTAssertEqual(body.length, 10)
      return .text("read")
    }
    try client.send(request: "POST /", "Content-Length: 10", body: "0123456789GET /")
    try client.expectResponse(200, "read")
    try client.send(" HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n0123456789")
    try client.expectResponse(200, "read")
  }

  // Eventlet: W46
  func testIntoMemoryOfTheCallersOwn() throws {
    let client = try connect { request in
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
      defer { memory.deallocate() }
      var text = ""
      while case let count = try request.body.receive(into: memory), count > 0 {
        text += String(decoding: memory[..<count], as: UTF8.self) + "|"
      }
      return .text(text)
    }
    try client.send(request: "POST /", "Content-Length: 10", body: "0123456789")
    try client.expectResponse(200, "0123|4567|89|")
  }

  // Eventlet: W44
  // Differs: iterating gives pieces as they come, where Eventlet waits for the whole rest.
  func testPiecesComeAsTheyAreReceived() throws {
    var pieces: [String] = []
    let client = try connect { request in
      try request.body.forEach { pieces.append(String(decoding: $0, as: UTF8.self)) }
      return .text("\(pieces)")
    }
    try client.send(request: "POST /", "Content-Length: 6")
    for piece in ["one", "two"] {
      try client.expectIdle()
      try client.send(piece)
      try client.settle()
      XCTAssertEqual(pieces.last, piece)
    }
    try client.expectResponse(200, #"["one", "two"]"#)
  }

  func testAnErrorEndsTheIteration() throws {
    let client = try connect { request in
      try request.body.forEach { _ in throw HTTPError(.conflict) }
      return .text("")
    }
    try client.send(request: "POST /", "Content-Length: 3", body: "abc")
    try client.expectResponse(409)
    try client.expectIdle()
  }

  // Eventlet: W45, W46
  func testLinesEndWithTheBody() throws {
    let client = try connect { request in
      let reader = request.body.makeReader()
      var lines: [String] = []
      while let line = try reader.readLine() { lines.append(line) }
      XCTAssertEqual(try reader.readLine(), nil)
      return .text(lines.joined(separator: "|"))
    }
    // Nothing follows, and then something that is not of the body.
    for _ in 0..<2 {
      try client.send(request: "POST /", "Content-Length: 13", body: "one\ntwo\r\nlast")
      try client.expectResponse(200, "one|two|last")
      try client.expectIdle()
    }
    for _ in 0..<2 {
      try client.send(request: "POST /", "Content-Length: 13", body: "one\ntwo\r\nlast")
    }
    for _ in 0..<2 { try client.expectResponse(200, "one|two|last") }
    try client.expectIdle()
  }

  func testExactCountsOfAReader() throws {
    let client = try connect { request in
      let reader = request.body.makeReader()
      XCTAssertEqual(try reader.read(exactly: 4), Array("0123".utf8))
      XCTAssertThrowsError(try reader.read(exactly: 7)) {
        XCTAssertEqual($0 as? UnexpectedEnd, UnexpectedEnd(missing: 1))
      }
      return .text(String(decoding: try reader.readAll(), as: UTF8.self))
    }
    try client.send(request: "POST /", "Content-Length: 10", body: "0123456789")
    try client.expectResponse(200, "456789")
  }

  func testTextThatIsNotUTF8() throws {
    let client = try connect(handler: echo)
    try client.send(request: "POST /", "Content-Length: 3")
    try client.send([0x61, 0xFF, 0x62])
    try client.expectResponse(200, "a\u{fffd}b")
  }

  // MARK: The end

  // Eventlet: W43
  // Differs: an error that names what is missing, where Eventlet gives fewer bytes.
  func testABodyThatEndsEarlyIsAnError() throws {
    for kind in StreamKind.allCases {
      for sent in ["", "abc"] {
        var errors: [RequestError] = []
        let server = makeServer { request in
          for _ in 0..<2 {
            do { _ = try request.body.readAll() } catch let error as RequestError {
              errors.append(error)
            }
          }
          _ = try request.body.receive(upTo: 1)
          return .text("not reached")
        }
        let client = try connect(to: server, over: kind)
        try client.send(request: "POST /", "Content-Length: 10", body: sent)
        try client.endSending()
        let missing = 10 - sent.utf8.count
        let message = "body that ended early, at least \(missing) bytes missing"
        try client.expectRefusal(400, message)
        XCTAssertEqual(
          errors, Array(repeating: RequestError(.bodyEndedEarly(missing: missing)), count: 2))
      }
    }
  }

  // MARK: However it comes

  func testEverySplitOfABody() throws {
    let request = Array(
      "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 12\r\n\r\nHello, body!".utf8)
    for kind in StreamKind.allCases {
      let client = try connect(to: makeServer(handler: echo), over: kind)
      for way in everyWay(of: request) {
        try client.send(parts: way)
        try client.expectResponse(200, "Hello, body!")
      }
      // And several at once.
      for split in 1..<request.count {
        let three = request + request + request
        try client.send(parts: [
          Array(three[..<split]), Array(three[split..<(2 * split)]), Array(three[(2 * split)...]),
        ])
        for _ in 0..<3 { try client.expectResponse(200, "Hello, body!") }
      }
      try client.expectIdle()
    }
  }

  /// Larger than every buffer, read in pieces smaller and larger than one.
  func testLongBodies() throws {
    for kind in StreamKind.allCases {
      for (length, most) in [
        (10_000, 100), (10_000, 65_536), (100_000, 4095), (1_000_000, 4096), (1_000_000, 1 << 20),
      ] {
        let body = Self.pattern(length)
        let server = makeServer { request in
          var received: [UInt8] = []
          while case let piece = try request.body.receive(upTo: most), !piece.isEmpty {
            XCTAssertLessThanOrEqual(piece.count, most)
            received += piece
          }
          XCTAssertEqual(received.count, length)
          return .text(received == body ? "\(request.path) same" : "other")
        }
        let client = try connect(to: server, over: kind)
        let sender = spawn {
          for path in ["/one", "/two"] {
            try client.send(request: "POST \(path)", "Content-Length: \(length)")
            try client.send(body)
          }
        }
        try client.expectResponse(200, "/one same")
        try client.expectResponse(200, "/two same")
        try sender.wait()
      }
    }
  }

  /// No byte is like that some powers of two away.
  private static func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8 &* 13) }
  }
}
