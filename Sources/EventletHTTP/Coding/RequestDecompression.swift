internal import EventletCore
internal import HTTPTypes

/// Middleware that expands the bodies of requests that have a `Content-Encoding` (RFC 9110, 8.4): gzip,
/// or deflate, which is zlib's format.
///
/// ```swift
/// router.use(requestDecompression(limit: 64 << 20))
/// router.post("/notes") { request in
///   let note = try request.body.readText()
///   …
/// }
/// ```
///
/// The body is expanded as the handler reads it, and no further, so that it takes no more memory than
/// one that is as it is: some 50 KiB for each coding, from the first byte on. The fields of the
/// request stay as they came; ``RequestBody/length`` is not known any more.
///
/// - A coding that is not known here, and more than two of them, are answered with 415 and the
///   `Accept-Encoding` that would do (RFC 9110, 15.5.16).
/// - A body that is not in its coding, ends before that does, or goes on behind its end, is a
///   ``RequestError`` of the reading, which answers with 400. Several members of gzip are one body.
/// - One that becomes longer than ``RequestBody/limit``, or expands too much, is one with 413. What is
///   sent must not be longer than ``HTTPLimits/body`` either.
///
/// A number that is out of its range ends the process.
/// - Parameters:
///   - limit: How many bytes a body may become; nil, the default, is ``HTTPLimits/body``. The handler
///     can change it for its request, see ``RequestBody/limit``.
///   - maximumRatio: How many times longer than what has come of it a body may become, once it has
///     become more than 1 MiB; 100 by default. Texts come to about 20, and what does nothing but
///     repeat itself to 1032.
/// - Returns: the middleware.
public func requestDecompression(limit: Int? = nil, maximumRatio: Int = 100) -> Middleware {
  require(limit ?? 0 >= 0, "requestDecompression: a limit of \(limit ?? 0) bytes")
  require(maximumRatio > 0, "requestDecompression: a ratio of \(maximumRatio)")
  return { request, next in
    if let codings = request[.contentEncoding], !request.body.isAtEnd {
      request.body.decode(
        try contentCodings(in: codings), limit: limit, maximumRatio: maximumRatio)
    }
    return try next(request)
  }
}

/// Each takes time and memory, and nobody has a use for more.
private let mostCodings = 2

/// The codings in a `Content-Encoding`, in the order in which they are to be taken off: the other way
/// round.
private func contentCodings(in value: String) throws(HTTPError) -> [ContentCoding] {
  var codings: [ContentCoding] = []
  for name in value.split(separator: ",") {
    switch name.withoutSurroundingBlanks.lowercased() {
    case "gzip", "x-gzip": codings.append(.gzip)
    case "deflate": codings.append(.deflate)
    case "identity", "": break
    default: throw unsupported("the content coding '\(EscapedText(value))' is not supported")
    }
  }
  if codings.count > mostCodings { throw unsupported("more than \(mostCodings) content codings") }
  return codings.reversed()
}

private func unsupported(_ message: String) -> HTTPError {
  HTTPError(.unsupportedMediaType, message, headerFields: [.acceptEncoding: "gzip, deflate"])
}
