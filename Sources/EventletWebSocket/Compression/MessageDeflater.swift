internal import EventletCompression
internal import EventletCore

/// Compresses the messages that a connection sends: RFC 7692, section 7.2.1.
///
/// Has a compressor from the ``DeflatePool`` for the length of a message, and longer where the next may
/// refer to it. When the pool takes that away, the next message refers to nothing, as always allowed.
final class MessageDeflater: WarmContext {
  /// The last bytes of a flush, which are left out at the end of a message.
  private static let tailCount = 4

  private let pool: DeflatePool
  private let settings: DeflatePool.DeflaterSettings
  private let keepsContext: Bool
  @exclusivity(unchecked) private var compressor: Compressor?

  /// Traps when the window is smaller than zlib can do, see ``DeflateParameters/mayCompress``.
  init(_ parameters: DeflateParameters, _ options: WebSocketDeflate, _ pool: DeflatePool) {
    require(parameters.mayCompress, "MessageDeflater: a window of 256 bytes")
    self.pool = pool
    settings = DeflatePool.DeflaterSettings(
      level: options.level, windowBits: parameters.outgoingWindowBits,
      memoryLevel: options.memoryLevel)
    keepsContext = parameters.keepsOutgoingContext
  }

  deinit { giveBack() }

  /// Compresses a piece of a message.
  ///
  /// What comes out is all of the piece: a frame that can be expanded as far as it goes.
  /// - Parameters:
  ///   - piece: May be empty.
  ///   - isLast: Whether the message ends with it.
  ///   - output: Grows by what comes out.
  func compress(_ piece: UnsafeRawBufferPointer, isLast: Bool, into output: inout [UInt8]) {
    let compressor = begin()
    compressor.compress(piece, flush: .sync, into: &output)
    guard isLast else { return }
    output.removeLast(Self.tailCount)
    if keepsContext { pool.keep(self) } else { giveBack() }
  }

  private func begin() -> Compressor {
    if let compressor {
      pool.use(self)
      return compressor
    }
    let compressor = pool.takeCompressor(settings)
    self.compressor = compressor
    return compressor
  }

  private func giveBack() {
    guard let compressor else { return }
    pool.use(self)
    self.compressor = nil
    pool.giveBack(compressor, settings)
  }

  override func freeze() { giveBack() }
}
