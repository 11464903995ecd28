internal import EventletCore

/// A host that none of whose addresses could be connected to.
///
/// Names the host and gives each address with its reason: `connect to example.org:80:
/// [2001:db8::1]:80: network is unreachable (ENETUNREACH); 192.0.2.1:80: connection refused
/// (ECONNREFUSED)`.
///
/// In Python: the last address's `OSError` alone, of `socket.create_connection`.
public struct ConnectError: Error, CustomStringConvertible {
  /// An address that was tried.
  public struct Failure: Sendable, CustomStringConvertible {
    /// The address.
    public let address: SocketAddress
    /// Why it could not be connected to; a ``/EventletCore/SystemError`` as a rule.
    public let error: any Error

    /// The address and the reason.
    public var description: String {
      let text = "\(error)"
      // The call and its subject are said already.
      let call = "connect to \(address): "
      return "\(address): \(text.hasPrefix(call) ? String(text.dropFirst(call.count)) : text)"
    }
  }

  /// What was to be connected to, such as `example.org:80`.
  public let target: String
  /// The addresses in the order in which they failed; empty only when there was none to try.
  public let failures: [Failure]

  /// What – on what – why.
  public var description: String {
    failures.isEmpty
      ? "connect to \(target): no address to try"
      : "connect to \(target): \(failures.map(\.description).joined(separator: "; "))"
  }
}
