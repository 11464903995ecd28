/// The mask of a client's payload: the bytes of a key over and over, exclusive-ored (RFC 6455, 5.3).
///
/// A key is its four bytes as they lie in memory.
enum Masking {
  /// Masks in place, or takes a mask off, which is the same.
  /// - Parameters:
  ///   - key: As the frame's header has it.
  ///   - bytes: A part of the payload.
  ///   - offset: How many bytes of the payload come before it.
  static func apply(_ key: UInt32, to bytes: UnsafeMutableRawBufferPointer, from offset: Int = 0) {
    guard let start = bytes.baseAddress, key != 0 else { return }
    copy(UnsafeRawBufferPointer(bytes), to: start, key, from: offset)
  }

  /// Copies bytes, masked; `target` may be where they are, and has room for all of them.
  static func copy(
    _ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer, _ key: UInt32,
    from offset: Int = 0
  ) {
    guard let source = bytes.baseAddress else { return }
    let key = rotated(key, by: offset)
    let count = bytes.count
    var position = 0
    // Two registers of SSE2 or NEON at a time. SAFETY: each access ends at or before `count`.
    let wide = SIMD4<UInt64>(repeating: UInt64(key) << 32 | UInt64(key))
    while position + 32 <= count {
      let value = (source + position).loadUnaligned(as: SIMD4<UInt64>.self)
      (target + position).storeBytes(of: value ^ wide, as: SIMD4<UInt64>.self)
      position += 32
    }
    while position + 4 <= count {
      let value = (source + position).loadUnaligned(as: UInt32.self)
      (target + position).storeBytes(of: value ^ key, as: UInt32.self)
      position += 4
    }
    var rest = key
    while position < count {
      let value = source.load(fromByteOffset: position, as: UInt8.self)
      target.storeBytes(
        of: value ^ UInt8(truncatingIfNeeded: rest), toByteOffset: position, as: UInt8.self)
      rest >>= 8
      position += 1
    }
  }

  /// The key as it stands at a place of the payload.
  ///
  /// Its first byte is the lowest: all machines that this runs on are little-endian.
  private static func rotated(_ key: UInt32, by offset: Int) -> UInt32 {
    let bits = UInt32(truncatingIfNeeded: offset & 3) * 8
    return bits == 0 ? key : key >> bits | key << (32 - bits)
  }
}
