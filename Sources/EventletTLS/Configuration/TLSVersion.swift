/// A version of the protocol.
///
/// Older ones than 1.2 are broken, RFC 8996, and not offered.
public enum TLSVersion: UInt16, Comparable, Hashable, Sendable, CustomStringConvertible {
  /// TLS 1.2, RFC 5246.
  case tls12 = 0x0303
  /// TLS 1.3, RFC 8446.
  case tls13 = 0x0304

  /// The older is the smaller.
  public static func < (left: TLSVersion, right: TLSVersion) -> Bool {
    left.rawValue < right.rawValue
  }

  /// Such as `TLS 1.3`.
  public var description: String { self == .tls12 ? "TLS 1.2" : "TLS 1.3" }
}
