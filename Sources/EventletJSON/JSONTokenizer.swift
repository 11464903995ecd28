/// Reads JSON token by token, and throws at the first place where the text is none (RFC 8259).
///
/// Foundation's decoder lets commas at the end of objects pass, and other things in values that nobody
/// asks for, and does not say where it stopped; and each level of nesting costs it some kilobytes of
/// the stack. So text is read by this first, which has no recursion.
struct JSONTokenizer {
  enum Token: Equatable {
    case beginArray
    case endArray
    case beginObject
    case endObject
    /// What stands between the quotes.
    case key(Range<Int>)
    case string(Range<Int>)
    case number(Range<Int>)
    case bool(Bool)
    case null
  }

  /// What may come next.
  private enum Expectation {
    case value
    case valueOrEnd
    case key
    case keyOrEnd
    case commaOrEnd
    case nothing
  }

  let bytes: [UInt8]
  private let nestingLimit: Int
  private var position = 0
  private var expected = Expectation.value
  /// Whether each of the open containers is an object, the outermost first.
  private var containers: [Bool] = []
  /// How many containers have been open at once.
  private(set) var nesting = 0

  /// - Throws: ``JSONError/malformed(line:column:)`` if it is not UTF-8.
  init(_ bytes: [UInt8], nestingLimit: Int) throws(JSONError) {
    self.bytes = bytes
    self.nestingLimit = nestingLimit
    do { _ = try UTF8Span(validating: bytes.span) } catch {
      throw malformed(at: error.byteOffsets.lowerBound)
    }
    // "implementations that parse JSON texts MAY ignore the presence of a byte order mark": 8.1.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next token; nil at the end of the text.
  mutating func next() throws(JSONError) -> Token? {
    skipWhitespace()
    if case .commaOrEnd = expected, take(UInt8(ascii: ",")) {
      expected = containers.last == true ? .key : .value
      skipWhitespace()
    }
    switch expected {
    case .nothing:
      guard position == bytes.count else { throw malformed(at: position) }
      return nil
    case .value: return try readValue()
    case .valueOrEnd: return take(UInt8(ascii: "]")) ? end(.endArray) : try readValue()
    case .key: return try readKey()
    case .keyOrEnd: return take(UInt8(ascii: "}")) ? end(.endObject) : try readKey()
    case .commaOrEnd:
      let isObject = containers.last == true
      guard take(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
        throw malformed(at: position)
      }
      return end(isObject ? .endObject : .endArray)
    }
  }

  private func malformed(at position: Int) -> JSONError {
    let before = bytes[..<position]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    // Continuations of a character do not count.
    let column = before[lineStart...].reduce(1) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    return .malformed(line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: column)
  }

  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func begin(_ token: Token, isObject: Bool) throws(JSONError) -> Token {
    guard containers.count < nestingLimit else { throw .tooDeep(limit: nestingLimit) }
    position += 1
    containers.append(isObject)
    nesting = max(nesting, containers.count)
    expected = isObject ? .keyOrEnd : .valueOrEnd
    return token
  }

  private mutating func end(_ token: Token) -> Token {
    containers.removeLast()
    expected = containers.isEmpty ? .nothing : .commaOrEnd
    return token
  }

  private mutating func readKey() throws(JSONError) -> Token {
    let key = try readString()
    skipWhitespace()
    guard take(UInt8(ascii: ":")) else { throw malformed(at: position) }
    expected = .value
    return .key(key)
  }

  private mutating func readValue() throws(JSONError) -> Token {
    guard position < bytes.count else { throw malformed(at: position) }
    switch bytes[position] {
    case UInt8(ascii: "["): return try begin(.beginArray, isObject: false)
    case UInt8(ascii: "{"): return try begin(.beginObject, isObject: true)
    default: break
    }
    expected = containers.isEmpty ? .nothing : .commaOrEnd
    switch bytes[position] {
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    default: return .number(try readNumber())
    }
  }

  private mutating func readWord(
    _ word: StaticString, _ token: Token
  ) throws(JSONError) -> Token {
    for index in 0..<word.utf8CodeUnitCount {
      guard take(word.utf8Start[index]) else { throw malformed(at: position) }
    }
    return token
  }

  // MARK: Numbers

  private mutating func readNumber() throws(JSONError) -> Range<Int> {
    let start = position
    _ = take(UInt8(ascii: "-"))
    // No zero before other digits.
    if !take(UInt8(ascii: "0")) { try readDigits() }
    if take(UInt8(ascii: ".")) { try readDigits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
      try readDigits()
    }
    return start..<position
  }

  private mutating func readDigits() throws(JSONError) {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    guard position > start else { throw malformed(at: position) }
  }

  // MARK: Strings

  private mutating func readString() throws(JSONError) -> Range<Int> {
    guard take(UInt8(ascii: "\"")) else { throw malformed(at: position) }
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return start..<position - 1
      case UInt8(ascii: "\\"): try readEscape()
      case 0..<0x20: throw malformed(at: position)
      default: position += 1
      }
    }
    throw malformed(at: position)
  }

  private mutating func readEscape() throws(JSONError) {
    let start = position
    position += 1
    guard position < bytes.count else { throw malformed(at: position) }
    guard bytes[position] == UInt8(ascii: "u") else {
      guard Self.escapes.contains(bytes[position]) else { throw malformed(at: position) }
      position += 1
      return
    }
    position += 1
    switch try readHexadecimal() {
    case 0xDC00...0xDFFF: throw malformed(at: start)
    case 0xD800...0xDBFF:
      guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")),
        (0xDC00...0xDFFF).contains(try readHexadecimal())
      else { throw malformed(at: start) }
    default: break
    }
  }

  private static let escapes = Array("\"\\/bfnrt".utf8)

  private mutating func readHexadecimal() throws(JSONError) -> Int {
    guard let value = Self.hexadecimal(bytes[position...].prefix(4)) else {
      throw malformed(at: min(position, bytes.count))
    }
    position += 4
    return value
  }

  /// The number that four digits are; nil for anything else.
  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.count == 4 else { return nil }
    var value = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: value = value << 4 | Int(digit - 0x30)
      case 0x41...0x46: value = value << 4 | Int(digit - 0x41 + 10)
      case 0x61...0x66: value = value << 4 | Int(digit - 0x61 + 10)
      default: return nil
      }
    }
    return value
  }

  // MARK: What tokens stand for

  /// What a key or string stands for.
  func text(_ range: Range<Int>) -> String {
    guard bytes[range].contains(UInt8(ascii: "\\")) else {
      return String(decoding: bytes[range], as: UTF8.self)
    }
    var text = ""
    var rest = bytes[range]
    while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) {
      text += String(decoding: rest[..<backslash], as: UTF8.self)
      let letter = bytes[backslash + 1]
      rest = rest[(backslash + 2)...]
      switch letter {
      case UInt8(ascii: "b"): text += "\u{8}"
      case UInt8(ascii: "f"): text += "\u{c}"
      case UInt8(ascii: "n"): text += "\n"
      case UInt8(ascii: "r"): text += "\r"
      case UInt8(ascii: "t"): text += "\t"
      case UInt8(ascii: "u"):
        var units = [Self.codeUnit(rest)]
        rest = rest.dropFirst(4)
        if UTF16.isLeadSurrogate(units[0]) {
          units.append(Self.codeUnit(rest.dropFirst(2)))
          rest = rest.dropFirst(6)
        }
        text += String(decoding: units, as: UTF16.self)
      default: text.unicodeScalars.append(Unicode.Scalar(letter))
      }
    }
    return text + String(decoding: rest, as: UTF8.self)
  }

  private static func codeUnit(_ digits: ArraySlice<UInt8>) -> UInt16 {
    UInt16(hexadecimal(digits.prefix(4)) ?? 0)
  }
}
