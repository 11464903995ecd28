/// Castagnoli's cyclic redundancy check (RFC 9260, appendix A), bit by bit: one short header at most
/// for each connection.
func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { remainder, byte in
    (0..<8).reduce(remainder ^ UInt32(byte)) { remainder, _ in
      remainder >> 1 ^ (remainder & 1 == 1 ? 0x82f6_3b78 : 0)
    }
  }
}
