internal import EventletCore
public import EventletNet

/// What a server's connections are made of: certificates, keys and settings, read and checked.
///
/// ```swift
/// let identity = TLSIdentity(certificateFile: "fullchain.pem", keyFile: "privkey.pem")
/// let context = try TLSServerContext(TLSServerConfiguration(identity: identity))
/// try serve(listener, tls: context) { client, address in
///   try client.sendAll("hello \(address)\n")
/// }
/// ```
///
/// One context serves any number of connections, on any number of hubs.
///
/// In Python: `ssl.SSLContext`.
public final class TLSServerContext: @unchecked Sendable {
  // @unchecked Sendable because the lock guards the state.

  /// What it was made of.
  public let configuration: TLSServerConfiguration
  private let lock = BriefLock()
  private var state: ContextState

  /// Reads and checks everything that the configuration names.
  ///
  /// Never switches; the OS thread waits for the disk. Where that matters, do it in
  /// `ThreadPool.execute`.
  /// - Parameter configuration: Certificates and settings.
  /// - Throws: ``TLSConfigurationError``; ``/EventletCore/SystemError`` for a file that cannot be
  ///   read.
  public init(_ configuration: TLSServerConfiguration) throws {
    self.configuration = configuration
    state = try ContextState(configuration)
  }

  /// Reads all files again, for handshakes that begin afterwards.
  ///
  /// Connections of before go on as they are. Clients may come back with tickets of before if
  /// ``TLSServerConfiguration/clientCertificate`` is
  /// ``TLSServerConfiguration/ClientCertificate/ignored``; otherwise a ticket says that its client
  /// was verified, perhaps by other rules, and all are verified anew.
  /// Reads on an OS thread of the shared ``/EventletCore/ThreadPool``; the calling green thread
  /// waits for it. When this throws, everything stays as it was; so it does after a kill or
  /// timeout.
  /// - Throws: as ``init(_:)``; what a kill or timeout throws.
  public func reload() throws {
    let configuration = configuration
    let earlier = current
    let new = try ThreadPool.execute { try ContextState(configuration, after: earlier) }
    lock.withLock { state = new }
  }

  var current: ContextState { lock.withLock { state } }

  /// Makes the server's end of TLS on a connected stream, and shakes hands.
  /// - Parameters:
  ///   - stream: A socket, or anything else that transports bytes in order. It is the connection's
  ///     from now on; if this throws, it is the caller's again.
  ///   - performsHandshake: false leaves the handshake to the first call that receives or sends;
  ///     then this never switches.
  ///   - timeout: For the handshake; nil is for ever, or as long as the timeout of a socket.
  /// - Returns: the connection.
  /// - Throws: as ``TLSSocket/handshake(timeout:)``.
  ///
  /// In Python: `wrap_socket(server_side=True)`.
  public func wrap(
    _ stream: any ByteStream, performsHandshake: Bool = true, timeout: Duration? = nil
  ) throws -> TLSSocket {
    let connection = try makeSocket(stream, peer: nil)
    if performsHandshake { try connection.handshake(timeout: timeout) }
    return connection
  }

  func makeSocket(_ stream: any ByteStream, peer: SocketAddress?) throws -> TLSSocket {
    TLSSocket(try Engine(current), over: stream, peer: peer)
  }
}
