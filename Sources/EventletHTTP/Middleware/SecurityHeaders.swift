internal import HTTPTypes

/// Fields by which a browser is told to be careful with a site.
///
/// ```swift
/// var headers = SecurityHeaders()
/// headers.contentSecurityPolicy = "default-src 'self'"
/// router.use(securityHeaders(headers))
/// ```
///
/// A field that the answer has already stays as it is.
public struct SecurityHeaders: Hashable, Sendable {
  /// Whether `X-Content-Type-Options: nosniff` is sent, so that text is not taken for a page; true by
  /// default.
  public var forbidsSniffing = true
  /// `X-Frame-Options`: who may show pages inside of others; `DENY`, nobody, by default; nil is none.
  public var frameOptions: String? = "DENY"
  /// `Referrer-Policy`: what other sites are told of where a link was;
  /// `strict-origin-when-cross-origin` by default; nil is none.
  public var referrerPolicy: String? = "strict-origin-when-cross-origin"
  /// `Cross-Origin-Opener-Policy`: who gets hold of a page's window; `same-origin` by default; nil is
  /// none.
  public var crossOriginOpenerPolicy: String? = "same-origin"
  /// `Content-Security-Policy`: where a page may load from; nil, none, by default.
  public var contentSecurityPolicy: String?
  /// `Strict-Transport-Security`: for how long, in whole seconds, a browser shall come by TLS only
  /// (RFC 6797); nil, none, by default.
  ///
  /// Sent by TLS only: where ``ServerRequest/scheme`` is `https`.
  public var strictTransportSecurity: Duration?

  /// Creates the fields as they are by default.
  public init() {}

  func fields(isSecure: Bool) -> HTTPFields {
    var fields = HTTPFields()
    if forbidsSniffing { fields[.xContentTypeOptions] = "nosniff" }
    fields[.known("X-Frame-Options")] = frameOptions
    fields[.known("Referrer-Policy")] = referrerPolicy
    fields[.known("Cross-Origin-Opener-Policy")] = crossOriginOpenerPolicy
    fields[.contentSecurityPolicy] = contentSecurityPolicy
    if isSecure, let time = strictTransportSecurity {
      fields[.strictTransportSecurity] = "max-age=\(time.components.seconds)"
    }
    return fields
  }
}

/// Middleware that adds to each answer the fields by which a browser is told to be careful.
///
/// ```swift
/// router.use(securityHeaders())
/// ```
/// - Parameter headers: Which; those of ``SecurityHeaders/init()`` by default.
/// - Returns: the middleware.
public func securityHeaders(_ headers: SecurityHeaders = SecurityHeaders()) -> Middleware {
  let plain = headers.fields(isSecure: false)
  let secure = headers.fields(isSecure: true)
  return { request, next in
    let added = request.scheme == "https" ? secure : plain
    request.beforeResponse { fields in
      for field in added where !fields.contains(field.name) { fields.append(field) }
    }
    return try next(request)
  }
}
