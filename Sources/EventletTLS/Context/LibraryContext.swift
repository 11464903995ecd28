internal import COpenSSL
internal import CEventletTLS

/// An `SSL_CTX`: made once, and not changed after connections are made of it.
///
/// `@unchecked Sendable` because OpenSSL guards what connections share in it.
final class LibraryContext: @unchecked Sendable {
  let pointer: OpaquePointer

  /// With everything that clients and servers have in common.
  init(_ method: OpaquePointer?, _ settings: some TLSSettings) throws {
    ErrorQueue.clear()
    guard let context = SSL_CTX_new(method) else {
      throw TLSConfigurationError.refused(call: "SSL_CTX_new", detail: ErrorQueue.take().text)
    }
    pointer = context
    ev_tls_set_defaults(context)
    try setVersions(settings)
    try set("cipher list", settings.cipherList) { SSL_CTX_set_cipher_list(context, $0) }
    try set("cipher suites", settings.cipherSuites) { SSL_CTX_set_ciphersuites(context, $0) }
    try set("groups", settings.groups) { text in
      let copy = UnsafeMutablePointer(mutating: text)
      return Int32(SSL_CTX_ctrl(context, SSL_CTRL_SET_GROUPS_LIST, 0, copy))
    }
  }

  func logKeys() {
    SSL_CTX_set_keylog_callback(pointer) { ssl, line in
      guard let line else { return }
      Engine.of(ssl)?.context.keyLog?.append(line)
    }
  }

  deinit { SSL_CTX_free(pointer) }

  private func setVersions(_ settings: some TLSSettings) throws {
    if let newest = settings.maximumVersion, newest < settings.minimumVersion {
      throw TLSConfigurationError.invalidSetting(
        name: "maximum version below \(settings.minimumVersion)", value: "\(newest)")
    }
    SSL_CTX_ctrl(
      pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(settings.minimumVersion.rawValue), nil)
    SSL_CTX_ctrl(
      pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(settings.maximumVersion?.rawValue ?? 0), nil)
  }

  private func set(
    _ name: String, _ value: String?, _ call: (UnsafePointer<CChar>) -> Int32
  ) throws {
    guard let value else { return }
    ErrorQueue.clear()
    guard value.withCString(call) == 1 else {
      _ = ErrorQueue.take()
      throw TLSConfigurationError.invalidSetting(name: name, value: value)
    }
  }

  // MARK: Identity

  func use(_ identity: TLSIdentity) throws {
    let certificates = try PEMText(identity.certificateChain).certificates()
    defer { certificates.forEach(X509_free) }
    let key = try PEMText(identity.privateKey).privateKey(passphrase: identity.passphrase)
    defer { EVP_PKEY_free(key) }
    ErrorQueue.clear()
    guard X509_check_private_key(certificates[0], key) == 1 else {
      _ = ErrorQueue.take()
      throw TLSConfigurationError.keyMismatch(
        certificate: "\(identity.certificateChain)", key: "\(identity.privateKey)")
    }
    var isTaken = SSL_CTX_use_certificate(pointer, certificates[0]) == 1
    for certificate in certificates.dropFirst() where isTaken {
      let opaque = UnsafeMutableRawPointer(certificate)
      isTaken = SSL_CTX_ctrl(pointer, SSL_CTRL_CHAIN_CERT, 1, opaque) == 1
    }
    guard isTaken else {
      throw TLSConfigurationError.badCertificate(
        source: "\(identity.certificateChain)", detail: ErrorQueue.take().text)
    }
    guard SSL_CTX_use_PrivateKey(pointer, key) == 1 else {
      throw TLSConfigurationError.badKey(
        source: "\(identity.privateKey)", detail: ErrorQueue.take().text)
    }
  }

  // MARK: Verification

  /// Has the peers' certificates verified, by OpenSSL's `mode`.
  ///
  /// Clients are told which authorities their certificates may be of if that is announced.
  func verify(
    mode: Int32, against roots: TLSTrustRoots, revocationLists: [TLSPEM], announcesRoots: Bool
  ) throws {
    SSL_CTX_set_verify(pointer, mode) { isFine, verification in
      if isFine == 0, let verification {
        Engine.of(ev_tls_connection_of(verification))?.refuseCertificate(verification)
      }
      return isFine
    }
    ErrorQueue.clear()
    if roots.includesSystem, SSL_CTX_set_default_verify_paths(pointer) != 1 {
      throw TLSConfigurationError.refused(
        call: "SSL_CTX_set_default_verify_paths", detail: ErrorQueue.take().text)
    }
    let store = SSL_CTX_get_cert_store(pointer)
    for source in roots.own {
      let certificates = try PEMText(source).certificates()
      defer { certificates.forEach(X509_free) }
      for certificate in certificates {
        ErrorQueue.clear()
        let isTaken =
          X509_STORE_add_cert(store, certificate) == 1
          && (!announcesRoots || SSL_CTX_add_client_CA(pointer, certificate) == 1)
        guard isTaken else {
          throw TLSConfigurationError.badCertificate(
            source: "\(source)", detail: ErrorQueue.take().text)
        }
      }
    }
    // What was named as trusted is, be it no root.
    var flags = UInt(X509_V_FLAG_PARTIAL_CHAIN)
    for source in revocationLists {
      let lists = try PEMText(source).revocationLists()
      defer { lists.forEach(X509_CRL_free) }
      for list in lists { X509_STORE_add_crl(store, list) }
      flags |= UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL)
    }
    X509_STORE_set_flags(store, flags)
    _ = ErrorQueue.take()
  }

  // MARK: Tickets

  /// Decrypts what the other context has given out, and gives out such.
  func shareTickets(with other: LibraryContext) {
    let size = SSL_CTX_ctrl(pointer, SSL_CTRL_GET_TLSEXT_TICKET_KEYS, 0, nil)
    guard size > 0 else { return }
    var keys = [UInt8](repeating: 0, count: size)
    guard SSL_CTX_ctrl(other.pointer, SSL_CTRL_GET_TLSEXT_TICKET_KEYS, size, &keys) == 1 else {
      return
    }
    SSL_CTX_ctrl(pointer, SSL_CTRL_SET_TLSEXT_TICKET_KEYS, size, &keys)
    OPENSSL_cleanse(&keys, size)
  }
}
