/// Compressed data that cannot be expanded.
///
/// ```swift
/// do { try decompressor.finish() } catch .truncated { print("the rest is missing") }
/// ```
///
/// In Python: `zlib.error`.
public enum CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The data is not of its format, or its checksum is wrong; zlib's text says which.
  case corrupt(CompressionFormat, reason: String)
  /// The data stops before its end.
  case truncated(CompressionFormat)
  /// The data expands to more bytes than allowed.
  case limitExceeded(CompressionFormat, limit: Int)
  /// The data refers to a dictionary that both ends would have to know (RFC 1950, section 2.2).
  case dictionaryRequired(CompressionFormat)

  /// A short text.
  public var description: String {
    switch self {
    case .corrupt(let format, let reason): "\(format) data: \(reason)"
    case .truncated(let format): "\(format) data: ends too early"
    case .limitExceeded(let format, let limit): "\(format) data: expands to over \(limit) bytes"
    case .dictionaryRequired(let format): "\(format) data: requires a dictionary"
    }
  }
}
