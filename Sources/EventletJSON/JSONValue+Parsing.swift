extension JSONValue {
  /// Reads JSON.
  ///
  /// Strictly by RFC 8259, in UTF-8; of two members with one name the first counts.
  /// - Parameters:
  ///   - bytes: The text.
  ///   - nestingLimit: How many arrays and objects may be open at once; 32 by default.
  /// - Throws: ``JSONError/malformed(line:column:)``, ``JSONError/tooDeep(limit:)``, and
  ///   ``JSONError/invalid(path:)`` for a number beyond those of `Double`.
  public init(parsing bytes: [UInt8], nestingLimit: Int = 32) throws(JSONError) {
    var tokenizer = try JSONTokenizer(bytes, nestingLimit: nestingLimit)
    var builder = Builder()
    while let token = try tokenizer.next() {
      switch token {
      case .beginArray: builder.begin(.array([]))
      case .beginObject: builder.begin(.object([:]))
      case .endArray, .endObject: builder.end()
      case .key(let range): builder.key = tokenizer.text(range)
      case .string(let range): builder.add(.string(tokenizer.text(range)))
      case .number(let range):
        builder.add(try Self.number(String(decoding: bytes[range], as: UTF8.self)))
      case .bool(let bool): builder.add(.bool(bool))
      case .null: builder.add(.null)
      }
    }
    self = builder.root
  }

  private static func number(_ text: String) throws(JSONError) -> JSONValue {
    if let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw .invalid(path: "") }
    return .number(number)
  }
}

/// Puts values together, without recursion.
private struct Builder {
  private(set) var root = JSONValue.null
  /// The name of the next value, in an object.
  var key = ""
  /// What is open inside of each other, with its name in what is around it.
  private var open: [(container: Container, key: String)] = []

  enum Container {
    case array([JSONValue])
    case object([String: JSONValue])
  }

  mutating func begin(_ container: Container) { open.append((container, key)) }

  mutating func end() {
    guard let (container, key) = open.popLast() else { return }
    self.key = key
    switch container {
    case .array(let elements): add(.array(elements))
    case .object(let members): add(.object(members))
    }
  }

  mutating func add(_ value: JSONValue) {
    // Taken out, so that what it holds is not copied.
    guard let (container, outerKey) = open.popLast() else {
      root = value
      return
    }
    switch container {
    case .array(var elements):
      elements.append(value)
      open.append((.array(elements), outerKey))
    case .object(var members):
      if members[key] == nil { members[key] = value }
      open.append((.object(members), outerKey))
    }
  }
}
