public import EventletNet

/// The connection has ended, or is about to, so that nothing more can be sent.
///
/// What handlers end with when their peer goes: no server reports it, unless it is of another
/// connection than the one that is served.
public struct WebSocketClosed: PeerError, ConnectionError, CustomStringConvertible {
  /// How.
  public let end: WebSocketEnd
  /// The far end, if it is known.
  package let connection: String
  /// Which one.
  let socket: ObjectIdentifier

  /// A short text.
  public var description: String { "WebSocket to \(connection): \(end)" }
}

/// What a program has asked for, and cannot be done.
public enum WebSocketError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A close frame must not have this code, see ``WebSocketCloseCode/isSendable``.
  case invalidCloseCode(WebSocketCloseCode)
  /// A close frame's reason has 123 bytes at most; so many it would have.
  case reasonTooLong(Int)
  /// A ping's payload has 125 bytes at most; so many it would have.
  case pingTooLong(Int)
  /// What was written to a text message is not UTF-8.
  case invalidText
  /// The peer takes what it is sent so slowly that more than
  /// ``WebSocket/Configuration/maxUnsentBytes`` would wait here.
  case tooSlow(unsentBytes: Int)
  /// While a ``WebSocket/ping(_:timeout:)`` waited, messages came that nobody receives, and they take so
  /// many bytes.
  case unreceivedMessages(byteCount: Int)

  /// A short text.
  public var description: String {
    switch self {
    case .invalidCloseCode(let code): "the close code \(code) cannot be sent"
    case .reasonTooLong(let count):
      "a reason of \(count) bytes: at most \(ClosePayload.mostReasonBytes) can be sent"
    case .pingTooLong(let count):
      "a ping of \(count) bytes: at most \(FrameHeader.mostControlPayload) can be sent"
    case .invalidText: "a text message with bytes that are not UTF-8"
    case .tooSlow(let count): "the peer takes too little: \(count) bytes are still to be sent"
    case .unreceivedMessages(let count):
      "a ping whose answer comes after \(count) bytes of messages that nobody receives"
    }
  }
}
