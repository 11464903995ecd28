/// Why a peer refused to go on: the description of an alert.
///
/// RFC 8446, section 6.2.
public struct TLSAlert: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number in the registry of TLS alerts.
  public let rawValue: UInt8

  /// Creates an alert of any number.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The peer got a message that makes no sense at that point.
  public static let unexpectedMessage = TLSAlert(rawValue: 10)
  /// The peer could not decrypt or authenticate a record.
  public static let badRecord = TLSAlert(rawValue: 20)
  /// The peer finds nothing in common, such as a cipher suite.
  public static let handshakeFailure = TLSAlert(rawValue: 40)
  /// The peer refuses our certificate.
  public static let badCertificate = TLSAlert(rawValue: 42)
  /// The peer does not take certificates of our kind.
  public static let unsupportedCertificate = TLSAlert(rawValue: 43)
  /// The peer holds our certificate to be revoked.
  public static let certificateRevoked = TLSAlert(rawValue: 44)
  /// The peer holds our certificate to have expired, or not to be valid yet.
  public static let certificateExpired = TLSAlert(rawValue: 45)
  /// The peer refuses our certificate for another reason.
  public static let certificateUnknown = TLSAlert(rawValue: 46)
  /// The peer holds a field of ours to be out of range.
  public static let illegalParameter = TLSAlert(rawValue: 47)
  /// The peer does not trust the authority of our certificate.
  public static let unknownAuthority = TLSAlert(rawValue: 48)
  /// The peer does not let us in, though our certificate is valid.
  public static let accessDenied = TLSAlert(rawValue: 49)
  /// The peer could not parse a message.
  public static let decodeError = TLSAlert(rawValue: 50)
  /// A cryptographic step failed on the peer's side, such as a signature.
  public static let decryptError = TLSAlert(rawValue: 51)
  /// The peer does not speak a version of ours.
  public static let protocolVersion = TLSAlert(rawValue: 70)
  /// The peer wants stronger ciphers.
  public static let insufficientSecurity = TLSAlert(rawValue: 71)
  /// The peer has a problem of its own.
  public static let internalError = TLSAlert(rawValue: 80)
  /// The peer does not know the name that was asked for.
  public static let unrecognizedName = TLSAlert(rawValue: 112)
  /// The peer requires a certificate of ours.
  public static let certificateRequired = TLSAlert(rawValue: 116)
  /// The peer speaks none of our application protocols.
  public static let noApplicationProtocol = TLSAlert(rawValue: 120)

  /// The name in RFC 8446, and the number.
  public var description: String {
    Self.names[rawValue].map { "\($0) (alert \(rawValue))" } ?? "alert \(rawValue)"
  }

  private static let names: [UInt8: String] = [
    10: "unexpected message", 20: "bad record", 22: "record overflow", 40: "handshake failure",
    42: "bad certificate", 43: "unsupported certificate", 44: "certificate revoked",
    45: "certificate expired", 46: "certificate unknown", 47: "illegal parameter",
    48: "unknown authority", 49: "access denied", 50: "decode error", 51: "decrypt error",
    70: "protocol version", 71: "insufficient security", 80: "internal error",
    86: "inappropriate fallback", 90: "user canceled", 109: "missing extension",
    110: "unsupported extension", 112: "unrecognized name", 113: "bad certificate status",
    115: "unknown identity", 116: "certificate required", 120: "no application protocol",
  ]
}
