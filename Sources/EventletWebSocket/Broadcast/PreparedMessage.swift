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
