public import HTTPTypes

/// A list of words, perhaps with weights: the value of `Connection`, `Accept-Encoding` and the
/// like, RFC 9110, sections 5.6.1 and 12.4.2.
///
/// ```swift
/// let accepted = TokenList(.acceptEncoding, in: request.headerFields)
/// if let coding = accepted.preferred(of: ["gzip", "deflate"]) { … }
/// let closes = TokenList(.connection, in: request.headerFields).contains("close")
/// ```
///
/// Empty elements count for nothing, as the RFC demands. What is no word is left out, and
/// ``isWellFormed`` tells of it.
public struct TokenList: Hashable, Sendable {
  /// A word with what goes with it.
  public struct Element: Hashable, Sendable {
    /// The word as it came.
    public let token: String
    /// The parameters in order, without the weight.
    public let parameters: [NamedValue]
    /// How much it is wanted: 0 (not at all) to 1, which is also what no weight means.
    public let weight: Double
  }

  /// The elements in order.
  public private(set) var elements: [Element] = []
  /// Whether everything in the list was an element.
  public private(set) var isWellFormed = true

  /// Reads one value.
  public init(parsing text: String) { append(text) }

  /// Reads all fields of a name, which count as one list: RFC 9110, section 5.3.
  /// - Parameters:
  ///   - name: No such field gives an empty list.
  ///   - fields: Where to look.
  public init(_ name: HTTPField.Name, in fields: HTTPFields) {
    for field in fields where field.name == name { append(field.value) }
  }

  private mutating func append(_ text: String) {
    var scanner = FieldScanner(text)
    while true {
      scanner.skipWhitespace()
      if scanner.take(",") { continue }
      if scanner.isAtEnd { return }
      let start = scanner.position
      guard let token = scanner.readWord(), let parameters = scanner.readParameters(),
        let element = Self.element(token, parameters), scanner.take(",") || scanner.isAtEnd
      else {
        isWellFormed = false
        scanner.skipElement(from: start)
        continue
      }
      elements.append(element)
    }
  }

  /// nil if the weight is none.
  private static func element(_ token: String, _ parameters: [NamedValue]) -> Element? {
    guard let weight = parameters.first(where: { $0.name == "q" }) else {
      return Element(token: token, parameters: parameters, weight: 1)
    }
    guard let value = Self.weight(weight.value) else { return nil }
    return Element(
      token: token, parameters: parameters.filter { $0.name != "q" }, weight: value)
  }

  /// 0 or 1 with at most three digits behind the point: RFC 9110, section 12.4.2.
  private static func weight(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    guard let whole = bytes.first?.decimalValue, bytes.count <= 5,
      bytes.count == 1 || bytes[1] == UInt8(ascii: ".")
    else { return nil }
    var thousandths = 1000 * whole
    var unit = 100
    for byte in bytes.dropFirst(2) {
      guard let digit = byte.decimalValue else { return nil }
      thousandths += unit * digit
      unit /= 10
    }
    return thousandths <= 1000 ? Double(thousandths) / 1000 : nil
  }

  /// Whether a word is in the list, in whatever case and with whatever weight.
  public func contains(_ token: String) -> Bool {
    elements.contains { $0.token.equalsIgnoringASCIICase(token) }
  }

  /// How much a word is wanted, in whatever case; as much as `*` if only that is in the list; nil
  /// if neither is.
  public func weight(of token: String) -> Double? {
    let element =
      elements.first { $0.token.equalsIgnoringASCIICase(token) }
      ?? elements.first { $0.token == "*" }
    return element?.weight
  }

  /// The most wanted word.
  /// - Parameter offered: What there is; the first counts for more among equals.
  /// - Returns: nil if none of them is in the list, or wanted at all.
  public func preferred(of offered: [String]) -> String? {
    var best: (token: String, weight: Double)?
    for token in offered {
      guard let weight = weight(of: token), weight > best?.weight ?? 0 else { continue }
      best = (token, weight)
    }
    return best?.token
  }
}
