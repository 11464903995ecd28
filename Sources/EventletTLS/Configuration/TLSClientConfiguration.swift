/// What a ``TLSClientContext`` is made of.
///
/// As it is made, a server must show a certificate that an authority of the system has signed for
/// the name that was asked for, and speak TLS 1.2 or 1.3.
///
/// ```swift
/// var configuration = TLSClientConfiguration()
/// configuration.trustRoots = .only([.file("ca.pem")])
/// configuration.applicationProtocols = ["http/1.1"]
/// let context = try TLSClientContext(configuration)
/// ```
///
/// In Python: `ssl.create_default_context()` and the setters of `SSLContext`.
public struct TLSClientConfiguration: TLSSettings, Sendable {
  /// How much of the server's certificate is verified.
  public enum Verification: Hashable, Sendable {
    /// Authority, time, and the name or address that was asked for.
    case full
    /// Everything but the name.
    ///
    /// For servers under a private authority that are known by no name.
    case exceptName
    /// Nothing: whoever is between can read and change everything.
    case none
  }

  /// How much of the server's certificate is verified; everything by default.
  ///
  /// In Python: `verify_mode`, `check_hostname`.
  public var verification = Verification.full
  /// Which authorities are trusted; those of the system by default.
  public var trustRoots = TLSTrustRoots.system
  /// Lists of revoked certificates, of every authority of the chain.
  ///
  /// If there is any, certificates of authorities without a list are refused.
  ///
  /// None by default, and then nothing is known of revocations.
  public var revocationLists: [TLSPEM] = []
  /// What is shown to servers that ask for a certificate; nil, the default, is none.
  public var identity: TLSIdentity?
  /// The oldest version that is spoken; TLS 1.2 by default.
  ///
  /// In Python: `minimum_version`.
  public var minimumVersion = TLSVersion.tls12
  /// The newest version that is spoken; nil, the default, is the newest there is.
  ///
  /// In Python: `maximum_version`.
  public var maximumVersion: TLSVersion?
  /// The application protocols that are offered, the preferred one first (ALPN, RFC 7301); none by
  /// default.
  ///
  /// In Python: `set_alpn_protocols`.
  public var applicationProtocols: [String] = []
  /// Whether a server that was met before is asked to go on with the keys of that time, which saves
  /// the signature and a round trip of certificates; true by default.
  ///
  /// For as long as the server lets it, its certificate is valid, and a day at most after that was
  /// last verified.
  public var resumesSessions = true
  /// The cipher suites of TLS 1.2, in the notation of openssl-ciphers(1); nil leaves them to the
  /// system.
  ///
  /// In Python: `set_ciphers`.
  public var cipherList: String?
  /// The cipher suites of TLS 1.3, as `TLS_AES_128_GCM_SHA256:…`; nil leaves them to the system.
  public var cipherSuites: String?
  /// The groups for the exchange of keys, as `X25519:P-256`; nil leaves them to the system.
  public var groups: String?
  /// Whether a connection that ends without the end of TLS has ended like any other.
  ///
  /// Off by default, since whoever is between can cut a connection: then
  /// ``TLSError/Reason/truncated`` is thrown. Turn it on for peers that never say goodbye and
  /// protocols that notice by themselves.
  ///
  /// In Python: `suppress_ragged_eofs`, on by default.
  public var acceptsTruncation = false
  /// Where the secrets of connections are written for debugging; nil, the default, is nowhere.
  public var keyLog: TLSKeyLog?

  /// Creates the default configuration.
  public init() {}
}
