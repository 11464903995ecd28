internal import HTTPTypes

/// Middleware that spares clients what they have already (RFC 9110, 13).
///
/// ```swift
/// router.use(responseCompression())
/// router.use(conditionalResponses())
/// router.get("/articles/{id}") { request in .html(try render(request)) }
/// ```
///
/// It is about answers to GET and HEAD with 200. One whose body is there as a whole, and that has no
/// `ETag`, gets one: strong, of a hash of 128 bits of the body, the same on all servers. Then what the
/// client says it has, by `If-None-Match` or `If-Modified-Since`, is held against the `ETag` and the
/// `Last-Modified` of the answer. If it is the same the answer becomes 304 without a body, with all
/// fields but those that describe the body. If `If-Match` or `If-Unmodified-Since` does not hold it
/// becomes 412.
///
/// The handler does its work all the same: what is spared is the way, and the client's work. A handler
/// that can tell without it sets an `ETag` or `Last-Modified` and asks ``Preconditions`` itself; such
/// is the one of ``StaticFiles``. A body that is written piece by piece is not written for a 304, and
/// has an `ETag` only if the handler knows one. With `Cache-Control: no-store` nobody has anything.
///
/// Inside of ``responseCompression(_:)``, the tag is one of the body as it is, and becomes weak when
/// that is compressed; and what the client has is not compressed for nothing. The other way round the
/// body as it is sent has a strong tag, in each coding one of its own, and all are compressed to find
/// out.
/// - Returns: the middleware.
public func conditionalResponses() -> Middleware {
  { request, next in
    var response = try next(request)
    guard response.status.code == 200, request.method == .get || request.method == .head,
      !response.body.takesConnection
    else { return response }
    try response.addEntityTag()
    guard request.hasPreconditions else { return response }
    let conditions = Preconditions(of: request)
    switch conditions.evaluate(method: request.method, current: response.validators) {
    case .proceed: return response
    case .notModified: return response.asNotModified
    case .preconditionFailed: return HTTPError(.preconditionFailed).response
    }
  }
}

extension ServerRequest {
  /// Cheaper than to read them, for most have none.
  fileprivate var hasPreconditions: Bool {
    self[.ifNoneMatch] != nil || self[.ifModifiedSince] != nil || self[.ifMatch] != nil
      || self[.ifUnmodifiedSince] != nil
  }
}

extension ServerResponse {
  fileprivate mutating func addEntityTag() throws {
    if headerFields[.eTag] != nil { return }
    if let control = headerFields[.cacheControl], TokenList(parsing: control).contains("no-store") {
      return
    }
    switch body.content {
    case .bytes(let bytes): headerFields[.eTag] = "\(try EntityTag(ofContent: bytes))"
    case .text(let text): headerFields[.eTag] = "\(try EntityTag(ofContent: Array(text.utf8)))"
    default: return
    }
  }
}
