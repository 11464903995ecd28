extension SetCookie {
  /// Reads the value of a `Set-Cookie` field as a client has to, RFC 6265, section 5.2.
  ///
  /// Leniently: attributes that are unknown, too long or malformed are ignored, and of an attribute
  /// that comes twice the last counts. The domain comes in lower case without a dot at its
  /// beginning; a path that does not begin with a slash is none.
  /// - Parameter text: nil comes of a cookie that clients ignore: without a name, with control
  ///   characters, longer than 4096 bytes, or with a prefix in its name that the attributes do
  ///   not keep to.
  public init?(parsing text: String) {
    guard text.isFieldText else { return nil }
    var rest = text[...].utf8
    func takePiece() -> Substring.UTF8View {
      let piece = rest.prefix { $0 != UInt8(ascii: ";") }
      rest = rest[piece.endIndex...].dropFirst()
      return piece
    }
    let (name, value) = takePiece().splitAtSign()
    guard let value, !name.isEmpty, CookieRules.isShortEnough(name, value) else { return nil }
    var attributes = CookieAttributes()
    while !rest.isEmpty {
      let (name, value) = takePiece().splitAtSign()
      if let value, !CookieRules.isShortEnough(attribute: value) { continue }
      attributes.set(String(Substring(name)), value.map { String(Substring($0)) } ?? "")
    }
    let rules = CookieRules(name: String(Substring(name)))
    do {
      try rules.checkPrefix(
        domain: attributes.domain, path: attributes.path, isSecure: attributes.isSecure)
    } catch { return nil }
    self.init(
      name: rules.name, value: String(Substring(value)), attributes: attributes)
  }
}

extension Substring.UTF8View {
  /// What stands before and behind the first equals sign; nothing behind if there is none.
  fileprivate func splitAtSign() -> (Substring.UTF8View, Substring.UTF8View?) {
    guard let sign = firstIndex(of: UInt8(ascii: "=")) else {
      return (withoutSurroundingBlanks, nil)
    }
    return (
      self[..<sign].withoutSurroundingBlanks, self[sign...].dropFirst().withoutSurroundingBlanks
    )
  }
}

/// The attributes of a cookie that is being read.
struct CookieAttributes {
  var expires: HTTPDate?
  var maxAge: Duration?
  var domain: String?
  var path: String?
  var isSecure = false
  var isHTTPOnly = false
  var sameSite: SetCookie.SameSite?
  var isPartitioned = false

  mutating func set(_ name: String, _ value: String) {
    switch name.lowercased() {
    case "expires": expires = HTTPDate(parsingCookie: value) ?? expires
    case "max-age": maxAge = Self.seconds(value) ?? maxAge
    case "domain":
      let host = value.hasPrefix(".") ? value.dropFirst() : value[...]
      domain = host.isEmpty ? nil : host.lowercased()
    case "path": path = value.hasPrefix("/") ? value : nil
    case "secure": isSecure = true
    case "httponly": isHTTPOnly = true
    case "samesite":
      sameSite = [.strict, .lax, .unrestricted].first { $0.rawValue.equalsIgnoringASCIICase(value) }
    case "partitioned": isPartitioned = true
    default: break
    }
  }

  /// An optional minus and digits; a number that is too large for anything is the largest.
  private static func seconds(_ text: String) -> Duration? {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard digits.isDigits else { return nil }
    if digits.utf8.count != text.utf8.count { return .zero }
    return .seconds(Int32(digits) ?? .max)
  }
}
