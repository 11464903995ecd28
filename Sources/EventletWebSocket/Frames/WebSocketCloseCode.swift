/// Why a WebSocket connection ends, as a close frame says it (RFC 6455, 7.4, and IANA's registry).
///
/// ```swift
/// try socket.close(.goingAway, reason: "see you tomorrow")
/// try socket.close(WebSocketCloseCode(rawValue: 4001))  // 4000 to 4999 are the program's own
/// ```
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number.
  public let rawValue: UInt16

  /// Creates a code of any number; see ``isSendable``.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// 1000: all was said.
  public static let normalClosure = WebSocketCloseCode(rawValue: 1000)
  /// 1001: the server stops, or the page is left.
  public static let goingAway = WebSocketCloseCode(rawValue: 1001)
  /// 1002: what the peer has sent is not the protocol.
  public static let protocolError = WebSocketCloseCode(rawValue: 1002)
  /// 1003: a kind of message that is not taken here.
  public static let unsupportedData = WebSocketCloseCode(rawValue: 1003)
  /// 1005: there was a close frame without a code; never sent.
  public static let noStatus = WebSocketCloseCode(rawValue: 1005)
  /// 1006: the connection ended without a close frame; never sent.
  public static let abnormalClosure = WebSocketCloseCode(rawValue: 1006)
  /// 1007: data that is not what it was said to be, such as text that is not UTF-8.
  public static let invalidPayload = WebSocketCloseCode(rawValue: 1007)
  /// 1008: the peer has broken a rule of the program's.
  public static let policyViolation = WebSocketCloseCode(rawValue: 1008)
  /// 1009: a message that is larger than is taken here.
  public static let messageTooBig = WebSocketCloseCode(rawValue: 1009)
  /// 1010: the server does not speak an extension that the client needs.
  public static let mandatoryExtension = WebSocketCloseCode(rawValue: 1010)
  /// 1011: something went wrong here.
  public static let internalError = WebSocketCloseCode(rawValue: 1011)
  /// 1012: the service restarts.
  public static let serviceRestart = WebSocketCloseCode(rawValue: 1012)
  /// 1013: there is too much to do here; come again later.
  public static let tryAgainLater = WebSocketCloseCode(rawValue: 1013)
  /// 1014: a gateway got no good answer from behind it.
  public static let badGateway = WebSocketCloseCode(rawValue: 1014)

  /// Whether a close frame may have it: 1000 to 1003, 1007 to 1014, and 3000 to 4999.
  ///
  /// Others are a violation of the protocol, and the rest of 1000 to 2999 has no meaning yet.
  public var isSendable: Bool {
    switch rawValue {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }

  /// The number.
  public var description: String { "\(rawValue)" }
}
