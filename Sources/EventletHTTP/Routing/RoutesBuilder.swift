public import HTTPTypes

/// Where routes can be registered: a ``Router``, or a ``RouteGroup`` of one.
///
/// ```swift
/// func addNotes(to routes: some RoutesBuilder, _ notes: Notes) {
///   routes.get("/notes/{id}") { request in try notes.show(request) }
///   routes.post("/notes") { request in try notes.add(request) }
/// }
/// ```
///
/// Patterns are explained at ``Router``. A pattern that is malformed, and a route that answers what
/// another one answers already, are mistakes of the program and end the process with a message.
public protocol RoutesBuilder {
  /// Where they go.
  var routeGroup: RouteGroup { get }
}

extension RoutesBuilder {
  /// Registers who answers GET, and HEAD if that has no route of its own.
  /// - Parameters:
  ///   - pattern: Of the path.
  ///   - handler: Answers requests.
  public func get(_ pattern: String, _ handler: @escaping RequestHandler) {
    on(methods: [.get], pattern, handler)
  }

  /// Registers who answers HEAD.
  /// - Parameters:
  ///   - pattern: Of the path.
  ///   - handler: Answers requests. The server sends no body.
  public func head(_ pattern: String, _ handler: @escaping RequestHandler) {
    on(methods: [.head], pattern, handler)
  }

  /// Registers who answers POST.
  /// - Parameters:
  ///   - pattern: Of the path.
  ///   - handler: Answers requests.
  public func post(_ pattern: String, _ handler: @escaping RequestHandler) {
    on(methods: [.post], pattern, handler)
  }

  /// Registers who answers PUT.
  /// - Parameters:
  ///   - pattern: Of the path.
  ///   - handler: Answers requests.
  public func put(_ pattern: String, _ handler: @escaping RequestHandler) {
    on(methods: [.put], pattern, handler)
  }

  /// Registers who answers PATCH.
  /// - Parameters:
  ///   - pattern: Of the path.
  ///   - handler: Answers requests.
  public func patch(_ pattern: String, _ handler: @escaping RequestHandler) {
    on(methods: [.patch], pattern, handler)
  }

  /// Registers who answers DELETE.
  /// - Parameters:
  ///   - pattern: Of the path.
  ///   - handler: Answers requests.
  public func delete(_ pattern: String, _ handler: @escaping RequestHandler) {
    on(methods: [.delete], pattern, handler)
  }

  /// Registers who answers OPTIONS, which a router answers itself otherwise.
  /// - Parameters:
  ///   - pattern: Of the path.
  ///   - handler: Answers requests.
  public func options(_ pattern: String, _ handler: @escaping RequestHandler) {
    on(methods: [.options], pattern, handler)
  }

  /// Registers who answers some methods.
  /// - Parameters:
  ///   - methods: At least one.
  ///   - pattern: Of the path.
  ///   - handler: Answers requests.
  public func on(
    methods: [HTTPRequest.Method], _ pattern: String, _ handler: @escaping RequestHandler
  ) {
    routeGroup.register(methods, pattern, handler)
  }

  /// Registers who answers all methods that have no route of their own with this pattern.
  /// - Parameters:
  ///   - pattern: Of the path.
  ///   - handler: Answers requests.
  public func any(_ pattern: String, _ handler: @escaping RequestHandler) {
    routeGroup.register(nil, pattern, handler)
  }

  /// Registers who answers whatever is below a path, with any method.
  ///
  /// ```swift
  /// let files = try StaticFiles(directory: "/srv/www")
  /// router.mount("/static", files.handle)
  /// ```
  ///
  /// The path itself without a slash at its end is answered by a redirection to the one with it, so
  /// that relative links lead where they should.
  /// - Parameters:
  ///   - prefix: What is above, as `/static`; may have parameters.
  ///   - name: Of the parameter that is the rest of the path, without a slash at its beginning:
  ///     `path` by default. It is decoded as a whole: `%2F` is a slash in it, and `..` may be.
  ///   - handler: Answers requests.
  public func mount(
    _ prefix: String, parameter name: String = "path", _ handler: @escaping RequestHandler
  ) {
    let parent = prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix
    routeGroup.register(nil, parent + "/{\(name)...}", redirectsTrailingSlash: true, handler)
  }

  /// A group of routes that have the beginning of their patterns, and middleware, in common.
  /// - Parameters:
  ///   - prefix: What their patterns begin with, as `/api`; may have parameters, and may be empty.
  ///   - middleware: What stands around their handlers, the outermost first, inside of that of the
  ///     router and of groups around this one; none by default. Not around answers to paths that no route has: but
  ///     around those to methods that a path of theirs has not.
  /// - Returns: the group.
  public func grouped(_ prefix: String, middleware: [Middleware] = []) -> RouteGroup {
    routeGroup.makeGroup(prefix, middleware)
  }

  /// Registers routes that have the beginning of their patterns, and middleware, in common.
  ///
  /// ```swift
  /// router.group("/api", middleware: [basicAuthentication(realm: "api", check: users.check)]) { api in
  ///   api.get("/notes") { request in try notes.list(request) }
  ///   api.group("/admin") { admin in admin.get("/users") { _ in try listUsers() } }
  /// }
  /// ```
  /// - Parameters:
  ///   - prefix: As for ``grouped(_:middleware:)``.
  ///   - middleware: As for ``grouped(_:middleware:)``.
  ///   - register: Given the group.
  /// - Throws: what `register` throws.
  public func group<Failure: Error>(
    _ prefix: String, middleware: [Middleware] = [],
    routes register: (RouteGroup) throws(Failure) -> Void
  ) throws(Failure) {
    try register(routeGroup.makeGroup(prefix, middleware))
  }
}
