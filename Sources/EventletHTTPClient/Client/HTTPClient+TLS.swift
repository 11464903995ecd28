extension HTTPClient {
  /// Whom to trust, and who the client is.
  ///
  /// As it is made, a server must show a certificate that an authority of the system has signed for the
  /// host of the URL, and speak TLS 1.2 or 1.3.
  ///
  /// ```swift
  /// configuration.tls.trustRoots = .only([.file("ca.pem")])
  /// configuration.tls.identity = .init(
  ///   certificateChain: .file("client.pem"), privateKey: .file("client.key"))
  /// ```
  ///
  /// In Python: `ssl.create_default_context()`, `verify` and `cert` of requests.
  public struct TLS: Hashable, Sendable {
    /// Certificates or keys in PEM form.
    public enum PEM: Hashable, Sendable {
      /// A file, read at the client's first request.
      case file(String)
      /// What such a file would hold.
      case bytes([UInt8])
      /// What such a file would hold.
      public static func text(_ text: String) -> PEM { .bytes(Array(text.utf8)) }
    }

    /// Which authorities are trusted to sign a server's certificate.
    public enum TrustRoots: Hashable, Sendable {
      /// Those of the system.
      case system
      /// These alone.
      case only([PEM])
      /// These beside those of the system.
      case systemAnd([PEM])
    }

    /// A certificate with its private key.
    public struct Identity: Hashable, Sendable {
      /// The certificate, and after it those up to a root.
      public var certificateChain: PEM
      /// The private key.
      public var privateKey: PEM
      /// What decrypts the key, if that is encrypted.
      public var passphrase: String?

      /// Creates an identity.
      /// - Parameters:
      ///   - certificateChain: The certificate, and after it those up to a root.
      ///   - privateKey: The key.
      ///   - passphrase: What decrypts the key; nil, the default, if that is in the clear.
      public init(certificateChain: PEM, privateKey: PEM, passphrase: String? = nil) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.passphrase = passphrase
      }
    }

    /// How much of a server's certificate is verified.
    public enum Verification: Hashable, Sendable {
      /// Authority, time, and the host.
      case full
      /// Everything but the host.
      case exceptName
      /// Nothing: whoever is between can read and change everything, and nobody notices.
      case dangerouslyNothing
    }

    /// A version of TLS.
    public enum Version: Hashable, Sendable {
      /// TLS 1.2, RFC 5246.
      case tls12
      /// TLS 1.3, RFC 8446.
      case tls13
    }

    /// How much of a server's certificate is verified; everything by default.
    public var verification = Verification.full
    /// Which authorities are trusted; those of the system by default.
    public var trustRoots = TrustRoots.system
    /// What is shown to servers that ask for a certificate; nil, the default, is none.
    public var identity: Identity?
    /// If there are any, the server's key must be one of these; none by default.
    ///
    /// The SHA-256 of the SubjectPublicKeyInfo in base64, as RFC 7469 has it.
    public var publicKeyPins: [String] = []
    /// The oldest version that is spoken; TLS 1.2 by default.
    public var minimumVersion = Version.tls12

    /// Creates the default: the system's authorities, and everything verified.
    public init() {}
  }
}
