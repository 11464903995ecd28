public import EventletNet

/// A TLS connection that could not be made, or not be trusted, or that broke off.
///
/// Says what was done, with whom, and why it failed:
///
///     TLS handshake with 127.0.0.1:443: the certificate has expired
///
/// ```swift
/// do {
///   let connection = try TLSSocket.connect(to: address, serverName: "example.org")
/// } catch let error as TLSError where error.reason == .certificateExpired {
///   print(error)
/// }
/// ```
///
/// The peer brought it about, so it ends one connection of
/// ``serve(_:tls:handshakeTimeout:concurrency:onHandshakeFailure:_:)`` and nothing else. What is
/// wrong with certificates and keys of one's own is a ``TLSConfigurationError``; a connection that
/// breaks below TLS is a ``/EventletCore/SystemError``; time that runs out, a
/// ``/EventletNet/IOTimeout``.
///
/// In Python: `ssl.SSLError` and what derives from it.
public struct TLSError: PeerError, Hashable, Sendable, CustomStringConvertible {
  /// What was done, such as `TLS handshake with`.
  public let operation: String
  /// The other end, such as `127.0.0.1:443`.
  public let subject: String
  /// Why it failed.
  public let reason: Reason

  /// Creates an error.
  /// - Parameters:
  ///   - operation: What was done, such as `receive`.
  ///   - subject: The other end.
  ///   - reason: Why it failed.
  public init(operation: String, subject: String, reason: Reason) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
  }

  /// What – on what – why.
  public var description: String { "\(operation) \(subject): \(reason)" }

  /// Why TLS failed.
  public enum Reason: Hashable, Sendable {
    /// The peer's certificate is no longer valid, by this machine's clock.
    case certificateExpired
    /// The peer's certificate is not valid yet, by this machine's clock.
    case certificateNotYetValid
    /// The peer's certificate is for other names or addresses than the one that was asked for.
    case nameMismatch(expected: String, offered: [String])
    /// No trusted authority has signed the peer's certificate, or a certificate between them is
    /// missing.
    case unknownAuthority
    /// The peer's certificate is signed by itself, and not trusted.
    case selfSigned
    /// The authority has taken the peer's certificate back.
    case certificateRevoked
    /// The peer's certificate is refused for another reason; OpenSSL's text says which.
    case certificateRefused(String)
    /// The client has sent no certificate although one is required.
    case certificateMissing
    /// The peer refused to go on, and said why.
    case alertReceived(TLSAlert)
    /// What came is not TLS: ``PlaintextProtocol`` if it is known.
    case plaintext(PlaintextProtocol?)
    /// Both have no version of TLS in common.
    case noSharedVersion
    /// Both have no cipher suite, group or signature algorithm in common.
    case noSharedCipher
    /// Both have no application protocol in common (ALPN).
    case noSharedProtocol
    /// The stream ended without the end of TLS: somebody may have cut it short.
    case truncated
    /// The peer closed the connection in the middle of the handshake.
    case closedInHandshake
    /// An earlier call was interrupted in the middle of sending: the peer has an unknown part of
    /// it, and more may not follow.
    case sendInterrupted
    /// Sending after ``TLSSocket/endSending(timeout:)``.
    case sendingEnded
    /// ``TLSSocket/unwrap(timeout:)`` found data of TLS that nobody has received, or data
    /// behind its end that came too early to be trusted.
    case unexpectedData
    /// Anything else that OpenSSL objects to, in its words.
    case protocolViolation(String)
  }

  /// What else than TLS the first bytes of a peer may be.
  public enum PlaintextProtocol: String, Hashable, Sendable {
    /// A request or response of HTTP.
    case http = "HTTP"
    /// The greeting of an SSH server or client.
    case ssh = "SSH"
    /// The greeting of a server of SMTP or FTP.
    case smtpOrFTP = "SMTP or FTP"
    /// The greeting of an IMAP server.
    case imap = "IMAP"
    /// The greeting of a POP3 server.
    case pop3 = "POP3"
  }
}

extension TLSError: ConnectionError {
  package var connection: String { subject }
}

extension TLSError.Reason: CustomStringConvertible {
  /// A short text.
  public var description: String {
    switch self {
    case .certificateExpired: "the certificate has expired"
    case .certificateNotYetValid: "the certificate is not valid yet"
    case .nameMismatch(let expected, let offered):
      "the certificate is not for \(expected), but for "
        + (offered.isEmpty ? "no name at all" : offered.joined(separator: ", "))
    case .unknownAuthority: "the certificate is not signed by a trusted authority"
    case .selfSigned: "the certificate is self-signed and not trusted"
    case .certificateRevoked: "the certificate has been revoked"
    case .certificateRefused(let text): "the certificate is refused: \(text)"
    case .certificateMissing: "the peer has sent no certificate"
    case .alertReceived(let alert): "the peer refused: \(alert)"
    case .plaintext(let name?): "the peer spoke \(name.rawValue), not TLS"
    case .plaintext(nil): "the peer did not speak TLS"
    case .noSharedVersion: "no version of TLS in common"
    case .noSharedCipher: "no cipher suite, group or signature algorithm in common"
    case .noSharedProtocol: "no application protocol in common"
    case .truncated: "the connection ended without the end of TLS"
    case .closedInHandshake: "the peer closed the connection in the handshake"
    case .sendInterrupted: "an earlier send was interrupted and cannot be continued"
    case .sendingEnded: "sending has been ended"
    case .unexpectedData: "there is data that nobody has received"
    case .protocolViolation(let text): text
    }
  }
}
