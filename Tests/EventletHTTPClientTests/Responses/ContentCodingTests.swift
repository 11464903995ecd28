import EventletCompression
import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Bodies that the server has compressed.
final class ContentCodingTests: ClientTestCase {
  private let text = (0..<30_000).map { "\($0 * 7919) " }.joined()

  private func compress(_ text: String, _ format: CompressionFormat = .gzip) -> [UInt8] {
    let compressor = Compressor(format: format)
    return compressor.compress(Array(text.utf8)) + compressor.compress([], flush: .finish)
  }

  /// Answers with that, piece by piece if there is a pause between them.
  private func serve(
    _ bytes: [UInt8], in coding: String, pieces: Int = .max, pause: Duration = .zero
  ) throws -> RawServer {
    try serveRaw { socket in
      try socket.answer(
        "HTTP/1.1 200 OK\r\nContent-Encoding: \(coding)\r\nContent-Length: \(bytes.count)\r\n\r\n")
      var rest = bytes[...]
      while !rest.isEmpty {
        try socket.sendAll(Array(rest.prefix(pieces)))
        rest = rest.dropFirst(pieces)
        try GreenThread.sleep(for: pause)
      }
    }
  }

  func testDecompressionOnTheWay() throws {
    let text = String(repeating: "to be compressed ", count: 1000)
    let url = try serve { request in
      .text("\(request.headerFields[.acceptEncoding] ?? "-") \(text)")
    }
    XCTAssertTrue(try makeClient { $0.decompresses = false }.get(url).text().hasPrefix("- to be"))
    let compression = responseCompression()
    let compressing = try serve { request in try compression(request) { _ in .text(text) } }
    let response = try makeClient().get(compressing)
    XCTAssertEqual(response.headerFields[.contentEncoding], "gzip")
    XCTAssertNil(response.length)
    XCTAssertEqual(try response.text(), text)
  }

  func testEachCoding() throws {
    let gzip = compress(text)
    let bodies: [(String, [UInt8])] = [
      ("gzip", gzip), ("x-gzip", gzip), ("GZip, identity", gzip), ("identity", Array(text.utf8)),
      ("deflate", compress(text, .zlib)), ("deflate", compress(text, .raw)),
      ("deflate, gzip", twice()),
    ]
    for (coding, body) in bodies {
      let response = try makeClient().get(serve(body, in: coding).url)
      XCTAssertEqual(try response.text(), text, coding)
      XCTAssertTrue(response.isAtEnd, coding)
      XCTAssertEqual(try response.receive(upTo: 1), [], coding)
    }
  }

  /// With deflate, and that with gzip.
  private func twice() -> [UInt8] {
    let compressor = Compressor(format: .gzip)
    return compressor.compress(compress(text, .zlib)) + compressor.compress([], flush: .finish)
  }

  func testPieces() throws {
    let server = try serve(compress(text), in: "gzip", pieces: 5_000, pause: .seconds(2))
    let client = makeClient()
    let response = try client.get(server.url)
    XCTAssertFalse(response.isAtEnd)
    var bytes = try response.receive(upTo: 1)
    XCTAssertEqual(bytes.count, 1)
    var memory = [UInt8](repeating: 0, count: 1000)
    bytes += memory[..<(try memory.withUnsafeMutableBytes { try response.receive(into: $0) })]
    // Neither is anything lost by whoever runs out of time.
    XCTAssertThrowsError(try withTimeout(.seconds(3)) { try response.bytes() })
    bytes += try response.bytes()
    XCTAssertEqual(String(decoding: bytes, as: UTF8.self), text)
  }

  func testSeveralMembersOfGzip() throws {
    let server = try serve(compress("one") + compress("two"), in: "gzip")
    XCTAssertEqual(try makeClient().get(server.url).text(), "onetwo")
    let slow = try serve(
      compress("one") + compress("two"), in: "gzip", pieces: compress("one").count,
      pause: .seconds(1))
    XCTAssertEqual(try makeClient().get(slow.url).text(), "onetwo")
  }

  func testABodyThatIsCutOff() throws {
    let kinds: [(String, CompressionFormat)] = [
      ("gzip", .gzip), ("deflate", .zlib), ("deflate", .raw),
    ]
    for (coding, format) in kinds {
      let server = try serve(Array(compress(text, format).dropLast(1000)), in: coding)
      let response = try makeClient().get(server.url)
      var count = 0
      let error = try clientError { try response.forEach { count += $0.count } }
      XCTAssertEqual(error.reason, .malformedCoding)
      XCTAssertEqual(error.phase, .body)
      XCTAssertTrue(error.detail.contains("ends too early"), error.detail)
      XCTAssertGreaterThan(count, 100_000)
      XCTAssertFalse(response.isAtEnd)
      XCTAssertThrowsError(try response.receive(upTo: 1))
    }
  }

  func testWhatIsBehindTheEnd() throws {
    let server = try serve(compress(text) + Array("more".utf8), in: "gzip")
    XCTAssertEqual(
      try clientError { try makeClient().get(server.url).bytes() }.reason, .malformedCoding)
  }

  func testACodingThatNobodyHasAskedFor() throws {
    let server = try serve([1, 2, 3], in: "br")
    let client = makeClient()
    let error = try clientError { try client.get(server.url).bytes() }
    XCTAssertEqual(error.reason, .malformedCoding)
    XCTAssertEqual(error.detail, "Content-Encoding: br")
    // Who asks for it takes it off.
    XCTAssertEqual(
      try client.get(server.url, headerFields: [.acceptEncoding: "br"]).bytes(), [1, 2, 3])
    XCTAssertEqual(try makeClient { $0.decompresses = false }.get(server.url).bytes(), [1, 2, 3])
  }

  func testNoBytesAreInAnyCoding() throws {
    let server = try serve([], in: "br")
    XCTAssertEqual(try makeClient().get(server.url).text(), "")
    let head = try serveRaw {
      try $0.answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 50\r\n\r\n")
    }
    XCTAssertEqual(try makeClient().head(head.url).text(), "")
  }

  func testATransferCodingThatNobodyHasAskedFor() throws {
    let server = try serveRaw {
      try $0.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
    }
    XCTAssertEqual(try clientError { try makeClient().get(server.url) }.reason, .malformedHead)
  }
}
