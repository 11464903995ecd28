internal import EventletHTTP

/// An extension that an end of a connection offers or takes: an element of
/// `Sec-WebSocket-Extensions`, RFC 6455, section 9.1.
struct ExtensionElement: Hashable, Sendable {
  struct Parameter: Hashable, Sendable {
    /// In lower case.
    let name: String
    let value: String?
  }

  /// In lower case.
  let name: String
  let parameters: [Parameter]

  /// All elements of a list, those that are malformed as nil.
  ///
  /// Empty ones count for nothing: RFC 9110, section 5.6.1.
  static func list(parsing text: String) -> [ExtensionElement?] {
    var elements: [ExtensionElement?] = []
    var scanner = FieldScanner(text)
    while true {
      scanner.skipWhitespace()
      if scanner.take(",") { continue }
      if scanner.isAtEnd { return elements }
      let start = scanner.position
      let element = ExtensionElement(&scanner)
      elements.append(element)
      if element == nil { scanner.skipElement(from: start) }
    }
  }

  private init?(_ scanner: inout FieldScanner) {
    guard let name = scanner.readToken() else { return nil }
    var parameters: [Parameter] = []
    while true {
      scanner.skipWhitespace()
      if scanner.isAtEnd || scanner.take(",") { break }
      guard scanner.take(";"), let parameter = Self.readParameter(&scanner) else { return nil }
      parameters.append(parameter)
    }
    self.name = name.lowercased()
    self.parameters = parameters
  }

  private static func readParameter(_ scanner: inout FieldScanner) -> Parameter? {
    scanner.skipWhitespace()
    guard let name = scanner.readToken()?.lowercased() else { return nil }
    scanner.skipWhitespace()
    guard scanner.take("=") else { return Parameter(name: name, value: nil) }
    scanner.skipWhitespace()
    let value = scanner.take("\"") ? scanner.readQuoted() : scanner.readToken()
    guard let value else { return nil }
    return Parameter(name: name, value: value)
  }
}
