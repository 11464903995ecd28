internal import EventletCore
internal import EventletNet
internal import HTTPTypes

extension HTTPConnection {
  /// Answers the request whose head is there.
  func serveRequest() throws {
    // Afterwards, for the request may be used again: no reference of ours is left then.
    defer { input.finishRequest() }
    try serve(input.request)
  }

  private func serve(_ request: ServerRequest) throws {
    input.endHead(request.parsed.byteCount)
    request.begin(in: input, of: info)
    let receiver =
      request.parsed.framing == .none ? nil : BodyReceiver(request.parsed, of: self)
    request.body.begin(receiver)
    requestCount += 1
    holdsResponse = false
    hasBegunResponse = false
    isLast = !mayKeepAlive(request.parsed)
    server.requestBegins()
    do { try exchange(request, receiver) } catch {
      try finish(request)
      throw error
    }
    try finish(request)
  }

  private func exchange(_ request: ServerRequest, _ receiver: BodyReceiver?) throws {
    try deferFlush()
    try respond(to: request, with: try answer(request), receiver)
    holdsResponse = false
    if let receiver, !isLast {
      // Only now: the client may wait for the answer before it sends more.
      if try !discardRest(receiver) { isLast = true }
    }
    if isLast, let receiver, !receiver.isAtEnd { lingers = true }
  }

  private func discardRest(_ receiver: BodyReceiver) throws -> Bool {
    do { return try receiver.discardRest() } catch let error as RequestError {
      server.log(debug: "\(info.peerName): \(error)")
      return false
    }
  }

  /// Whether the client may send another request (RFC 9112, 9.3).
  private func mayKeepAlive(_ head: RequestHead) -> Bool {
    guard server.configuration.keepsAlive, !head.asksToClose, !server.isStopping else {
      return false
    }
    if let most = server.configuration.requestsPerConnection, requestCount >= most { return false }
    // 1.2 and later: nobody knows what they keep.
    if head.version == .http1_1 { return true }
    return head.version == .http1_0 && head.asksToKeepAlive
  }

  // MARK: The handler

  /// What the handler answers, or what its error does.
  private func answer(_ request: ServerRequest) throws -> ServerResponse {
    do {
      guard let time = server.configuration.timeouts.handler else {
        return try server.handler(request)
      }
      let deadline = Deadline(after: time)
      handlerDeadline = deadline
      return try withDeadline(deadline, throwing: HandlerTimedOut()) {
        try server.handler(request)
      }
    } catch { return try response(to: error, of: request) }
  }

  /// The response that tells the client of an error of the handler's.
  func response(to error: any Error, of request: ServerRequest) throws -> ServerResponse {
    switch error {
    case is GreenThreadExit: throw error
    case let error as HTTPError: return error.response
    case let error as RequestError:
      // Where the next request begins, nobody knows.
      isLast = true
      lingers = true
      return HTTPError(error.status, "\(error)").response
    case is HandlerTimedOut:
      isLast = true
      server.report(error, "a handler that took too long, of \(request.line)")
      return HTTPError(.serviceUnavailable).response
    default:
      // A client that has gone is nobody's mistake, and nobody is there to be told.
      if isBroken || isOfConnection(error) { throw error }
      isLast = true
      server.report(error, "the handler of \(request.line)")
      let message = server.configuration.showsErrors ? "\(error)" : nil
      return HTTPError(.internalServerError, message).response
    }
  }

  /// Answers what is no request.
  func refuse(_ error: RequestError) throws {
    isLast = true
    lingers = true
    holdsResponse = true
    let response = HTTPError(error.status, "\(error)").response
    try appendHead(of: response, .length(response.body.length ?? 0), version: .http1_1)
    try appendBody(response.body)
    server.requestIsRefused(error, self)
  }

  // MARK: Afterwards

  private func finish(_ request: ServerRequest) throws {
    server.requestEnds(request, of: self)
    defer { request.body.end() }
    try runHooks(of: request)
  }

  private func runHooks(of request: ServerRequest) throws {
    var kill: GreenThreadExit?
    while !request.hooks.isEmpty {
      let hook = request.hooks.removeFirst()
      do { try hook(request) } catch let error as GreenThreadExit { kill = error } catch {
        server.report(error, "a hook of \(request.line)")
      }
    }
    if let kill { throw kill }
  }
}

/// The handler has had the time that it may take.
struct HandlerTimedOut: Error, CustomStringConvertible {
  var description: String { "the handler took too long" }
}
