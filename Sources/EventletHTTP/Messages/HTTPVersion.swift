/// The version of HTTP that a message is in.
///
/// ```swift
/// if request.version < .http1_1 { print("an old client") }
/// ```
public struct HTTPVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 1 of HTTP/1.0.
  public let major: UInt8
  /// 0 of HTTP/1.0.
  public let minor: UInt8

  /// Creates a version.
  public init(major: UInt8, minor: UInt8) {
    self.major = major
    self.minor = minor
  }

  /// HTTP/1.0 (RFC 1945).
  public static let http1_0 = HTTPVersion(major: 1, minor: 0)
  /// HTTP/1.1 (RFC 9112).
  public static let http1_1 = HTTPVersion(major: 1, minor: 1)

  /// Whether one is older than the other.
  public static func < (one: HTTPVersion, other: HTTPVersion) -> Bool {
    (one.major, one.minor) < (other.major, other.minor)
  }

  /// As in a request line.
  public var description: String { "HTTP/\(major).\(minor)" }
}
