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
    bare = bare.prefix { $0 != "%" }
    var bytes = [UInt8](repeating: 0, count: MemoryLayout<in6_addr>.size)
    if inet_pton(AF_INET, String(bare), &bytes) == 1
      || inet_pton(AF_INET6, String(bare), &bytes) == 1
    {
      self.text = String(bare)
      isAddress = true
      return
    }
    // RFC 6066, section 3: without the dot at the end. Names of other alphabets come in their
    // encoded form, RFC 5890.
    let name = text.hasSuffix(".") ? text.dropLast() : text[...]
    guard !name.isEmpty, name.utf8.count <= 253, name.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
    else { throw .invalidSetting(name: "server name", value: text) }
    self.text = name.lowercased()
    isAddress = false
  }

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
