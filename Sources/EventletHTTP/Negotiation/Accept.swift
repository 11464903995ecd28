/// Which media types a client takes, and which it likes best: the field `Accept`.
///
/// ```swift
/// switch Accept(request.headerFields[.accept]).choose(from: ["application/json", "text/html"]) {
/// case "text/html": return page
/// case "application/json": return data
/// default: return ServerResponse(status: .notAcceptable)
/// }
/// ```
///
/// See RFC 9110, section 12.5.1. A response that depends on it says so: `Vary: Accept`.
public struct Accept: Hashable, Sendable {
  /// Empty: takes anything.
  private let ranges: [WeightedElement]

  /// Reads the field.
  ///
  /// What is malformed does not count; if nothing is left, the client takes anything.
  /// - Parameter value: Of all such fields, joined by commas; nil if there is none.
  public init(_ value: String?) {
    ranges = value.map(WeightedElement.list(parsing:)) ?? []
  }

  /// Which media type the client likes best.
  /// - Parameter types: Those that the server has, in its own order: of two that the client likes as
  ///   much the first is taken. They may have parameters: `text/plain; charset=utf-8`.
  /// - Returns: One of `types` as it was given; nil if the client takes none of them.
  public func choose(from types: [String]) -> String? {
    var best: (type: String, weight: Int)?
    for type in types {
      let weight = weight(of: type)
      if weight > best?.weight ?? 0 { best = (type, weight) }
    }
    return best?.type
  }

  /// Whether the client takes a media type.
  public func accepts(_ type: String) -> Bool { weight(of: type) > 0 }

  /// What the most specific range that it falls into says; 0 if there is none.
  private func weight(of type: String) -> Int {
    guard !ranges.isEmpty else { return 1000 }
    guard let type = WeightedElement(parsing: type[...]) else { return 0 }
    var best: (specificity: Int, weight: Int)?
    for range in ranges {
      guard let specificity = Self.specificity(of: range, for: type) else { continue }
      if specificity > best?.specificity ?? -1 { best = (specificity, range.weight) }
    }
    return best?.weight ?? 0
  }

  /// nil if the type does not fall into the range.
  private static func specificity(of range: WeightedElement, for type: WeightedElement) -> Int? {
    // The star alone is no media range, and Java's client sends it as one.
    if range.name == "*/*" || range.name == "*" { return range.parameters.isEmpty ? 0 : nil }
    if range.name.hasSuffix("/*") {
      let fits = type.name.hasPrefix(range.name.dropLast()) && range.parameters.isEmpty
      return fits ? 1 : nil
    }
    guard range.name == type.name, range.parameters.allSatisfy(type.parameters.contains) else {
      return nil
    }
    return 2 + range.parameters.count
  }
}
