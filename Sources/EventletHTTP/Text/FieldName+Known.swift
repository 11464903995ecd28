internal import EventletCore
internal import HTTPTypes

extension HTTPField.Name {
  /// A name that is well-formed.
  static func known(_ name: String) -> HTTPField.Name {
    let parsed = HTTPField.Name(name)
    require(parsed != nil, "'\(name)' is no name of a field")
    return parsed.unsafelyUnwrapped
  }
}
