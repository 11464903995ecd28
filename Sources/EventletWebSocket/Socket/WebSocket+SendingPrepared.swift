internal import EventletCore
internal import EventletHTTP
internal import EventletNet

extension WebSocket {
  /// Sends a message that others are sent, too; waits until the system has taken it.
  /// - Parameters:
  ///   - message: Framed and compressed the first time.
  ///   - timeout: For the whole call; nil, the default, is for ever.
  /// - Throws: as ``send(_:timeout:)-(String,_)``.
  public func send(_ message: PreparedMessage, timeout: Duration? = nil) throws {
    // A client masks each of its own.
    if role == .client { return try send(message.message, timeout: timeout) }
    let deadline = Hub.current.deadline(after: timeout)
    try take(messageTurn, until: deadline)
    defer { messageTurn.release() }
    try takeFrameTurn(until: deadline)
    defer { frameTurn.release() }
    let (frame, isCompressed) = frame(of: message)
    if isCompressed { forgetContext() }
    try send(frame: frame, until: deadline)
  }

  /// Sends a message if the system takes it, else as soon as it does; never waits.
  ///
  /// Messages keep their order. If the peer takes them too slowly, no more than
  /// ``Configuration/maxUnsentBytes`` are kept here, or one message if that is larger.
  /// - Parameter message: Framed and compressed the first time.
  /// - Throws: ``WebSocketError/tooSlow(unsentBytes:)``, and then it is not sent; ``WebSocketClosed``.
  public func sendNoWait(_ message: PreparedMessage) throws {
    try requireSendable()
    let (frame, isCompressed) = frame(of: message)
    let sum = outbox.byteCount + frame.count
    guard outbox.byteCount == 0 || sum <= configuration.maxUnsentBytes else {
      throw WebSocketError.tooSlow(unsentBytes: outbox.byteCount)
    }
    if isCompressed { forgetContext() }
    outbox.append(frame)
    drain()
    try requireSendable()
  }

  /// Sends text if the system takes it, else as soon as it does; never waits.
  ///
  /// As ``sendNoWait(_:)-(PreparedMessage)``.
  public func sendNoWait(_ text: String) throws { try sendNoWait(PreparedMessage(text)) }

  /// Sends bytes if the system takes them, else as soon as it does; never waits.
  ///
  /// As ``sendNoWait(_:)-(PreparedMessage)``.
  public func sendNoWait(_ bytes: [UInt8]) throws { try sendNoWait(PreparedMessage(bytes)) }

  /// How many bytes of messages are still to be sent by themselves.
  ///
  /// Those that ``sendNoWait(_:)-(PreparedMessage)`` could not send at once, and what is left of a
  /// message whose sender was interrupted.
  public var unsentByteCount: Int { outbox.byteCount }

  private func frame(of message: PreparedMessage) -> (bytes: [UInt8], isCompressed: Bool) {
    if role == .client {
      return (frame(message.message.kind.opcode, message.message.bytes), false)
    }
    guard deflater != nil, let windowBits = agreement.deflate?.outgoingWindowBits,
      let options = configuration.compression, message.message.byteCount >= leastCompressed
    else { return (message.plainFrame(bytes), false) }
    return (message.compressedFrame(windowBits: windowBits, options, bytes), true)
  }

  /// A message goes that the compressor does not know: the next must refer to nothing before.
  ///
  /// In the middle of a message in pieces it goes behind that.
  private func forgetContext() {
    if isInMessage { forgetsAfterMessage = true } else { deflater?.freeze() }
  }
}
