// The words, quotations and lists of RFC 9110, section 5.6. All separators are ASCII, so that cutting at
// them never cuts a character.
extension StringProtocol {
  /// Whether it is a token: a word that stands without quotation marks.
  var isToken: Bool { !isEmpty && utf8.allSatisfy(ByteClass.isToken) }

  /// Whether it may be part of a field's value: no control characters but the tabulator.
  var isFieldText: Bool { !utf8.contains(where: ByteClass.isForbiddenInValue) }

  /// Whether it is digits and nothing else: the standard library's numbers may have a sign.
  var isDigits: Bool { !isEmpty && utf8.allSatisfy(ByteClass.isDigit) }

  /// Whether both are the same but for the case of letters of ASCII.
  func equalsIgnoringASCIICase(_ other: String) -> Bool {
    utf8.count == other.utf8.count
      && zip(utf8, other.utf8).allSatisfy { ByteClass.lowercased($0) == ByteClass.lowercased($1) }
  }
}

extension BidirectionalCollection<UInt8> {
  /// Without spaces and tabs at both ends (section 5.6.3).
  var withoutSurroundingBlanks: SubSequence {
    func isBlank(_ byte: UInt8) -> Bool { byte == ByteClass.space || byte == ByteClass.tab }
    guard let first = firstIndex(where: { !isBlank($0) }),
      let last = lastIndex(where: { !isBlank($0) })
    else { return self[endIndex...] }
    return self[first...last]
  }
}

extension Substring {
  /// Without spaces and tabs at both ends.
  var withoutSurroundingBlanks: Substring { Substring(utf8.withoutSurroundingBlanks) }

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

  /// Itself if it is a token; what a quotation says if it is one, and nothing else; or nil.
  var tokenOrQuotedContent: String? {
    if isToken { return String(self) }
    var scanner = FieldScanner(self)
    guard scanner.take("\""), let content = scanner.readQuoted(), scanner.isAtEnd else {
      return nil
    }
    return content
  }
}
