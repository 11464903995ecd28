internal import EventletCore
internal import HTTPTypes

/// Routes of a ``Router`` that have the beginning of their patterns, and middleware, in common.
///
/// ```swift
/// let api = router.grouped("/api", middleware: [crossOrigin(policy)])
/// api.get("/notes") { request in try notes.list(request) }
/// ```
public final class RouteGroup: RoutesBuilder {
  private let router: Router
  private let prefix: String
  /// That of all groups around this one.
  private var outerMiddleware: [Middleware]
  private var ownMiddleware: [Middleware]
  /// Answers requests for routes of this group that have not their method.
  private var fallback: RequestHandler
  private var routes: [RegisteredRoute] = []
  private var groups: [RouteGroup] = []
  /// Whether it is that of all routes of the router.
  private let isWhole: Bool

  /// Creates the group of all routes.
  convenience init(_ router: Router) {
    self.init(router, isWhole: true, prefix: "", outer: [], [])
  }

  private init(
    _ router: Router, isWhole: Bool = false, prefix: String, outer: [Middleware],
    _ middleware: [Middleware]
  ) {
    self.router = router
    self.isWhole = isWhole
    self.prefix = prefix
    outerMiddleware = outer
    ownMiddleware = middleware
    fallback = Self.fallback(of: router, outer + middleware)
  }

  /// The router has the routes, which have this.
  private static func fallback(of router: Router, _ middleware: [Middleware]) -> RequestHandler {
    compose(middleware) { [unowned router] in try router.answerOtherMethod($0) }
  }

  /// Itself.
  public var routeGroup: RouteGroup { self }

  /// Puts middleware around the handlers of the group, inside of that which is there.
  ///
  /// ```swift
  /// let api = router.grouped("/api")
  /// api.use(crossOrigin(policy))
  /// ```
  ///
  /// As with ``Router/use(_:)`` the order of registering makes no difference: it is for the routes that
  /// there are already, too, and for those of groups in this one. For what else the middleware of a
  /// group is for, see ``RoutesBuilder/grouped(_:middleware:)``. That of ``Router/routeGroup`` is the
  /// router's.
  public func use(_ middleware: @escaping Middleware) {
    if isWhole { return router.use(middleware) }
    ownMiddleware.append(middleware)
    putMiddleware()
  }

  private var middleware: [Middleware] { outerMiddleware + ownMiddleware }

  /// Around what there is already.
  private func putMiddleware() {
    let middleware = middleware
    fallback = Self.fallback(of: router, middleware)
    for route in routes { route.put(in: middleware, fallback: fallback) }
    for group in groups {
      group.outerMiddleware = middleware
      group.putMiddleware()
    }
  }

  func makeGroup(_ prefix: String, _ middleware: [Middleware]) -> RouteGroup {
    require(
      prefix.isEmpty || (prefix.hasPrefix("/") && !prefix.hasSuffix("/")),
      "Router: the prefix '\(prefix)' of a group must begin with a '/', and not end with one")
    let group = RouteGroup(
      router, prefix: self.prefix + prefix, outer: self.middleware, middleware)
    groups.append(group)
    return group
  }

  /// Registers who answers some methods; nil is any.
  func register(
    _ methods: [HTTPRequest.Method]?, _ pattern: String, redirectsTrailingSlash: Bool = false,
    _ handler: @escaping RequestHandler
  ) {
    // Else `/api` and `notes` would be `/apinotes`.
    require(
      pattern.isEmpty || pattern.hasPrefix("/"),
      "Router: the pattern '\(pattern)' does not begin with '/'")
    let text = prefix + pattern
    let parsed: PathPattern
    do { parsed = try PathPattern(parsing: text) } catch {
      fatalError("Router: the pattern '\(text)' \(error)")
    }
    let route = RegisteredRoute(
      parsed, redirectsTrailingSlash: redirectsTrailingSlash || router.redirectsTrailingSlashes,
      handler, in: middleware, fallback: fallback)
    router.add(route, for: methods)
    routes.append(route)
  }
}
