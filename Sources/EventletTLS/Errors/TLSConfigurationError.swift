/// A certificate, key or setting of one's own that cannot be used.
///
/// A file that cannot be read is a ``/EventletCore/SystemError`` instead, `ENOENT` among them.
public enum TLSConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The text named holds no certificate, or one that OpenSSL cannot read.
  case badCertificate(source: String, detail: String)
  /// The text named holds no private key, or one that OpenSSL cannot read.
  case badKey(source: String, detail: String)
  /// The private key is encrypted, and there is no passphrase.
  case passphraseMissing(source: String)
  /// The private key is encrypted with another passphrase.
  case wrongPassphrase(source: String)
  /// The private key and the certificate do not belong together.
  case keyMismatch(certificate: String, key: String)
  /// The text named holds no list of revoked certificates.
  case badRevocationList(source: String, detail: String)
  /// A setting with a value that OpenSSL does not know, or that makes no sense.
  case invalidSetting(name: String, value: String)
  /// A server asks clients for certificates, and ``TLSServerConfiguration/trustRoots`` does not say
  /// who may have signed them.
  case trustRootsMissing
  /// Anything else that OpenSSL objects to.
  case refused(call: String, detail: String)

  /// What – on what – why.
  public var description: String {
    switch self {
    case .badCertificate(let source, let detail): "certificate in \(source): \(detail)"
    case .badKey(let source, let detail): "private key in \(source): \(detail)"
    case .passphraseMissing(let source):
      "private key in \(source): encrypted, and no passphrase given"
    case .wrongPassphrase(let source): "private key in \(source): wrong passphrase"
    case .keyMismatch(let certificate, let key):
      "private key in \(key): does not belong to the certificate in \(certificate)"
    case .badRevocationList(let source, let detail): "revocation list in \(source): \(detail)"
    case .invalidSetting(let name, let value): "\(name) '\(value)': not possible"
    case .trustRootsMissing:
      "certificates of clients: asked for, and no trust roots given to verify them"
    case .refused(let call, let detail): "\(call): \(detail)"
    }
  }
}
