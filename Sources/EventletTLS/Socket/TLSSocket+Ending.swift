internal import CEventletTLS
internal import EventletCore
public import EventletNet

extension TLSSocket {
  /// Ends TLS and closes the stream below.
  ///
  /// The peer reads a regular end, unless the handshake is not done, a send was interrupted, the
  /// connection has failed or the peer is in the middle of a message of the handshake's kind. Never switches.
  ///
  /// What was sent is not lost. A socket is closed at once, but unless the peer has closed before,
  /// a green thread of its own keeps what is below until the peer has closed too, ten seconds at
  /// most, and discards what it still sends: the kernel would answer that by a reset, which takes
  /// from the peer what it has not received yet. So a descriptor is in use that much longer, and a
  /// program that wants to be sure before it exits calls ``endSending(timeout:)`` and receives to
  /// the end instead. Another kind of stream is closed by such a green thread when it has taken
  /// the end of TLS, ten seconds at most.
  ///
  /// Whoever waits gets what the stream below gives him; later calls get
  /// ``/EventletCore/SystemError/badDescriptor``. Closing twice does nothing, and neither does
  /// closing what was unwrapped.
  public func close() {
    guard state == .open else { return }
    // Or an alert that says why there is no such end.
    let hasFarewell = mayEnd && writeEnd() || engine.hasOutput && sending != .interrupted
    switch transport {
    case .socket(let socket):
      guard hasFarewell, sendTurn.acquireNoWait() else {
        state = .closed
        return socket.close()
      }
      let isGone = !sendWhatFits()
      let farewell = takeOutput()
      sendTurn.release()
      state = .closed
      if isGone { socket.close() } else { Lingering.close(socket, sending: farewell) }
    case .stream(let stream):
      state = .closed
      guard hasFarewell, sendTurn.acquireNoWait() else { return stream.close() }
      let farewell = takeOutput()
      sendTurn.release()
      GreenThread.spawnDiscarding(name: "end of \(self)") {
        defer { stream.close() }
        do { try withTimeout(Lingering.time) { try stream.sendAll(farewell) } } catch {
          // The peer is gone, or does not receive: then it does not wait for this either.
        }
      }
    }
  }

  /// Closes the stream below without the end of TLS.
  ///
  /// The peer does not take what it has got for all there is. Never switches.
  public func abort() {
    guard state == .open else { return }
    state = .closed
    transport.stream.close()
  }

  /// Ends sending: the peer reads the end of TLS, and may go on sending itself.
  ///
  /// A peer that speaks TLS 1.2 may end its own direction in answer (RFC 5246, section 7.2.1).
  /// - Parameter timeout: For the whole call; nil takes ``timeout``. A call after an interrupted
  ///   one goes on with it.
  /// - Throws: as ``sendAll(_:timeout:)-(UnsafeRawBufferPointer,_)``.
  public func endSending(timeout: Duration? = nil) throws {
    try begin(.send, "end")
    defer { end(.send) }
    let limit = limit(timeout)
    try handshake(limit)
    try endSending(limit)
  }

  private func endSending(_ limit: Limit) throws {
    try takeSendTurn("end", limit)
    defer { sendTurn.release() }
    try requireOpen("end")
    if sending == .interrupted { throw error("end", .sendInterrupted) }
    while sending == .possible {
      switch engine.writeEnd() {
      case .done: sending = .ended
      case .failed(let reason):
        sending = .ended
        throw error("end", reason)
      case .needsInput: try receiveRest("end", limit)
      }
    }
    try sendRecords("end", limit)
  }

  /// Ends TLS in both directions and hands back the stream below, on which communication goes on in
  /// the clear.
  ///
  /// Waits for the peer to end its direction too. A kill or timeout may come at any time: a further
  /// call goes on where that one was.
  /// - Parameter timeout: For the whole call; nil takes ``timeout``.
  /// - Returns: the stream that was wrapped; this connection is of no more use.
  /// - Throws: ``TLSError``, ``TLSError/Reason/unexpectedData`` among them when the peer has sent
  ///   something that nobody has received; otherwise as ``endSending(timeout:)``.
  ///
  /// In Python: `unwrap`.
  @discardableResult
  public func unwrap(timeout: Duration? = nil) throws -> any ByteStream {
    try begin(.receive, "unwrap")
    defer { end(.receive) }
    try begin(.send, "unwrap")
    defer { end(.send) }
    let limit = limit(timeout)
    try handshake(limit)
    try endSending(limit)
    while receiving != .ended {
      if receiving == .truncated { throw error("unwrap", .truncated) }
      switch engine.peek() {
      case .ended: receiving = .ended
      case .bytes: throw error("unwrap", .unexpectedData)
      case .failed(let reason): throw error("unwrap", reason)
      case .needsInput:
        // Answers to what still comes: this end has said that it sends nothing more.
        engine.discardOutput()
        // Not a byte more than the record: what follows is no longer ours.
        if try !receiveRecords("unwrap", limit, readsAhead: false) { receiving = .truncated }
      }
    }
    // Received before the peer could know that TLS ends here, so anybody may have put it there.
    guard engine.channel.pointee.incoming.isEmpty else { throw error("unwrap", .unexpectedData) }
    state = .unwrapped
    return transport.stream
  }

  // MARK: The end of TLS

  /// Whether there is a connection of TLS that can be ended.
  private var mayEnd: Bool { isHandshakeDone && sending == .possible && engine.failure == nil }

  private func writeEnd() -> Bool {
    sending = .ended
    if case .done = engine.writeEnd() { return true }
    return false
  }

  /// Over a socket, and without a wait; the caller has the turn to send.
  /// - Returns: whether there is still a connection.
  private func sendWhatFits() -> Bool {
    do { try sendRecords("end", Limit(.zero)) } catch SystemError.wouldBlock {} catch {
      return false
    }
    return true
  }

  private func takeOutput() -> [UInt8] {
    let channel = engine.channel
    let bytes = Array(channel.pointee.sending.unread) + Array(channel.pointee.outgoing.unread)
    engine.discardOutput()
    return bytes
  }
}
