internal import EventletCore
internal import EventletHTTP

/// Sends one message piece by piece, each as a frame of its own.
///
/// ```swift
/// try socket.sendPieces(.text) { writer in
///   for line in report.lines { try writer.write(line + "\n") }
/// }
/// ```
///
/// The peer gets one message, when the last piece has come. Given by
/// ``WebSocket/sendPieces(_:_:)``; of no use after it.
///
/// In Python: `send` with `continuation` and `final`.
public final class WebSocketMessageWriter {
  private let socket: WebSocket
  private let kind: WebSocketMessage.Kind
  private var hasBegun = false
  private var hasEnded = false
  /// Of a piece that is missing, so that the message cannot go on.
  private var failure: (any Error)?
  private var validator = UTF8Validator()

  init(_ socket: WebSocket, _ kind: WebSocketMessage.Kind) {
    self.socket = socket
    self.kind = kind
  }

  /// Sends text as the next piece; waits until the system has taken it.
  /// - Throws: ``WebSocketClosed``; what a kill or timeout throws.
  public func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Sends bytes as the next piece; waits until the system has taken them.
  ///
  /// Those of a text message must be UTF-8, but a character may begin in one piece and end in another.
  /// - Throws: ``WebSocketError/invalidText``; ``WebSocketClosed``; what a kill or timeout throws.
  public func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  private func write(_ bytes: UnsafeRawBufferPointer) throws {
    require(!hasEnded, "WebSocketMessageWriter: the message has ended")
    try sendingAll {
      if kind == .text, !validator.accept(bytes) { throw WebSocketError.invalidText }
      if !bytes.isEmpty { try send(bytes, isFinal: false) }
    }
  }

  /// Who catches the error of one piece must not go on with the next.
  private func sendingAll(_ send: () throws -> Void) throws {
    if let failure { throw failure }
    do { try send() } catch {
      failure = error
      throw error
    }
  }

  private func send(_ bytes: UnsafeRawBufferPointer, isFinal: Bool) throws {
    try socket.takeFrameTurn(until: .never)
    defer { socket.frameTurn.release() }
    let opcode = hasBegun ? .continuation : kind.opcode
    // Even if this fails: a part may have gone.
    hasBegun = true
    try socket.sendPiece(opcode, bytes, isFinal: isFinal)
  }

  /// Ends the message.
  func finish() throws {
    try sendingAll {
      guard validator.isComplete else { throw WebSocketError.invalidText }
      try send(UnsafeRawBufferPointer(start: nil, count: 0), isFinal: true)
    }
    hasEnded = true
  }

  /// The message cannot be ended.
  /// - Returns: whether the peer has got none of it.
  func giveUp() -> Bool {
    hasEnded = true
    return !hasBegun
  }
}

extension WebSocket {
  /// Sends one message of which not all is known at once.
  ///
  /// Others who want to send a message wait until it has ended, and those of ``sendNoWait(_:)-(PreparedMessage)`` and of
  /// groups are kept.
  /// - Parameters:
  ///   - kind: Whether it is text or bytes.
  ///   - write: Given what to write to.
  /// - Throws: what `write` throws: if a part of the message may have gone, there is no way to take it
  ///   back, and the connection ends with ``WebSocketCloseCode/internalError``; ``WebSocketClosed``; what
  ///   a kill or timeout throws.
  public func sendPieces(
    _ kind: WebSocketMessage.Kind, _ write: (WebSocketMessageWriter) throws -> Void
  ) throws {
    try take(messageTurn, until: .never)
    defer { messageTurn.release() }
    // What is older goes before: the compressor counts on it.
    try takeFrameTurn(until: .never)
    isInMessage = true
    frameTurn.release()
    defer { endPieces() }
    let writer = WebSocketMessageWriter(self, kind)
    do {
      try write(writer)
      try writer.finish()
    } catch {
      if !writer.giveUp() {
        deflater?.freeze()
        if end == nil { end = WebSocketEnd(ClosePayload(.internalError, ""), .local) }
        beginClosing(ClosePayload(.internalError, ""))
      }
      throw error
    }
  }

  private func endPieces() {
    isInMessage = false
    if forgetsAfterMessage { deflater?.freeze() }
    forgetsAfterMessage = false
    if !outbox.isEmpty { drain() }
  }

  /// Sends a frame of a message that is sent in pieces, in its turn.
  func sendPiece(_ opcode: Opcode, _ bytes: UnsafeRawBufferPointer, isFinal: Bool) throws {
    guard let deflater else {
      let header = FrameHeader(
        isFinal: isFinal, opcode: opcode, maskingKey: nextKey(), payloadCount: bytes.count)
      return try send(header, bytes, until: .never)
    }
    var payload: [UInt8] = []
    deflater.compress(bytes, isLast: isFinal, into: &payload)
    let header = FrameHeader(
      isFinal: isFinal, isCompressed: opcode != .continuation, opcode: opcode,
      maskingKey: nextKey(), payloadCount: payload.count)
    try payload.withUnsafeBytes { try send(header, $0, until: .never) }
  }
}
