import EventletCompression
import EventletHTTP
import EventletJSON
import HTTPTypes

/// Compressed answers, whether or not the client says that it takes them.
func addCompression(to routes: some RoutesBuilder) {
  routes.get("/gzip") { try compressed($0, by: .gzip, "gzip", told: "gzipped") }
  // What HTTP calls deflate is in zlib's format (RFC 9110, 8.4.1.2).
  routes.get("/deflate") { try compressed($0, by: .zlib, "deflate", told: "deflated") }
  routes.get("/brotli") { _ in throw HTTPError(.notImplemented, "this server has no brotli") }
}

private func compressed(
  _ request: ServerRequest, by format: CompressionFormat, _ coding: String, told member: String
) throws -> ServerResponse {
  var report = try request.report([.headers, .method, .origin])
  report[member] = true
  var response = try ServerResponse.report(report)
  response.headerFields[.contentEncoding] = coding
  response.body = .bytes(
    Compressor(format: format).compress(try JSONCoding.readable.encode(report), flush: .finish))
  return response
}
