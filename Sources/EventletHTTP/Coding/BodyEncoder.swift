internal import EventletCompression
internal import EventletCore
internal import HTTPTypes

/// Compresses what is written to one writer of a response, and writes it to another.
///
/// One green thread at a time: the writers see to it.
final class BodyEncoder {
  private let writer: ResponseWriter
  /// Kept for as long as the compressor is used; nil when the body has ended.
  private var lent: LentCompressor?
  /// Whether the compressor may hold something back.
  private var holds = false
  /// How much has been compressed since others could go on.
  private var uninterruptedCount = 0
  /// What has kept a part of the body from being written: nothing can follow it.
  private var failure: (any Error)?

  init(_ lent: LentCompressor, to writer: ResponseWriter) {
    self.writer = writer
    self.lent = lent
    lent.begin()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(LentCompressor.pieceSize)
      rest = rest[piece.endIndex...]
      try compress(UnsafeRawBufferPointer(rebasing: piece), .none)
      holds = true
      uninterruptedCount += piece.count
      if uninterruptedCount < LentCompressor.pieceSize { continue }
      uninterruptedCount = 0
      do { try GreenThread.yield() } catch {
        if !rest.isEmpty { failure = error }
        throw error
      }
    }
  }

  /// Sends all of it.
  func flush() throws {
    if let failure { throw failure }
    if holds { try compress(UnsafeRawBufferPointer(start: nil, count: 0), .sync) }
    holds = false
    try writer.flush()
  }

  /// Ends the body, with fields to follow.
  func finish(_ trailers: HTTPFields) throws {
    try compress(UnsafeRawBufferPointer(start: nil, count: 0), .finish)
    writer.trailers = trailers
  }

  /// Gives the compressor back, be there somebody left who writes.
  func end() { lent = nil }

  private func compress(
    _ bytes: UnsafeRawBufferPointer, _ flush: Compressor.Flush
  ) throws {
    let output = try compressed(bytes, flush)
    do { try writer.write(output) } catch {
      failure = error
      throw error
    }
  }

  private func compressed(
    _ bytes: UnsafeRawBufferPointer, _ flush: Compressor.Flush
  ) throws -> [UInt8] {
    if let failure { throw failure }
    guard let lent else { throw HTTPServerError.requestEnded }
    var output: [UInt8] = []
    lent.compressor.compress(bytes, flush: flush, into: &output)
    return output
  }
}

extension ResponseWriter {
  /// Has a body written in a coding.
  /// - Parameters:
  ///   - lent: What writes it.
  ///   - length: As it is before that, if it has been announced; another is an error.
  ///   - write: Given a writer that is good until it returns.
  /// - Throws: what `write` throws; as ``ResponseWriter/write(_:)-([UInt8])``.
  func encode(
    with lent: LentCompressor, length: Int?, _ write: (ResponseWriter) throws -> Void
  ) throws {
    let inner = ResponseWriter(BodyEncoder(lent, to: self), before: self, length: length)
    defer { inner.end() }
    try write(inner)
    try inner.finish()
  }
}
