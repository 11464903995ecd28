internal import EventletCore
public import EventletNet

extension TLSSocket: TimedByteStream {}

/// What a server of some protocol needs to serve it over TLS.
///
/// ```swift
/// try server.serve(listener, over: context)
/// ```
extension TLSServerContext: ConnectionLayer {
  /// True.
  public var isSecure: Bool { true }

  /// Shakes hands with a client, calls the handler, and closes.
  ///
  /// When the handler returns, the connection is closed with the end of TLS; when it throws, without,
  /// so that the client does not take what it has got for all there is.
  /// - Throws: what the handler throws; what a kill or timeout throws.
  public func serve(
    _ socket: GreenSocket, from address: SocketAddress, handshakeTimeout: Duration?,
    onFailure: (any Error) -> Void, _ handler: (any TimedByteStream) throws -> Void
  ) throws {
    try withoutActuallyEscaping(onFailure) { onFailure in
      try ServedConnection(
        context: self, handshakeTimeout: handshakeTimeout, report: { error, _ in onFailure(error) }
      )
      .serve(socket, address) { connection, _ in try handler(connection) }
    }
  }
}
