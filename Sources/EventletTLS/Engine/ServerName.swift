internal import COpenSSL
internal import Glibc

/// Whom a client wants to talk to: a name, or an address of IPv4 or IPv6.
struct ServerName {
  let text: String
  let isAddress: Bool

  init(_ text: String) throws(TLSConfigurationError) {
    // That of IPv6 may stand in brackets, and name an interface, which no certificate knows.
    var bare = text[...]
    if bare.hasPrefix("["), bare.hasSuffix("]") { bare = bare.dropFirst().dropLast() }
    if Self.isAddress(text, AF_INET) {
      self.text = text
      isAddress = true
      return
    }
    let address = String(bare.prefix { $0 != "%" })
    if Self.isAddress(address, AF_INET6) {
      self.text = address
      isAddress = true
      return
    }
    // RFC 6066, section 3: without the dot at the end. Names of other alphabets come in their
    // encoded form, RFC 5890.
    let name = text.hasSuffix(".") ? text.dropLast() : text[...]
    guard name.utf8.count <= 253, Self.isName(name) else {
      throw .invalidSetting(name: "server name", value: text)
    }
    self.text = name.lowercased()
    isAddress = false
  }

  private static func isAddress(_ text: String, _ family: Int32) -> Bool {
    var bytes = [UInt8](repeating: 0, count: MemoryLayout<in6_addr>.size)
    return !text.utf8.contains(0) && inet_pton(family, text, &bytes) == 1
  }

  /// Labels with nothing in them that belongs to patterns or to URLs.
  ///
  /// None may be empty: OpenSSL takes a name that begins with a dot for all names below it.
  private static func isName(_ name: Substring) -> Bool {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    return labels.allSatisfy { label in
      !label.isEmpty && label.utf8.allSatisfy { $0 > 32 && $0 < 127 && !forbidden.contains($0) }
    }
  }

  private static let forbidden = Array("*/:@%[]".utf8)

  func expect(in ssl: OpaquePointer, verifies: Bool) throws {
    ErrorQueue.clear()
    var isTaken = true
    if !isAddress {
      isTaken = text.withCString {
        SSL_ctrl(
          ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
          UnsafeMutableRawPointer(mutating: $0)) == 1
      }
    }
    if verifies, isTaken {
      SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
      isTaken =
        isAddress
        ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), text) == 1
        : SSL_set1_host(ssl, text) == 1
    }
    guard isTaken else {
      _ = ErrorQueue.take()
      throw TLSConfigurationError.invalidSetting(name: "server name", value: text)
    }
  }
}
