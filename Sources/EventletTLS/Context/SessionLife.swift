internal import COpenSSL
internal import CEventletTLS
internal import Glibc

/// How long a session is good for.
///
/// Going on with one skips the verification of the peer's certificate, so it is for as long alone as
/// that would have the same result: a certificate has an end, and every connection gives a new
/// session, which must not go on for ever with one verification. Times are seconds since 1970, by
/// this machine's clock, as the times of certificates are.
enum SessionLife {
  /// How long after a verification connections go on without another: a day.
  static let longest = 86_400

  static var now: Int { time(nil) }

  /// Whether a client may not go on with it.
  /// - Parameters:
  ///   - session: What a server gave.
  ///   - verification: When the server's certificate was verified.
  ///   - time: When it is to be used.
  /// - Returns: whether its time is over, or that of the certificate.
  static func isOver(_ session: OpaquePointer, verified verification: Int, at time: Int) -> Bool {
    let hint = Int(clamping: SSL_SESSION_get_ticket_lifetime_hint(session))
    let timeout = SSL_SESSION_get_timeout(session)
    let life = hint > 0 ? min(hint, timeout) : timeout
    return isOver(SSL_SESSION_get_time(session), life, time) || isOver(verification, longest, time)
      || hasExpiredPeer(session, at: time)
  }

  /// Whether the time is over, or the clock was set back to before it began.
  private static func isOver(_ start: Int, _ life: Int, _ time: Int) -> Bool {
    time < start || time - start >= life
  }

  private static func hasExpiredPeer(_ session: OpaquePointer, at time: Int) -> Bool {
    guard let peer = SSL_SESSION_get0_peer(session) else { return false }
    var time = time
    // Neither before nor after what it cannot read.
    return X509_cmp_time(X509_get0_notAfter(peer), &time) <= 0
  }

  // MARK: Tickets of servers

  /// Has a server's tickets hold when their client was verified, and refuses those whose time is
  /// over.
  static func limitTickets(of context: LibraryContext) {
    SSL_CTX_set_session_ticket_cb(
      context.pointer,
      { ssl, _ in
        guard let ssl, let session = SSL_get_session(ssl) else { return 0 }
        // One that goes on with an earlier one has its time.
        if SSL_session_reused(ssl) == 1, SessionLife.verification(in: session) != nil { return 1 }
        return SessionLife.mark(session, verified: SessionLife.now) ? 1 : 0
      },
      { _, session, _, _, status, _ in
        guard status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW, let session,
          !SessionLife.isTicketOver(session, at: SessionLife.now)
        else { return SSL_TICKET_RETURN_IGNORE_RENEW }
        return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW
      }, nil)
  }

  /// Whether a server may not go on with what was in a ticket; OpenSSL looks at its own time.
  static func isTicketOver(_ session: OpaquePointer, at time: Int) -> Bool {
    guard let verification = verification(in: session) else { return true }
    return isOver(verification, longest, time) || hasExpiredPeer(session, at: time)
  }

  private static func mark(_ session: OpaquePointer, verified time: Int) -> Bool {
    var time = Int64(time)
    return SSL_SESSION_set1_ticket_appdata(session, &time, MemoryLayout<Int64>.size) == 1
  }

  private static func verification(in session: OpaquePointer) -> Int? {
    var data: UnsafeMutableRawPointer?
    var count = 0
    guard SSL_SESSION_get0_ticket_appdata(session, &data, &count) == 1, let data,
      count == MemoryLayout<Int64>.size
    else { return nil }
    return Int(data.loadUnaligned(as: Int64.self))
  }
}
