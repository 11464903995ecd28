extension PercentCoding {
  /// Decodes a part of a buffer, leniently; what is not UTF-8 comes as U+FFFD.
  static func decodedString(_ bytes: UnsafeRawBufferPointer) -> String {
    // Of most paths there is nothing to decode.
    guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
    let decoded = decode(bytes.bindMemory(to: UInt8.self), plusIsSpace: false)
    return String(decoding: decoded, as: UTF8.self)
  }
}
