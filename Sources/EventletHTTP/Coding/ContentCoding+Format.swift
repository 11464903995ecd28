internal import EventletCompression

extension ContentCoding {
  /// What is written in this coding; nil if nothing is.
  var format: CompressionFormat? {
    switch self {
    case .gzip: .gzip
    case .deflate: .zlib
    case .identity: nil
    }
  }
}
