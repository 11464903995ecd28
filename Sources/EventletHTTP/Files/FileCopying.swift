internal import EventletCore
internal import EventletNet

/// Sends files where the kernel cannot do it by itself: in chunks, and through TLS.
enum FileCopying {
  private static let pieceSize = 65_536

  /// Reads on OS threads of the thread pool, for a disk may take its time.
  /// - Returns: how many bytes there were.
  static func send(
    _ file: Int32, from offset: Int, count: Int, _ send: ([UInt8]) throws -> Void
  ) throws -> Int {
    let copy = try FileCopy(of: file, "pread")
    var sent = 0
    while sent < count {
      let position = offset + sent
      let size = min(pieceSize, count - sent)
      let piece = try ThreadPool.execute { try copy.bytes(from: position, count: size) }
      if piece.isEmpty { break }
      try send(piece)
      sent += piece.count
    }
    return sent
  }
}
