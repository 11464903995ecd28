internal import CEventletCore
internal import COpenSSL
internal import EventletCore

/// Keys for what a client sends, which nobody must be able to foretell (RFC 6455, 10.3): of libcrypto's
/// generator, many at a time.
final class MaskingKeys {
  private static let count = 256
  @exclusivity(unchecked) private var keys: [UInt32] = []

  /// Of the running hub.
  static var current: MaskingKeys { Hub.current.resident { MaskingKeys() } }

  /// Of the process that they were made in.
  @exclusivity(unchecked) private var generation = ev_fork_generation()

  func next() -> UInt32 {
    // A child must not have those of its parent.
    if keys.isEmpty || generation != ev_fork_generation() { refill() }
    return keys.removeLast()
  }

  private func refill() {
    generation = ev_fork_generation()
    keys = [UInt32](unsafeUninitializedCapacity: Self.count) { buffer, count in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      // Seeded by the kernel, anew in a child after a fork; fails only without any randomness.
      let result = RAND_bytes(bytes.bindMemory(to: UInt8.self).baseAddress, Int32(bytes.count))
      require(result == 1, "RAND_bytes: the system has no random numbers")
      count = Self.count
    }
  }
}
