public import EventletNet

/// The connection that a request came by: one for all its requests.
///
/// ```swift
/// router.get("/whoami") { request in
///   .text(request.connection.remoteAddress.map { "\($0)" } ?? "nobody knows")
/// }
/// ```
public final class ConnectionInfo {
  /// The client's address, or that of the proxy before it; nil if nobody knows it, as in tests that
  /// serve a stream.
  ///
  /// With ``HTTPServer/Configuration/acceptsProxyProtocol`` it is what the proxy says.
  ///
  /// In Python: `REMOTE_ADDR` and `REMOTE_PORT`.
  public internal(set) var remoteAddress: SocketAddress?
  /// Where the client has connected to; nil as ``remoteAddress`` is.
  ///
  /// In Python: `SERVER_NAME` and `SERVER_PORT`.
  public internal(set) var localAddress: SocketAddress?
  /// Whether it is TLS, whatever a proxy says: see ``ServerRequest/scheme``.
  ///
  /// In Python: `HTTPS`.
  public internal(set) var isSecure = false
  /// Who serves it, for as long as that is done.
  @exclusivity(unchecked) unowned(unsafe) var serving: HTTPConnection?
  let keepsUnderscores: Bool
  let forwardedFor: ForwardedFor?

  init(keepsUnderscores: Bool = false, forwardedFor: ForwardedFor? = nil) {
    self.keepsUnderscores = keepsUnderscores
    self.forwardedFor = forwardedFor
  }
}
