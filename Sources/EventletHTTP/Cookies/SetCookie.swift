public import HTTPTypes

/// A cookie that a server gives to a client: the value of a `Set-Cookie` field, RFC 6265.
///
/// ```swift
/// let cookie = try SetCookie(
///   name: "__Host-session", value: token, maxAge: .seconds(3600), path: "/", isSecure: true,
///   isHTTPOnly: true, sameSite: .lax)
/// response.headerFields.append(cookie.field)
/// ```
///
/// One that exists can be written: nothing in it ends the field, or becomes an attribute. Encode a
/// value that may be any text, for example with `percentEncoded(for: .anywhere)`.
///
/// In Python: `http.cookies.Morsel`.
public struct SetCookie: Hashable, Sendable, CustomStringConvertible {
  /// With which requests from pages of other sites a client sends it.
  public enum SameSite: String, Hashable, Sendable {
    /// With none.
    case strict = "Strict"
    /// With those that lead to another page by a safe method.
    case lax = "Lax"
    /// With all, the attribute's `None`; it must be secure.
    case unrestricted = "None"
  }

  /// What the client sends back it under.
  public let name: String
  /// What the client sends back.
  public let value: String
  /// When the client forgets it; nil for the end of its session, unless `maxAge` says otherwise.
  public let expires: HTTPDate?
  /// After how long the client forgets it, in whole seconds; goes before `expires`.
  public let maxAge: Duration?
  /// The host that gets it with all hosts below; nil for the one host it came from.
  public let domain: String?
  /// The path that gets it with all paths below; nil for the directory it came from.
  public let path: String?
  /// Whether it is sent over TLS only.
  public let isSecure: Bool
  /// Whether programs in pages cannot see it.
  public let isHTTPOnly: Bool
  /// With which requests from other sites it is sent; nil leaves that to the client.
  public let sameSite: SameSite?
  /// Whether it is kept apart for each site that the page of its host is part of.
  public let isPartitioned: Bool

  /// Creates a cookie.
  ///
  /// Without further attributes, which are none by default, it lasts as long as the client's session,
  /// for the host and the directory that it comes from.
  /// - Parameters:
  ///   - name: A word (RFC 9110, section 5.6.2). `__Secure-` and `__Host-` at its beginning make
  ///     clients demand `isSecure`, and the latter no `domain` and the path `/`.
  ///   - value: Visible ASCII without quotes, commas, semicolons and backslashes; all of it may
  ///     stand in a pair of quotes.
  ///   - expires: When the client forgets it.
  ///   - maxAge: After how long the client forgets it, cut down to seconds; at once if that is
  ///     not positive.
  ///   - domain: The host that gets it with all hosts below.
  ///   - path: The path that gets it with all paths below.
  ///   - isSecure: Whether it is sent over TLS only.
  ///   - isHTTPOnly: Whether programs in pages cannot see it.
  ///   - sameSite: With which requests from other sites it is sent.
  ///   - isPartitioned: Whether it is kept apart for each site that embeds its host.
  /// - Throws: ``CookieError`` for whatever a client would refuse or misunderstand.
  public init(
    name: String, value: String, expires: HTTPDate? = nil, maxAge: Duration? = nil,
    domain: String? = nil, path: String? = nil, isSecure: Bool = false, isHTTPOnly: Bool = false,
    sameSite: SameSite? = nil, isPartitioned: Bool = false
  ) throws(CookieError) {
    let rules = CookieRules(name: name)
    try rules.check(value: value)
    try rules.check(domain: domain, path: path)
    if !isSecure, sameSite == .unrestricted || isPartitioned { throw .notSecure(name: name) }
    try rules.checkPrefix(domain: domain, path: path, isSecure: isSecure)
    self.name = name
    self.value = value
    self.expires = expires
    self.maxAge = maxAge.map { .seconds($0.components.seconds) }
    self.domain = domain
    self.path = path
    self.isSecure = isSecure
    self.isHTTPOnly = isHTTPOnly
    self.sameSite = sameSite
    self.isPartitioned = isPartitioned
  }

  /// What was read, which nothing more is asked of.
  init(name: String, value: String, attributes: CookieAttributes) {
    self.name = name
    self.value = value
    expires = attributes.expires
    maxAge = attributes.maxAge
    domain = attributes.domain
    path = attributes.path
    isSecure = attributes.isSecure
    isHTTPOnly = attributes.isHTTPOnly
    sameSite = attributes.sameSite
    isPartitioned = attributes.isPartitioned
  }

  /// The same cookie without a value, and expired: the client forgets it at once.
  ///
  /// All other attributes stay: a client replaces a cookie only by one of the same name, domain, path
  /// and partition, and takes it from a page of another site only as it took the first.
  ///
  /// ```swift
  /// response.headerFields.append(sessionCookie.deletion.field)
  /// ```
  public var deletion: SetCookie {
    SetCookie(
      name: name, value: "",
      attributes: CookieAttributes(
        expires: HTTPDate(secondsSinceEpoch: 0), maxAge: .zero, domain: domain, path: path,
        isSecure: isSecure, isHTTPOnly: isHTTPOnly, sameSite: sameSite,
        isPartitioned: isPartitioned))
  }

  /// Makes a cookie that the client forgets at once.
  ///
  /// Of one that is there as a value it is ``deletion``.
  /// - Parameters:
  ///   - name: As it was set.
  ///   - domain: As it was set.
  ///   - path: As it was set.
  ///   - isSecure: As it was set.
  ///   - sameSite: As it was set.
  ///   - isPartitioned: As it was set.
  /// - Returns: a cookie without a value that has expired.
  /// - Throws: ``CookieError`` as for one that is set.
  public static func deletion(
    of name: String, domain: String? = nil, path: String? = nil, isSecure: Bool = false,
    sameSite: SameSite? = nil, isPartitioned: Bool = false
  ) throws(CookieError) -> SetCookie {
    try SetCookie(
      name: name, value: "", domain: domain, path: path, isSecure: isSecure, sameSite: sameSite,
      isPartitioned: isPartitioned
    ).deletion
  }

  /// The field that sets it.
  public var field: HTTPField { HTTPField(name: .setCookie, value: description) }

  /// As in a `Set-Cookie` field.
  public var description: String {
    var text = "\(name)=\(value)"
    if let expires { text += "; Expires=\(expires)" }
    if let maxAge { text += "; Max-Age=\(maxAge.components.seconds)" }
    if let domain { text += "; Domain=\(domain)" }
    if let path { text += "; Path=\(path)" }
    if isSecure { text += "; Secure" }
    if isHTTPOnly { text += "; HttpOnly" }
    if let sameSite { text += "; SameSite=\(sameSite.rawValue)" }
    if isPartitioned { text += "; Partitioned" }
    return text
  }
}
