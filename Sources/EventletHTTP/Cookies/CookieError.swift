/// A cookie that no client would take, or that would become something else on its way.
///
/// ```swift
/// do { cookie = try SetCookie(name: "theme", value: theme) } catch .invalidValue { return }
/// ```
public enum CookieError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name is no word (RFC 9110, section 5.6.2).
  case invalidName(String)
  /// The value has a character in it that none may have: a space, a quote, a comma, a semicolon,
  /// a backslash, a control character, or one beyond ASCII (RFC 6265, section 4.1.1).
  case invalidValue(name: String)
  /// The path does not begin with a slash, or has a semicolon or a control character in it.
  case invalidPath(name: String, path: String)
  /// The domain is no name of a host.
  case invalidDomain(name: String, domain: String)
  /// Name and value have more than 4096 bytes together, or an attribute more than 1024, and
  /// clients ignore it.
  case tooLong(name: String)
  /// ``SetCookie/SameSite/unrestricted`` or `isPartitioned` or a prefix of the name, and not `isSecure`.
  case notSecure(name: String)
  /// The name begins with `__Host-`, and the cookie has a domain, or another path than `/`.
  case notOfOneHost(name: String)

  /// A short text.
  public var description: String {
    switch self {
    case .invalidName(let name): "cookie '\(name)': the name is no token"
    case .invalidValue(let name): "cookie '\(name)': a character that no value may have"
    case .invalidPath(let name, let path): "cookie '\(name)': invalid path '\(path)'"
    case .invalidDomain(let name, let domain): "cookie '\(name)': invalid domain '\(domain)'"
    case .tooLong(let name): "cookie '\(name)': longer than clients take"
    case .notSecure(let name): "cookie '\(name)': not secure, as it has to be"
    case .notOfOneHost(let name): "cookie '\(name)': '__Host-' has no domain and the path '/'"
    }
  }
}
