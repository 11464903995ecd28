import EventletCompression
import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletHTTP

/// Servers that expand the bodies of requests.
class DecompressionTestCase: HTTPTestCase {
  let text = (0..<2000).map { "line \($0)\n" }.joined()

  /// A client of a server whose handler gets bodies expanded.
  func connect(
    expanding handler: @escaping RequestHandler, limit: Int? = nil, maximumRatio: Int = 100,
    over kind: StreamKind = .socket,
    _ configure: (inout HTTPServer.Configuration) -> Void = { _ in }
  ) throws -> RawClient {
    let middleware = requestDecompression(limit: limit, maximumRatio: maximumRatio)
    let server = makeServer(configure, handler: compose([middleware], around: handler))
    return try connect(to: server, over: kind)
  }

  func echo(_ request: ServerRequest) throws -> ServerResponse {
    .bytes(try request.body.readAll())
  }

  /// The bytes of a request with such a body.
  func post(
    _ coding: String, _ body: [UInt8], isChunked: Bool = false, path: String = "/"
  ) -> [UInt8] {
    let length = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(body.count)"
    let fields = "Host: a\r\nContent-Encoding: \(coding)\r\n\(length)\r\n"
    let head = Array("POST \(path) HTTP/1.1\r\n\(fields)\r\n".utf8)
    if !isChunked { return head + body }
    var chunks: [UInt8] = []
    for chunk in body.chunks(of: 100) {
      chunks += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
    }
    return head + chunks + Array("0\r\nX-End: yes\r\n\r\n".utf8)
  }

  func encode(_ bytes: [UInt8], _ format: CompressionFormat) -> [UInt8] {
    Compressor(format: format).compress(bytes, flush: .finish)
  }

  func encode(_ text: String, _ format: CompressionFormat) -> [UInt8] {
    encode(Array(text.utf8), format)
  }
}
