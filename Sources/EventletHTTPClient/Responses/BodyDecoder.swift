internal import EventletCompression

/// Takes one coding off a body as it is read (RFC 9110, 8.4.1), and no faster than that: what comes of a
/// little may be much.
///
/// Not libcurl's own decoding, which takes data that is cut off for whole, and does not know gzip data of
/// several members.
final class BodyDecoder {
  enum Coding {
    case gzip
    /// As it is meant, with the frame of zlib, or as some servers send it, without.
    case deflate

    /// - Returns: nil for a name that is none of these.
    init?(named name: some StringProtocol) {
      switch name.lowercased() {
      case "gzip", "x-gzip": self = .gzip
      case "deflate": self = .deflate
      default: return nil
      }
    }
  }

  /// So much is decoded at a time.
  private static let pieceCount = 65_536

  private let coding: Coding
  private let transfer: Transfer
  private let source: () throws -> [UInt8]
  @exclusivity(unchecked) private var decompressor: Decompressor?
  /// What has come and is not used up.
  @exclusivity(unchecked) private var coded: ArraySlice<UInt8> = []
  @exclusivity(unchecked) private var codedCount = 0
  @exclusivity(unchecked) private var hasMore = false
  @exclusivity(unchecked) private var decoded: [UInt8] = []
  @exclusivity(unchecked) private var failure: HTTPClientError?

  /// `source` has the next piece of what is coded, empty at its end, and may switch.
  init(_ coding: Coding, of transfer: Transfer, source: @escaping () throws -> [UInt8]) {
    self.coding = coding
    self.transfer = transfer
    self.source = source
  }

  /// Whether what has come was all of it, and has been read.
  var isAtEnd: Bool { coded.isEmpty && decoded.isEmpty && decompressor?.hasEnded ?? true }

  /// The next piece; empty at the end.
  ///
  /// May switch; a kill or timeout loses nothing.
  func next() throws -> [UInt8] {
    while true {
      if !coded.isEmpty || hasMore {
        try transfer.letOthersRun(as: .reader)
        try decode()
      }
      if !decoded.isEmpty {
        defer { decoded = [] }
        return decoded
      }
      if let failure { throw failure }
      guard coded.isEmpty, !hasMore else { continue }
      let piece = try source()
      if piece.isEmpty {
        try finish()
        return []
      }
      coded = piece[...]
    }
  }

  private func decode() throws {
    if let failure { throw failure }
    guard let first = coded.first ?? (hasMore ? 0 : nil) else { return }
    let decompressor =
      decompressor ?? Decompressor(format: format(beginningWith: first), limit: nil)
    self.decompressor = decompressor
    do {
      let progress = try coded.withUnsafeBytes { (bytes) throws(CompressionError) in
        try decompressor.decompress(bytes, upTo: Self.pieceCount, into: &decoded)
      }
      codedCount += progress.consumedCount
      coded = coded.dropFirst(progress.consumedCount)
      hasMore = progress.state == .hasMore
      if progress.state == .ended, !coded.isEmpty { fail(.malformedCoding, "more than one body") }
    } catch { fail(.malformedCoding, "\(error)") }
    let ratio = transfer.engine.configuration.limits.decompressionRatio
    if DecompressionLimit.isExceeded(decompressor.outputCount, of: codedCount, ratio: ratio) {
      decoded = []
      fail(.decompressionRatio(ratio), "")
    }
  }

  private func format(beginningWith byte: UInt8) -> CompressionFormat {
    switch coding {
    case .gzip: .gzip
    // RFC 1950, 2.2: the method, and a window of 32 KiB at most.
    case .deflate: byte & 15 == 8 && byte >> 4 <= 7 ? .zlib : .raw
    }
  }

  private func finish() throws {
    // A body without bytes is in any coding.
    guard let decompressor else { return }
    do { try decompressor.finish() } catch {
      fail(.malformedCoding, "\(error)")
      throw failure.unsafelyUnwrapped
    }
  }

  /// What was decoded before can still be read.
  private func fail(_ reason: HTTPClientError.Reason, _ detail: String) {
    let error = transfer.error(reason, detail: detail)
    failure = error
    coded = []
    hasMore = false
    transfer.cancel(error)
  }
}
