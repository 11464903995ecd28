/// What a client has sent as a path or query, fit to be sent back as a `Location`.
enum RedirectTarget {
  /// What may not stand in a URI (RFC 3986, 3.3 and 3.4) is percent-encoded.
  ///
  /// The parser lets it pass, and browsers do: to them a backslash is a slash, and `/\host/` another
  /// site.
  static func text(of bytes: UnsafeRawBufferPointer) -> String {
    var text: [UInt8] = []
    let allowed = PercentCoding.Place.query.kept
    for (index, byte) in bytes.enumerated() {
      if allowed.contains(byte) || (byte == UInt8(ascii: "%") && isEscape(bytes, at: index)) {
        text.append(byte)
      } else {
        text.append(UInt8(ascii: "%"))
        text.append(hexadecimal: byte, letter: "A")
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func isEscape(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
    index + 2 < bytes.count && ByteClass.hexadecimalValue(bytes[index + 1]) != nil
      && ByteClass.hexadecimalValue(bytes[index + 2]) != nil
  }
}
