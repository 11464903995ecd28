internal import EventletCore
public import EventletNet

/// The client of a request has gone before it was answered.
///
/// A handler that throws it ends the connection without an answer, and nothing is reported. Thrown by
/// ``clientWatch()`` into handlers.
public struct ClientClosed: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// Creates the error.
  public init() {}

  /// A short text.
  public var description: String { "the client has closed its connection" }
}

/// Middleware that ends a handler whose client has gone.
///
/// ```swift
/// let slow = router.grouped("/reports", middleware: [clientWatch()])
/// ```
///
/// The handler gets ``ClientClosed`` where it waits, or at its next wait, and so does a closure that
/// writes a body piece by piece. One that lets it go on ends the connection, and nothing is reported;
/// one that catches it may still answer. Nothing else gets it: neither hooks
/// (``ServerRequest/afterResponse(_:)``), nor who has taken the connection over.
///
/// Not for clients that end their sending and still wait for the answer, which are rare and look the
/// same: see ``ServerRequest/waitUntilClientCloses(timeout:)``, also for what cannot be seen. It costs
/// a green thread for each request, so it is not on by itself.
///
/// In Python there is none. In Go: `Request.Context`.
/// - Returns: the middleware.
public func clientWatch() -> Middleware {
  { request, next in
    var response = try whileClientIsThere(request) { try next(request) }
    if case .stream(let length, let write) = response.body.content {
      response.body = .stream(length: length) { writer in
        try whileClientIsThere(request) { try write(writer) }
      }
    }
    return response
  }
}

private func whileClientIsThere<Result>(
  _ request: ServerRequest, _ body: () throws -> Result
) throws -> Result {
  let interrupter = Interrupter()
  var isOver = false
  let watcher = GreenThread.spawnDiscarding(name: "watch of a client") {
    do { try request.waitUntilClientCloses() } catch HTTPServerError.requestEnded {
      return
    } catch is SystemError {} catch HubError.closedWhileWaiting {}
    // It may have been woken in the same turn as the body, whose end has come first.
    if !isOver { interrupter.interruptLater(ClientClosed()) }
  }
  defer {
    isOver = true
    watcher.interruptOrCancel()
    interrupter.withdraw()
  }
  return try body()
}
