/// An element of `Accept` or `Accept-Encoding`: a name, parameters, and how much it is wanted.
struct WeightedElement: Hashable, Sendable {
  /// In lower case.
  let name: String
  /// Those before the weight, their names in lower case.
  let parameters: [Parameter]
  /// In thousandths: 0 is not wanted at all, 1000 is the default.
  let weight: Int

  struct Parameter: Hashable, Sendable {
    let name: String
    let value: String
  }

  /// Reads a list.
  ///
  /// What is malformed is left out, and all of it if a quotation does not end: nothing worse can come of
  /// it than another choice.
  static func list(parsing text: String) -> [WeightedElement] {
    guard let elements = text[...].splitOutsideQuotations(at: ",") else { return [] }
    return elements.compactMap(WeightedElement.init(parsing:))
  }

  init?(parsing text: Substring) {
    guard let parts = text.splitOutsideQuotations(at: ";"), let name = parts.first, !name.isEmpty
    else { return nil }
    var parameters: [Parameter] = []
    var weight = 1000
    for part in parts.dropFirst() where !part.isEmpty {
      guard let equals = part.firstIndex(of: "="), part[..<equals].isToken,
        let value = part[part.index(after: equals)...].tokenOrQuotedContent
      else { return nil }
      let name = part[..<equals].lowercased()
      guard name == "q" else {
        parameters.append(Parameter(name: name, value: value))
        continue
      }
      guard let number = Self.weight(value) else { return nil }
      weight = number
      // What older specifications had behind the weight describes nothing that is wanted.
      break
    }
    self.name = name.lowercased()
    self.parameters = parameters
    self.weight = weight
  }

  /// Reads `0.5` or `1`, at most three decimals (RFC 9110, section 12.4.2); `.5` too, which Java's
  /// client has sent since ever.
  private static func weight(_ text: String) -> Int? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let decimals = parts.count > 1 ? parts[1] : ""
    guard ["", "0", "1"].contains(parts[0]), text.utf8.count > parts.count - 1,
      decimals.utf8.count <= 3, decimals.isEmpty || decimals.isDigits
    else { return nil }
    let thousandths = Int(decimals + String(repeating: "0", count: 3 - decimals.utf8.count)) ?? 0
    let whole = parts[0] == "1" ? 1000 : 0
    return whole + thousandths <= 1000 ? whole + thousandths : nil
  }
}
