/// Which authorities are trusted to sign a peer's certificate.
///
/// In Python: the arguments of `load_verify_locations` and `load_default_certs`.
public enum TLSTrustRoots: Hashable, Sendable {
  /// Those of the system: `/etc/ssl/certs` on Debian, or what the environment variables
  /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
  ///
  /// The file that belongs to an authority is read when a peer's certificate names it.
  case system
  /// These alone.
  case only([TLSPEM])
  /// These beside those of the system.
  case systemAnd([TLSPEM])

  var includesSystem: Bool { if case .only = self { false } else { true } }

  var own: [TLSPEM] {
    switch self {
    case .system: []
    case .only(let sources), .systemAnd(let sources): sources
    }
  }
}
