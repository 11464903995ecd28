/// The bytes of a text, each of whose characters is one: U+00E9 is the byte E9.
func bytes(_ text: some StringProtocol) -> [UInt8] {
  text.unicodeScalars.map { UInt8(exactly: $0.value) ?? UInt8(ascii: "?") }
}

/// The text of bytes, each of which is one of its characters.
func latin1(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: bytes.map(UInt16.init), as: UTF16.self)
}
