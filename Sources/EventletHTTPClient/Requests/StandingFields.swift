internal import HTTPTypes

/// The fields that a client adds to all its requests, as libcurl takes them.
///
/// libcurl has options for these; but with an option it writes a field twice, byte by byte, for each
/// request, which was a tenth of what a small request costs.
final class StandingFields {
  private let userAgent: String?
  private let acceptEncoding: String?
  private var list = CurlList()

  init(_ configuration: HTTPClient.Configuration) throws(HTTPClientError) {
    guard HTTPField.isValidValue(configuration.userAgent) else {
      throw HTTPClientError(.invalidRequest("the user agent has characters that end a line"))
    }
    userAgent = configuration.userAgent.isEmpty ? nil : "User-Agent: \(configuration.userAgent)"
    acceptEncoding =
      configuration.decompresses ? "Accept-Encoding: gzip, deflate" : nil
    append(to: &list, unless: HTTPFields())
  }

  deinit { list.free() }

  /// All of them, for a request without fields of its own.
  var first: UnsafeMutableRawPointer? { list.first.map(UnsafeMutableRawPointer.init) }

  /// Adds those that a request has not itself.
  func append(to list: inout CurlList, unless fields: HTTPFields) {
    if let userAgent, fields[.userAgent] == nil { list.append(userAgent) }
    if let acceptEncoding, fields[.acceptEncoding] == nil { list.append(acceptEncoding) }
  }
}
