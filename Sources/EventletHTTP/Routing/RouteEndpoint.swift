internal import HTTPTypes

/// What was registered for a pattern, by method.
final class RouteEndpoint {
  @exclusivity(unchecked) private var routes:
    [(method: HTTPRequest.Method, route: RegisteredRoute)] = []
  @exclusivity(unchecked) private var any: RegisteredRoute?

  /// Whom a request is for; nil if the method is not among those registered.
  func route(for method: HTTPRequest.Method) -> RegisteredRoute? {
    if let route = ownRoute(for: method) { return route }
    // The server sends no body to HEAD: what answers GET answers it, too (RFC 9110, 9.3.2).
    if method == .head, let route = ownRoute(for: .get) { return route }
    return any
  }

  private func ownRoute(for method: HTTPRequest.Method) -> RegisteredRoute? {
    for (own, route) in routes where own == method { return route }
    return nil
  }

  /// The one that stands for all of them.
  var first: RegisteredRoute? { routes.first?.route ?? any }

  /// Has a route answer some methods; nil is all that have no route of their own.
  ///
  /// Returns the route that does so already, and then nothing has changed.
  func add(_ route: RegisteredRoute, for methods: [HTTPRequest.Method]?) -> RegisteredRoute? {
    guard let methods else {
      if let any { return any }
      any = route
      return nil
    }
    for method in methods { if let known = ownRoute(for: method) { return known } }
    for method in methods { routes.append((method, route)) }
    return nil
  }

  /// What may be asked for here.
  var methods: [HTTPRequest.Method] {
    routes.map(\.method) + (any == nil ? [] : AllowedMethods.usual)
  }
}

/// A route with what is needed to answer by it.
final class RegisteredRoute {
  let pattern: PathPattern
  /// Whether its path with one slash more or less at the end is answered by a redirection to it.
  let redirectsTrailingSlash: Bool
  private let bareHandler: RequestHandler
  /// With the middleware of its groups.
  @exclusivity(unchecked) private(set) var handler: RequestHandler
  /// Answers requests that its path is meant by, and no method: with the middleware of its groups.
  @exclusivity(unchecked) private(set) var fallback: RequestHandler

  init(
    _ pattern: PathPattern, redirectsTrailingSlash: Bool, _ handler: @escaping RequestHandler,
    in middleware: [Middleware], fallback: @escaping RequestHandler
  ) {
    self.pattern = pattern
    self.redirectsTrailingSlash = redirectsTrailingSlash
    bareHandler = handler
    self.handler = compose(middleware, around: handler)
    self.fallback = fallback
  }

  /// Puts other middleware around it.
  func put(in middleware: [Middleware], fallback: @escaping RequestHandler) {
    handler = compose(middleware, around: bareHandler)
    self.fallback = fallback
  }
}
