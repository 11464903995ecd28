extension UInt64 {
  /// All sixteen digits.
  var hexadecimalText: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
