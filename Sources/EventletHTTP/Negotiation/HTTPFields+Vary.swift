internal import HTTPTypes

extension HTTPFields {
  /// Says that the response depends on a field of the request (RFC 9110, section 12.5.5).
  mutating func addVary(_ name: HTTPField.Name) {
    guard let value = self[.vary] else {
      self[.vary] = name.rawName
      return
    }
    let known = TokenList(parsing: value)
    if known.contains(name.rawName) || known.contains("*") { return }
    self[.vary] = value.isEmpty ? name.rawName : "\(value), \(name.rawName)"
  }
}
