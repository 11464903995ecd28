/// What is spoken between a socket and a protocol that is served over it: TLS, as a rule.
///
/// A server takes one so that it need not know which; `TLSServerContext` of EventletTLS is one.
public protocol ConnectionLayer: Sendable {
  /// Whether nobody on the way can read or change what is sent: a web server's URLs begin with
  /// `https` then.
  var isSecure: Bool { get }

  /// Serves one client: begins the layer, calls the handler with the stream over it, and ends both.
  /// - Parameters:
  ///   - socket: The client's connection, which is closed when this returns.
  ///   - address: The client's.
  ///   - handshakeTimeout: How long it may take until the stream is there; nil is for ever.
  ///   - onFailure: Given the error when the stream does not come about; the handler is not called
  ///     then. Not called for a client that has gone without a word.
  ///   - handler: Given the stream.
  /// - Throws: what the handler throws; what a kill or timeout throws.
  func serve(
    _ socket: GreenSocket, from address: SocketAddress, handshakeTimeout: Duration?,
    onFailure: (any Error) -> Void, _ handler: (any TimedByteStream) throws -> Void
  ) throws
}
