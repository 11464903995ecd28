extension ByteClass {
  /// 0...9, or nil if it is no decimal digit.
  @inline(__always)
  static func decimalValue(_ byte: UInt8) -> Int? {
    isDigit(byte) ? Int(byte - UInt8(ascii: "0")) : nil
  }
}

extension [UInt8] {
  /// Appends the two hexadecimal digits of a byte, with `letter`, which is `a` or `A`, for ten.
  mutating func append(hexadecimal byte: UInt8, letter: Unicode.Scalar) {
    for value in [byte >> 4, byte & 15] {
      append(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: letter) + value - 10)
    }
  }
}
