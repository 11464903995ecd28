public import HTTPTypes

/// Why a client has no WebSocket.
///
/// What keeps it from the server at all is the error of the socket, the resolver or TLS.
public enum WebSocketConnectError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text is no URL of a WebSocket.
  case invalidURL(String, reason: String)
  /// A field that the handshake has by itself cannot be given.
  case reservedField(HTTPField.Name)
  /// A subprotocol's name that is no token, or comes twice.
  case invalidSubprotocol(String)
  /// The server has answered with another status than 101: it does not want to, or wants the client to go
  /// elsewhere, which it does not do by itself.
  case refused(HTTPResponse)
  /// The server's answer is not one to this handshake.
  case invalidAnswer(String)

  /// A short text.
  public var description: String {
    switch self {
    case .invalidURL(let text, let reason): "'\(text)': \(reason)"
    case .reservedField(let name): "the field \(name) is the handshake's own"
    case .invalidSubprotocol(let name): "'\(name)': no name of a subprotocol, or a second time"
    case .refused(let response):
      "the server answers \(response.status)"
        + (response.headerFields[.location].map { ", and points to \($0)" } ?? "")
    case .invalidAnswer(let reason): "no answer to a WebSocket's handshake: \(reason)"
    }
  }
}
