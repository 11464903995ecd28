internal import EventletCore
internal import EventletNet
internal import Glibc
internal import HTTPTypes

extension HTTPConnection {
  /// Sends what the handler has answered; or 500, if that turns out to be impossible before anything
  /// has been sent.
  func respond(
    to request: ServerRequest, with response: ServerResponse, _ receiver: BodyReceiver?
  ) throws {
    // One that cannot be told to go on will not send its body.
    if let receiver, !isLast, !receiver.isAtEnd { isLast = !mayFinish(receiver) }
    // Told to stop since the request has come.
    if server.isStopping { isLast = true }
    try waitForSender()
    output.beginTentative()
    holdsResponse = true
    do { try send(response, for: request) } catch { try respond(to: request, insteadOf: error) }
    // Hooks are promised that it has been sent.
    if isLast || output.count >= 65_536 || input.unusedCount == 0 || !request.hooks.isEmpty {
      try flush()
    }
  }

  /// Sends something else in place of a response that has failed before a part of it was sent.
  ///
  /// By itself, as is what else goes wrong or is rare: every request pays in cache lines for the room
  /// that it would take on the stack of each connection.
  @inline(never)
  private func respond(to request: ServerRequest, insteadOf error: any Error) throws {
    var error = error
    for substitute in Substitute.allCases {
      try takeBack(error, of: request)
      if isMeantForCaller(error) { throw error }
      if substitute == .internalServerError {
        isLast = true
        server.report(error, "the response to \(EscapedText(request.line))")
      }
      let response = try response(substitute, error, of: request)
      do { return try send(response, for: request) } catch let next { error = next }
    }
    throw error
  }

  /// What is answered if a response fails, each if the one before fails too.
  private enum Substitute: CaseIterable {
    /// An error may answer for itself, wrongly, or with a stream.
    case ofError
    case internalServerError
    /// What middleware adds may be what is wrong.
    case internalServerErrorAsIs
  }

  private func response(
    _ substitute: Substitute, _ error: any Error, of request: ServerRequest
  ) throws -> ServerResponse {
    if substitute == .ofError { return try response(to: error, of: request) }
    var response = HTTPError(.internalServerError).response
    if substitute == .internalServerError { request.changeFields(of: &response) }
    return response
  }

  /// Forgets what there is of a response that has failed; ends the connection if a part was sent.
  private func takeBack(_ error: any Error, of request: ServerRequest) throws {
    guard !hasBegunResponse, !isBroken else { try cut(error, request) }
    output.takeBackTentative()
    responseStatus = 0
  }

  /// Whether what is left of a body may be short enough to be thrown away.
  private func mayFinish(_ receiver: BodyReceiver) -> Bool {
    if receiver.isContinueAwaited || receiver.hasFailed { return false }
    guard let rest = receiver.remainingCount else { return true }
    return rest <= server.configuration.limits.discardedBody
  }

  /// The response has begun and cannot end.
  @inline(never)
  private func cut(_ error: any Error, _ request: ServerRequest) throws -> Never {
    let isForCaller = isMeantForCaller(error)
    if error is RequestError || isFaultOfClient(error, request) {
      if !(error is ConnectionCut) { server.log(debug: "\(info.peerName): \(error)") }
    } else if !isForCaller, !hasLostClient, !isEndOfConnection(error) {
      server.report(error, "the response to \(EscapedText(request.line))")
    }
    // As it is a connection that ends is the end of some responses: this one must not look so.
    try? socket?.setOption(.linger, .zero)
    if isForCaller { throw error }
    throw ConnectionCut()
  }

  /// Whether an error says no more than that the connection has ended.
  private func isEndOfConnection(_ error: any Error) -> Bool {
    error is ConnectionCut || error is ClientClosed || isOfConnection(error)
  }

  private func send(_ response: ServerResponse, for request: ServerRequest) throws {
    let method = request.parsed.method
    if response.body.takesConnection { return try handOver(with: response, for: request) }
    let status = response.status.code
    guard status >= 200 else { throw HTTPServerError.informationalStatus(status) }
    if method == .connect, status < 300 { return try endTunnel(with: response, for: request) }
    let hasBody = status != 204 && status != 304
    let framing = try appendHead(of: response, to: request, hasBody: hasBody)
    if !hasBody || method == .head { return }
    if case .stream(_, let write) = response.body.content {
      try stream(framing, write)
    } else {
      try appendBody(response.body)
    }
  }

  /// Answers CONNECT as if there were a tunnel, though the handler does not take the connection.
  @inline(never)
  private func endTunnel(with response: ServerResponse, for request: ServerRequest) throws {
    // The client takes what follows for the tunnel's, which ends at once (RFC 9110, 9.3.6).
    isLast = true
    var head = response
    head.headerFields[.contentLength] = nil
    try appendHead(of: head, to: request, hasBody: false)
  }

  // MARK: Bodies

  func appendBody(_ body: ResponseBody) throws {
    switch body.content {
    case .bytes(let bytes):
      if bytes.count < 16_384 { return output.append(bytes) }
      // `bytes` is a constant of our own: no access of anybody else's is open while this waits.
      try bytes.withUnsafeBytes { try flush(with: $0) }
    case .text(let text):
      if text.utf8.count < 16_384 { return output.append(text) }
      try Array(text.utf8).withUnsafeBytes { try flush(with: $0) }
    default: break
    }
  }

  @inline(never)
  private func stream(
    _ framing: ResponseWriter.Framing, _ write: (ResponseWriter) throws -> Void
  ) throws {
    let writer = ResponseWriter(self, framing)
    defer { writer.end() }
    if let handlerDeadline {
      try withDeadline(handlerDeadline, throwing: HandlerTimedOut()) { try write(writer) }
    } else {
      try write(writer)
    }
    try writer.finish()
  }

  /// Sends a part of a body that is written piece by piece.
  func sendBody(_ bytes: UnsafeRawBufferPointer, _ framing: ResponseWriter.Framing) throws {
    let isChunked = if case .chunked = framing { true } else { false }
    if isChunked {
      output.append(hexadecimal: bytes.count)
      output.appendLineEnd()
    }
    if bytes.count < 16_384 {
      output.append(bytes)
    } else {
      try flush(with: bytes)
    }
    if isChunked { output.appendLineEnd() }
    if bytes.count < 16_384 { try flush() }
  }

  /// - Returns: how many bytes were sent.
  func sendFile(
    _ file: Int32, from offset: Int, count: Int, _ framing: ResponseWriter.Framing
  ) throws -> Int {
    guard case .socket(let socket) = transport, case .length = framing else {
      return try FileCopying.send(file, from: offset, count: count) { piece in
        try piece.withUnsafeBytes { try sendBody($0, framing) }
      }
    }
    try flush()
    var sent = 0
    var fileError: SystemError?
    try sending { deadline in
      do {
        sent = try socket.sendFile(
          file, from: offset, count: count, until: deadline(), progress: countSent)
      } catch let error as SystemError where Self.isOfFile(error) || !isOfConnection(error) {
        fileError = SystemError(call: "sendfile", errno: error.errno, subject: "descriptor \(file)")
      }
    }
    if let fileError { throw fileError }
    return sent
  }

  /// Of a call that has two descriptors the kernel says only what, not of which.
  private static func isOfFile(_ error: SystemError) -> Bool {
    [EBADF, EINVAL, EIO, EOVERFLOW, ESPIPE].contains(error.errno)
  }

  func appendChunkedEnd(_ trailers: HTTPFields) {
    output.append(literal: "0\r\n")
    for field in trailers { output.append(field) }
    output.appendLineEnd()
  }

  // MARK: Taking over

  @inline(never)
  private func handOver(with response: ServerResponse, for request: ServerRequest) throws {
    switch response.body.content {
    case .takeOver(let serve):
      responseStatus = response.status.code
      try flush()
      try handOver(serve)
    case .upgrade(let serve):
      guard request.parsed.method == .connect || request.asks(for: response.headerFields[.upgrade])
      else { throw HTTPServerError.notAnUpgrade }
      // The rest of the request's body is not of the other protocol.
      if let receiver = request.body.receiver { try discardAll(of: receiver) }
      try appendHead(of: response, to: request, hasBody: false)
      try flush()
      try handOver(serve)
    default: fatalError("HTTPConnection: a response hands over that leaves the connection here")
    }
  }

  /// Receives the rest of a body, and throws it away.
  private func discardAll(of receiver: BodyReceiver) throws {
    // Due before the status that switches protocols (RFC 9110, 7.8): nothing of it is there yet.
    holdsResponse = false
    defer { holdsResponse = true }
    try receiver.discardAll()
  }

  private func handOver(_ serve: (TakenConnection) throws -> Void) throws {
    isLast = true
    let taken = TakenConnection(transport, received: takeUnused())
    take(taken)
    // It may be taken for days.
    input.keepHeadOnly()
    output.giveBack()
    defer { taken.end() }
    if server.isStopping { taken.serverHasStopped() }
    // Nothing is answered any more: its errors are the connection's end.
    hasBegunResponse = true
    try serve(taken)
  }
}

extension ServerRequest {
  /// Whether the client wants that protocol, and may have it.
  fileprivate func asks(for name: String?) -> Bool {
    // In HTTP/1.0 an `Upgrade` is to be ignored (RFC 9110, 7.8).
    guard parsed.asksToUpgrade, version >= .http1_1, let name else { return false }
    return (self[.upgrade] ?? "").split(separator: ",").contains {
      $0.withoutSurroundingBlanks.lowercased() == name.lowercased()
    }
  }
}
