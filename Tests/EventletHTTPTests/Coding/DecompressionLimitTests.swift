import EventletCompression
import EventletCore
import EventletTesting
import Testing
import XCTest

@testable import EventletHTTP

/// How much a body may become, and what becomes of one that is not read.
final class DecompressionLimitTests: DecompressionTestCase {
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
