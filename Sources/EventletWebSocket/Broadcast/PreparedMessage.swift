internal import EventletCore
internal import EventletHTTP
internal import EventletNet

/// A message for many receivers: framed once, and compressed once for all who have agreed on the same.
///
/// ```swift
/// let news = PreparedMessage("The shop has opened.")
/// for socket in sockets { try socket.send(news) }
/// ```
public final class PreparedMessage {
  /// The message.
  public let message: WebSocketMessage
  private var plain: [UInt8]?
  /// By the window that receivers have.
  private var compressed: [Int: [UInt8]] = [:]

  /// Of any message.
  public init(_ message: WebSocketMessage) { self.message = message }

  /// Of text.
  public convenience init(_ text: String) { self.init(.text(text)) }

  /// Of bytes.
  public convenience init(_ bytes: [UInt8]) { self.init(.binary(bytes)) }

  /// The frame as a server sends it, not compressed.
  func plainFrame(_ make: (FrameHeader, [UInt8]) -> [UInt8]) -> [UInt8] {
    if let plain { return plain }
    let payload = message.bytes
    let frame = make(
      FrameHeader(isFinal: true, opcode: message.kind.opcode, payloadCount: payload.count), payload)
    plain = frame
    return frame
  }

  /// The frame as a server sends it, compressed without a reference to any message before.
  func compressedFrame(
    windowBits: Int, _ options: WebSocketDeflate, _ make: (FrameHeader, [UInt8]) -> [UInt8]
  ) -> [UInt8] {
    if let frame = compressed[windowBits] { return frame }
    let parameters = DeflateParameters(
      outgoingWindowBits: windowBits, incomingWindowBits: windowBits, keepsOutgoingContext: false,
      keepsIncomingContext: false)
    // Not that of a connection, which may be in the middle of a message.
    let deflater = MessageDeflater(parameters, options, .current)
    var payload: [UInt8] = []
    message.withBytes { deflater.compress($0, isLast: true, into: &payload) }
    let frame = make(
      FrameHeader(
        isFinal: true, isCompressed: true, opcode: message.kind.opcode, payloadCount: payload.count),
      payload)
    compressed[windowBits] = frame
    return frame
  }
}

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
    try send(frame: frame(of: message), until: deadline)
  }

  /// Sends a message if the system takes it, else as soon as it does; never waits.
  ///
  /// Messages keep their order. A peer that takes them too slowly gets no more than
  /// ``Configuration/maxUnsentBytes`` of them here.
  /// - Parameter message: Framed and compressed the first time.
  /// - Throws: ``WebSocketError/tooSlow(unsentBytes:)``, and then it is not sent; ``WebSocketClosed``.
  public func sendNoWait(_ message: PreparedMessage) throws {
    try requireSendable()
    guard outbox.byteCount == 0 || outbox.byteCount < configuration.maxUnsentBytes else {
      throw WebSocketError.tooSlow(unsentBytes: outbox.byteCount)
    }
    outbox.append(frame(of: message))
    drain()
    try requireSendable()
  }

  /// How many bytes of messages are still to be sent by themselves.
  ///
  /// Those that ``sendNoWait(_:)`` could not send at once, and what is left of a message whose sender
  /// was interrupted.
  public var unsentByteCount: Int { outbox.byteCount }

  private func frame(of message: PreparedMessage) -> [UInt8] {
    if role == .client { return frame(message.message.kind.opcode, message.message.bytes) }
    guard let deflater, let windowBits = agreement.deflate?.outgoingWindowBits,
      let options = configuration.compression,
      message.message.byteCount >= options.minimumSize
    else { return message.plainFrame(bytes) }
    let frame = message.compressedFrame(
      windowBits: windowBits, options, bytes)
    // The peer has it in its window then, and the compressor has not: the next message must refer to
    // nothing before. It goes behind the one that is sent in pieces.
    if isInMessage { forgetsAfterMessage = true } else { deflater.freeze() }
    return frame
  }
}
