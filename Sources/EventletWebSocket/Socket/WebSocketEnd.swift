/// How a connection has ended, or is about to.
///
/// ```swift
/// while let message = try socket.receive() { handle(message) }
/// if let end = socket.end, end.cause != .peer { logger.notice("\(end)") }
/// ```
public struct WebSocketEnd: Hashable, Sendable, CustomStringConvertible {
  /// Who has ended it.
  public enum Cause: Hashable, Sendable {
    /// The peer, by a close frame.
    case peer
    /// This end, by a close frame: ``WebSocket/close(_:reason:)``, the end of the handler, or a server
    /// that stops.
    case local
    /// This end, since what the peer has sent is not the protocol, or over a limit: ``code`` and
    /// ``reason`` are what it was told.
    case violation
    /// Nobody has said anything: the connection broke, the peer did not answer a heartbeat, or
    /// ``WebSocket/abort()``. ``reason`` says which.
    case lost
  }

  /// What the peer has said, or else what it was told; ``WebSocketCloseCode/abnormalClosure`` if
  /// nothing was said.
  public let code: WebSocketCloseCode
  /// Of that close frame; perhaps empty.
  public let reason: String
  /// Who has ended it.
  public let cause: Cause

  /// A short text.
  public var description: String {
    let who =
      switch cause {
      case .peer: "closed by the peer"
      case .local: "closed here"
      case .violation: "protocol violated by the peer"
      case .lost: "lost"
      }
    return "\(who): \(code)" + (reason.isEmpty ? "" : " \(reason)")
  }
}
