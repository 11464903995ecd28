public import EventletHTTP

/// The body of a request.
///
/// ```swift
/// try client.post(url, body: .form(["name": "ann", "page": "2"]))
/// try client.put(url, body: .stream { writer in
///   for row in rows { try writer.write("\(row)\n") }
/// })
/// ```
public struct HTTPClientBody {
  enum Content {
    case none
    case bytes([UInt8])
    case stream(length: Int?, isRepeatable: Bool, (HTTPClientWriter) throws -> Void)
  }

  let content: Content
  /// `Content-Type` of a request that does not say it itself; nil is none.
  public var contentType: MediaType?

  init(_ content: Content, _ contentType: MediaType? = nil) {
    self.content = content
    self.contentType = contentType
  }

  /// No body.
  public static var none: HTTPClientBody { HTTPClientBody(.none) }

  /// Bytes, sent as they are.
  /// - Parameters:
  ///   - bytes: Perhaps none, which is a body of no length.
  ///   - contentType: None by default.
  /// - Returns: a body.
  public static func bytes(
    _ bytes: [UInt8], contentType: MediaType? = nil
  ) -> HTTPClientBody { HTTPClientBody(.bytes(bytes), contentType) }

  /// Text, as UTF-8.
  /// - Parameters:
  ///   - text: Any text.
  ///   - contentType: `text/plain; charset=utf-8` by default.
  /// - Returns: a body.
  public static func text(_ text: String, contentType: MediaType? = nil) -> HTTPClientBody {
    HTTPClientBody(
      .bytes(Array(text.utf8)),
      contentType
        ?? MediaType(
          type: "text", subtype: "plain", parameters: [NamedValue(name: "charset", value: "utf-8")])
    )
  }

  /// A form as `application/x-www-form-urlencoded`.
  ///
  /// In Python: `urllib.parse.urlencode`, the `data` of requests.
  public static func form(_ fields: FormFields) -> HTTPClientBody {
    HTTPClientBody(
      .bytes(Array(fields.description.utf8)),
      MediaType(type: "application", subtype: "x-www-form-urlencoded"))
  }

  /// Written piece by piece, in the green thread that makes the call.
  ///
  /// A server that takes it slowly makes the writing wait. Without a length it is sent in chunks
  /// (RFC 9112, 7.1). If the server refuses the request before it is all there, writing throws, and the
  /// call returns the answer: let the error leave the closure. An error of the closure's own gives the
  /// request up and is thrown by the call.
  /// - Parameters:
  ///   - length: If it is known beforehand; nil by default. Another number of bytes is an error,
  ///     ``HTTPClientError/Reason/bodyLengthMismatch(announced:written:)``.
  ///   - contentType: None by default.
  ///   - isRepeatable: Whether the closure may be called again, for a redirect or a retry; false by
  ///     default.
  ///   - write: Writes the body.
  /// - Returns: a body.
  ///
  /// In Python: a `body` that is an iterable, with `encode_chunked`.
  public static func stream(
    length: Int? = nil, contentType: MediaType? = nil, isRepeatable: Bool = false,
    _ write: @escaping (HTTPClientWriter) throws -> Void
  ) -> HTTPClientBody {
    HTTPClientBody(.stream(length: length, isRepeatable: isRepeatable, write), contentType)
  }

  /// Whether it can be sent again.
  var isRepeatable: Bool {
    if case .stream(_, let isRepeatable, _) = content { isRepeatable } else { true }
  }
}
