internal import COpenSSL

/// What a failure of OpenSSL's means.
enum FailureReason {
  /// - Parameters:
  ///   - queue: What OpenSSL says.
  ///   - opening: The peer's first bytes.
  ///   - certificateRefusal: Why the peer's certificate was refused, if it was.
  /// - Returns: the one reason.
  static func of(
    _ queue: ErrorQueue, opening: [UInt8], certificateRefusal: TLSError.Reason?
  ) -> TLSError.Reason {
    guard let first = queue.entries.first(where: { $0.library == ERR_LIB_SSL }) else {
      return .protocolViolation(queue.text)
    }
    if first.isSSL(SSL_R_CERTIFICATE_VERIFY_FAILED), let certificateRefusal {
      return certificateRefusal
    }
    if let reason = plaintext(first, opening) { return reason }
    // Alerts that came have numbers of their own behind this one.
    let alert = first.reason - SSL_AD_REASON_OFFSET
    if first.library == ERR_LIB_SSL, let alert = UInt8(exactly: alert), alert > 0 {
      return .alertReceived(TLSAlert(rawValue: alert))
    }
    switch first.reason {
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_UNKNOWN_PROTOCOL,
      SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_WRONG_VERSION_NUMBER, SSL_R_WRONG_SSL_VERSION,
      SSL_R_INAPPROPRIATE_FALLBACK, SSL_R_BAD_PROTOCOL_VERSION_NUMBER:
      return .noSharedVersion
    case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
      SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_CIPHERS_AVAILABLE, SSL_R_NO_SHARED_GROUPS,
      SSL_R_NO_SUITABLE_GROUPS:
      return .noSharedCipher
    case SSL_R_NO_APPLICATION_PROTOCOL: return .noSharedProtocol
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return .certificateMissing
    default: return .protocolViolation(first.text)
    }
  }

  /// Whether the peer's first bytes are no TLS at all.
  private static func plaintext(_ first: ErrorQueue.Entry, _ opening: [UInt8]) -> TLSError.Reason? {
    if first.isSSL(SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST) { return .plaintext(.http) }
    // A handshake or an alert, RFC 8446, section 5.1; or a greeting of SSL 2, whose length has the
    // highest bit.
    guard let type = opening.first, type != 22, type != 21, type & 0x80 == 0 else { return nil }
    let text = String(decoding: opening, as: UTF8.self)
    let known: [(String, TLSError.PlaintextProtocol)] = [
      ("HTTP/", .http), ("GET ", .http), ("HEAD ", .http), ("POST ", .http), ("PUT ", .http),
      ("DELETE ", .http), ("OPTIONS ", .http), ("PATCH ", .http), ("CONNECT ", .http),
      ("TRACE ", .http), ("PRI * ", .http), ("SSH-", .ssh), ("220 ", .smtpOrFTP),
      ("220-", .smtpOrFTP), ("* OK", .imap), ("+OK", .pop3),
    ]
    return .plaintext(known.first { text.hasPrefix($0.0) || $0.0.hasPrefix(text) }?.1)
  }
}
