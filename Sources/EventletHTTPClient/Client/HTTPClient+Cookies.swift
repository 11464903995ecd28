internal import CCurl

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

    /// Reads a line of the cookie file of Netscape, which is libcurl's form.
    init?(line: String) {
      // Those that scripts may not see are marked so.
      let mark = "#HttpOnly_"
      let parts = (line.hasPrefix(mark) ? line.dropFirst(mark.count) : line[...])
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
      [
        domain, includesSubdomains ? "TRUE" : "FALSE", path, isSecure ? "TRUE" : "FALSE",
        "\(expires ?? 0)", name, value,
      ].joined(separator: "\t")
    }

    /// Whether it can stand in a line.
    var isWellFormed: Bool {
      [domain, path, name, value].allSatisfy { text in
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
      } && !domain.isEmpty && !name.isEmpty
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
    return try engine().withIdleHandle { handle in
      handle.list(CURLINFO_COOKIELIST).compactMap(Cookie.init)
    }
  }

  /// Puts a cookie into the jar, in place of one of the same name, domain and path.
  ///
  /// Never switches.
  /// - Throws: ``HTTPClientError`` with ``HTTPClientError/Reason/invalidRequest(_:)`` without a jar, and for
  ///   control characters.
  public func setCookie(_ cookie: Cookie) throws {
    guard configuration.cookies == .jar else {
      throw HTTPClientError(.invalidRequest("the client keeps no cookies"))
    }
    guard cookie.isWellFormed else {
      throw HTTPClientError(.invalidRequest("the cookie '\(cookie.name)' is malformed"))
    }
    try engine().withIdleHandle { $0.set(CURLOPT_COOKIELIST, cookie.line) }
  }

  /// Empties the jar.
  ///
  /// Never switches.
  /// - Throws: ``HTTPClientError/Reason/clientClosed``.
  public func removeCookies() throws {
    guard configuration.cookies == .jar else { return }
    try engine().withIdleHandle { $0.set(CURLOPT_COOKIELIST, "ALL") }
  }
}
