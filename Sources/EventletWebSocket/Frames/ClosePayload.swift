/// What a close frame says (RFC 6455, 5.5.1).
struct ClosePayload: Hashable {
  /// The most bytes of a reason: a control frame's less those of the code.
  static let mostReasonBytes = FrameHeader.mostControlPayload - 2

  /// ``WebSocketCloseCode/noStatus`` if the frame is empty.
  let code: WebSocketCloseCode
  let reason: String

  init(_ code: WebSocketCloseCode, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  init(parsing bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) {
    if bytes.isEmpty {
      self.init(.noStatus, "")
      return
    }
    guard bytes.count >= 2 else { throw ProtocolViolation("a close frame of one byte") }
    let code = WebSocketCloseCode(rawValue: UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
    guard code.isSendable else { throw ProtocolViolation("the close code \(code)") }
    guard let reason = String(validating: bytes[2...], as: UTF8.self) else {
      throw .invalidText
    }
    self.init(code, reason)
  }

  var bytes: [UInt8] {
    if code == .noStatus { return [] }
    return [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)] + reason.utf8
  }
}
