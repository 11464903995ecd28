/// What stands around handlers: looks at requests before them and at responses after them, or answers
/// itself.
///
/// ```swift
/// let timing: Middleware = { request, next in
///   let begin = ContinuousClock.now
///   defer { print("\(request.method) \(request.path): \(ContinuousClock.now - begin)") }
///   return try next(request)
/// }
/// router.use(timing)
/// ```
///
/// Called in the green thread of the request's connection, and may wait. A handler that refuses a
/// request may throw: what is to be in every answer is added by
/// ``ServerRequest/beforeResponse(_:)``. A body that is written piece by piece is written when all
/// middleware has returned.
///
/// In Python: a WSGI application around another.
public typealias Middleware = (ServerRequest, RequestHandler) throws -> ServerResponse

/// A handler with middleware around it, the first of them outermost.
func compose(
  _ middleware: [Middleware], around handler: @escaping RequestHandler
) -> RequestHandler {
  middleware.reversed().reduce(handler) { next, outer in { try outer($0, next) } }
}
