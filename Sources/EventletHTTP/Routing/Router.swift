internal import EventletCore
public import HTTPTypes

/// Has requests answered by the handler that is registered for their path and method.
///
/// ```swift
/// let router = Router()
/// router.get("/") { _ in .text("Hello, World!") }
/// router.get("/users/{id}") { request in
///   .text("user \(try request.parameters.require("id", as: Int.self))")
/// }
/// try HTTPServer(router.handle).serve(on: .ipv4("127.0.0.1", port: 8080))
/// ```
///
/// A pattern is made of segments, each after a slash:
///
/// | segment | is what |
/// |---|---|
/// | `users` | this text, capitals and small letters told apart |
/// | `{name}` | any text but none; becomes a parameter |
/// | `v{major}.{minor}` | text with parameters in it, none of them empty; the first takes the most |
/// | `{name...}` | all that is left, slashes included, perhaps nothing; only as the last one |
/// | `*` and `**` | as `{name}` and `{name...}`, and nobody wants to know what it was |
///
/// The path of a request is split at its slashes as it was sent, and then each segment is decoded: a
/// `%2F` is a part of a parameter, and in `{name...}` a slash as the others. Patterns are written
/// decoded, or with percent signs for what means something in them, as `%7B` for a brace. `.` and
/// `..` are segments as any other, in `{name...}` too.
///
/// Of the routes that match, the one that is more exact in the first segment in which they differ is
/// taken: text before text with parameters, of which the one with more text, that before a parameter,
/// and that before all that is left. A route that has not the method is passed over. The order in
/// which they were registered makes no difference. Finding one takes time by the length of the path,
/// hardly by the number of routes.
///
/// - HEAD is answered by what answers GET, unless it has a route of its own.
/// - OPTIONS is answered with 204 and `Allow`, unless it has a route; `OPTIONS *` with all methods
///   that there are.
/// - A path whose routes have other methods is answered with 405 and `Allow`,
///   see ``methodNotAllowed``.
/// - `/users` and `/users/` are two paths, see ``redirectsTrailingSlashes``.
/// - Any other path is answered by ``notFound``, and so is the authority of a CONNECT.
///
/// It belongs to the hub of one OS thread, as the handlers do; each hub of a server with several
/// makes its own.
public final class Router: RoutesBuilder {
  private let tree = RouteTree()
  private var middleware: [Middleware] = []
  /// All middleware around ``dispatch(_:)``; nil if there is none.
  @exclusivity(unchecked) private var chain: RequestHandler?
  /// The methods of all routes.
  private(set) var allMethods = AllowedMethods()

  /// Whether a path that no route has is answered with a redirection to the same with one slash more
  /// or less at its end, if a route has that.
  ///
  /// With 308: the client sends the same method and body there.
  public let redirectsTrailingSlashes: Bool

  /// What is registered, in the order in which it was.
  public private(set) var routes: [Route] = []

  /// Answers requests whose path no route has: by default with 404 and a line of text.
  @exclusivity(unchecked) public var notFound: RequestHandler = { _ in
    HTTPError(.notFound).response
  }

  /// Answers requests whose path has routes with other methods only; given those.
  ///
  /// By default with 405 and a line of text. An `Allow` is added where it is missing.
  @exclusivity(unchecked) public var methodNotAllowed:
    (ServerRequest, [HTTPRequest.Method]) throws -> ServerResponse = { _, _ in
      HTTPError(.methodNotAllowed).response
    }

  /// Creates a router without routes.
  /// - Parameter redirectsTrailingSlashes: See there; false by default.
  public init(redirectsTrailingSlashes: Bool = false) {
    self.redirectsTrailingSlashes = redirectsTrailingSlashes
  }

  /// The group of all routes.
  public var routeGroup: RouteGroup { RouteGroup(self) }

  /// Puts middleware around everything that is answered, 404 and 405 too.
  ///
  /// The first one is the outermost. It sees a request before a route is looked for, so without its
  /// parameters. For routes that are registered already it is, too. Middleware of some routes only is
  /// that of a group, see ``RoutesBuilder/group(_:middleware:routes:)`` and ``RouteGroup/use(_:)``.
  public func use(_ middleware: @escaping Middleware) {
    self.middleware.append(middleware)
    // Whoever calls it has the router.
    chain = compose(self.middleware) { [unowned self] in try dispatch($0) }
  }

  func add(_ route: RegisteredRoute, for methods: [HTTPRequest.Method]?) {
    require(methods?.isEmpty != true, "Router: no method for the pattern '\(route.pattern.text)'")
    let description = Route(methods: methods, pattern: route.pattern.text)
    let known = tree.makeEndpoint(for: route.pattern).add(route, for: methods)
    require(
      known == nil,
      "Router: '\(description)' is answered by the route '\(known?.pattern.text ?? "")' already")
    routes.append(description)
    allMethods.insert(methods ?? AllowedMethods.usual)
  }

  // MARK: Answering

  /// Has a request answered.
  /// - Throws: what its handler, or middleware, throws.
  public func handle(_ request: ServerRequest) throws -> ServerResponse {
    guard let chain else { return try dispatch(request) }
    return try chain(request)
  }

  /// As ``handle(_:)``.
  public func callAsFunction(_ request: ServerRequest) throws -> ServerResponse {
    try handle(request)
  }

  private func dispatch(_ request: ServerRequest) throws -> ServerResponse {
    let method = request.method
    let found = request.withRawPath { path in search(path) { $0.route(for: method) } }
    guard let route = found else { return try answerUnrouted(request) }
    request.matchedRoute = route
    if !route.pattern.names.isEmpty {
      request.parameters = request.withRawPath(route.pattern.parameters)
    }
    return try route.handler(request)
  }

  func search(
    _ path: UnsafeRawBufferPointer, _ choose: (RouteEndpoint) -> RegisteredRoute?
  ) -> RegisteredRoute? {
    tree.search(path, choose)
  }
}

extension ServerRequest {
  /// Gives the path as sent, `/` where an absolute target has none, to `body`, which must not wait.
  @inline(__always)
  func withRawPath<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if parsed.path.count == 0, parsed.targetForm == .absolute {
      return withUnsafeBytes(of: UInt8(ascii: "/"), body)
    }
    return withBytes { body(parsed.path.of($0)) }
  }
}
