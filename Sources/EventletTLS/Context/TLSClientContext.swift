internal import EventletCore
public import EventletNet

/// What a client's connections are made of: trusted authorities and settings, read and checked.
///
/// ```swift
/// var configuration = TLSClientConfiguration()
/// configuration.trustRoots = .only([.file("ca.pem")])
/// let context = try TLSClientContext(configuration)
/// let connection = try TLSSocket.connect(
///   to: address, serverName: "db.internal", context: context)
/// ```
///
/// One context serves any number of connections, on any number of hubs, and remembers what is
/// needed to go on with the servers that it has met: make one and keep it.
///
/// In Python: `ssl.SSLContext`.
public final class TLSClientContext: @unchecked Sendable {
  // @unchecked Sendable because the lock guards the state.

  /// What it was made of.
  public let configuration: TLSClientConfiguration
  private let lock = BriefLock()
  private var state: ContextState

  /// Reads and checks everything that the configuration names.
  ///
  /// Never switches; the OS thread waits for the disk. Where that matters, do it in
  /// `ThreadPool.execute`.
  /// - Parameter configuration: Trusted authorities and settings; the default verifies everything.
  /// - Throws: ``TLSConfigurationError``; ``/EventletCore/SystemError`` for a file that cannot be
  ///   read.
  public init(_ configuration: TLSClientConfiguration = TLSClientConfiguration()) throws {
    self.configuration = configuration
    state = try ContextState(configuration)
  }

  /// One with the default configuration, for the whole process.
  /// - Throws: as ``init(_:)``.
  public static var shared: TLSClientContext { get throws { try defaultContext.get() } }

  private static let defaultContext = Result { try TLSClientContext() }

  /// Reads all files again, for handshakes that begin afterwards.
  ///
  /// Connections of before go on as they are; servers are met anew. Reads on an OS thread of the
  /// shared ``/EventletCore/ThreadPool``; the calling green thread waits for it. When this throws,
  /// everything stays as it was; so it does after a kill or timeout.
  /// - Throws: as ``init(_:)``; what a kill or timeout throws.
  public func reload() throws {
    let configuration = configuration
    let new = try ThreadPool.execute { try ContextState(configuration) }
    lock.withLock { state = new }
  }

  var current: ContextState { lock.withLock { state } }

  /// Makes the client's end of TLS on a connected stream, and shakes hands.
  /// - Parameters:
  ///   - stream: A socket, or anything else that transports bytes in order. It is the connection's
  ///     from now on; if this throws, it is the caller's again.
  ///   - name: Whom the certificate must be for: a name, or an IP address.
  ///   - performsHandshake: false leaves the handshake to the first call that receives or sends;
  ///     then this never switches.
  ///   - timeout: For the handshake; nil is for ever, or as long as the timeout of a socket.
  /// - Returns: the connection.
  /// - Throws: as ``TLSSocket/handshake(timeout:)``; ``TLSConfigurationError`` for a name that is
  ///   none.
  ///
  /// In Python: `wrap_socket(server_hostname=name)`.
  public func wrap(
    _ stream: any ByteStream, serverName name: String, performsHandshake: Bool = true,
    timeout: Duration? = nil
  ) throws -> TLSSocket {
    let connection = try makeSocket(stream, serverName: name, peer: nil)
    if performsHandshake { try connection.handshake(timeout: timeout) }
    return connection
  }

  func makeSocket(
    _ stream: any ByteStream, serverName: String, peer: SocketAddress?
  ) throws -> TLSSocket {
    let name = try ServerName(serverName)
    let subject = peer.map { "\($0)" } ?? Transport(stream).place
    return TLSSocket(
      try Engine(current, to: name, at: subject), over: stream, peer: peer)
  }
}
