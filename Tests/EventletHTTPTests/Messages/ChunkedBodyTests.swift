import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Bodies in chunks, as a handler reads them.
final class ChunkedBodyTests: HTTPTestCase {
  private func echo(_ request: ServerRequest) throws -> ServerResponse {
    .text(try request.body.readText())
  }

  // MARK: What says that there are chunks

  // Eventlet: W34
  func testChunkedIsAWordInAnyCase() throws {
    let client = try connect { request in
      XCTAssertEqual(request.body.length, nil)
      XCTAssertFalse(request.body.isAtEnd)
      return .text(try request.body.readText())
    }
    for field in ["Transfer-Encoding: chunked", "transfer-encoding:\t CHUNKED \t"] {
      try client.send(request: "POST /", field, body: "3\r\nabc\r\n0\r\n\r\n")
      try client.expectResponse(200, "abc")
    }
    try client.expectIdle()
  }

  // Eventlet: W34
  // Differs: refused in HTTP/1.0 (RFC 9112, 6.1), where Eventlet decodes it.
  func testChunksAreOfHTTP1_1() throws {
    let client = try connect(handler: echo)
    try client.send("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    try client.expectRefusal(400, "Transfer-Encoding in a request of HTTP/1.0")
  }

  // Eventlet: W35
  func testOtherCodingsAreRefused() throws {
    for (values, status) in [
      (["gzip"], 501), (["identity"], 501), (["gzip, chunked"], 501), (["gzip;q=1, chunked"], 501),
      (["chunked;q=1"], 501), (["xchunked"], 501), (["\"chunked\""], 501),
      (["chunked, gzip"], 400), (["chunked, chunked"], 400), (["chunked, identity"], 400),
      ([""], 400), ([","], 400), (["chunked,"], 400), ([", chunked"], 400),
      (["chunked", "chunked"], 400), (["gzip", "chunked"], 400), (["chunked", "identity"], 400),
    ] {
      let client = try connect { _ in
        XCTFail("a handler got \(values)")
        return .text("")
      }
      let lines = values.map { "Transfer-Encoding: \($0)\r\n" }.joined()
      try client.send("POST / HTTP/1.1\r\nHost: test\r\n\(lines)\r\n3\r\nabc\r\n0\r\n\r\n")
      try client.expectRefusal(
        status, status == 501 ? "unsupported Transfer-Encoding" : "malformed Transfer-Encoding")
    }
  }

  // MARK: What is decoded

  // Eventlet: W36
  // Differs: control characters in extensions are refused; there must be no space before them.
  private static let bodies: [(sent: String, text: String)] = [
    ("0\r\n\r\n", ""),
    ("000\r\n\r\n", ""),
    ("1\r\na\r\n0\r\n\r\n", "a"),
    ("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"),
    ("A\r\n0123456789\r\na\r\n0123456789\r\n00\r\n\r\n", "01234567890123456789"),
    ("0000000000000003\r\nabc\r\n0\r\n\r\n", "abc"),
    ("2\r\n\r\n\r\n3\r\n0\r\n\r\n0\r\n\r\n", "\r\n0\r\n"),
    ("3;name=value\r\nabc\r\n0;last\r\n\r\n", "abc"),
    ("3;;=\"\t \u{e9};\"; 5\r\nabc\r\n0\r\n\r\n", "abc"),
    // Trailers.
    ("1\r\na\r\n0\r\nX: y\r\n\r\n", "a"),
  ]

  // Eventlet: W36, W38
  func testEverySplitOfChunks() throws {
    for kind in StreamKind.allCases {
      let client = try connect(to: makeServer(handler: echo), over: kind)
      for (sent, text) in Self.bodies {
        let request = Array(
          "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n\(sent)".utf8)
        for way in everyWay(of: request) {
          try client.send(parts: way)
          try client.expectResponse(200, text)
        }
      }
      try client.expectIdle()
    }
  }

  // Eventlet: W36
  func testPiecesEndWithTheirChunks() throws {
    let client = try connect { request in
      let body = request.body
      XCTAssertEqual(try body.receive(upTo: 2), Array("ab".utf8))
      XCTAssertEqual(try body.receive(upTo: 5), Array("c".utf8))
      XCTAssertEqual(try body.receive(upTo: 5), Array("defg".utf8))
      XCTAssertFalse(body.isAtEnd)
      XCTAssertEqual(try body.receive(upTo: 5), [])
      XCTAssertTrue(body.isAtEnd)
      XCTAssertEqual(try body.receive(upTo: 5), [])
      return .text("read")
    }
    for _ in 0..<2 {
      try client.send(
        request: "POST /", "Transfer-Encoding: chunked", body: "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
      try client.expectResponse(200, "read")
    }
  }

  // Eventlet: W36
  func testExactCountsSpanChunks() throws {
    let client = try connect { request in
      let reader = request.body.makeReader()
      XCTAssertEqual(try reader.read(exactly: 5), Array("abcde".utf8))
      XCTAssertEqual(try reader.readAll(), Array("fg".utf8))
      return .text("read")
    }
    try client.send(
      request: "POST /", "Transfer-Encoding: chunked", body: "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
    try client.expectResponse(200, "read")
  }

  // Eventlet: W37
  func testLinesSpanChunks() throws {
    let client = try connect { request in
      let reader = request.body.makeReader()
      var lines: [String] = []
      while let line = try reader.readLine() { lines.append(line) }
      return .text(lines.joined(separator: "|"))
    }
    let request =
      "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "b\r\nthis is chu\r\n4\r\nnked\r\n1\r\n\n\r\n9\r\nline 2\nli\r\n3\r\nne3\r\n0\r\n\r\n"
    for way in everyWay(of: Array(request.utf8)) {
      try client.send(parts: way)
      try client.expectResponse(200, "this is chunked|line 2|line3")
    }
  }

  func testLongChunks() throws {
    for kind in StreamKind.allCases {
      for sizes in [
        [300_000], [1, 8190, 8191, 8192, 8193, 65_537], Array(repeating: 7, count: 5000),
      ] {
        let data = (0..<sizes.reduce(0, +)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        var sent: [UInt8] = []
        var position = 0
        for size in sizes {
          sent += Array("\(String(size, radix: 16))\r\n".utf8)
          sent += data[position..<(position + size)] + Array("\r\n".utf8)
          position += size
        }
        let server = makeServer { request in
          .text(try request.body.readAll() == data ? "same" : "other")
        }
        let client = try connect(to: server, over: kind)
        let sender = spawn { [sent] in
          for _ in 0..<2 {
            try client.send(request: "POST /", "Transfer-Encoding: chunked")
            try client.send(sent + Array("0\r\n\r\n".utf8))
          }
        }
        for _ in 0..<2 { try client.expectResponse(200, "same") }
        try sender.wait()
      }
    }
  }

  // MARK: Trailers

  private static let one = HTTPField.Name("X-One").unsafelyUnwrapped

  // Eventlet: W38
  // Differs: they are given to the handler, apart from the fields of the head.
  func testTrailersAreThereAtTheEndAndAreNoFields() throws {
    let client = try connect { request in
      XCTAssertEqual(request.body.trailers, [:])
      _ = try request.body.receive(upTo: 10)
      XCTAssertEqual(request.body.trailers, [:])
      _ = try request.body.readAll()
      XCTAssertNil(request[Self.one])
      XCTAssertNil(request.headerFields[Self.one])
      XCTAssertEqual(request.rawFields.count, 2)
      return .text(
        request.body.trailers.map { "\($0.name.rawName)=\($0.value)" }.joined(separator: " "))
    }
    // Nor do they end a body, or begin a request.
    try client.send(
      request: "POST /", "Transfer-Encoding: chunked",
      body: "1\r\na\r\n0\r\nx-one: 1\r\nContent-Length: 5\r\nX-ONE:2\r\n\r\n")
    try client.expectResponse(200, "x-one=1 Content-Length=5 X-ONE=2")
    try client.send(request: "POST /", "Transfer-Encoding: chunked", body: "1\r\na\r\n0\r\n\r\n")
    try client.expectResponse(200, "")
    try client.expectIdle()
  }

  // Eventlet: W38, W42
  func testMalformedTrailersAreRefused() throws {
    for (trailers, message) in [
      ("GET / HTTP/1.1\r\n", "malformed field name"), ("X : y\r\n", "malformed field name"),
      (" X: y\r\n", "field that goes on in the next line"),
      ("X: y\r\n z\r\n", "field that goes on in the next line"),
      ("X: \0\r\n", "control character in a field"),
      ("X: y\n", "line that does not end in CR LF"),
      ("X: y\rZ: z\r\n", "line that does not end in CR LF"),
      ("\n", "line that does not end in CR LF"),
    ] {
      try expectBody("1\r\na\r\n0\r\n\(trailers)\r\n", isRefused: message)
    }
    let many = String(repeating: "X: y\r\n", count: 101)
    try expectBody("1\r\na\r\n0\r\n\(many)\r\n", isRefused: "too many fields", 431)
  }

  // MARK: What is refused

  /// A handler gets the error as often as it reads, and the client its status.
  private func expectBody(
    _ body: String, isRefused message: String, _ status: Int = 400, ends: Bool = false,
    after text: String = "a",
    file: StaticString = #filePath, line: UInt = #line
  ) throws {
    for parts in [[Array(body.utf8)], body.utf8.map { [$0] }] {
      let client = try connect { request in
        var received: [UInt8] = []
        do {
          while case let piece = try request.body.receive(upTo: 100), !piece.isEmpty {
            received += piece
          }
          XCTFail("taken: \(body)", file: file, line: line)
        } catch let error as RequestError {
          XCTAssertEqual("\(error)", message, body, file: file, line: line)
        }
        XCTAssertEqual(
          String(decoding: received, as: UTF8.self), text, body, file: file, line: line)
        _ = try request.body.readAll()
        XCTFail("taken: \(body)", file: file, line: line)
        return .text("")
      }
      try client.send(request: "POST /", "Transfer-Encoding: chunked")
      do { try client.send(parts: parts) } catch SystemError.brokenPipe {}
      if ends { try client.endSending() }
      try client.expectRefusal(status, message, file: file, line: line)
    }
  }

  // Eventlet: W40, W42
  func testMalformedChunksAreRefused() throws {
    for chunk in [
      "\r\n", "x\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1_0\r\n",
      "1 ;x\r\n",
      ";x\r\n", "1\n", "1\r\r\n", "1\rx", "\n", "1;x\n", "1;\0\r\n", "1;x\r\r\n",
      "1,\r\n", "1\t\r\n",
      // Too large a number, too many digits.
      "8000000000000000\r\n", "FFFFFFFFFFFFFFFF\r\n", "10000000000000000\r\n",
      "00000000000000001\r\n",
      // What follows the data.
      "1\r\nbX\n0\r\n\r\n", "1\r\nb\n0\r\n\r\n", "1\r\nb0\r\n\r\n", "1\r\nbb\r\n0\r\n\r\n",
      "1\r\nb\rX0\r\n\r\n",
    ] {
      let text = chunk.hasPrefix("1\r\nb") ? "ab" : "a"
      try expectBody("1\r\na\r\n" + chunk, isRefused: "malformed chunk", after: text)
    }
  }

  // Eventlet: W40
  func testChunksThatEndEarlyAreRefused() throws {
    for (chunk, text, missing) in [
      ("", "", 1), ("5", "", 1), ("5\r\n", "", 5), ("5\r\nab", "ab", 3), ("5\r\nabcde", "abcde", 1),
      ("5\r\nabcde\r\n", "abcde", 1), ("5\r\nabcde\r\n0", "abcde", 1),
      ("5\r\nabcde\r\n0\r\n", "abcde", 1), ("1\r\na\r\n0\r\nX: y\r\n", "a", 1),
    ] {
      try expectBody(
        chunk, isRefused: "body that ended early, at least \(missing) bytes missing", ends: true,
        after: text)
    }
  }

  // Eventlet: W42
  func testWhatIsBesideTheDataIsLimited() throws {
    let long = String(repeating: "x", count: 100)
    for (body, text) in [
      ("1;\(long)\r\na\r\n0\r\n\r\n", ""), ("1;x\r\na\r\n0\r\n\(long): y\r\n\r\n", "a"),
      (String(repeating: "1;\(String(repeating: "x", count: 20))\r\na\r\n", count: 5), "aaaa"),
      ("1\r\na\r\n0\r\n" + String(repeating: "X: y\r\n", count: 30), "a"),
      // Even if the line never ends.
      ("1;\(long)", ""),
    ] {
      let client = try connect({ $0.limits.chunkOverhead = 100 }) { request in
        var received: [UInt8] = []
        do { try request.body.forEach { received += $0 } } catch let error as RequestError {
          XCTAssertEqual(error.reason, .chunkOverheadTooLong)
          XCTAssertEqual(String(decoding: received, as: UTF8.self), text)
          throw error
        }
        return .text("not reached")
      }
      try client.send(request: "POST /", "Transfer-Encoding: chunked", body: body)
      try client.expectRefusal(400, "lines of chunks too long")
    }
    let client = try connect({ $0.limits.chunkOverhead = 100 }, handler: echo)
    let body = "1;\(String(repeating: "x", count: 93))\r\na\r\n0\r\nX: y\r\n\r\n"
    // Those of one body do not count for the next.
    for _ in 0..<2 {
      try client.send(request: "POST /", "Transfer-Encoding: chunked", body: body)
      try client.expectResponse(200, "a")
    }
  }
}
