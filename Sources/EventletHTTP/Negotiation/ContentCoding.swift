/// A way to write a body in fewer bytes (RFC 9110, section 8.4.1).
///
/// ```swift
/// response.headerFields[.contentEncoding] = ContentCoding.gzip.rawValue
/// ```
public enum ContentCoding: String, Hashable, Sendable, CaseIterable {
  /// RFC 1952.
  case gzip
  /// RFC 1950: what zlib writes.
  case deflate
  /// As it is.
  case identity
}
