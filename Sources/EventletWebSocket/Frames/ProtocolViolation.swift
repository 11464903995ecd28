/// What a peer has done that the protocol does not allow: the connection is failed with a close frame
/// that says so (RFC 6455, 7.1.7).
struct ProtocolViolation: Error, Hashable {
  let code: WebSocketCloseCode
  let reason: String

  init(_ code: WebSocketCloseCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  init(_ reason: String) { self.init(.protocolError, reason) }

  static let invalidText = ProtocolViolation(.invalidPayload, "text that is not UTF-8")

  static func tooBig(_ what: String, _ size: Int, limit: Int) -> ProtocolViolation {
    ProtocolViolation(.messageTooBig, "a \(what) of \(size) bytes, at most \(limit) are taken")
  }
}
