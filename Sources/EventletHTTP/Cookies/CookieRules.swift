/// What a cookie of a name must be like, RFC 6265, section 4.1.1, and what its revision
/// (draft-ietf-httpbis-rfc6265bis) has clients ignore.
struct CookieRules {
  private static let valueCharacters = ASCIISet(
    "!#$%&'()*+-./:<=>?@[]^_`{|}~", and: .lettersAndDigits)
  private static let domainCharacters = ASCIISet("-_", and: .lettersAndDigits)
  private static let longestPair = 4096
  private static let longestAttribute = 1024

  let name: String

  func check(value: String) throws(CookieError) {
    guard name.isToken else { throw .invalidName(name) }
    var bytes = value[...].utf8
    if bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") {
      bytes = bytes.dropFirst().dropLast()
    }
    guard bytes.allSatisfy(Self.valueCharacters.contains) else { throw .invalidValue(name: name) }
    guard name.utf8.count + value.utf8.count <= Self.longestPair else {
      throw .tooLong(name: name)
    }
  }

  func check(domain: String?, path: String?) throws(CookieError) {
    if let domain {
      // A dot at the beginning was once asked for, and is ignored since.
      let labels = domain.utf8.drop { $0 == UInt8(ascii: ".") }
        .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      let isHost = labels.allSatisfy { label in
        !label.isEmpty && label.allSatisfy(Self.domainCharacters.contains)
      }
      guard isHost, !domain.hasPrefix("..") else {
        throw .invalidDomain(name: name, domain: domain)
      }
    }
    if let path {
      let isPath = path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: ";") }
      guard isPath, path.hasPrefix("/") else { throw .invalidPath(name: name, path: path) }
    }
    for attribute in [domain, path] {
      guard attribute?.utf8.count ?? 0 <= Self.longestAttribute else { throw .tooLong(name: name) }
    }
  }

  /// Clients look for the prefixes in whatever case, lest servers that do not care be deceived.
  func checkPrefix(domain: String?, path: String?, isSecure: Bool) throws(CookieError) {
    let isOfHost = hasPrefix("__Host-")
    guard isSecure || !isOfHost && !hasPrefix("__Secure-") else { throw .notSecure(name: name) }
    guard !isOfHost || domain == nil && path == "/" else { throw .notOfOneHost(name: name) }
  }

  private func hasPrefix(_ prefix: String) -> Bool {
    String(decoding: name.utf8.prefix(prefix.utf8.count), as: UTF8.self)
      .equalsIgnoringASCIICase(prefix)
  }

  /// Whether clients take a pair of this length.
  static func isShortEnough(_ name: Substring.UTF8View, _ value: Substring.UTF8View) -> Bool {
    name.count + value.count <= longestPair
  }

  static func isShortEnough(attribute: Substring.UTF8View) -> Bool {
    attribute.count <= longestAttribute
  }
}
