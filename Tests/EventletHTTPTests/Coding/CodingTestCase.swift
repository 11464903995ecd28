import EventletCompression
import EventletCore
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletHTTP

/// Servers that compress, of whose compressors none must be lent when a test is over.
class CodingTestCase: StaticFilesTestCase {
  private(set) var compressors = CompressorPool(level: 4, limit: 4)

  override func setUpWithError() throws {
    try super.setUpWithError()
    compressors = CompressorPool(level: 4, limit: 4)
  }

  override func tearDownWithError() throws {
    try super.tearDownWithError()
    XCTAssertEqual(compressors.lentCount, 0, "compressors are lent still")
  }

  func compressing(
    _ compression: ResponseCompression = ResponseCompression(), by handler: @escaping RequestHandler
  ) -> RequestHandler {
    compose([responseCompression(compression, by: compressors)], around: handler)
  }

  /// A client of a server that compresses what is text, however short it is.
  func connect(
    compressing handler: @escaping RequestHandler, over kind: StreamKind = .socket,
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in }
  ) throws -> RawClient {
    var compression = ResponseCompression()
    compression.minimumLength = 0
    return try connect(
      to: makeServer(configure, handler: compressing(compression, by: handler)), over: kind)
  }

  /// What a response's body says when it is expanded as its `Content-Encoding` tells.
  func expand(
    _ response: RawResponse, file: StaticString = #filePath, line: UInt = #line
  ) throws -> String {
    switch response["Content-Encoding"] {
    case nil: return response.text
    case "gzip": return try expand(response.body, .gzip)
    case "deflate": return try expand(response.body, .zlib)
    case let other:
      XCTFail("Content-Encoding: \(other ?? "")", file: file, line: line)
      return ""
    }
  }

  func expand(_ bytes: [UInt8], _ format: CompressionFormat) throws -> String {
    let decompressor = Decompressor(format: format, limit: nil)
    let text = try decompressor.decompress(bytes)
    try decompressor.finish()
    XCTAssertEqual(decompressor.unusedCount, 0)
    return String(decoding: text, as: UTF8.self)
  }

  func compress(_ text: String, _ format: CompressionFormat) -> [UInt8] {
    Compressor(format: format).compress(Array(text.utf8), flush: .finish)
  }

  /// A text that hardly compresses, the same each time.
  static func noise(_ count: Int) -> String {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)
    let bytes = (0..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return letters[Int(state >> 58)]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension ServerResponse {
  /// Written piece by piece, as text.
  static func textStream(
    length: Int? = nil, _ write: @escaping (ResponseWriter) throws -> Void
  ) -> ServerResponse {
    .stream(headerFields: [.contentType: "text/plain"], length: length, write)
  }
}

extension Array {
  func chunks(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
