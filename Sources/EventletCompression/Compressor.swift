internal import CZlib

/// Compresses a stream of bytes, piece by piece.
///
/// ```swift
/// let compressor = Compressor(format: .gzip)
/// var body = compressor.compress(Array("Hello, ".utf8))
/// body += compressor.compress(Array("World!".utf8), flush: .finish)
/// ```
///
/// What is handed in may stay inside until more comes: ask for a ``Flush`` where the other end
/// waits for it. Nothing here waits, so that a large piece keeps the hub from everything else:
/// hand in tens of kilobytes at a time, or go to a thread pool.
///
/// Not `Sendable`: use one from one thread at a time. Its memory, 2 to the power of `windowBits`
/// times 4 and 2 to the power of `memoryLevel` times 512 bytes and a few more, is given back with
/// the object: 64 KiB by default.
///
/// In Python: `zlib.compressobj`.
public final class Compressor {
  /// How much of what was handed in must come out at once.
  public enum Flush: Hashable, Sendable {
    /// Nothing has to: best for the size.
    case none
    /// All of it, so that the other end can expand it; the output ends with the bytes
    /// 00 00 FF FF, which WebSocket's permessage-deflate leaves out (RFC 7692, section 7.2.1).
    case sync
    /// As `sync`, and what follows does not refer to what was before.
    case full
    /// All of it, and the end of the stream.
    case finish

    fileprivate var number: Int32 {
      switch self {
      case .none: Z_NO_FLUSH
      case .sync: Z_SYNC_FLUSH
      case .full: Z_FULL_FLUSH
      case .finish: Z_FINISH
      }
    }
  }

  /// What surrounds the data.
  public let format: CompressionFormat
  /// Whether the end was written; nothing more can be compressed then before a ``reset()``.
  @exclusivity(unchecked) public private(set) var isFinished = false

  private let stream = ZlibStream()

  /// An empty block that is not compressed: what a flush ends with, RFC 1951, section 3.2.4.
  private static let emptyBlock: [UInt8] = [0x00, 0x00, 0x00, 0xff, 0xff]

  /// Creates a compressor.
  ///
  /// Traps when a number is out of its range. The defaults take a quarter of the memory that
  /// zlib's own take (15 and 8), and make large texts larger by less than a tenth.
  /// - Parameters:
  ///   - format: What surrounds the data.
  ///   - level: 0 (nothing but the format) and 1 (fastest) to 9 (smallest); 6 by default.
  ///   - windowBits: How far back repetitions are looked for, as a power of 2 in bytes: 9 to 15;
  ///     13 by default.
  ///   - memoryLevel: How much memory the state takes: 1 to 9; 6 by default.
  public init(
    format: CompressionFormat, level: Int = 6, windowBits: Int = 13, memoryLevel: Int = 6
  ) {
    // 8 bits do not work in all formats, and zlib makes them 9 in the others.
    for (name, value, range) in [
      ("level", level, 0...9), ("windowBits", windowBits, 9...15),
      ("memoryLevel", memoryLevel, 1...9),
    ] where !range.contains(value) {
      fatalError("Compressor: \(name) \(value) is not in \(range)")
    }
    self.format = format
    let result = deflateInit2_(
      stream.pointer, Int32(level), Z_DEFLATED,
      ZlibStream.windowBits(windowBits, for: format), Int32(memoryLevel), Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else { fatalError("Compressor: no memory (zlib's error \(result))") }
  }

  deinit {
    deflateEnd(stream.pointer)
    stream.pointer.deallocate()
  }

  /// Compresses the next piece.
  ///
  /// Traps after the end, see ``isFinished``.
  /// - Parameters:
  ///   - bytes: The piece; may be empty.
  ///   - flush: What must come out at once; nothing by default.
  /// - Returns: What comes out, perhaps nothing.
  public func compress(_ bytes: [UInt8], flush: Flush = .none) -> [UInt8] {
    var output: [UInt8] = []
    bytes.withUnsafeBytes { compress($0, flush: flush, into: &output) }
    return output
  }

  /// Compresses the next piece, and appends what comes out to an array.
  ///
  /// Traps after the end, see ``isFinished``.
  /// - Parameters:
  ///   - bytes: The piece; may be empty.
  ///   - flush: What must come out at once; nothing by default.
  ///   - output: Grows by what comes out.
  public func compress(
    _ bytes: UnsafeRawBufferPointer, flush: Flush = .none, into output: inout [UInt8]
  ) {
    if isFinished { fatalError("Compressor: data after the end of the stream") }
    let start = output.count
    var rest = bytes[...]
    repeat {
      let piece = rest.prefix(ZlibStream.largestPiece)
      rest = rest[piece.endIndex...]
      run(UnsafeRawBufferPointer(rebasing: piece), rest.isEmpty ? flush : .none, &output)
    } while !rest.isEmpty
    switch flush {
    case .none: break
    case .finish: isFinished = true
    // zlib writes nothing for a second flush with nothing in between, but an empty message of
    // WebSocket must not depend on what was before it.
    case .sync, .full: if output.count == start { output += Self.emptyBlock }
    }
  }

  private func run(
    _ piece: UnsafeRawBufferPointer, _ flush: Flush, _ output: inout [UInt8]
  ) {
    stream.setInput(piece)
    defer { stream.clearInput() }
    var result: Int32
    repeat {
      // What does not compress grows by the head of a block and a flush.
      let room = ZlibStream.room(in: output, expecting: stream.unreadCount + 16)
      result = stream.write(to: &output, room: room) { deflate($0, flush.number) }
      // Z_BUF_ERROR: it filled the room exactly, and there was no more.
      guard result == Z_OK || result == Z_BUF_ERROR || result == Z_STREAM_END else {
        fatalError("Compressor: zlib's error \(result): \(stream.message)")
      }
    } while stream.isOutputFull && result != Z_STREAM_END
  }

  /// Begins a new stream with the same settings, in the same memory.
  ///
  /// What was handed in and has not come out is forgotten. A message of WebSocket's
  /// permessage-deflate without context takeover begins so.
  public func reset() {
    deflateReset(stream.pointer)
    isFinished = false
  }
}
