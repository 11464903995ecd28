internal import EventletCompression

/// Expands the compressed messages that a connection receives: RFC 7692, section 7.2.2.
///
/// Has a decompressor from the ``DeflatePool`` for the length of a message, and longer where the next
/// may refer to it. When the pool takes that away, the bytes remain that may be referred to.
final class MessageInflater: WarmContext {
  private let pool: DeflatePool
  private let windowBits: Int
  private let keepsContext: Bool
  @exclusivity(unchecked) private var decompressor: Decompressor?
  /// What came before, while there is no decompressor.
  @exclusivity(unchecked) private var history: [UInt8] = []
  /// Whether a byte of the message has come.
  @exclusivity(unchecked) private var hasBegun = false
  @exclusivity(unchecked) private var failure: CompressionError?

  init(_ parameters: DeflateParameters, _ pool: DeflatePool) {
    self.pool = pool
    windowBits = parameters.incomingWindowBits
    keepsContext = parameters.keepsIncomingContext
  }

  deinit { giveBack() }

  /// Expands the next bytes of a message.
  ///
  /// After an error each call throws it again: a connection cannot go on behind it.
  /// - Parameters:
  ///   - piece: Bytes of the payload, as many as there are; may be empty.
  ///   - isLast: Whether the message ends with it.
  ///   - limit: How many bytes the message may expand to, all pieces together.
  ///   - output: Grows by what comes out, also when an error is thrown.
  /// - Throws: ``CompressionError/limitExceeded(_:limit:)`` as soon as there is more than allowed;
  ///   ``CompressionError/corrupt(_:reason:)``; ``CompressionError/truncated(_:)`` when the message is
  ///   over in the middle of a block.
  func expand(
    _ piece: UnsafeRawBufferPointer, isLast: Bool, limit: Int, into output: inout [UInt8]
  ) throws(CompressionError) {
    if let failure { throw failure }
    do {
      let decompressor = begin()
      decompressor.limit = limit
      if !piece.isEmpty {
        hasBegun = true
        try Self.expand(piece, with: decompressor, into: &output)
      }
      if isLast { try end(decompressor) }
    } catch {
      failure = error
      giveBack()
      throw error
    }
  }

  private static func expand(
    _ piece: UnsafeRawBufferPointer, with decompressor: Decompressor, into output: inout [UInt8]
  ) throws(CompressionError) {
    var rest = piece
    repeat {
      // Before the next byte and not at once: with the end of a stream a message may be over.
      if decompressor.hasEnded { decompressor.beginNextStream() }
      let count = try decompressor.decompress(rest, upTo: .max, into: &output).consumedCount
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    } while !rest.isEmpty
  }

  private func begin() -> Decompressor {
    if let decompressor {
      pool.use(self)
      return decompressor
    }
    let decompressor = pool.takeDecompressor(windowBits: windowBits, history: history)
    history = []
    self.decompressor = decompressor
    return decompressor
  }

  /// A message is over.
  ///
  /// The four bytes that its sender has left out need not be expanded: nothing comes of them.
  private func end(_ decompressor: Decompressor) throws(CompressionError) {
    if hasBegun {
      // When its last block has said so, some leave out the empty one that should follow.
      guard decompressor.hasEnded || decompressor.isAtFlush else { throw .truncated(.raw) }
      decompressor.beginNextStream()
    }
    hasBegun = false
    decompressor.restartCount()
    if keepsContext { pool.keep(self) } else { giveBack() }
  }

  private func giveBack() {
    guard let decompressor else { return }
    pool.use(self)
    self.decompressor = nil
    pool.giveBack(decompressor, windowBits: windowBits)
  }

  override func freeze() {
    history = decompressor?.history ?? history
    giveBack()
  }
}
