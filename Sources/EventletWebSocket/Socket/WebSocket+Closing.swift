internal import DequeModule
internal import EventletCore
internal import EventletHTTP
internal import EventletNet

extension WebSocket {
  /// Ends the connection: says so, waits until the peer has said so too, and closes it.
  ///
  /// What the peer sends meanwhile is thrown away, unless another green thread receives it. A peer that
  /// does not answer within ``Configuration/closeTimeout`` is not waited for any longer. After the end,
  /// whatever way it came, this does nothing but close.
  /// - Parameters:
  ///   - code: Why; ``WebSocketCloseCode/normalClosure`` by default.
  ///   - reason: For people, 123 bytes at most; empty by default.
  /// - Throws: ``WebSocketError/invalidCloseCode(_:)``, ``WebSocketError/reasonTooLong(_:)``, and then
  ///   nothing has happened; what a kill or timeout throws, and then the connection is closed at once.
  ///
  /// In Python: `close`, which does not wait for the peer.
  public func close(_ code: WebSocketCloseCode = .normalClosure, reason: String = "") throws {
    let payload = try ClosePayload(checking: code, reason)
    if isClosed { return }
    defer { closeStream() }
    beginClosing(payload)
    let deadline = Hub.current.deadline(after: configuration.closeTimeout)
    do {
      try waitForPeer(until: deadline)
      try waitUntilSent(until: deadline)
      try linger(until: deadline)
    } catch is IOTimeout where Hub.current.now >= deadline {
      // That is long enough.
    } catch is WebSocketClosed {
      // Nobody is there any more.
    }
  }

  /// Begins to end the connection, and waits for nothing.
  ///
  /// A message that is just sent in pieces is cut off, and those that wait for its end are lost.
  /// Never switches. Who receives gets what the peer still sends, and nil when it has answered; the
  /// connection is closed when ``Configuration/closeTimeout`` has passed.
  /// - Parameters:
  ///   - code: Why; ``WebSocketCloseCode/normalClosure`` by default.
  ///   - reason: For people, 123 bytes at most; empty by default.
  /// - Throws: ``WebSocketError/invalidCloseCode(_:)``, ``WebSocketError/reasonTooLong(_:)``.
  public func closeNoWait(
    _ code: WebSocketCloseCode = .normalClosure, reason: String = ""
  ) throws(WebSocketError) {
    let payload = try ClosePayload(checking: code, reason)
    if isClosed { return }
    beginClosing(payload)
  }

  /// Ends the connection at once, without a word.
  ///
  /// Never switches. Who receives gets nil, and who sends ``WebSocketClosed``.
  public func abort() { lose("aborted") }

  /// Says that this is the end, once, without waiting for it to go.
  ///
  /// The peer has ``Configuration/closeTimeout`` from now on, whoever waits for it, and if nobody does.
  func beginClosing(_ payload: ClosePayload) {
    if sentClose != nil || isLost || isClosed { return }
    sentClose = payload
    outbox.setClose(frame(.close, payload.bytes))
    // SAFETY: cancelled before this goes. A weak reference would make every other one slower.
    closeTimer = Hub.current.schedule(after: configuration.closeTimeout) {
      [unowned(unsafe) self] in
      if !hasEndedReceiving { return lose("no close frame in \(configuration.closeTimeout)") }
      closeStream()
    }
    drain()
  }

  private func waitForPeer(until deadline: Nanoseconds) throws {
    while !hasEndedReceiving {
      if isBeingRead {
        try waitForNews(until: deadline)
      } else if let message = try read(until: deadline), receiver != nil {
        keep(message)
      }
    }
    if receiver != nil { return }
    unreceived.removeAll()
    unreceivedCost = 0
  }

  private func waitUntilSent(until deadline: Nanoseconds) throws {
    while !outbox.isEmpty, !isLost {
      guard try frameTurn.acquire(timeout: StreamTransport.timeout(until: deadline)) else {
        throw IOTimeout(operation: "close", subject: peerName)
      }
      defer { frameTurn.release() }
      try flush(until: deadline)
    }
  }

  /// How much is taken in and thrown away for the sake of an orderly end.
  private static let mostLingeredBytes = 16 << 20

  /// Waits for the peer to close where it is its turn (RFC 6455, 7.1.1), or where it may still be
  /// sending: the kernel would answer that by breaking the connection off, which could overtake the
  /// close frame.
  private func linger(until deadline: Nanoseconds) throws {
    guard !isClosed, role == .client || end?.cause == .violation else { return }
    if role == .server { transport.endSending() }
    var count = 0
    while count < Self.mostLingeredBytes {
      if isBeingRead {
        try waitForNews(until: deadline)
        continue
      }
      isBeingRead = true
      defer {
        isBeingRead = false
        giveBackInput()
        tellOnlookers()
      }
      giveBackInput()
      do {
        let received = try transport.receive(
          until: deadline, takeMemory: takeLingering, giveBack: giveBackInput)
        if received == 0 { return }
        count += received
      } catch let error where isFatal(error) { return }
    }
  }

  private func takeLingering() -> UnsafeMutableRawBufferPointer {
    if input.baseAddress == nil { input = memory.take() }
    return input
  }

  // MARK: What ends it

  /// The peer has said that this is the end.
  func takeClose(_ payload: ClosePayload) {
    // Nothing counts that comes after it.
    giveBackInput()
    end = WebSocketEnd(payload, sentClose == nil ? .peer : .local)
    hasEndedReceiving = true
    // With what it has said itself (5.5.1); a frame without a code is taken for a normal one.
    beginClosing(
      payload.code == .noStatus ? ClosePayload(.normalClosure, "") : payload.withoutReason)
  }

  /// The peer has sent what it must not.
  func fail(_ violation: ProtocolViolation) {
    giveBackInput()
    end = WebSocketEnd(ClosePayload(violation.code, violation.reason), .violation)
    hasEndedReceiving = true
    beginClosing(ClosePayload(violation.code, violation.reason))
  }

  /// The connection is of no more use.
  func lose(_ reason: String) {
    isLost = true
    if end == nil { end = WebSocketEnd(ClosePayload(.abnormalClosure, reason), .lost) }
    closeStream()
  }

  func closeStream() {
    if isClosed { return }
    isClosed = true
    heartbeat.timer?.cancel()
    closeTimer?.cancel()
    idleTimer?.cancel()
    hasEndedReceiving = true
    if end == nil { end = WebSocketEnd(sentClose, .local) }
    outbox.removeAll()
    leaveAll()
    giveBackMemory()
    // Who reads is woken, and tells those who wait for what it reads.
    transport.stream.close()
  }

  /// Somebody may keep it for long.
  private func giveBackMemory() {
    if !isBeingRead { giveBackInput() }
    parser.end()
    deflater?.freeze()
  }
}

extension ClosePayload {
  /// What a program wants to say.
  init(checking code: WebSocketCloseCode, _ reason: String) throws(WebSocketError) {
    guard code.isSendable else { throw .invalidCloseCode(code) }
    let count = reason.utf8.count
    guard count <= Self.mostReasonBytes else { throw .reasonTooLong(count) }
    self.init(code, reason)
  }

  var withoutReason: ClosePayload { ClosePayload(code, "") }
}

extension WebSocketEnd {
  init(_ payload: ClosePayload?, _ cause: Cause) {
    code = payload?.code ?? .abnormalClosure
    reason = payload?.reason ?? ""
    self.cause = cause
  }
}
