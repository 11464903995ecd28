import EventletCompression

/// What the vectors of Python's zlib hold.
let threads = Array(String(repeating: "green threads, green hubs, green sockets: ", count: 3).utf8)

/// The bytes that a line of hexadecimal digits stands for.
func hex(_ digits: String) -> [UInt8] {
  let digits = Array(digits)
  return stride(from: 0, to: digits.count, by: 2).map { start in
    UInt8(String(digits[start...start + 1]), radix: 16) ?? 0
  }
}

/// Bytes that hardly compress, the same each time.
func noise(_ count: Int) -> [UInt8] {
  var state: UInt64 = 0x9e37_79b9_7f4a_7c15
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state)
  }
}

let formats: [CompressionFormat] = [.gzip, .zlib, .raw]

/// Texts of all sizes that matter: around the room that is made for the output at a time.
let samples: [[UInt8]] = [
  [], [0], threads, Array(repeating: 7, count: 100_000), noise(64), noise(16_384), noise(70_000),
  Array((0..<20_000).flatMap { "line \($0)\r\n".utf8 }),
]

/// Expands all of it, and requires that it ends.
func expand(
  _ bytes: [UInt8], _ format: CompressionFormat, limit: Int? = nil
) throws(CompressionError) -> [UInt8] {
  let decompressor = Decompressor(format: format, limit: limit)
  let output = try decompressor.decompress(bytes)
  try decompressor.finish()
  return output
}
