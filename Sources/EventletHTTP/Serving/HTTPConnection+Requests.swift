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
    let receiver = makeReceiver(for: request)
    request.body.begin(receiver)
    requestCount += 1
    holdsResponse = false
    hasBegunResponse = false
    isLast = !mayKeepAlive(request)
    responseStatus = 0
    responseEnd = nil
    server.requestBegins()
    let mark = server.keepsRecords ? mark() : nil
    do { try exchange(request, receiver) } catch {
      discardOutput()
      try finish(request, mark)
      throw error
    }
    try finish(request, mark)
  }

  private func makeReceiver(for request: ServerRequest) -> BodyReceiver? {
    let framing = request.parsed.framing
    if case .none = framing { return nil }
    return BodyReceiver(framing, expectsContinue: request.parsed.expectsContinue, of: self)
  }

  private func exchange(_ request: ServerRequest, _ receiver: BodyReceiver?) throws {
    try deferFlush()
    try respond(to: request, with: try answer(request), receiver)
    holdsResponse = false
    if server.keepsRecords { responseEnd = Hub.current.now }
    if let receiver { try endBody(receiver) }
  }

  /// Throws away what the handler has not read, so that the next request may follow.
  ///
  /// After the response, for which the client may wait before it sends more.
  @inline(never)
  private func endBody(_ receiver: BodyReceiver) throws {
    if !isLast, try !discardRest(receiver) { isLast = true }
    // A green thread that still reads gets an error when the connection closes.
    if isLast, !receiver.isAtEnd, !receiver.isBeingRead { lingers = true }
  }

  private func discardRest(_ receiver: BodyReceiver) throws -> Bool {
    do { return try receiver.discardRest() } catch let error as RequestError {
      server.log(debug: "\(info.peerName): \(error)")
      return false
    }
  }

  /// Whether the client may send another request (RFC 9112, 9.3).
  private func mayKeepAlive(_ request: ServerRequest) -> Bool {
    guard server.configuration.keepsAlive, !request.parsed.asksToClose, !server.isStopping,
      !isEnding
    else { return false }
    if let most = server.configuration.requestsPerConnection, requestCount >= most { return false }
    // 1.2 and later: nobody knows what they keep.
    let version = request.version
    return version == .http1_1 || version == .http1_0 && request.parsed.asksToKeepAlive
  }

  // MARK: The handler

  /// What the handler answers, or what its error does.
  private func answer(_ request: ServerRequest) throws -> ServerResponse {
    do {
      var response = try callHandler(with: request)
      request.changeFields(of: &response)
      return response
    } catch { return try response(to: error, of: request) }
  }

  private func callHandler(with request: ServerRequest) throws -> ServerResponse {
    guard let time = server.configuration.timeouts.handler else {
      return try server.handler(request)
    }
    return try callHandler(with: request, within: time)
  }

  @inline(never)
  private func callHandler(
    with request: ServerRequest, within time: Duration
  ) throws -> ServerResponse {
    let deadline = Deadline(after: time)
    handlerDeadline = deadline
    return try withDeadline(deadline, throwing: HandlerTimedOut()) { try server.handler(request) }
  }

  /// The response that tells the client of an error of the handler's.
  @inline(never)
  func response(to error: any Error, of request: ServerRequest) throws -> ServerResponse {
    var response = try answer(to: error, of: request)
    request.changeFields(of: &response)
    return response
  }

  /// As it is without middleware.
  private func answer(to error: any Error, of request: ServerRequest) throws -> ServerResponse {
    switch error {
    case _ where isMeantForCaller(error): throw error
    case is ClientClosed: throw ConnectionCut()
    case let error as any RespondingError: return error.response
    case let error as RequestError:
      // Where the next request begins, nobody knows.
      isLast = true
      lingers = true
      return HTTPError(error.status, "\(error)").response
    case is HandlerTimedOut:
      isLast = true
      server.report(error, "a handler that took too long, of \(EscapedText(request.line))")
      return HTTPError(.serviceUnavailable).response
    default:
      // A client that has gone is nobody's mistake, and nobody is there to be told.
      if hasLostClient || isOfConnection(error) { throw error }
      if isFaultOfClient(error, request) {
        server.log(debug: "\(info.peerName): \(error)")
        return HTTPError(.badRequest).response
      }
      isLast = true
      server.report(error, "the handler of \(EscapedText(request.line))")
      let message = server.configuration.showsErrors ? "\(error)" : nil
      return HTTPError(.internalServerError, message).response
    }
  }

  /// Whether an error comes of what the client has sent: in the body of the request, or over the
  /// connection that a handler has taken.
  ///
  /// Else it comes of somebody else whom the handler asks.
  func isFaultOfClient(_ error: any Error, _ request: ServerRequest) -> Bool {
    switch error {
    // Of whatever stream: those of the client's have told.
    case is LineTooLong, is StreamTooLong, is UnexpectedEnd:
      if case .taken(let connection) = phase, connection.hasReadFault { return true }
      return request.body.hasReadFault
    case is any ConnectionError: return false
    case is any PeerError:
      if case .taken = phase { return true }
      if case .none = request.parsed.framing { return false }
      return true
    default: return false
    }
  }

  /// Answers what is no request.
  func refuse(_ error: RequestError) throws {
    isLast = true
    lingers = true
    try waitForSender()
    holdsResponse = true
    responseEnd = nil
    let mark = server.keepsRecords ? mark() : nil
    let response = HTTPError(error.status, "\(error)").response
    let isHead = input.parser.hasRequestLine && input.request.parsed.method == .head
    try appendHead(of: response, to: nil, hasBody: true)
    if !isHead { try appendBody(response.body) }
    server.requestIsRefused(error, self)
    if let mark { recordRefusal(since: mark) }
  }

  // MARK: Afterwards

  private func finish(_ request: ServerRequest, _ mark: Mark?) throws {
    // Before the hooks: what they read could be of the next request.
    request.body.end()
    request.forgetChanges()
    server.requestEnds()
    if let mark { record(request, since: mark) }
    try runHooks(of: request)
  }

  private func runHooks(of request: ServerRequest) throws {
    var kill: (any Error)?
    while !request.hooks.isEmpty {
      let hook = request.hooks.removeFirst()
      beginAnew()
      do { try hook(request) } catch {
        if isMeantForCaller(error) {
          kill = error
        } else {
          server.report(error, "a hook of \(EscapedText(request.line))")
        }
      }
    }
    guard let kill else { return }
    endForCaller()
    throw kill
  }
}
