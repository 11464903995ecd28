/// What a ``TLSServerContext`` is made of.
///
/// ```swift
/// var configuration = TLSServerConfiguration(
///   identity: TLSIdentity(certificateFile: "fullchain.pem", keyFile: "privkey.pem"))
/// configuration.identities["*.example.org"] = TLSIdentity(certificateFile: "example.pem")
/// let context = try TLSServerContext(configuration)
/// ```
///
/// In Python: `ssl.SSLContext(PROTOCOL_TLS_SERVER)` and its setters.
public struct TLSServerConfiguration: TLSSettings, Sendable {
  /// Whether clients show a certificate.
  public enum ClientCertificate: Hashable, Sendable {
    /// They are not asked for one.
    case ignored
    /// They are asked; one that they show must be valid.
    case requested
    /// Without a valid one the handshake fails.
    case required
  }

  /// What is shown to clients that ask for no name, or for one that is not in ``identities``.
  public var identity: TLSIdentity
  /// What is shown to clients that ask for a name (SNI, RFC 6066).
  ///
  /// By exact name, as `example.org`, or by `*.example.org` for all names with one more label.
  /// Exact names go first; letters are of either case.
  ///
  /// In Python: `sni_callback`.
  public var identities: [String: TLSIdentity] = [:]
  /// Whether clients show a certificate; they are not asked by default.
  ///
  /// Whoever asks says by ``trustRoots`` whom to believe.
  ///
  /// In Python: `verify_mode`.
  public var clientCertificate = ClientCertificate.ignored
  /// Which authorities are trusted to sign the clients' certificates.
  ///
  /// nil, the default, is none, and then ``clientCertificate`` must be
  /// ``ClientCertificate/ignored``: an authority of the system signs for anybody, so a certificate
  /// of such a one says nothing of who may come in.
  public var trustRoots: TLSTrustRoots?
  /// Lists of revoked certificates, of every authority of the chain.
  ///
  /// If there is any, certificates of authorities without a list are refused.
  public var revocationLists: [TLSPEM] = []
  /// The oldest version that is spoken; TLS 1.2 by default.
  ///
  /// In Python: `minimum_version`.
  public var minimumVersion = TLSVersion.tls12
  /// The newest version that is spoken; nil, the default, is the newest there is.
  ///
  /// In Python: `maximum_version`.
  public var maximumVersion: TLSVersion?
  /// The application protocols that are spoken, the preferred one first (ALPN, RFC 7301).
  ///
  /// With none, the default, what clients offer is passed over. Otherwise the handshake with a
  /// client that offers others alone fails; one that offers nothing is served.
  ///
  /// In Python: `set_alpn_protocols`.
  public var applicationProtocols: [String] = []
  /// Whether clients may come back with the keys of an earlier connection; true by default.
  ///
  /// The tickets hold everything; nothing is kept here. A ticket is good for two hours. Where
  /// clients show certificates, it is good no longer than the client's, and a day at most after
  /// that was verified, however often the client comes back.
  ///
  /// The key of the tickets is made with the context and lives as long, in memory alone. A
  /// ``TLSServerContext/reload()`` keeps it if ``clientCertificate`` is
  /// ``ClientCertificate/ignored``, and makes another otherwise. Who gets hold of it can read
  /// recorded connections of TLS 1.2 that were given a ticket, so a process that serves such for
  /// months should make a context anew now and then, or give no tickets.
  public var sessionTickets = true
  /// The cipher suites of TLS 1.2, in the notation of openssl-ciphers(1); nil leaves them to the
  /// system.
  ///
  /// In Python: `set_ciphers`.
  public var cipherList: String?
  /// The cipher suites of TLS 1.3, as `TLS_AES_128_GCM_SHA256:…`; nil leaves them to the system.
  public var cipherSuites: String?
  /// The groups for the exchange of keys, as `X25519:P-256`; nil leaves them to the system.
  public var groups: String?
  /// Whether a connection that ends without the end of TLS has ended like any other; see
  /// ``TLSClientConfiguration/acceptsTruncation``.
  public var acceptsTruncation = false
  /// Where the secrets of connections are written for debugging; nil, the default, is nowhere.
  public var keyLog: TLSKeyLog?

  /// Creates the default configuration.
  /// - Parameter identity: What is shown to clients.
  public init(identity: TLSIdentity) { self.identity = identity }
}
