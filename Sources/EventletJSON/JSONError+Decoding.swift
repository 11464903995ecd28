extension JSONError {
  /// What is wrong with well-formed JSON, as the decoder says it.
  init(_ error: DecodingError) {
    switch error {
    case .keyNotFound(let key, let context):
      self = .missing(path: Self.path(context.codingPath + [key]))
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      self = .mismatch(path: Self.path(context.codingPath), expected: Self.kind(of: type))
    case .dataCorrupted(let context): self = .invalid(path: Self.path(context.codingPath))
    @unknown default: self = .invalid(path: "")
    }
  }

  /// As `items[2].price`.
  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce(into: "") { path, key in
      if let index = key.intValue {
        path += "[\(index)]"
      } else {
        path += (path.isEmpty ? "" : ".") + shown(key.stringValue)
      }
    }
  }

  /// The beginning of a name, which may be the client's and is for a message.
  private static func shown(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.prefix(40).map {
          $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
        }))
  }

  /// What JSON calls a type; other types are not for clients.
  private static func kind(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "an integer"
    case is any BinaryFloatingPoint.Type: "a number"
    case is [Any].Type: "an array"
    case is [String: Any].Type: "an object"
    default: "of the expected kind"
    }
  }
}
