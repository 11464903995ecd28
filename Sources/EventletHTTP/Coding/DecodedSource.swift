internal import EventletCompression

/// Takes one coding off what comes of a source, as it is asked for: never more.
///
/// Nothing at all is expanded to nothing: an empty body is empty in any coding.
final class DecodedSource {
  /// How much is taken of the source at a time.
  private static let pieceSize = 8192

  private let coding: ContentCoding
  private let limits: DecodingLimits
  private let source: (_ count: Int) throws -> [UInt8]
  /// Nil until there is something to expand: a client that sends nothing costs nothing.
  private var decompressor: Decompressor?
  private var input: ArraySlice<UInt8> = []
  /// Whether there may be more to come without further input.
  private var hasMore = false
  private(set) var isAtEnd = false
  /// How many bytes have come out.
  private(set) var count = 0

  /// Of a source that gives at most as many bytes as it is asked for, and none at the end.
  init(
    _ coding: ContentCoding, _ limits: DecodingLimits,
    of source: @escaping (_ count: Int) throws -> [UInt8]
  ) {
    self.coding = coding
    self.limits = limits
    self.source = source
  }

  /// Waits where the source does; what that throws changes nothing.
  /// - Parameter count: At least 1.
  /// - Returns: empty at the end.
  /// - Throws: ``RequestError``; what the source throws.
  func receive(upTo count: Int) throws -> [UInt8] {
    while !isAtEnd {
      if hasMore || !input.isEmpty {
        let piece = try expand(upTo: count)
        if !piece.isEmpty { return piece }
      }
      let more = try source(Self.pieceSize)
      if more.isEmpty { try finish() } else { input = more[...] }
    }
    return []
  }

  private func expand(upTo most: Int) throws(RequestError) -> [UInt8] {
    let decompressor = decompressor ?? makeDecompressor()
    self.decompressor = decompressor
    var output: [UInt8] = []
    let result = input.withUnsafeBytes { bytes in
      Result { () throws(CompressionError) in
        try decompressor.decompress(bytes, upTo: most, into: &output)
      }
    }
    guard case .success(let progress) = result else {
      throw RequestError(.malformedContentCoding(coding))
    }
    input = input.dropFirst(progress.consumedCount)
    hasMore = progress.state == .hasMore
    count += output.count
    try limits.check(count)
    // Others read what follows, or leave it out: there must be nothing to differ about.
    if progress.state == .ended, !input.isEmpty {
      throw RequestError(.dataAfterContentCoding(coding))
    }
    return output
  }

  private func makeDecompressor() -> Decompressor {
    guard let format = coding.format else { fatalError("DecodedSource: nothing to take off") }
    return Decompressor(format: format, limit: nil)
  }

  private func finish() throws(RequestError) {
    if let decompressor, !decompressor.hasEnded {
      throw RequestError(.truncatedContentCoding(coding))
    }
    isAtEnd = true
    // Its memory, since the request may go on for long.
    decompressor = nil
  }
}
