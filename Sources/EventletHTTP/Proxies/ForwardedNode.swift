internal import EventletNet
internal import HTTPTypes

/// How the entries of `X-Forwarded-For` and `Forwarded` name an address.
enum ForwardedNode {
  static let xForwardedFor = HTTPField.Name.known("X-Forwarded-For")
  static let forwarded = HTTPField.Name.known("Forwarded")
  static let xForwardedProto = HTTPField.Name.known("X-Forwarded-Proto")

  /// Reads `192.0.2.43`, `192.0.2.43:47011`, `[2001:db8::17]`, `[2001:db8::17]:47011`, and
  /// `2001:db8::17` where that is allowed.
  ///
  /// An interface is refused: it would be one of another machine.
  static func address(of node: Substring, allowsBareIPv6: Bool) -> SocketAddress? {
    guard !node.utf8.contains(UInt8(ascii: "%")) else { return nil }
    if node.hasPrefix("[") {
      guard let end = node.firstIndex(of: "]") else { return nil }
      let host = node[node.index(after: node.startIndex)..<end]
      return address(host, .ipv6, rest: node[node.index(after: end)...])
    }
    let colon = node.firstIndex(of: ":") ?? node.endIndex
    if node[colon...].dropFirst().contains(":") {
      return allowsBareIPv6 ? address(node, .ipv6, rest: "") : nil
    }
    return address(node[..<colon], .ipv4, rest: node[colon...])
  }

  private static func address(
    _ host: Substring, _ family: IPAddress.Family, rest: Substring
  ) -> SocketAddress? {
    guard let address = IPAddress(parsing: String(host)), address.family == family else {
      return nil
    }
    if rest.isEmpty { return SocketAddress(address, port: 0) }
    guard rest.hasPrefix(":"), let port = port(rest.dropFirst()) else { return nil }
    return SocketAddress(address, port: port)
  }

  /// 0 for one that is kept secret, as `_a1` (RFC 7239, section 6.2).
  private static func port(_ text: Substring) -> UInt16? {
    if text.hasPrefix("_") { return text.dropFirst().isToken ? 0 : nil }
    return DecimalPort(text, allowsLeadingZeros: true)?.number
  }

  /// The address behind `for=` in what one proxy has added (RFC 7239, section 4).
  ///
  /// nil unless the whole of it is well-formed, and has that parameter once.
  static func address(ofElement element: Substring) -> SocketAddress? {
    // In quotation marks whatever is no token, so all of IPv6; which a token rules out by itself.
    parameter("for", ofElement: element).flatMap { address(of: $0[...], allowsBareIPv6: false) }
  }

  /// The scheme behind `proto=`, on the same conditions.
  static func scheme(ofElement element: Substring) -> String? {
    parameter("proto", ofElement: element).flatMap { scheme($0[...]) }
  }

  /// `http` or `https`.
  static func scheme(_ text: Substring) -> String? {
    let scheme = text.lowercased()
    return scheme == "http" || scheme == "https" ? scheme : nil
  }

  private static func parameter(_ name: String, ofElement element: Substring) -> String? {
    guard let pairs = element.splitOutsideQuotations(at: ";") else { return nil }
    var found: String?
    for pair in pairs where !pair.isEmpty {
      guard let equals = pair.firstIndex(of: "="), pair[..<equals].isToken,
        let value = pair[pair.index(after: equals)...].tokenOrQuotedContent
      else { return nil }
      guard pair[..<equals].lowercased() == name else { continue }
      guard found == nil else { return nil }
      found = String(value)
    }
    return found
  }
}
