internal import EventletCore
public import HTTPTypes

/// What is asked of a server.
///
/// ```swift
/// var request = HTTPClientRequest(.put, "https://example.org/report", body: .bytes(report))
/// request.headerFields[.contentType] = "application/pdf"
/// request.timeout = .seconds(30)
/// let response = try client.send(request)
/// ```
///
/// In Python: `urllib.request.Request`, `requests.Request`.
public struct HTTPClientRequest {
  /// The method, any but CONNECT.
  public var method: HTTPRequest.Method
  /// A URL with the scheme http or https.
  ///
  /// What is not ASCII is encoded; the fragment stays here.
  public var url: String
  /// Fields beside the client's own.
  ///
  /// Those are `Host`, `Accept` and `User-Agent`, where they are not among these, and `Content-Length`,
  /// `Transfer-Encoding` and what else is about the connection, which may not be.
  public var headerFields: HTTPFields
  /// What is sent.
  public var body: HTTPClientBody
  /// From the call to the end of the answer's body; nil, the default, takes that of ``timeouts``.
  public var timeout: Duration?
  /// How long each phase may take; nil, the default, takes those of the client.
  public var timeouts: HTTPClient.Timeouts?
  /// A Unix socket to connect to, in place of the URL's host and port and of any proxy; nil, the default, is
  /// none.
  ///
  /// The URL says all else, `http://localhost/containers/json`. A redirect to another origin leaves it.
  ///
  /// In Python: `requests_unixsocket`.
  public var unixSocketPath: String?
  /// How redirects are followed; nil, the default, as the client does.
  public var redirects: HTTPClient.Redirects?
  /// When it is sent again; nil, the default, as the client does.
  public var retries: HTTPClient.Retries?

  /// Creates a request.
  /// - Parameters:
  ///   - method: Such as `.get`.
  ///   - url: `http://` or `https://`.
  ///   - body: None by default.
  ///   - headerFields: None by default.
  public init(
    _ method: HTTPRequest.Method, _ url: String, body: HTTPClientBody = .none,
    headerFields: HTTPFields = HTTPFields()
  ) {
    self.method = method
    self.url = url
    self.headerFields = headerFields
    self.body = body
  }

  /// Creates a request of one of swift-http-types, which must have a scheme and an authority.
  /// - Parameters:
  ///   - request: What is asked for.
  ///   - body: None by default.
  /// - Throws: ``HTTPClientError`` with ``HTTPClientError/Reason/invalidURL(_:)``.
  public init(_ request: HTTPRequest, body: HTTPClientBody = .none) throws(HTTPClientError) {
    guard let scheme = request.scheme, let authority = request.authority else {
      throw HTTPClientError(
        .invalidURL("there is no scheme or no authority"), url: request.path ?? "")
    }
    self.init(
      request.method, "\(scheme)://\(authority)\(request.path ?? "/")", body: body,
      headerFields: request.headerFields)
  }
}

extension HTTPRequest.Method {
  /// Whether doing it twice is as good as once (RFC 9110, 9.2.2).
  var isIdempotent: Bool {
    switch self {
    case .get, .head, .put, .delete, .options, .trace: true
    default: false
    }
  }
}
