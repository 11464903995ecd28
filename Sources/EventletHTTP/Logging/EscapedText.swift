/// Text of somebody else's in a line of a log: nothing in it ends the line or a quotation, or tells a
/// terminal to do something.
///
/// All but printable ASCII, and `"` and `\` too, is written byte by byte as `\x0a`.
struct EscapedText: CustomStringConvertible {
  private let text: String

  init(_ text: some StringProtocol) { self.text = String(text) }

  func append(to bytes: inout [UInt8]) {
    // Nearly always, and then in one go.
    if text.utf8.allSatisfy(Self.isHarmless) {
      bytes += text.utf8
      return
    }
    for byte in text.utf8 {
      guard !Self.isHarmless(byte) else {
        bytes.append(byte)
        continue
      }
      bytes += #"\x"#.utf8
      bytes.append(hexadecimal: byte, letter: "a")
    }
  }

  private static func isHarmless(_ byte: UInt8) -> Bool {
    (0x20...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  var description: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
