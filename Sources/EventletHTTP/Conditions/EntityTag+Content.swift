internal import EventletCore

extension EntityTag {
  /// The same for all servers of a program, and after a restart: a client may come to another.
  private static let key: (UInt64, UInt64) = (0x6576_656e_746c_6574, 0x656e_7469_7479_7461)
  /// How much is looked at without a look at other green threads.
  private static let pieceSize = 262_144

  /// A strong tag of a content.
  ///
  /// 128 bits: by chance, two of 2 to the power of 64 states of a resource would have the same. Somebody
  /// who knows the key, which is no secret, could make two that have; both would be that one's own, and
  /// a client would see the older of them.
  /// - Throws: what a kill or timeout throws.
  init(ofContent bytes: [UInt8]) throws {
    var hash = SipHash128(key: Self.key)
    var start = 0
    while bytes.count - start > Self.pieceSize {
      let end = start + Self.pieceSize
      bytes.withUnsafeBytes { hash.add(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
      start = end
      try GreenThread.yield()
    }
    let words = bytes.withUnsafeBytes {
      hash.finish(UnsafeRawBufferPointer(rebasing: $0[start...]))
    }
    self.init(stringLiteral: words.0.hexadecimalText + words.1.hexadecimalText)
  }
}
