extension PercentCoding {
  /// Decodes a part of a buffer, leniently.
  static func decode(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    decode(bytes.bindMemory(to: UInt8.self), plusIsSpace: false)
  }

  /// Decodes a part of a buffer, leniently; what is not UTF-8 comes as U+FFFD.
  static func decodedString(_ bytes: UnsafeRawBufferPointer) -> String {
    // Of most paths there is nothing to decode.
    guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
    return String(decoding: decode(bytes), as: UTF8.self)
  }
}
