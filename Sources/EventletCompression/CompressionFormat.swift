/// What surrounds compressed data.
public enum CompressionFormat: Hashable, Sendable {
  /// RFC 1952, with a checksum; HTTP's `gzip`.
  case gzip
  /// RFC 1950, with a checksum; HTTP's `deflate`.
  case zlib
  /// RFC 1951, nothing but the data; WebSocket's permessage-deflate.
  case raw
}
