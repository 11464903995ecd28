import EventletCompression
import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletHTTP

/// Bodies that are compressed as they are written.
final class CompressedStreamTests: CodingTestCase {
  /// Reads one chunk and expands it.
  private func readChunk(
    _ client: RawClient, _ decompressor: Decompressor
  ) throws -> String {
    let size = try XCTUnwrap(Int(try client.readLine(), radix: 16))
    let data = try client.read(size)
    XCTAssertEqual(try client.readLine(), "")
    return String(decoding: try decompressor.decompress(data), as: UTF8.self)
  }

  private func readHead(_ client: RawClient) throws { while try !client.readLine().isEmpty {} }

  func testAFlushSendsWhatWasWritten() throws {
    for (accepted, format) in [("gzip", CompressionFormat.gzip), ("deflate", .zlib)] {
      let client = try connect(compressing: { _ in
        .textStream { writer in
          for number in 1...3 {
            try writer.write("number ")
            try writer.write("\(number)\n")
            try writer.flush()
            // There is nothing more to send.
            try writer.flush()
            try GreenThread.sleep(for: .seconds(1))
          }
          try writer.write("end")
        }
      })
      try client.send(request: "GET /", "Accept-Encoding: \(accepted)")
      try readHead(client)
      let decompressor = Decompressor(format: format, limit: nil)
      for number in 1...3 {
        XCTAssertEqual(try readChunk(client, decompressor), "number \(number)\n")
        try client.expectIdle()
        try GreenThread.sleep(for: .seconds(1))
      }
      XCTAssertEqual(try readChunk(client, decompressor), "end")
      try decompressor.finish()
      try client.expectBytes("0\r\n\r\n")
      try client.expectIdle()
    }
  }

  func testAFlushOfNothingSendsTheHead() throws {
    let client = try connect(compressing: { _ in
      .textStream { writer in
        try writer.flush()
        try GreenThread.sleep(for: .seconds(1))
      }
    })
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    try readHead(client)
    try client.expectIdle()
    let decompressor = Decompressor(format: .gzip, limit: nil)
    XCTAssertEqual(try readChunk(client, decompressor), "")
    try decompressor.finish()
    try client.expectBytes("0\r\n\r\n")
  }

  /// For those who want each piece to arrive.
  func testEachPieceIsSentWhereTheChunksMayBeSmall() throws {
    for size in [0, 1] {
      let client = try connect(compressing: { _ in
        .textStream { writer in
          writer.minimumChunkSize = size
          try writer.write("one")
          try GreenThread.sleep(for: .seconds(1))
          try writer.write(String(repeating: "two", count: 10_000))
          try GreenThread.sleep(for: .seconds(1))
        }
      })
      try client.send(request: "GET /", "Accept-Encoding: gzip")
      try readHead(client)
      let decompressor = Decompressor(format: .gzip, limit: nil)
      XCTAssertEqual(try readChunk(client, decompressor), "one")
      try client.expectIdle()
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertEqual(try readChunk(client, decompressor).utf8.count, 30_000)
      try client.expectIdle()
      XCTAssertEqual(try readChunk(client, decompressor), "")
      try decompressor.finish()
    }
  }

  func testWithoutAFlushSmallPiecesAreCollected() throws {
    let client = try connect(compressing: { _ in
      .textStream { writer in
        for number in 0..<2000 { try writer.write("number \(number)\n") }
        XCTAssertEqual(writer.count, 22_890)
      }
    })
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    let response = try client.expectResponse(200)
    XCTAssertEqual(try expand(response).utf8.count, 22_890)
    // Compressed it is less than makes a chunk and a half.
    XCTAssertLessThanOrEqual(response.chunks?.count ?? 99, 2)
  }

  func testTrailersFollow() throws {
    let client = try connect(compressing: { request in
      let response = ServerResponse.textStream { writer in
        try writer.write("text")
        writer.trailers[.contentLocation] = "/there"
        XCTAssertEqual(writer.trailers[.server], "outer")
      }
      var changed = response
      changed.body = .stream { writer in
        writer.trailers[.server] = "outer"
        try response.body.write(to: writer)
      }
      return changed
    })
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    let response = try client.expectResponse(200)
    XCTAssertEqual(try expand(response), "text")
    XCTAssertEqual(
      response.trailers.map { "\($0.name): \($0.value)" },
      ["Server: outer", "Content-Location: /there"])
  }

  func testTrailersOfAMiddlewareOutsideStay() throws {
    let outer: Middleware = { request, next in
      var response = try next(request)
      let body = response.body
      response.body = .stream { writer in
        writer.trailers[.server] = "outer"
        try body.write(to: writer)
      }
      return response
    }
    let handler = compressing { _ in
      .textStream { writer in
        try writer.write("text")
        writer.trailers[.contentLocation] = "/there"
      }
    }
    let client = try connect { try outer($0, handler) }
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    let response = try client.expectResponse(200)
    XCTAssertEqual(try expand(response), "text")
    XCTAssertEqual(response.trailers.map(\.value), ["outer", "/there"])
  }

  /// A server whose body is in memory would keep its hub to itself for as long as it compresses.
  func testOthersGoOnMeanwhile() throws {
    let text = Self.longText
    let pieces = text.utf8.count / 32_768
    for response in [
      ServerResponse.text(text), .textStream { try $0.write(text) },
      .textStream { writer in
        for byte in Array(text.utf8.prefix(pieces * 32_768)).chunks(of: 1000) {
          try writer.write(byte)
        }
      },
    ] {
      let client = try connect(compressing: { _ in response })
      try client.send(request: "GET /", "Accept-Encoding: gzip")
      var turns = 0
      let other = spawn {
        while true {
          turns += 1
          try GreenThread.yield()
        }
      }
      try client.expectResponse(200)
      XCTAssertGreaterThan(turns, pieces - 1)
      try other.kill()
    }
  }

  func testAWriterIsGoodForItsResponseOnly() throws {
    var kept: ResponseWriter?
    // The server has the handler, which has this, which has the server.
    defer { kept = nil }
    let client = try connect(compressing: { _ in
      .textStream { writer in
        kept = writer
        try writer.write("abc")
      }
    })
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    XCTAssertEqual(try expand(client.expectResponse(200)), "abc")
    let writer = try XCTUnwrap(kept)
    for call in [
      { try writer.write("x") }, { try writer.write([1]) }, { try writer.flush() },
      { try writer.writeFile(0, from: 0, count: 1) },
    ] {
      assertThrows(HTTPServerError.self, call) { XCTAssertEqual($0, .requestEnded) }
    }
    XCTAssertEqual(compressors.lentCount, 0)
  }

  func testASecondWriterIsRefused() throws {
    let text = Self.noise(100_000)
    var failures: [any Error] = []
    let server = makeServer(
      handler: compressing { _ in
        .textStream { writer in
          let second = spawn {
            for call in [{ try writer.write("x") }, { try writer.flush() }] {
              do { try call() } catch { failures.append(error) }
            }
          }
          try writer.write(text)
          try second.wait()
          try writer.write("end")
        }
      })
    let client = try RawClient(narrowOf: server)
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    XCTAssertTrue(try expand(client.readResponse()) == text + "end")
    XCTAssertEqual(failures.count, 2)
    for failure in failures {
      guard case HubError.secondWaiter = failure else { return XCTFail("\(failure)") }
    }
    try client.finish()
  }

  // MARK: How many

  func testFurtherOnesGoAsTheyAre() throws {
    let server = makeServer(
      handler: compressing { _ in
        .textStream { writer in
          try writer.write("text")
          try writer.flush()
          try GreenThread.sleep(for: .seconds(10))
        }
      })
    let clients = try (0..<6).map { _ in try connect(to: server) }
    for client in clients {
      try client.send(request: "GET /", "Accept-Encoding: gzip")
      try client.settle()
    }
    XCTAssertEqual(compressors.lentCount, 4)
    for (index, client) in clients.enumerated() {
      let response = try client.expectResponse(
        200, fields: ["Vary": "Accept-Encoding", "Content-Encoding": index < 4 ? "gzip" : nil])
      XCTAssertEqual(try expand(response), "text")
    }
    XCTAssertEqual(compressors.lentCount, 0)
    // And the next.
    try clients[5].send(request: "GET /", "Accept-Encoding: deflate")
    let response = try clients[5].expectResponse(200, fields: ["Content-Encoding": "deflate"])
    XCTAssertEqual(try expand(response), "text")
  }

  /// What one has left behind in a compressor is not for the next.
  func testACompressorBeginsAnew() throws {
    let client = try connect(compressing: { request in
      .textStream { writer in
        try writer.write("secret of \(request.path)")
        if request.path == "/fails" { throw HTTPError(.conflict) }
      }
    })
    for _ in 0..<3 {
      try client.send(request: "GET /fails", "Accept-Encoding: gzip")
      try client.expectResponse(409, "Conflict\n")
      try client.send(request: "GET /", "Accept-Encoding: gzip")
      XCTAssertEqual(try expand(client.expectResponse(200)), "secret of /")
    }
  }

  func testABodyMayBeWrittenTwice() throws {
    let inner = compressing { _ in .textStream { try $0.write("text") } }
    let client = try connect { request in
      var response = try inner(request)
      let body = response.body
      response.body = .stream { writer in
        try body.write(to: writer)
        try body.write(to: writer)
      }
      return response
    }
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    // Two members are one stream.
    XCTAssertEqual(try expand(client.expectResponse(200)), "texttext")
  }
}
