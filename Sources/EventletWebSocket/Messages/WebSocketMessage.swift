/// A message, as it is received or sent.
///
/// ```swift
/// while let message = try socket.receive() {
///   switch message {
///   case .text(let text): print(text)
///   case .binary(let bytes): print("\(bytes.count) bytes")
///   }
/// }
/// ```
///
/// Either may be empty: that is not the end of the connection.
public enum WebSocketMessage: Hashable, Sendable {
  /// Text; UTF-8 on the wire.
  case text(String)
  /// Bytes.
  case binary([UInt8])

  /// Whether a message is text or bytes.
  public enum Kind: Hashable, Sendable {
    /// Text, as UTF-8.
    case text
    /// Bytes.
    case binary

    var opcode: Opcode { self == .text ? .text : .binary }
  }

  /// Which of the two it is.
  public var kind: Kind { if case .text = self { .text } else { .binary } }

  /// The text; nil if it is bytes.
  public var text: String? { if case .text(let text) = self { text } else { nil } }

  /// The bytes, those of the text if it is text.
  public var bytes: [UInt8] {
    switch self {
    case .text(let text): Array(text.utf8)
    case .binary(let bytes): bytes
    }
  }

  /// How many bytes it has.
  public var byteCount: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .binary(let bytes): bytes.count
    }
  }
}

extension WebSocketMessage {
  /// Calls `body` with the bytes, without a copy.
  ///
  /// They are a value's of the caller's own: `body` may wait.
  @inline(__always)
  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    switch self {
    case .text(var text): try text.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
    case .binary(let bytes): try bytes.withUnsafeBytes(body)
    }
  }
}
