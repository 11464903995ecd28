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
  /// With ``HTTPServer/Configuration/acceptsProxyProtocol`` it is what the proxy says; the proxy itself
  /// is the peer of ``stream`` then.
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
  /// All that a proxy has said by the PROXY protocol, such as the host that the client has asked for
  /// where it ends TLS; nil without ``HTTPServer/Configuration/acceptsProxyProtocol``.
  public internal(set) var proxyHeader: ProxyProtocolHeader?
  /// Who serves it, for as long as that is done.
  @exclusivity(unchecked) unowned(unsafe) var serving: HTTPConnection?
  /// What the connection is made of: a ``/EventletNet/GreenSocket``, or what the layer below HTTP has
  /// made of one, such as a `TLSSocket`; nil when the connection has ended.
  ///
  /// ```swift
  /// import EventletTLS
  ///
  /// router.get("/whoami") { request in
  ///   let connection = request.connection.stream as? TLSSocket
  ///   guard let certificate = connection?.peerCertificate else { throw HTTPError(.forbidden) }
  ///   return .text(certificate.subject)
  /// }
  /// ```
  ///
  /// To be looked at, and no more: what is read from it, or written to it, is missing from HTTP, or
  /// gets into the middle of it. ``ServerResponse/takeOver(_:)`` is for that. Who keeps it keeps what
  /// has been closed.
  ///
  /// In Python: `environ['eventlet.input'].get_socket()`.
  public var stream: (any ByteStream)? { serving?.transport.stream }
  let keepsUnderscores: Bool
  let forwardedFor: ForwardedFor?

  init(keepsUnderscores: Bool = false, forwardedFor: ForwardedFor? = nil) {
    self.keepsUnderscores = keepsUnderscores
    self.forwardedFor = forwardedFor
  }
}

extension ConnectionInfo {
  /// For messages.
  var peerName: String { remoteAddress.map { "\($0)" } ?? "a client" }
}
