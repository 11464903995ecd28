internal import EventletCompression

/// The compressors of one middleware, of which so many at most are lent at a time.
///
/// Each has 64 KiB of memory, and a response that is written for hours needs one all the while.
final class CompressorPool {
  /// How many that nobody has are kept for the next, of each format.
  private static let mostKept = 8

  private let level: Int
  private let limit: Int
  private var free: [CompressionFormat: [Compressor]] = [:]
  /// How many are lent.
  private(set) var lentCount = 0

  init(level: Int, limit: Int) {
    self.level = level
    self.limit = limit
  }

  /// Lends one for as long as somebody has a reference to it: whatever way a response ends, it is given
  /// back then.
  /// - Returns: nil if as many are lent as may be.
  func lend(_ format: CompressionFormat) -> LentCompressor? {
    if lentCount >= limit { return nil }
    lentCount += 1
    return LentCompressor(of: self, format)
  }

  func take(_ format: CompressionFormat) -> Compressor {
    guard let compressor = free[format]?.popLast() else {
      return Compressor(format: format, level: level)
    }
    compressor.reset()
    return compressor
  }

  func giveBack(_ compressor: Compressor?) {
    lentCount -= 1
    guard let compressor else { return }
    if free[compressor.format, default: []].count < Self.mostKept {
      free[compressor.format, default: []].append(compressor)
    }
  }
}
