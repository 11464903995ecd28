import EventletCompression
import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import Testing
import XCTest

@testable import EventletHTTP

/// Bodies of requests that come in a coding.
final class RequestDecompressionTests: DecompressionTestCase {
  private static let codings = [("gzip", CompressionFormat.gzip), ("deflate", .zlib)]

  // MARK: Reading

  func testEveryWayOfReadingGivesTheText() throws {
    let ways: [(String, (RequestBody) throws -> [UInt8])] = [
      ("all", { try $0.readAll() }), ("text", { Array(try $0.readText().utf8) }),
      (
        "pieces",
        { body in
          var all: [UInt8] = []
          try body.forEach { all += $0 }
          return all
        }
      ),
      (
        "bytes",
        { body in
          var all: [UInt8] = []
          while case let piece = try body.receive(upTo: 1), !piece.isEmpty { all += piece }
          return all
        }
      ),
      (
        "memory",
        { body in
          let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
          defer { memory.deallocate() }
          var all: [UInt8] = []
          while case let count = try body.receive(into: memory), count > 0 {
            all += memory[..<count]
          }
          return all
        }
      ),
      (
        "lines",
        { body in
          let reader = body.makeReader()
          var all: [UInt8] = []
          while let line = try reader.readLine() { all += Array((line + "\n").utf8) }
          return all
        }
      ),
    ]
    for (coding, format) in Self.codings {
      for (name, read) in ways {
        for kind in StreamKind.allCases {
          let client = try connect(
            expanding: { request in
              XCTAssertNil(request.body.length)
              XCTAssertFalse(request.body.isAtEnd)
              let all = try read(request.body)
              XCTAssertTrue(request.body.isAtEnd)
              XCTAssertEqual(try request.body.receive(upTo: 1), [])
              return .bytes(all)
            }, over: kind)
          for isChunked in [false, true] {
            try client.send(post(coding, encode(text, format), isChunked: isChunked))
            let response = try client.expectResponse(200, fields: ["Connection": nil])
            XCTAssertTrue(response.text == text, "\(coding) \(name) \(kind)")
          }
          try client.expectIdle()
        }
      }
    }
  }

  func testEverySplitOfARequest() throws {
    for (coding, format) in Self.codings {
      for isChunked in [false, true] {
        let client = try connect(expanding: echo)
        let body = encode("green threads, green sockets", format)
        for way in everyWay(of: post(coding, body, isChunked: isChunked)) {
          try client.send(parts: way)
          try client.expectResponse(200, "green threads, green sockets")
        }
      }
    }
  }

  func testRequestsThatFollowAreAsTheyAre() throws {
    let client = try connect(expanding: echo)
    try client.send(
      post("gzip", encode("one", .gzip)) + post("identity", Array("two".utf8))
        + post("deflate", encode("three", .zlib)))
    try client.send(request: "POST /", "Content-Length: 4", body: "four")
    for text in ["one", "two", "three", "four"] { try client.expectResponse(200, text) }
    try client.expectIdle()
  }

  func testTheFieldsStayAsTheyCame() throws {
    let body = encode(text, .gzip)
    let client = try connect(expanding: { request in
      XCTAssertEqual(request[.contentEncoding], "gzip")
      XCTAssertEqual(request[.contentLength], "\(body.count)")
      return .text("\(try request.body.readAll().count)")
    })
    try client.send(post("gzip", body))
    try client.expectResponse(200, "\(text.utf8.count)")
  }

  func testTrailersFollow() throws {
    let client = try connect(expanding: { request in
      XCTAssertEqual(request.body.trailers, HTTPFields())
      _ = try request.body.readAll()
      return .text(request.body.trailers.first?.value ?? "none")
    })
    try client.send(post("gzip", encode(text, .gzip), isChunked: true))
    try client.expectResponse(200, "yes")
  }

  func testForms() throws {
    let client = try connect(expanding: { request in
      let form = try request.readForm()
      return .text("\(form.fields["a"] ?? "") \(form.fields["b"] ?? "")")
    })
    let multipart = """
      --x\r
      Content-Disposition: form-data; name="a"\r
      \r
      1\r
      --x\r
      Content-Disposition: form-data; name="b"\r
      \r
      2\r
      --x--\r

      """
    for (type, body) in [
      ("application/x-www-form-urlencoded", "a=1&b=2"),
      ("multipart/form-data; boundary=x", multipart),
    ] {
      let coded = encode(body, .gzip)
      try client.send(
        request: "POST /", "Content-Type: \(type)", "Content-Encoding: gzip",
        "Content-Length: \(coded.count)")
      try client.send(coded)
      try client.expectResponse(200, "1 2")
    }
  }

  // Eventlet: W48
  func testAClientThatWaitsIsToldToGoOn() throws {
    let client = try connect(expanding: echo)
    let body = encode(text, .gzip)
    try client.send(
      request: "POST /", "Expect: 100-continue", "Content-Encoding: gzip",
      "Content-Length: \(body.count)")
    try client.expectContinue()
    try client.send(body)
    XCTAssertTrue(try client.expectResponse(200).text == text)
    try client.expectIdle()
  }

  /// A client that sends as it goes gets answers as it goes.
  func testWhatHasComeCanBeReadBeforeTheRest() throws {
    let client = try connect(expanding: { request in
      .stream { writer in
        writer.minimumChunkSize = 1
        try request.body.forEach { try writer.write($0) }
      }
    })
    let compressor = Compressor(format: .gzip)
    try client.send(
      request: "POST /", "Content-Encoding: gzip", "Transfer-Encoding: chunked")
    for word in ["one", "two"] {
      let piece = compressor.compress(Array(word.utf8), flush: .sync)
      try client.send("\(String(piece.count, radix: 16))\r\n")
      try client.send(piece + Array("\r\n".utf8))
      if word == "one" { while try !client.readLine().isEmpty {} }
      try client.expectBytes("3\r\n\(word)\r\n")
    }
    let piece = compressor.compress([], flush: .finish)
    try client.send("\(String(piece.count, radix: 16))\r\n")
    try client.send(piece + Array("\r\n0\r\n\r\n".utf8))
    try client.expectBytes("0\r\n\r\n")
    try client.expectIdle()
  }

  // MARK: Codings

  func testCodingsAreTakenOffInTurn() throws {
    let gzip = encode(text, .gzip)
    let deflate = encode(text, .zlib)
    for (codings, body) in [
      ("gzip", gzip), ("x-gzip", gzip), ("GZip", gzip), (" , gzip,", gzip), ("deflate", deflate),
      ("gzip, identity", gzip), ("deflate, gzip", encode(deflate, .gzip)),
      ("gzip, deflate", encode(gzip, .zlib)), ("gzip,gzip", encode(gzip, .gzip)),
      ("deflate\r\nContent-Encoding: gzip", encode(deflate, .gzip)),
      ("identity", Array(text.utf8)), ("", Array(text.utf8)),
    ] {
      let client = try connect(expanding: echo)
      for isChunked in [false, true] {
        try client.send(post(codings, body, isChunked: isChunked))
        XCTAssertTrue(try client.expectResponse(200).text == text, codings)
      }
      try client.expectIdle()
    }
  }

  /// RFC 9110, 15.5.16.
  func testAnUnknownCodingIsRefused() throws {
    for codings in ["br", "gzip, br", "br, gzip", "gzip;q=1", "gzip gzip", "gzip, gzip, gzip"] {
      let client = try connect(expanding: { request in
        XCTAssertEqual(request.path, "/empty")
        return .text("")
      })
      try client.send(post(codings, Array("body".utf8)))
      try client.expectResponse(415, fields: ["Accept-Encoding": "gzip, deflate"])
      // The body was thrown away.
      try client.send(post("zstd", [], path: "/empty"))
      try client.expectResponse(200)
    }
  }

  func testWhoeverTellsAClientMayChangeTheFields() throws {
    let server = makeServer(
      handler: compose(
        [requestIdentifier(acceptsClients: false), requestDecompression()], around: echo))
    let client = try connect(to: server)
    try client.send(post("br", Array("body".utf8)))
    let response = try client.expectResponse(
      415, "the content coding 'br' is not supported\n")
    XCTAssertNotNil(response["X-Request-ID"])
  }

  func testNoBodyIsNoBody() throws {
    let client = try connect(expanding: { request in
      XCTAssertEqual(request.body.length, 0)
      XCTAssertTrue(request.body.isAtEnd)
      return .text("read \(try request.body.readAll().count)")
    })
    for fields in [["Content-Encoding: gzip"], ["Content-Encoding: br", "Content-Length: 0"]] {
      try client.send(request: "GET /", fields[0], fields.count > 1 ? fields[1] : "X: y")
      try client.expectResponse(200, "read 0")
    }
  }

  func testABodyWithoutAByteIsEmpty() throws {
    let client = try connect(expanding: echo)
    try client.send(post("gzip", [], isChunked: true))
    try client.expectResponse(200, "")
    try client.expectIdle()
  }

  func testASecondMiddlewareHasNothingToDo() throws {
    let client = try connect(expanding: compose([requestDecompression()], around: echo))
    try client.send(post("gzip", encode(text, .gzip)))
    XCTAssertTrue(try client.expectResponse(200).text == text)
  }

  // MARK: Malformed bodies

  func testAMalformedBodyIs400() throws {
    let gzip = encode(text, .gzip)
    var broken = gzip
    broken[gzip.count - 5] ^= 1
    for (coding, body, message) in [
      ("gzip", Array(gzip.dropLast()), "body whose content coding, gzip, does not end"),
      ("gzip", gzip + [0], "body that goes on behind the end of its content coding, gzip"),
      ("gzip", broken, "body that is not in its content coding, gzip"),
      ("gzip", Array(text.utf8), "body that is not in its content coding, gzip"),
      ("deflate", gzip, "body that is not in its content coding, deflate"),
      ("deflate", encode(text, .raw), "body that is not in its content coding, deflate"),
      ("gzip, deflate", gzip, "body that is not in its content coding, deflate"),
    ] {
      for isChunked in [false, true] {
        let client = try connect(expanding: { request in
          // Whoever takes the error for the end still gets it.
          var failures = 0
          while failures < 2 {
            do {
              if try request.body.receive(upTo: 10_000).isEmpty { break }
            } catch is RequestError { failures += 1 }
          }
          XCTAssertEqual(failures, 2)
          return .text(try request.body.readText())
        })
        try client.send(post(coding, body, isChunked: isChunked))
        try client.endSending()
        try client.expectRefusal(400, message)
      }
    }
  }

  func testABodyThatEndsEarlyIs400() throws {
    let body = encode(text, .gzip)
    for isChunked in [false, true] {
      let bytes = post("gzip", body, isChunked: isChunked)
      for missing in [1, 30, body.count - 10] {
        let client = try connect(expanding: echo)
        try client.send(Array(bytes.dropLast(missing)))
        try client.endSending()
        let response = try client.expectResponse(400, fields: ["Connection": "close"])
        XCTAssertTrue(response.text.hasPrefix("body that ended early"), response.text)
        try client.expectClosed()
      }
    }
  }

  // MARK: Limits

  func testTheLimitIsOfWhatABodyBecomes() throws {
    let count = text.utf8.count
    for (limit, configured, own, status) in [
      // Of the server, of the middleware, of the handler.
      (nil, count, nil, 200), (nil, count - 1, nil, 413), (count, 1 << 20, nil, 200),
      (count - 1, 1 << 20, nil, 413), (10, 1 << 20, count, 200), (1 << 20, 1 << 20, 10, 413),
      (nil, 5000, count, 200), (0, 1 << 20, nil, 413),
    ] as [(Int?, Int, Int?, Int)] {
      let client = try connect(
        expanding: { request in
          if let own { request.body.limit = own }
          XCTAssertEqual(request.body.limit, own ?? limit ?? configured)
          return try self.echo(request)
        }, limit: limit, { $0.limits.body = configured })
      for isChunked in [false, true] {
        if isChunked, status != 200 { break }
        try client.send(post("gzip", encode(text, .gzip), isChunked: isChunked))
        let response = try client.expectResponse(status)
        if status == 200 {
          XCTAssertTrue(response.text == text)
        } else {
          XCTAssertEqual(
            response.text, "body longer than \(own ?? limit ?? configured) bytes\n")
        }
      }
    }
  }

  /// What does not compress may be longer than what it becomes.
  func testABodyUpToTheHandlersLimitMayComeInAnyCoding() throws {
    let noise = Array(CodingTestCase.noise(100_000).utf8)
    let stored = Compressor(format: .gzip, level: 0).compress(noise, flush: .finish)
    XCTAssertGreaterThan(stored.count, noise.count)
    let client = try connect(
      expanding: { request in
        request.body.limit = request.path == "/any" ? nil : 100_000
        return try self.echo(request)
      }, { $0.limits.body = 10 })
    for path in ["/", "/any"] {
      try client.send(post("gzip", stored, path: path))
      XCTAssertTrue(try client.expectResponse(200).body == noise)
    }
  }

  func testWhatIsSentIsLimitedByTheServer() throws {
    let body = encode(text, .gzip)
    let client = try connect(
      expanding: echo, limit: 1 << 30, { $0.limits.body = body.count - 1 })
    try client.send(post("gzip", body))
    try client.expectResponse(413, "body longer than \(body.count - 1) bytes\n")
  }

  /// A bomb that expands to 32 MiB, of which no more than is asked for is ever there.
  func testABombIsRefused() throws {
    let bomb = encode([UInt8](repeating: 0, count: 32 << 20), .gzip)
    let twice = encode(bomb, .gzip)
    XCTAssertLessThan(twice.count, 1000)
    for (codings, body, message) in [
      ("gzip", bomb, "body that expands to over 100 times its length\n"),
      ("gzip, gzip", twice, "body that expands to over 100 times its length\n"),
    ] {
      var most = 0
      let client = try connect(expanding: { request in
        try request.body.forEach { most += $0.count }
        return .text("read")
      })
      try client.send(post(codings, body))
      try client.expectResponse(413, message, fields: ["Connection": "close"])
      XCTAssertLessThan(most, 5 << 20)
    }
    let client = try connect(expanding: echo, maximumRatio: 2000)
    try client.send(post("gzip", bomb))
    try client.expectResponse(413, "body longer than \(16 << 20) bytes\n")
  }

  // MARK: What is not read

  // Eventlet: W39
  func testTheRestIsThrownAway() throws {
    let client = try connect(expanding: { request in
      let count = Int(request.path.dropFirst()) ?? 0
      return .bytes(count == 0 ? [] : try request.body.receive(upTo: count))
    })
    for isChunked in [false, true] {
      for count in [0, 1, 5000, 65_536] {
        try client.send(
          post("gzip", encode(text, .gzip), isChunked: isChunked, path: "/\(count)")
            + post("gzip", encode("next", .gzip), path: "/10"))
        let part = try client.expectResponse(200, fields: ["Connection": nil]).text
        XCTAssertTrue(text.hasPrefix(part))
        XCTAssertEqual(part.isEmpty, count == 0)
        try client.expectResponse(200, "next", fields: ["Connection": nil])
      }
    }
    try client.expectIdle()
  }

  func testReadingAfterTheResponseIsAnError() throws {
    var kept: RequestBody?
    let client = try connect(expanding: { request in
      kept = request.body
      return .text("answer")
    })
    try client.send(post("gzip", encode(text, .gzip)))
    try client.expectResponse(200, "answer")
    try client.settle()
    let body = try XCTUnwrap(kept)
    for read in [{ _ = try body.receive(upTo: 1) }, { _ = try body.readAll() }] {
      assertThrows(HTTPServerError.self, read) { XCTAssertEqual($0, .requestEnded) }
    }
    XCTAssertTrue(body.isAtEnd)
    XCTAssertNil(body.length)
  }

  // MARK: Interruptions

  func testATimeoutLosesNothing() throws {
    for kind in StreamKind.allCases {
      for isChunked in [false, true] {
        let client = try connect(
          expanding: { request in
            var received: [UInt8] = []
            var timeouts = 0
            while !request.body.isAtEnd {
              do {
                try withTimeout(.seconds(1)) { received += try request.body.receive(upTo: 100) }
              } catch is Timeout { timeouts += 1 }
            }
            return .text("\(timeouts) \(received == Array(self.text.utf8))")
          }, over: kind)
        let bytes = post("gzip", encode(text, .gzip), isChunked: isChunked)
        try client.send(Array(bytes.dropLast(1000)))
        try GreenThread.sleep(for: .milliseconds(3500))
        try client.send(Array(bytes.suffix(1000)))
        try client.expectResponse(200, "3 true", fields: ["Connection": nil])
      }
    }
  }

  func testAKilledReaderLosesNothing() throws {
    for isChunked in [false, true] {
      let bytes = post("deflate", encode("green threads", .zlib), isChunked: isChunked)
      let begin = post("deflate", encode("", .zlib)).count
      for split in begin..<bytes.count {
        let client = try connect(expanding: { request in
          var received: [UInt8] = []
          let reader = spawn { try request.body.forEach { received += $0 } }
          try GreenThread.sleep(for: .seconds(2))
          try reader.kill()
          try request.body.forEach { received += $0 }
          return .bytes(received)
        })
        try client.send(Array(bytes[..<split]))
        Hub.current.schedule(after: .seconds(3)) { try? client.send(Array(bytes[split...])) }
        try client.expectResponse(200, "green threads")
      }
    }
  }

  func testASecondReaderIsAnErrorAndTheFirstGoesOn() throws {
    let client = try connect(expanding: { request in
      let first = spawn { try request.body.readAll() }
      try GreenThread.yield()
      for _ in 0..<2 {
        assertThrows(HubError.self) {
          _ = try request.body.receive(upTo: 1)
        } check: {
          guard case .secondWaiter = $0 else { return XCTFail("\($0)") }
        }
      }
      return .bytes(try first.wait())
    })
    let bytes = post("gzip", encode(text, .gzip))
    try client.send(Array(bytes.dropLast(100)))
    try client.settle()
    try client.send(Array(bytes.suffix(100)))
    XCTAssertTrue(try client.expectResponse(200).text == text)
    try client.expectIdle()
  }

  func testAClientThatGoesIsNobodysMistake() throws {
    let server = makeServer(handler: compose([requestDecompression()], around: echo))
    let address = try listen(server)
    let bytes = post("gzip", encode(text, .gzip))
    for isReset in [false, true] {
      let client = try connect(to: address)
      try client.send(Array(bytes.dropLast(100)))
      try client.settle()
      if isReset { try client.reset() } else { client.socket.close() }
      while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
    }
    try assertServes(address)
  }
}

@Test(arguments: ["limit", "ratio"])
func anImpossibleLimitOfDecompressionEndsTheProcess(number: String) async {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    [number] in
    if number == "limit" {
      _ = requestDecompression(limit: -1)
    } else {
      _ = requestDecompression(maximumRatio: 0)
    }
  }
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains("requestDecompression: a \(number) of"), "\(output)")
}
