/// What a client has sent as a path or query, fit to be sent back as a `Location`.
enum RedirectTarget {
  /// What may not stand in a URI (RFC 3986, 3.3 and 3.4) is percent-encoded.
  ///
  /// The parser lets it pass, and browsers do: to them a backslash is a slash, and `/\host/` another
  /// site.
  static func text(of bytes: UnsafeRawBufferPointer) -> String {
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if isAllowed(byte) || (byte == UInt8(ascii: "%") && isEscape(bytes, at: index)) {
        text.append(byte)
      } else {
        text += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func isEscape(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
    index + 2 < bytes.count && ByteClass.hexadecimalValue(bytes[index + 1]) != nil
      && ByteClass.hexadecimalValue(bytes[index + 2]) != nil
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  /// `unreserved`, `sub-delims`, and what else paths and queries may have.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
      UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"),
      UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"),
      UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: ":"),
      UInt8(ascii: "@"), UInt8(ascii: "/"), UInt8(ascii: "?"):
      true
    default: ByteClass.isAlphanumeric(byte)
    }
  }
}
