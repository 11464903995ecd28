// The lists, parameters and quotations of RFC 9110, section 5.6, as far as negotiation and proxies need
// them. All separators are ASCII, so that cutting at them never cuts a character.
extension Substring {
  /// Without spaces and tabs at both ends.
  var withoutSurroundingBlanks: Substring {
    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    let bytes = utf8
    guard let first = bytes.firstIndex(where: { !isBlank($0) }),
      let last = bytes.lastIndex(where: { !isBlank($0) })
    else { return self[endIndex...] }
    return self[first...last]
  }

  /// The parts between separators that stand in no quotation, without blanks around them.
  ///
  /// nil if a quotation does not end.
  func splitOutsideQuotations(at separator: Unicode.Scalar) -> [Substring]? {
    let separator = UInt8(ascii: separator)
    var parts: [Substring] = []
    var start = startIndex
    var isQuoted = false
    var isEscaped = false
    for index in utf8.indices {
      let byte = utf8[index]
      if isEscaped {
        isEscaped = false
      } else if isQuoted, byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
      } else if byte == separator, !isQuoted {
        parts.append(self[start..<index].withoutSurroundingBlanks)
        start = utf8.index(after: index)
      }
    }
    if isQuoted { return nil }
    return parts + [self[start...].withoutSurroundingBlanks]
  }

  /// Whether it is digits and nothing else: the standard library's numbers may have a sign.
  var isDigits: Bool {
    !isEmpty && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// Whether it is a token: the characters that stand without quotation marks.
  var isToken: Bool {
    !isEmpty
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// Itself if it is a token; what a quotation says if it is one, and nothing else; or nil.
  var tokenOrQuotedContent: String? {
    if isToken { return String(self) }
    guard utf8.first == UInt8(ascii: "\"") else { return nil }
    var content: [UInt8] = []
    var isEscaped = false
    var rest = utf8.dropFirst()
    while let byte = rest.popFirst() {
      if isEscaped {
        content.append(byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        return rest.isEmpty ? String(decoding: content, as: UTF8.self) : nil
      } else {
        content.append(byte)
      }
    }
    return nil
  }
}
