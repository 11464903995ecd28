internal import EventletCompression
internal import EventletCore

/// A place in a ``CompressorPool``, and its compressor from when that is used first.
final class LentCompressor {
  /// How much is compressed without a look at other green threads: about a millisecond.
  static let pieceSize = 32_768

  private let pool: CompressorPool
  private let format: CompressionFormat
  private var taken: Compressor?

  init(of pool: CompressorPool, _ format: CompressionFormat) {
    self.pool = pool
    self.format = format
  }

  deinit { pool.giveBack(taken) }

  var compressor: Compressor {
    if let taken { return taken }
    let compressor = pool.take(format)
    taken = compressor
    return compressor
  }

  /// Begins a stream, be it another one.
  func begin() { taken?.reset() }

  /// Compresses all there is.
  ///
  /// Others go on in between.
  /// - Throws: what a kill or timeout throws.
  func compressAll(_ bytes: [UInt8]) throws -> [UInt8] {
    begin()
    let compressor = compressor
    var output: [UInt8] = []
    var start = 0
    while true {
      let end = min(start + Self.pieceSize, bytes.count)
      bytes.withUnsafeBytes { all in
        compressor.compress(
          UnsafeRawBufferPointer(rebasing: all[start..<end]),
          flush: end == all.count ? .finish : .none, into: &output)
      }
      if end == bytes.count { return output }
      start = end
      try GreenThread.yield()
    }
  }
}
