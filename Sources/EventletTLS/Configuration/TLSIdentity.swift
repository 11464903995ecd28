/// A certificate with the private key that belongs to it: what one end shows to the other.
///
/// ```swift
/// let identity = TLSIdentity(certificateFile: "fullchain.pem", keyFile: "privkey.pem")
/// ```
///
/// In Python: the arguments of `load_cert_chain`.
public struct TLSIdentity: Hashable, Sendable, CustomStringConvertible {
  /// The certificate, and after it those between it and a root that peers trust.
  public var certificateChain: TLSPEM
  /// The private key; may be the same file.
  public var privateKey: TLSPEM
  /// What decrypts the key, if that is encrypted.
  public var passphrase: String?

  /// Creates an identity; nothing is read before a context is made of it.
  /// - Parameters:
  ///   - certificateChain: The certificate, and after it those up to a root.
  ///   - privateKey: The key.
  ///   - passphrase: What decrypts the key; nil, the default, if that is in the clear.
  public init(certificateChain: TLSPEM, privateKey: TLSPEM, passphrase: String? = nil) {
    self.certificateChain = certificateChain
    self.privateKey = privateKey
    self.passphrase = passphrase
  }

  /// Creates an identity of two files; nothing is read before a context is made of it.
  /// - Parameters:
  ///   - certificateFile: The certificate, and after it those up to a root.
  ///   - keyFile: The key; nil, the default, if that is in the same file.
  ///   - passphrase: What decrypts the key; nil, the default, if that is in the clear.
  public init(certificateFile: String, keyFile: String? = nil, passphrase: String? = nil) {
    self.init(
      certificateChain: .file(certificateFile), privateKey: .file(keyFile ?? certificateFile),
      passphrase: passphrase)
  }

  /// Where it comes from; never the passphrase.
  public var description: String { "certificate in \(certificateChain), key in \(privateKey)" }
}
