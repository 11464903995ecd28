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
  private let middleware: [Middleware]
  /// Answers requests for routes of this group that have not their method.
  private let fallback: RequestHandler

  init(_ router: Router, prefix: String, _ middleware: [Middleware]) {
    self.router = router
    self.prefix = prefix
    self.middleware = middleware
    // The router has the routes, which have this.
    fallback = compose(middleware) { [unowned router] in try router.answerOtherMethod($0) }
  }

  /// Itself.
  public var routeGroup: RouteGroup { self }

  func makeGroup(_ prefix: String, _ middleware: [Middleware]) -> RouteGroup {
    require(
      prefix.isEmpty || (prefix.hasPrefix("/") && !prefix.hasSuffix("/")),
      "Router: the prefix '\(prefix)' of a group must begin with a '/', and not end with one")
    return RouteGroup(router, prefix: self.prefix + prefix, self.middleware + middleware)
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
    router.add(
      RegisteredRoute(
        parsed, redirectsTrailingSlash: redirectsTrailingSlash || router.redirectsTrailingSlashes,
        fallback: fallback, compose(middleware, around: handler)),
      for: methods)
  }
}
