/// What a middleware leaves with a request for those who come after it.
///
/// ```swift
/// enum UserKey: RequestValueKey { typealias Value = User }
/// request[UserKey.self] = user
/// ```
///
/// In Python: entries of the `environ`.
public protocol RequestValueKey {
  /// What is left there.
  associatedtype Value
}

extension ServerRequest {
  /// What was left with the request under a key; nil at first.
  public subscript<Key: RequestValueKey>(key: Key.Type) -> Key.Value? {
    get { values[ObjectIdentifier(key)] as? Key.Value }
    set { values[ObjectIdentifier(key)] = newValue }
  }
}
