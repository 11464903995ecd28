/// Takes the parts of a field's value one after the other: RFC 9110, section 5.6.
package struct FieldScanner {
  /// What a backslash in a quoted string means.
  package enum Backslash {
    /// The next character, whatever it is: section 5.6.4.
    case escapesAll
    /// The next character if that is a quote or a backslash, or itself: clients put names of files
    /// there as they are, and a Windows path is one.
    case escapesQuotes
  }

  private let bytes: [UInt8]
  package private(set) var position = 0

  package init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

  package var isAtEnd: Bool { position == bytes.count }

  package mutating func skipWhitespace() {
    while position < bytes.count,
      bytes[position] == ByteClass.space || bytes[position] == ByteClass.tab
    {
      position += 1
    }
  }

  /// Passes over a character, if it comes next.
  package mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// A word of such characters, those of a token by default; nil if none comes next.
  mutating func readWord(of isMember: (UInt8) -> Bool = ByteClass.isToken) -> String? {
    let start = position
    while position < bytes.count, isMember(bytes[position]) { position += 1 }
    return start == position ? nil : text(start)
  }

  /// A token; nil if none comes next.
  package mutating func readToken() -> String? { readWord() }

  private func text(_ start: Int) -> String {
    String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// A quoted string, of which the first quote has been taken; nil if it is none.
  package mutating func readQuoted(_ backslash: Backslash = .escapesAll) -> String? {
    var content: [UInt8] = []
    while position < bytes.count {
      var byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: content, as: UTF8.self) }
      if byte == UInt8(ascii: "\\"), position < bytes.count {
        let next = bytes[position]
        if backslash == .escapesAll || next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") {
          byte = next
          position += 1
        }
      }
      if ByteClass.isForbiddenInValue(byte) { return nil }
      content.append(byte)
    }
    return nil
  }

  /// A value that is not quoted: a token and whatever else ends no parameter, since clients send
  /// such; nil if it is none.
  private mutating func readBare() -> String? {
    let start = position
    loop: while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "\""), 0x00...0x20, 0x7f: break loop
      default: position += 1
      }
    }
    return start == position ? nil : text(start)
  }

  /// The parameters up to the end or, if it is part of a list, up to a comma: section 5.6.6.
  /// - Returns: nil if something else is there. Their names are in lower case.
  mutating func readParameters(_ backslash: Backslash = .escapesAll) -> [NamedValue]? {
    var parameters: [NamedValue] = []
    while true {
      skipWhitespace()
      guard take(";") else { return parameters }
      skipWhitespace()
      guard let name = readWord() else { continue }
      guard take("="), let value = take("\"") ? readQuoted(backslash) : readBare() else {
        return nil
      }
      parameters.append(NamedValue(name: name.lowercased(), value: value))
    }
  }

  /// Passes over an element of a list, whatever it is, and the comma behind it.
  package mutating func skipElement(from start: Int) {
    position = start
    var isQuoted = false
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: ",") where !isQuoted: return
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: "\\") where isQuoted: position = min(position + 1, bytes.count)
      default: break
      }
    }
  }
}

extension String {
  /// As the value of a parameter: itself if it is a token, a quoted string otherwise.
  var asParameterValue: String {
    if isToken { return self }
    var text = "\""
    for scalar in unicodeScalars {
      if scalar == "\"" || scalar == "\\" { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    return text + "\""
  }
}
