internal import COpenSSL

// What the handshake has brought to light. Before its end all of this is empty.
extension TLSSocket {
  /// The version that both speak; nil before the handshake.
  ///
  /// In Python: `version()`.
  public var version: TLSVersion? {
    isHandshakeDone ? negotiatedVersion : nil
  }

  var negotiatedVersion: TLSVersion? {
    TLSVersion(rawValue: UInt16(truncatingIfNeeded: SSL_version(engine.ssl)))
  }

  /// The cipher suite, such as `TLS_AES_256_GCM_SHA384`; nil before the handshake.
  ///
  /// In Python: `cipher()`.
  public var cipherSuite: String? {
    guard isHandshakeDone, let cipher = SSL_get_current_cipher(engine.ssl) else { return nil }
    return SSL_CIPHER_standard_name(cipher).map { String(cString: $0) }
  }

  /// The application protocol that both speak (ALPN); nil if none was agreed on.
  ///
  /// In Python: `selected_alpn_protocol()`.
  public var applicationProtocol: String? {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(engine.ssl, &name, &count)
    guard count > 0 else { return nil }
    return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
  }

  /// The name that the client has asked for (SNI), at either end; nil if it has asked for none.
  public var serverName: String? {
    SSL_get_servername(engine.ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
  }

  /// Whether the connection goes on with the keys of an earlier one.
  ///
  /// In Python: `session_reused`.
  public var isResumed: Bool { isHandshakeDone && SSL_session_reused(engine.ssl) == 1 }

  /// The peer's own certificate; nil if it has shown none.
  ///
  /// The peer has proved that it has the key, and the certificate was verified, in this connection
  /// or, after a resumption, in an earlier one: a server's unless
  /// ``TLSClientConfiguration/verification`` says otherwise, a client's always.
  ///
  /// In Python: `getpeercert`.
  public var peerCertificate: TLSCertificate? {
    guard isHandshakeDone else { return nil }
    return SSL_get0_peer_certificate(engine.ssl).map { TLSCertificate($0) }
  }

  /// The certificates from the peer's own to that of the authority that is trusted, as they were
  /// verified.
  ///
  /// nil when nothing was verified in this connection: without a certificate, when that is turned
  /// off, and after a resumption.
  ///
  /// In Python: `get_verified_chain`.
  public var verifiedChain: [TLSCertificate]? {
    guard isHandshakeDone, !isResumed, SSL_get_verify_mode(engine.ssl) & SSL_VERIFY_PEER != 0,
      SSL_get_verify_result(engine.ssl) == Int(X509_V_OK),
      let chain = SSL_get0_verified_chain(engine.ssl)
    else { return nil }
    let certificates = Self.certificates(in: chain)
    return certificates.isEmpty ? nil : certificates
  }

  /// What the peer has sent: its own certificate first, then what it has sent along, such as those
  /// of authorities.
  ///
  /// Only the first is verified, see ``peerCertificate``. The others may be anything: decide by
  /// ``verifiedChain``. Empty if it has shown none. After a resumption the peer's own alone: it was
  /// shown in the earlier connection.
  ///
  /// In Python: `get_unverified_chain`.
  public var peerCertificates: [TLSCertificate] {
    guard isHandshakeDone, let own = SSL_get0_peer_certificate(engine.ssl) else { return [] }
    var found = [TLSCertificate(own)]
    guard let chain = SSL_get_peer_cert_chain(engine.ssl) else { return found }
    // A client's chain begins with the certificate itself, a server's does not.
    for (index, certificate) in Self.certificates(in: chain).enumerated()
    where index > 0 || certificate.der != found[0].der { found.append(certificate) }
    return found
  }

  private static func certificates(in stack: OpaquePointer) -> [TLSCertificate] {
    (0..<max(0, OPENSSL_sk_num(stack))).compactMap { index in
      OPENSSL_sk_value(stack, index).map { TLSCertificate(OpaquePointer($0)) }
    }
  }
}
