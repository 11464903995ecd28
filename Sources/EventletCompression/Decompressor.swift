internal import CZlib

/// Expands compressed data, piece by piece.
///
/// ```swift
/// let decompressor = Decompressor(format: .gzip, limit: 10_000_000)
/// while case let piece = try source.receive(upTo: 4096), !piece.isEmpty {
///   try file.sendAll(decompressor.decompress(piece))
/// }
/// try decompressor.finish()
/// ```
///
/// A kilobyte may expand to a megabyte: ``decompress(_:upTo:into:)`` hands the result out in
/// pieces as small as one likes, and `limit` is for all of them together. Nothing here waits.
///
/// Gzip data of several members, one behind the other (RFC 1952, section 2.2), counts as one
/// stream. After an error each call throws it again, until ``reset()``.
///
/// Not `Sendable`: use one from one thread at a time. About 40 KiB of memory are given back with
/// the object.
///
/// In Python: `zlib.decompressobj`.
public final class Decompressor {
  /// How far a call got.
  public struct Progress: Hashable, Sendable {
    /// How many bytes of the input were used up; the rest is to be handed in again.
    public let consumedCount: Int
    /// What comes next.
    public let state: State
  }

  /// What a decompressor waits for.
  public enum State: Hashable, Sendable {
    /// More input.
    case needsMore
    /// To be asked again, with the rest of the input even if that is empty: the output may go on.
    case hasMore
    /// Nothing: this was the end. Gzip data may go on with a further member, if more input comes.
    case ended
  }

  /// What surrounds the data.
  public let format: CompressionFormat

  // Exclusivity checking is off: it costs more than to expand a small message, and no access spans a
  // call.

  /// The most bytes that the data may expand to; nil for any number.
  ///
  /// Each call goes by what it is then.
  @exclusivity(unchecked) public var limit: Int?
  /// How many bytes the data has expanded to, since the beginning or ``restartCount()``.
  @exclusivity(unchecked) public private(set) var outputCount = 0
  /// Whether the end of the stream has come.
  @exclusivity(unchecked) public private(set) var hasEnded = false
  /// How many bytes of the last piece are no part of the stream, for they come after its end.
  @exclusivity(unchecked) public private(set) var unusedCount = 0

  private let stream = ZlibStream()
  @exclusivity(unchecked) private var failure: CompressionError?
  /// The first byte that each member of gzip data begins with, RFC 1952, section 2.3.1.
  private static let memberStart: UInt8 = 0x1f
  /// Whether something came after the end that is no further member.
  @exclusivity(unchecked) private var isBehindEnd = false

  /// Creates a decompressor.
  ///
  /// Traps when `windowBits` is out of its range.
  /// - Parameters:
  ///   - format: What surrounds the data.
  ///   - limit: The most bytes that the data may expand to, against data that is made to fill
  ///     the memory; nil for any number.
  ///   - windowBits: How far back the data may refer, as a power of 2 in bytes, 8 to 15; 15, which
  ///     is right for all data, by default. Less saves memory.
  public init(format: CompressionFormat, limit: Int?, windowBits: Int = 15) {
    guard (8...15).contains(windowBits) else {
      fatalError("Decompressor: windowBits \(windowBits) is not in 8...15")
    }
    self.format = format
    self.limit = limit
    let result = inflateInit2_(
      stream.pointer, ZlibStream.windowBits(windowBits, for: format), ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else { fatalError("Decompressor: no memory (zlib's error \(result))") }
  }

  deinit {
    inflateEnd(stream.pointer)
    stream.pointer.deallocate()
  }

  /// Expands the next piece, all of it.
  /// - Parameter bytes: The piece; ``unusedCount`` says how many bytes of it come after the end.
  /// - Returns: What comes out, perhaps nothing.
  /// - Throws: ``CompressionError``; use ``decompress(_:upTo:into:)`` for what came out before.
  public func decompress(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
    var output: [UInt8] = []
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(CompressionError) in
        try decompress(bytes, upTo: .max, into: &output)
      }
    }
    _ = try result.get()
    return output
  }

  /// Expands the next piece, as far as there is to be output.
  /// - Parameters:
  ///   - bytes: The piece.
  ///   - count: The most bytes that may come out now, at least 1.
  ///   - output: Grows by what comes out, also when an error is thrown.
  /// - Returns: How far it got. The bytes after the end are not consumed.
  /// - Throws: ``CompressionError``, and what came before it is in `output`.
  public func decompress(
    _ bytes: UnsafeRawBufferPointer, upTo count: Int, into output: inout [UInt8]
  ) throws(CompressionError) -> Progress {
    if let failure { throw failure }
    guard count > 0 else { fatalError("Decompressor: at most \(count) bytes were asked for") }
    let start = output.count
    var consumedCount = 0
    unusedCount = 0
    while true {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[consumedCount...])
      if hasEnded {
        guard let first = rest.first, !isBehindEnd, format == .gzip, first == Self.memberStart
        else {
          if !rest.isEmpty { isBehindEnd = true }
          unusedCount = rest.count
          return Progress(consumedCount: consumedCount, state: .ended)
        }
        inflateReset(stream.pointer)
        hasEnded = false
      }
      let room = count - (output.count - start)
      guard room > 0 else { return Progress(consumedCount: consumedCount, state: .hasMore) }
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(ZlibStream.largestPiece))
      consumedCount += try run(piece, room, &output)
      if !hasEnded, !stream.isOutputFull, consumedCount == bytes.count {
        return Progress(consumedCount: consumedCount, state: .needsMore)
      }
    }
  }

  /// Makes one step.
  /// - Returns: how many bytes of the piece were used up.
  private func run(
    _ piece: UnsafeRawBufferPointer, _ room: Int, _ output: inout [UInt8]
  ) throws(CompressionError) -> Int {
    stream.setInput(piece)
    defer { stream.clearInput() }
    let before = output.count
    // One more than allowed, so that it shows when there is more.
    let left = limit.map { max(min($0, .max - 1) - outputCount, 0) } ?? ZlibStream.roomSize
    // Text expands to four times its size.
    let size = min(
      room, left + 1, ZlibStream.room(in: output, expecting: min(piece.count, 1 << 12) * 4))
    let result = stream.write(to: &output, room: size) { inflate($0, Z_NO_FLUSH) }
    outputCount += output.count - before
    if let limit, outputCount > limit {
      // It may have been lowered meanwhile.
      let excess = min(outputCount - limit, output.count - before)
      output.removeLast(excess)
      outputCount -= excess
      throw fail(.limitExceeded(format, limit: limit))
    }
    switch result {
    case Z_OK: break
    // Nothing to do before more comes.
    case Z_BUF_ERROR: break
    case Z_STREAM_END: hasEnded = true
    case Z_NEED_DICT: throw fail(.dictionaryRequired(format))
    case Z_DATA_ERROR: throw fail(.corrupt(format, reason: stream.message))
    default: fatalError("Decompressor: zlib's error \(result): \(stream.message)")
    }
    return piece.count - stream.unreadCount
  }

  private func fail(_ error: CompressionError) -> CompressionError {
    failure = error
    return error
  }

  /// Says that no more input comes.
  /// - Throws: ``CompressionError/truncated(_:)`` when the end of the stream has not come; the
  ///   error that an earlier call threw.
  public func finish() throws(CompressionError) {
    if let failure { throw failure }
    guard hasEnded else { throw .truncated(format) }
  }

  /// Begins to count anew towards the limit, in the middle of a stream.
  ///
  /// So the limit is one of each message where a stream holds many, as WebSocket's
  /// permessage-deflate has it.
  public func restartCount() { outputCount = 0 }

  /// Begins a new stream with the same settings, in the same memory.
  public func reset() {
    inflateReset(stream.pointer)
    begin()
    outputCount = 0
  }

  private func begin() {
    failure = nil
    hasEnded = false
    isBehindEnd = false
    unusedCount = 0
  }
}

// What WebSocket's permessage-deflate (RFC 7692) needs: a stream that is cut into messages, goes on
// behind its end, and outlives the memory it is expanded in.
extension Decompressor {
  /// The last bytes that came out, as many as those that follow may refer to: the window, or all if
  /// less than that has come.
  ///
  /// With them, another decompressor goes on where this one is between two messages, see
  /// ``reset(history:)``: an idle connection keeps these bytes instead of some 40 KiB.
  public var history: [UInt8] {
    var count: UInt32 = 0
    inflateGetDictionary(stream.pointer, nil, &count)
    if count == 0 { return [] }
    return Array(unsafeUninitializedCapacity: Int(count)) { buffer, initializedCount in
      // SAFETY: it writes as many bytes as it has just said.
      inflateGetDictionary(stream.pointer, buffer.baseAddress, &count)
      initializedCount = Int(count)
    }
  }

  /// Begins a new stream of raw data, which may refer to bytes that came out elsewhere.
  ///
  /// ```swift
  /// let history = decompressor.history
  /// other.reset(history: history)  // expands what comes next as `decompressor` would
  /// ```
  ///
  /// Traps with another format than ``CompressionFormat/raw``, whose streams stand alone.
  /// - Parameter history: What came out before; of more than the window, the last bytes count.
  public func reset(history: [UInt8]) {
    guard format == .raw else { fatalError("Decompressor: a history for \(format) data") }
    reset()
    if history.isEmpty { return }
    let result = inflateSetDictionary(stream.pointer, history, UInt32(history.count))
    guard result == Z_OK else {
      fatalError("Decompressor: zlib's error \(result) about a history")
    }
  }

  /// Begins a further stream of raw data, which may refer to the bytes of those before.
  ///
  /// So data goes on behind its end, which deflate itself does not know of, but permessage-deflate
  /// does: RFC 7692, section 7.2.3.4. It also goes on behind a flush whose last four bytes have been
  /// left out (see ``isAtFlush``), which then must not come. Counts on towards the limit.
  ///
  /// ```swift
  /// guard decompressor.isAtFlush else { throw CompressionError.truncated(.raw) }
  /// decompressor.beginNextStream()  // of the next message
  /// ```
  ///
  /// Traps anywhere else, and with another format than ``CompressionFormat/raw``.
  public func beginNextStream() {
    guard format == .raw else { fatalError("Decompressor: \(format) data does not go on") }
    guard hasEnded || isAtFlush else {
      fatalError("Decompressor: a further stream in the middle of one")
    }
    inflateResetKeep(stream.pointer)
    begin()
  }

  /// Whether the input so far is what ``Compressor/Flush/sync`` writes without its last four bytes,
  /// 00 00 FF FF: what a message of permessage-deflate is, RFC 7692, section 7.2.1.
  public var isAtFlush: Bool { inflateSyncPoint(stream.pointer) == 1 }
}
