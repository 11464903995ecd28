internal import EventletCore
public import EventletHTTP
public import HTTPTypes

extension ServerResponse {
  /// Makes a WebSocket of the connection.
  ///
  /// ```swift
  /// HTTPServer { request in
  ///   try .webSocket(request) { socket in
  ///     while let message = try socket.receive() { try socket.send(message) }
  ///   }
  /// }
  /// ```
  ///
  /// When `serve` has ended, the connection is closed with ``WebSocketCloseCode/normalClosure``; with
  /// ``WebSocketCloseCode/internalError`` if it throws something else than ``WebSocketClosed`` of this
  /// connection, and that is reported. When the server stops, the peer is told with
  /// ``WebSocketCloseCode/goingAway``, and `serve` gets no more messages when it has answered.
  ///
  /// A request that is no handshake of this protocol is answered by the status that says so: 400, 405,
  /// 426, or 403 for a page of an origin that is not allowed.
  /// - Parameters:
  ///   - request: The handshake.
  ///   - origins: Pages of which sites may connect: those of the same host by default.
  ///   - headerFields: Further ones of the answer, such as a cookie; none by default.
  ///   - configuration: What the connection does.
  ///   - serve: Given the connection, in its green thread.
  /// - Returns: a response.
  /// - Throws: ``/EventletHTTP/HTTPError`` with one of these statuses; what the function of
  ///   ``WebSocketOrigins/matching(_:)`` throws.
  ///
  /// In Python: `WebSocketWSGI`.
  public static func webSocket(
    _ request: ServerRequest, origins: WebSocketOrigins = .sameHost,
    headerFields: HTTPFields = HTTPFields(),
    configuration: WebSocket.Configuration = .init(),
    _ serve: @escaping (WebSocket) throws -> Void
  ) throws -> ServerResponse {
    configuration.check()
    let (agreement, own) = try ServerHandshake.accept(request, origins, configuration)
    var fields = own
    for field in headerFields where own[field.name] == nil { fields.append(field) }
    return .upgrade(to: "websocket", headerFields: fields) { connection in
      try WebSocket.serve(connection, configuration, agreement, serve)
    }
  }
}

extension RoutesBuilder {
  /// Registers who serves WebSockets.
  ///
  /// ```swift
  /// router.webSocket("/rooms/{name}") { socket, request in
  ///   try join(request.parameters["name"] ?? "", socket)
  /// }
  /// ```
  /// - Parameters:
  ///   - pattern: Of the path.
  ///   - origins: Pages of which sites may connect: those of the same host by default.
  ///   - configuration: What the connections do.
  ///   - serve: Given each connection, in its green thread, and the request that it has begun with; see
  ///     ``EventletHTTP/ServerResponse/webSocket(_:origins:headerFields:configuration:_:)``.
  public func webSocket(
    _ pattern: String, origins: WebSocketOrigins = .sameHost,
    configuration: WebSocket.Configuration = .init(),
    _ serve: @escaping (WebSocket, ServerRequest) throws -> Void
  ) {
    configuration.check()
    get(pattern) { request in
      try .webSocket(request, origins: origins, configuration: configuration) {
        try serve($0, request)
      }
    }
  }
}

extension WebSocket {
  /// Serves a connection that has just been upgraded.
  fileprivate static func serve(
    _ connection: TakenConnection, _ configuration: Configuration, _ agreement: Agreement,
    _ body: (WebSocket) throws -> Void
  ) throws {
    let socket = WebSocket(
      connection.transport, received: connection.takeReceived(), role: .server, configuration,
      agreement)
    // SAFETY: not called any more when this has ended.
    connection.whenServerStops { [unowned(unsafe) socket] in try? socket.closeNoWait(.goingAway) }
    let thread = GreenThread.current
    let interruptions = thread.outsideInterruptionCount
    do { try body(socket) } catch {
      if error is GreenThreadExit || thread.outsideInterruptionCount > interruptions {
        // Whoever kills does not wait.
        socket.beginClosing(ClosePayload(.goingAway, ""))
        socket.closeStream()
        throw error
      }
      if let closed = error as? WebSocketClosed, closed.socket == ObjectIdentifier(socket) {
        return try socket.close()
      }
      // A kill meanwhile ends this too, and the handler's own error says more.
      try? socket.close(.internalError)
      throw error
    }
    try socket.close()
  }
}
