internal import EventletCore
internal import EventletHTTP
internal import EventletNet

/// A ping whose pong somebody waits for.
final class PendingPing {
  let payload: [UInt8]
  let sentTime: Nanoseconds
  var roundTrip: Duration?

  init(_ payload: [UInt8], sentTime: Nanoseconds) {
    self.payload = payload
    self.sentTime = sentTime
  }
}

extension WebSocket {
  /// Asks the peer for a sign of life, and waits for it.
  ///
  /// Messages that come before it are kept for who receives.
  /// - Parameters:
  ///   - payload: What the peer sends back, 125 bytes at most; nil, the default, is a number that no
  ///     ping of this connection has had.
  ///   - timeout: For the whole call; nil, the default, is for ever, or until a heartbeat has ended the
  ///     connection.
  /// - Returns: the time from the ping to the pong.
  /// - Throws: ``WebSocketError/pingTooLong(_:)``; ``WebSocketError/unreceivedMessages(byteCount:)``;
  ///   ``WebSocketClosed``; ``/EventletNet/IOTimeout``; what a kill or timeout throws.
  @discardableResult
  public func ping(_ payload: [UInt8]? = nil, timeout: Duration? = nil) throws -> Duration {
    let payload = payload ?? nextPingPayload()
    guard payload.count <= FrameHeader.mostControlPayload else {
      throw WebSocketError.pingTooLong(payload.count)
    }
    let deadline = Hub.current.deadline(after: timeout)
    let ping = PendingPing(payload, sentTime: Hub.current.now)
    // Before it has gone: somebody else may read the answer while this still sends.
    pings.append(ping)
    defer { pings.removeAll { $0 === ping } }
    try sendPing(payload, until: deadline)
    while true {
      if let roundTrip = ping.roundTrip { return roundTrip }
      if hasEndedReceiving { throw closedError }
      if isBeingRead {
        try waitForNews(until: deadline)
      } else if let message = try read(until: deadline) {
        keep(message)
        if receiver == nil, unreceivedCost > configuration.maxMessageSize {
          throw WebSocketError.unreceivedMessages(byteCount: unreceivedCost)
        }
      }
    }
  }

  private func nextPingPayload() -> [UInt8] {
    pingCount += 1
    return withUnsafeBytes(of: pingCount.bigEndian) { Array($0) }
  }

  private func sendPing(_ payload: [UInt8], until deadline: Nanoseconds) throws {
    try takeFrameTurn(until: deadline)
    defer { frameTurn.release() }
    let header = FrameHeader(
      isFinal: true, opcode: .ping, maskingKey: nextKey(), payloadCount: payload.count)
    try payload.withUnsafeBytes { try send(header, $0, until: deadline) }
  }

  /// One that the peer has sent, perhaps without being asked.
  func takePong(_ payload: [UInt8]) {
    guard let index = pings.lastIndex(where: { $0.payload == payload }) else { return }
    // Earlier ones need no answer of their own (RFC 6455, 5.5.3).
    for ping in pings[...index] {
      ping.roundTrip = .nanoseconds(Hub.current.now - ping.sentTime)
    }
    pings.removeSubrange(...index)
  }

  /// One that the peer wants.
  func answer(ping payload: [UInt8]) {
    if sentClose != nil { return }
    outbox.setPong(frame(.pong, payload))
    drain()
  }
}
