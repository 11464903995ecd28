/// Tells whether text is UTF-8 as it arrives, whatever pieces it arrives in (RFC 3629).
///
/// It fails at the first byte that no valid text can have at its place.
struct UTF8Validator {
  /// How many bytes of the current character are still to come.
  private var missing = 0
  /// What the next of them must be: the second byte has narrower bounds than the others.
  private var bounds: ClosedRange<UInt8> = 0x80...0xBF

  /// Whether no character is incomplete.
  var isComplete: Bool { missing == 0 }

  /// Takes the next bytes.
  /// - Returns: false if this can be no text.
  mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    while position < bytes.count {
      if missing == 0 {
        position = Self.endOfASCII(bytes, from: position)
        if position == bytes.count { return true }
      }
      guard accept(bytes[position]) else { return false }
      position += 1
    }
    return true
  }

  /// Sixteen bytes at a time: most text is mostly ASCII.
  private static func endOfASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    let high: UInt64 = 0x8080_8080_8080_8080
    var position = start
    while position + 16 <= bytes.count {
      let first = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      let second = bytes.loadUnaligned(fromByteOffset: position + 8, as: UInt64.self)
      if (first | second) & high != 0 { break }
      position += 16
    }
    while position < bytes.count, bytes[position] < 0x80 { position += 1 }
    return position
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    if missing > 0 {
      guard bounds.contains(byte) else { return false }
      missing -= 1
      bounds = 0x80...0xBF
      return true
    }
    switch byte {
    case 0x00...0x7F: break
    case 0xC2...0xDF: missing = 1
    case 0xE0:
      // Less would be too long a form.
      missing = 2
      bounds = 0xA0...0xBF
    case 0xED:
      // More would be a surrogate.
      missing = 2
      bounds = 0x80...0x9F
    case 0xE1...0xEF: missing = 2
    case 0xF0:
      missing = 3
      bounds = 0x90...0xBF
    case 0xF4:
      // More would be beyond U+10FFFF.
      missing = 3
      bounds = 0x80...0x8F
    case 0xF1...0xF3: missing = 3
    default: return false
    }
    return true
  }
}
