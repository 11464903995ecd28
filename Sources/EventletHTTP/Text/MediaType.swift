/// What a body holds, as `Content-Type` says: RFC 9110, section 8.3.1.
///
/// ```swift
/// if let type = MediaType(parsing: value), type.essence == "text/html" {
///   print(type["charset"] ?? "no charset")
/// }
/// ```
///
/// Type, subtype and the names of parameters are kept in lower case; values are as they came.
///
/// In Python: `email.message.Message.get_content_type` and `get_param`.
public struct MediaType: Hashable, Sendable, CustomStringConvertible {
  /// `text` of `text/html`.
  public let type: String
  /// `html` of `text/html`.
  public let subtype: String
  /// The parameters in order, values without quotes.
  public let parameters: [NamedValue]

  /// Creates a media type.
  ///
  /// nil comes of a type, a subtype or a parameter's name that is no token, and of control
  /// characters in a value.
  /// - Parameters:
  ///   - type: Such as `text`.
  ///   - subtype: Such as `html`.
  ///   - parameters: None by default.
  public init?(type: String, subtype: String, parameters: [NamedValue] = []) {
    guard type.isToken, subtype.isToken,
      parameters.allSatisfy({ $0.name.isToken && $0.value.isFieldText })
    else { return nil }
    self.type = type.lowercased()
    self.subtype = subtype.lowercased()
    self.parameters = parameters.map {
      NamedValue(name: $0.name.lowercased(), value: $0.value)
    }
  }

  /// Of words in lower case, and values without control characters.
  init(ofKnown type: String, _ subtype: String, parameters: [NamedValue]) {
    self.type = type
    self.subtype = subtype
    self.parameters = parameters
  }

  /// Reads the value of a `Content-Type` field.
  /// - Parameter text: nil comes of anything that is no media type.
  public init?(parsing text: String) {
    var scanner = FieldScanner(text)
    scanner.skipWhitespace()
    guard let type = scanner.readWord(), scanner.take("/"), let subtype = scanner.readWord(),
      let parameters = scanner.readParameters(), scanner.isAtEnd
    else { return nil }
    self.type = type.lowercased()
    self.subtype = subtype.lowercased()
    self.parameters = parameters
  }

  /// Type and subtype, such as `text/html`.
  public var essence: String { "\(type)/\(subtype)" }

  /// The value of a parameter in whatever case its name is written; the first one's, if it comes
  /// more than once; nil if there is none.
  public subscript(parameter: String) -> String? {
    parameters.first { $0.name.equalsIgnoringASCIICase(parameter) }?.value
  }

  /// As in a `Content-Type` field.
  public var description: String {
    parameters.reduce(into: essence) {
      $0 += "; \($1.name)=\($1.value.asParameterValue)"
    }
  }
}
