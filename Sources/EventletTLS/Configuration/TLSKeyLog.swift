/// Where the secrets of connections are written for a network analyser.
///
/// Whoever reads them can read the connections, so nothing is written unless this is asked for: the
/// environment variable alone does nothing. In the format that Wireshark reads, NSS Key Log.
///
/// In Python: `keylog_filename`, and the variable for `create_default_context`.
public enum TLSKeyLog: Hashable, Sendable {
  /// A file, which is appended to; made if need be, for its owner alone.
  case file(String)
  /// The file that the environment variable `SSLKEYLOGFILE` names, if it is set.
  case environment
}
