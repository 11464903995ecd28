internal import CEventletTLS
internal import COpenSSL
internal import Glibc

/// A certificate that a peer has shown.
///
/// ```swift
/// for certificate in connection.peerCertificates { print(certificate.subject) }
/// ```
///
/// In Python: `getpeercert`.
public struct TLSCertificate: Hashable, Sendable, CustomStringConvertible {
  /// One of the names that a certificate is for.
  public enum AlternativeName: Hashable, Sendable, CustomStringConvertible {
    /// A name of DNS, perhaps with a `*`.
    case dns(String)
    /// An address of IPv4 or IPv6.
    case ip(String)
    /// An address of electronic mail.
    case email(String)
    /// A URI, such as `spiffe://…`.
    case uri(String)

    /// The name alone.
    public var description: String {
      switch self {
      case .dns(let name), .ip(let name), .email(let name), .uri(let name): name
      }
    }
  }

  /// Whom it is of, in the form of RFC 2253: `CN=example.org,O=Example`.
  public let subject: String
  /// Who has signed it, in the same form.
  public let issuer: String
  /// The common name of the subject, if there is one.
  public let commonName: String?
  /// For which names it is valid.
  public let subjectAlternativeNames: [AlternativeName]
  /// The number that the issuer has given it, in hexadecimal digits.
  public let serialNumber: String
  /// From when on it is valid, in seconds since 1970.
  public let notBefore: Int64
  /// Until when it is valid, in seconds since 1970.
  public let notAfter: Int64
  /// All of it, in DER form.
  public let der: [UInt8]

  /// Whom it is of.
  public var description: String { subject }

  /// For messages: what it is for.
  var names: [String] {
    subjectAlternativeNames.isEmpty
      ? [commonName].compactMap { $0 } : subjectAlternativeNames.map { "\($0)" }
  }

  /// Of an `X509`, which stays the caller's.
  init(_ certificate: OpaquePointer) {
    let name = X509_get_subject_name(certificate)
    subject = Self.text(of: name)
    issuer = Self.text(of: X509_get_issuer_name(certificate))
    commonName = Self.commonName(in: name)
    subjectAlternativeNames = Self.alternativeNames(of: certificate)
    serialNumber = Self.serialNumber(of: certificate)
    notBefore = Self.seconds(X509_get0_notBefore(certificate))
    notAfter = Self.seconds(X509_get0_notAfter(certificate))
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = i2d_X509(certificate, &bytes)
    der = Array(UnsafeBufferPointer(start: bytes, count: max(0, Int(count))))
    CRYPTO_free(bytes, nil, 0)
    ErrorQueue.clear()
  }

  private static func text(of name: OpaquePointer?) -> String {
    guard let memory = BIO_new(BIO_s_mem()) else { return "" }
    defer { BIO_free(memory) }
    guard X509_NAME_print_ex(memory, name, 0, ev_tls_name_format()) >= 0 else { return "" }
    var start: UnsafeMutableRawPointer?
    let count = BIO_ctrl(memory, BIO_CTRL_INFO, 0, &start)
    return String(
      decoding: UnsafeRawBufferPointer(start: start, count: max(0, count)), as: UTF8.self)
  }

  private static func commonName(in name: OpaquePointer?) -> String? {
    let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
    guard index >= 0, let entry = X509_NAME_get_entry(name, index) else { return nil }
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(entry))
    guard count >= 0 else { return nil }
    defer { CRYPTO_free(bytes, nil, 0) }
    return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
  }

  private static func alternativeNames(of certificate: OpaquePointer) -> [AlternativeName] {
    guard let names = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else {
      return []
    }
    let stack = OpaquePointer(names)
    defer { GENERAL_NAMES_free(stack) }
    var found: [AlternativeName] = []
    for index in 0..<max(0, OPENSSL_sk_num(stack)) {
      guard let opaque = OPENSSL_sk_value(stack, index) else { continue }
      let name = opaque.assumingMemoryBound(to: GENERAL_NAME.self).pointee
      switch name.type {
      case GEN_DNS: found.append(.dns(string(name.d.dNSName)))
      case GEN_EMAIL: found.append(.email(string(name.d.rfc822Name)))
      case GEN_URI: found.append(.uri(string(name.d.uniformResourceIdentifier)))
      case GEN_IPADD:
        if let address = address(name.d.iPAddress) { found.append(.ip(address)) }
      default: continue
      }
    }
    return found
  }

  private static func bytes(_ string: UnsafePointer<ASN1_STRING>?) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      start: ASN1_STRING_get0_data(string), count: Int(max(0, ASN1_STRING_length(string))))
  }

  private static func string(_ string: UnsafePointer<ASN1_STRING>?) -> String {
    String(decoding: bytes(string), as: UTF8.self)
  }

  private static func address(_ string: UnsafePointer<ASN1_STRING>?) -> String? {
    let bytes = bytes(string)
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func serialNumber(of certificate: OpaquePointer) -> String {
    guard let number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nil) else {
      return ""
    }
    defer { BN_free(number) }
    guard let digits = BN_bn2hex(number) else { return "" }
    defer { CRYPTO_free(digits, nil, 0) }
    return String(cString: digits)
  }

  private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
    var parts = tm()
    guard ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
    return Int64(timegm(&parts))
  }
}
