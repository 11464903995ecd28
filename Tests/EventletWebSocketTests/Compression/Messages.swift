import EventletCompression
import EventletTesting

@testable import EventletWebSocket

/// The bytes that a line of hexadecimal digits stands for.
func hex(_ digits: String) -> [UInt8] {
  let digits = Array(digits.filter { $0 != " " })
  return stride(from: 0, to: digits.count, by: 2).map { start in
    UInt8(String(digits[start...start + 1]), radix: 16) ?? 0
  }
}

extension MessageDeflater {
  /// A whole message, as one piece or as pieces of so many bytes.
  func message(_ bytes: [UInt8], pieceSize: Int = .max) -> [UInt8] {
    var output: [UInt8] = []
    for piece in pieces(of: bytes, size: pieceSize) {
      piece.bytes.withUnsafeBytes { compress($0, isLast: piece.isLast, into: &output) }
    }
    return output
  }
}

extension MessageInflater {
  /// What a whole message expands to, that arrives as one piece or as pieces of so many bytes.
  func message(
    _ bytes: [UInt8], pieceSize: Int = .max, limit: Int = 1 << 24
  ) throws(CompressionError) -> [UInt8] {
    var output: [UInt8] = []
    for piece in pieces(of: bytes, size: pieceSize) {
      try expand(piece.bytes, isLast: piece.isLast, limit: limit, into: &output)
    }
    return output
  }

  func expand(
    _ piece: [UInt8], isLast: Bool, limit: Int = 1 << 24, into output: inout [UInt8]
  ) throws(CompressionError) {
    try piece.withUnsafeBufferPointer { piece throws(CompressionError) in
      try expand(UnsafeRawBufferPointer(piece), isLast: isLast, limit: limit, into: &output)
    }
  }
}

private func pieces(of bytes: [UInt8], size: Int) -> [(bytes: [UInt8], isLast: Bool)] {
  if bytes.count <= size { return [(bytes, true)] }
  return stride(from: 0, to: bytes.count, by: size).map { start in
    let end = min(start + size, bytes.count)
    return (Array(bytes[start..<end]), end == bytes.count)
  }
}

/// Messages like those that programs exchange, no two of them the same.
func chatter(_ count: Int, seed: UInt64 = 42) -> [[UInt8]] {
  var numbers = SplitMix64(seed: seed)
  let words = ["green", "thread", "hub", "socket", "queue", "event", "timer", "channel"]
  return (0..<count).map { index in
    switch numbers.next() % 8 {
    case 0: return []
    case 1:
      return (0..<numbers.next() % 2000).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    case 2:
      return Array(
        String(repeating: "\(index): again and ", count: Int(numbers.next() % 3000)).utf8)
    default:
      let text = (0..<numbers.next() % 40).map { _ in words.randomElement(using: &numbers) ?? "" }
      return Array("{\"id\":\(index),\"text\":\"\(text.joined(separator: " "))\"}".utf8)
    }
  }
}
