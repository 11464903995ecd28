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

  /// What the peer has shown: its own certificate first, then those of the authorities that it has
  /// sent along.
  ///
  /// Empty if it has shown none. After a resumption the peer's own alone: it was shown in the
  /// earlier connection. Clients have verified it unless they are told not to; of a client's a
  /// server has verified what it has asked for.
  ///
  /// In Python: `getpeercert`.
  public var peerCertificates: [TLSCertificate] {
    guard isHandshakeDone, let own = SSL_get0_peer_certificate(engine.ssl) else { return [] }
    var found = [TLSCertificate(own)]
    guard let chain = SSL_get_peer_cert_chain(engine.ssl) else { return found }
    // A client's chain begins with the certificate itself, a server's does not.
    for index in 0..<max(0, OPENSSL_sk_num(chain)) {
      guard let next = OPENSSL_sk_value(chain, index) else { continue }
      let certificate = TLSCertificate(OpaquePointer(next))
      if index > 0 || certificate.der != found[0].der { found.append(certificate) }
    }
    return found
  }
}
