internal import Glibc

extension HTTPClient {
  /// A cookie of a client's jar.
  public struct Cookie: Hashable, Sendable {
    /// Which hosts it is for.
    public var domain: String
    /// Whether it is also for the hosts below the domain.
    public var includesSubdomains: Bool
    /// Below which path it is sent.
    public var path: String
    /// Whether it is sent by https alone.
    public var isSecure: Bool
    /// Whether it was set as one that scripts of pages may not see; it is sent all the same.
    public var isHTTPOnly = false
    /// When it ends, in seconds since 1970; nil with the session.
    public var expires: Int?
    /// The name.
    public var name: String
    /// The value.
    public var value: String

    /// Creates a cookie that ends with the session.
    /// - Parameters:
    ///   - name: The name.
    ///   - value: The value.
    ///   - domain: Which host it is for.
    ///   - path: Below which path it is sent; all by default.
    ///   - isSecure: Whether it is sent by https alone; false by default.
    public init(
      name: String, value: String, domain: String, path: String = "/", isSecure: Bool = false
    ) {
      self.name = name
      self.value = value
      self.domain = domain
      self.path = path
      self.isSecure = isSecure
      includesSubdomains = false
      expires = nil
    }

    private static let httpOnlyMark = "#HttpOnly_"

    /// Reads a line of the cookie file of Netscape, which is libcurl's form.
    init?(line: String) {
      isHTTPOnly = line.hasPrefix(Self.httpOnlyMark)
      let parts = (isHTTPOnly ? line.dropFirst(Self.httpOnlyMark.count) : line[...])
        .split(separator: "\t", omittingEmptySubsequences: false)
      guard parts.count == 7, let expires = Int(parts[4]) else { return nil }
      domain = String(parts[0])
      includesSubdomains = parts[1] == "TRUE"
      path = String(parts[2])
      isSecure = parts[3] == "TRUE"
      self.expires = expires == 0 ? nil : expires
      name = String(parts[5])
      value = String(parts[6])
    }

    var line: String {
      let parts = [
        domain, includesSubdomains ? "TRUE" : "FALSE", path, isSecure ? "TRUE" : "FALSE",
        "\(expires ?? 0)", name, value,
      ]
      return (isHTTPOnly ? Self.httpOnlyMark : "") + parts.joined(separator: "\t")
    }

    /// Whether it can stand in a line.
    var isWellFormed: Bool {
      [domain, path, name, value].allSatisfy { text in
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
      } && !domain.isEmpty && !name.isEmpty
    }

    /// Whether libcurl has made that of it; it writes the domain in its own way.
    func isKept(as other: Cookie) -> Bool {
      let domains = [domain, other.domain].map { $0.drop { $0 == "." }.lowercased() }
      return domains[0] == domains[1] && (name, value) == (other.name, other.value)
    }
  }

  /// The cookies in the jar; empty without ``Configuration/cookies``.
  ///
  /// Those that have ended are not among them. Never switches.
  /// - Throws: ``HTTPClientError/Reason/clientClosed``.
  ///
  /// In Python: `http.cookiejar.CookieJar`.
  public func cookies() throws -> [Cookie] {
    guard configuration.cookies == .jar else { return [] }
    let now = time(nil)
    // libcurl takes them out when it looks at them next.
    return try engine().cookieLines().compactMap(Cookie.init).filter { $0.expires ?? .max > now }
  }

  /// Puts a cookie into the jar, in place of one of the same name, domain and path.
  ///
  /// One that has ended only takes that other one away. Never switches.
  /// - Throws: ``HTTPClientError`` with ``HTTPClientError/Reason/invalidRequest(_:)`` without a jar, for
  ///   control characters, and for what may not be: such as a name that begins with `__Host-` or `__Secure-` of
  ///   a cookie that is not for https alone.
  public func setCookie(_ cookie: Cookie) throws {
    guard configuration.cookies == .jar else {
      throw HTTPClientError(.invalidRequest("the client keeps no cookies"))
    }
    guard cookie.isWellFormed else {
      throw HTTPClientError(.invalidRequest("the cookie '\(cookie.name)' is malformed"))
    }
    try engine().setCookies([cookie.line])
    if let expires = cookie.expires, expires <= time(nil) { return }
    guard try cookies().contains(where: cookie.isKept) else {
      throw HTTPClientError(
        .invalidRequest("the cookie '\(cookie.name)' may not be for \(cookie.domain)"))
    }
  }

  /// Empties the jar.
  ///
  /// Never switches.
  /// - Throws: ``HTTPClientError/Reason/clientClosed``.
  public func removeCookies() throws {
    guard configuration.cookies == .jar else { return }
    try engine().setCookies(["ALL"])
  }
}
