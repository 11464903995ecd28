import COpenSSL
import EventletTLS

/// An authority that signs what a test needs: nothing of it is kept, so nothing expires.
final class TestAuthority: @unchecked Sendable {
  // @unchecked Sendable because tests run one after another.

  /// A certificate, and what else there is to be known of it.
  struct Issued {
    let certificate: [UInt8]
    let key: [UInt8]

    var identity: TLSIdentity {
      TLSIdentity(certificateChain: .bytes(certificate), privateKey: .bytes(key))
    }
  }

  /// How a certificate differs from an ordinary one.
  struct Options {
    var names: [String] = ["DNS:localhost"]
    var commonName = "test"
    /// In seconds from now.
    var begins = -86_400
    var ends = 86_400
    var isAuthority = false
    var isSelfSigned = false
    var usesRSA = false
  }

  private let key: OpaquePointer
  private let certificate: OpaquePointer
  private static let serials = Serials()

  private final class Serials: @unchecked Sendable {
    // @unchecked Sendable because tests run one after another.
    var last = 1
  }

  /// The authority's own certificate.
  var pem: [UInt8] { Self.pem(of: certificate) }
  var roots: TLSTrustRoots { .only([.bytes(pem)]) }

  convenience init(name: String = "test authority") {
    let key = Self.makeKey(rsa: false)
    var options = Options()
    options.names = []
    options.commonName = name
    options.isAuthority = true
    self.init(key, Self.make(options, key, issuer: nil, issuerKey: key))
  }

  private init(_ key: OpaquePointer, _ certificate: OpaquePointer) {
    self.key = key
    self.certificate = certificate
  }

  deinit {
    EVP_PKEY_free(key)
    X509_free(certificate)
  }

  func issue(_ change: (inout Options) -> Void = { _ in }) -> Issued {
    var options = Options()
    change(&options)
    let own = Self.makeKey(rsa: options.usesRSA)
    defer { EVP_PKEY_free(own) }
    let made =
      options.isSelfSigned
      ? Self.make(options, own, issuer: nil, issuerKey: own)
      : Self.make(options, own, issuer: certificate, issuerKey: key)
    defer { X509_free(made) }
    return Issued(certificate: Self.pem(of: made), key: Self.pem(ofKey: own))
  }

  /// An authority between this one and what it signs.
  func issueAuthority(name: String) -> TestAuthority {
    let own = Self.makeKey(rsa: false)
    var options = Options()
    options.names = []
    options.commonName = name
    options.isAuthority = true
    return TestAuthority(own, Self.make(options, own, issuer: certificate, issuerKey: key))
  }

  /// A list of what has been taken back.
  func revocationList(of revoked: [Issued]) -> [UInt8] {
    let list = X509_CRL_new()
    defer { X509_CRL_free(list) }
    X509_CRL_set_version(list, 1)
    X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate))
    let now = X509_gmtime_adj(nil, -3600)
    let later = X509_gmtime_adj(nil, 86_400)
    defer {
      ASN1_TIME_free(now)
      ASN1_TIME_free(later)
    }
    X509_CRL_set1_lastUpdate(list, now)
    X509_CRL_set1_nextUpdate(list, later)
    for issued in revoked {
      let certificate = Self.certificate(in: issued.certificate)
      defer { X509_free(certificate) }
      let entry = X509_REVOKED_new()
      X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate))
      X509_REVOKED_set_revocationDate(entry, now)
      X509_CRL_add0_revoked(list, entry)
    }
    X509_CRL_sort(list)
    X509_CRL_sign(list, key, EVP_sha256())
    return Self.text { PEM_write_bio_X509_CRL($0, list) }
  }

  // MARK: OpenSSL

  private static func makeKey(rsa: Bool) -> OpaquePointer {
    let context = EVP_PKEY_CTX_new_id(rsa ? EVP_PKEY_RSA : EVP_PKEY_EC, nil)
    defer { EVP_PKEY_CTX_free(context) }
    EVP_PKEY_keygen_init(context)
    if rsa {
      EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048)
    } else {
      EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1)
    }
    var key: OpaquePointer?
    EVP_PKEY_keygen(context, &key)
    guard let key else { fatalError("no key") }
    return key
  }

  private static func make(
    _ options: Options, _ key: OpaquePointer, issuer: OpaquePointer?, issuerKey: OpaquePointer
  ) -> OpaquePointer {
    guard let certificate = X509_new() else { fatalError("no certificate") }
    X509_set_version(certificate, 2)
    serials.last += 1
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serials.last)
    X509_gmtime_adj(X509_getm_notBefore(certificate), options.begins)
    X509_gmtime_adj(X509_getm_notAfter(certificate), options.ends)
    X509_set_pubkey(certificate, key)
    let name = X509_get_subject_name(certificate)
    let text = Array(options.commonName.utf8)
    X509_NAME_add_entry_by_NID(
      name, NID_commonName, MBSTRING_UTF8, text, Int32(text.count), -1, 0)
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer ?? certificate))
    var extensions = [
      (NID_basic_constraints, options.isAuthority ? "critical,CA:TRUE" : "CA:FALSE")
    ]
    if options.isAuthority {
      extensions.append((NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature"))
    }
    if !options.names.isEmpty {
      extensions.append((NID_subject_alt_name, options.names.joined(separator: ",")))
    }
    for (number, value) in extensions {
      var context = X509V3_CTX()
      X509V3_set_ctx(&context, issuer ?? certificate, certificate, nil, nil, 0)
      guard let made = X509V3_EXT_conf_nid(nil, &context, number, value) else {
        fatalError("no extension \(value)")
      }
      X509_add_ext(certificate, made, -1)
      X509_EXTENSION_free(made)
    }
    guard X509_sign(certificate, issuerKey, EVP_sha256()) > 0 else { fatalError("not signed") }
    return certificate
  }

  private static func certificate(in pem: [UInt8]) -> OpaquePointer {
    let memory = BIO_new_mem_buf(pem, Int32(pem.count))
    defer { BIO_free(memory) }
    guard let certificate = PEM_read_bio_X509(memory, nil, nil, nil) else {
      fatalError("no certificate")
    }
    return certificate
  }

  private static func pem(of certificate: OpaquePointer) -> [UInt8] {
    text { PEM_write_bio_X509($0, certificate) }
  }

  private static func pem(ofKey key: OpaquePointer) -> [UInt8] {
    text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
  }

  /// The key of `issued`, encrypted.
  static func encrypt(_ issued: Issued, passphrase: String) -> [UInt8] {
    let memory = BIO_new_mem_buf(issued.key, Int32(issued.key.count))
    defer { BIO_free(memory) }
    let key = PEM_read_bio_PrivateKey(memory, nil, nil, nil)
    defer { EVP_PKEY_free(key) }
    let word = Array(passphrase.utf8)
    return text {
      PEM_write_bio_PrivateKey($0, key, EVP_aes_256_cbc(), word, Int32(word.count), nil, nil)
    }
  }

  /// A block of PEM text that says of itself that it is encrypted, RFC 1421.
  static func encrypted(_ kind: String, _ block: [UInt8]) -> [UInt8] {
    let first = "-----BEGIN \(kind)-----\n"
    let text = String(decoding: block, as: UTF8.self)
    guard text.hasPrefix(first) else { fatalError("no \(kind): \(text)") }
    let vector = String(repeating: "00", count: 16)
    let header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,\(vector)\n\n"
    return Array((first + header + text.dropFirst(first.count)).utf8)
  }

  private static func text(_ write: (OpaquePointer?) -> Int32) -> [UInt8] {
    let memory = BIO_new(BIO_s_mem())
    defer { BIO_free(memory) }
    guard write(memory) == 1 else { fatalError("not written") }
    var start: UnsafeMutableRawPointer?
    let count = BIO_ctrl(memory, BIO_CTRL_INFO, 0, &start)
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
