internal import EventletCore
public import EventletNet
public import HTTPTypes

/// A request that a client has sent, as a handler gets it.
///
/// ```swift
/// HTTPServer { request in
///   guard request.method == .get else { return .text("GET only", status: .methodNotAllowed) }
///   return .text("You asked for \(request.path) with \(request[.userAgent] ?? "something")")
/// }
/// ```
///
/// Nothing of it is copied out of the connection's buffer before it is asked for. It may be kept
/// after the handler has returned, but for its ``body``, which ends with the response. Not
/// `Sendable`: it belongs to the hub of its connection.
///
/// In Python: the `environ` of WSGI.
public final class ServerRequest {
  /// What the parser has found.
  @exclusivity(unchecked) var parsed = RequestHead()
  /// Where the head's bytes are, until the request has ended.
  @exclusivity(unchecked) private unowned(unsafe) var input: InputBuffer?
  /// Where they are if somebody keeps the request for longer.
  @exclusivity(unchecked) private var ownBytes: [UInt8] = []
  @exclusivity(unchecked) private var cachedFields: HTTPFields?
  @exclusivity(unchecked) private var cachedPath: String?
  /// Where it came from; one for all requests of a connection.
  @exclusivity(unchecked) public private(set) var connection: ConnectionInfo
  /// The body, which is received as it is read.
  @exclusivity(unchecked) public internal(set) var body = RequestBody()
  /// What a ``Router`` has taken from the path.
  @exclusivity(unchecked) public var parameters = PathParameters()
  /// What a ``Router`` has found.
  @exclusivity(unchecked) var matchedRoute: RegisteredRoute?
  @exclusivity(unchecked) var values: [ObjectIdentifier: Any] = [:]
  /// What is done to the fields of the answer, whatever that will be.
  @exclusivity(unchecked) private var changes: [(inout HTTPFields) -> Void] = []
  @exclusivity(unchecked) var hooks: [(ServerRequest) throws -> Void] = []
  /// Of those who wait for the client's end.
  @exclusivity(unchecked) var watchers: [Interrupter] = []

  init() { connection = Self.nowhere }

  /// Of a request that has not begun.
  nonisolated(unsafe) private static let nowhere = ConnectionInfo()

  /// Begins to be the request whose head is complete in `input`.
  func begin(in input: InputBuffer, of connection: ConnectionInfo) {
    self.input = input
    // The next request of the same connection, as a rule.
    if self.connection !== connection { self.connection = connection }
  }

  /// Keeps a copy of its bytes, since somebody keeps it.
  func detach() {
    ownBytes = withBytes { Array($0) }
    input = nil
    for watcher in watchers { watcher.interruptLater(HTTPServerError.requestEnded) }
  }

  /// Whether a connection is answering it.
  var isBeingAnswered: Bool { input != nil }

  /// Fit for another request: nobody has kept it.
  func reset() {
    input = nil
    if !isKnownUniquelyReferenced(&body) { body = RequestBody() }
    cachedFields = nil
    cachedPath = nil
    if matchedRoute != nil { matchedRoute = nil }
    if !parameters.isEmpty { parameters = PathParameters() }
    if !values.isEmpty { values = [:] }
    forgetChanges()
    if !hooks.isEmpty { hooks = [] }
  }

  @inline(__always)
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard let input else { return ownBytes.withUnsafeBytes(body) }
    return body(UnsafeRawBufferPointer(rebasing: input.fromHead.prefix(parsed.byteCount)))
  }

  func string(_ part: RequestHead.Part) -> String {
    withBytes { String(decoding: part.of($0), as: UTF8.self) }
  }

  // MARK: The request line

  /// The method.
  ///
  /// In Python: `REQUEST_METHOD`.
  public var method: HTTPRequest.Method {
    switch parsed.method {
    case .get: .get
    case .head: .head
    case .post: .post
    case .put: .put
    case .delete: .delete
    case .options: .options
    case .patch: .patch
    case .connect: .connect
    case .trace: .trace
    case .other: HTTPRequest.Method(string(parsed.methodName)) ?? .get
    }
  }

  /// What is asked for, as sent.
  public var target: String { string(parsed.target) }

  /// The request line, as sent.
  public var line: String { string(parsed.line) }

  /// The path, with its percent-encoded bytes decoded; several slashes at its beginning are one.
  ///
  /// Bytes that are not UTF-8 come as U+FFFD; ``rawPath`` has them. `*` of an `OPTIONS *`; empty for
  /// CONNECT.
  ///
  /// In Python: `PATH_INFO`.
  public var path: String {
    if let cachedPath { return cachedPath }
    let path = withBytes { PercentCoding.decodedString(parsed.path.of($0)) }
    let whole = path.isEmpty && parsed.targetForm == .absolute ? "/" : path
    cachedPath = whole
    return whole
  }

  /// The path as sent.
  ///
  /// In Python: `RAW_PATH_INFO`.
  public var rawPath: String {
    parsed.path.count == 0 && parsed.targetForm == .absolute ? "/" : string(parsed.path)
  }

  /// The pattern of the route that a ``Router`` has found, such as `/users/{id}`, with the prefixes of
  /// its groups; nil before, and if there is none.
  ///
  /// What metrics are counted by: there are few of them, whatever clients ask for.
  public var route: String? { matchedRoute?.pattern.text }

  /// What follows the first `?`, as sent; nil if there is none.
  ///
  /// In Python: `QUERY_STRING`.
  public var query: String? { parsed.query.map(string) }

  /// The names and values in ``query``, decoded as those of a form; none if there is none.
  /// - Throws: ``FormError/tooManyParameters(limit:)``, which answers with 400, when there are more
  ///   than a thousand.
  public var queryParameters: QueryParameters {
    get throws(FormError) {
      guard let query else { return QueryParameters() }
      // As many bytes as have come: the request line had a limit.
      do { return try QueryParameters(parsing: query, maxSize: .max) } catch {
        guard case .tooManyFields(let limit) = error else { throw error }
        throw .tooManyParameters(limit: limit)
      }
    }
  }

  /// The version that the client speaks.
  ///
  /// In Python: `SERVER_PROTOCOL`, which says HTTP/1.0 whatever it is.
  public var version: HTTPVersion { parsed.version }

  /// `http` or `https`: by what the connection is, not by what the client says.
  ///
  /// Behind a proxy that ends TLS it is what that says, if that is asked for: see
  /// ``ForwardedFor/readsScheme``.
  ///
  /// In Python: `wsgi.url_scheme`.
  public var scheme: String {
    if let peer = connection.remoteAddress, let rule = connection.forwardedFor, rule.readsScheme,
      let scheme = rule.scheme(of: headerFields, peer: peer)
    {
      return scheme
    }
    return connection.isSecure ? "https" : "http"
  }

  /// The host that is asked, perhaps with a port: of an absolute target, else of `Host`.
  ///
  /// Whatever the client has sent.
  public var authority: String? { parsed.authority.map(string) }

  // MARK: Fields

  /// The fields, made when they are first asked for.
  ///
  /// Fields whose name has an underscore are not among them, for programs that get names with `-`
  /// and `_` as one take them for others; see ``HTTPServer/Configuration/keepsUnderscores`` and
  /// ``rawFields``. Bytes that are not UTF-8 are kept, see `HTTPField.withUnsafeBytesOfValue`.
  ///
  /// In Python: `HTTP_…`, joined by a comma where repeated.
  public var headerFields: HTTPFields {
    if let cachedFields { return cachedFields }
    let fields = makeFields()
    cachedFields = fields
    return fields
  }

  /// The value of a field, several of the same name joined by `, `; nil if there is none.
  ///
  /// Looks for this one alone: cheaper than ``headerFields``.
  public subscript(name: HTTPField.Name) -> String? {
    if let cachedFields { return cachedFields[name] }
    return withBytes { bytes in
      var value: String?
      for field in parsed.fields {
        let fieldName = field.name.of(bytes)
        guard fieldName.isSame(as: name), isKept(fieldName) else { continue }
        let text = String(decoding: field.value.of(bytes), as: UTF8.self)
        value = value.map { $0 + (name == .cookie ? "; " : ", ") + text } ?? text
      }
      return value
    }
  }

  /// All fields exactly as they came: in order, with their case, repeats and underscores, and values
  /// as bytes.
  ///
  /// In Python: `headers_raw`.
  public var rawFields: [(name: String, value: [UInt8])] {
    withBytes { bytes in
      parsed.fields.map {
        (String(decoding: $0.name.of(bytes), as: UTF8.self), Array($0.value.of(bytes)))
      }
    }
  }

  /// The head as a value that can be kept and sent elsewhere.
  public var head: HTTPRequest {
    HTTPRequest(
      method: method, scheme: scheme, authority: authority,
      path: rawPath + (query.map { "?" + $0 } ?? ""), headerFields: headerFields)
  }

  private func makeFields() -> HTTPFields {
    withBytes { bytes in
      var fields = HTTPFields()
      for field in parsed.fields {
        let name = field.name.of(bytes)
        guard isKept(name),
          let known = HTTPField.Name(String(decoding: name, as: UTF8.self))
        else { continue }
        fields.append(HTTPField(name: known, value: field.value.of(bytes)))
      }
      return fields
    }
  }

  private func isKept(_ name: UnsafeRawBufferPointer) -> Bool {
    connection.keepsUnderscores || !name.contains(UInt8(ascii: "_"))
  }

  // MARK: The client

  /// Who has sent the request: what trusted proxies say, else the other end of the connection.
  ///
  /// See ``HTTPServer/Configuration/forwardedFor``. nil if nobody knows.
  ///
  /// In Python: `REMOTE_ADDR`, which is always the other end.
  public var clientAddress: SocketAddress? {
    guard let peer = connection.remoteAddress, let forwardedFor = connection.forwardedFor
    else { return connection.remoteAddress }
    return forwardedFor.clientAddress(of: headerFields, peer: peer)
  }

  // MARK: The answer

  /// Has the fields of the answer changed before it is sent, whatever will be answered: what the
  /// handler returns, what an error says, a stream's that fails before anything is sent, or the
  /// server's own 500 and 503.
  ///
  /// ```swift
  /// let unstored: Middleware = { request, next in
  ///   request.beforeResponse { $0[.cacheControl] = "no-store" }
  ///   return try next(request)
  /// }
  /// ```
  ///
  /// The last that was given comes first: inner middleware before outer. When an answer turns out to
  /// be impossible they come again, for the fields of the next. What ``ServerResponse/headerFields``
  /// must not have they must not add: the answer is a bare 500 then. For a request that is kept after
  /// its answer it does nothing.
  /// - Parameter change: Given the fields as they are. Must not wait.
  public func beforeResponse(_ change: @escaping (inout HTTPFields) -> Void) {
    changes.append(change)
  }

  /// Does that.
  func changeFields(of response: inout ServerResponse) {
    if changes.isEmpty { return }
    for change in changes.reversed() { change(&response.headerFields) }
  }

  /// They may hold the request, which holds them.
  func forgetChanges() { if !changes.isEmpty { changes = [] } }

  /// Has something done when the response has been sent, or could not be, and what was left of the
  /// request's body has been thrown away.
  ///
  /// ```swift
  /// request.afterResponse { _ in try queue.put(.mail(to: user)) }
  /// ```
  ///
  /// In the order in which they were given, in the green thread of the connection, whose client waits
  /// for them with its next request. An error of one is reported, and the next is called; so is the
  /// next after a kill. For a
  /// request that is kept after its answer none is called any more.
  ///
  /// In Python: `eventlet.posthooks`.
  public func afterResponse(_ hook: @escaping (ServerRequest) throws -> Void) { hooks.append(hook) }
}

extension UnsafeRawBufferPointer {
  /// Whether these bytes are a field's name, but for the case of letters.
  @inline(__always)
  func isSame(as name: HTTPField.Name) -> Bool {
    let other = name.canonicalName.utf8
    guard count == other.count else { return false }
    var index = 0
    for byte in other {
      if ByteClass.lowercased(self[index]) != byte { return false }
      index += 1
    }
    return true
  }
}
