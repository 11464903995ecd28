/// A port written in digits alone.
struct DecimalPort {
  let number: UInt16

  init?(_ text: Substring, allowsLeadingZeros: Bool) {
    guard text.isDigits,
      allowsLeadingZeros || text == "0" || text.utf8.first != UInt8(ascii: "0"),
      let number = UInt16(text)
    else { return nil }
    self.number = number
  }
}
