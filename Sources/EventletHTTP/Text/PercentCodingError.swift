public import EventletNet

/// Text that is not percent-encoded as it should be.
///
/// ```swift
/// do { name = try segment.percentDecodedStrictly() } catch .notUTF8 { name = "?" }
/// ```
public enum PercentCodingError: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// A `%` without two hexadecimal digits behind it, so many bytes from the beginning.
  case malformed(offset: Int)
  /// The decoded bytes are no UTF-8.
  case notUTF8

  /// A short text.
  public var description: String {
    switch self {
    case .malformed(let offset): "percent-encoded text: malformed at byte \(offset)"
    case .notUTF8: "percent-encoded text: not UTF-8"
    }
  }
}
