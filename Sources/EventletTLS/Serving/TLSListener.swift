internal import EventletCore
public import EventletNet

/// A listening socket whose clients speak TLS.
///
/// ```swift
/// let listener = try TLSListener.listen(on: .ipv4("127.0.0.1", port: 8443), context: context)
/// let (client, address) = try listener.accept()
/// ```
///
/// In Python: `wrap_socket` of a listening socket.
public final class TLSListener: CustomStringConvertible {
  /// The listening socket.
  public let socket: GreenSocket
  /// What the clients' connections are made of.
  public let context: TLSServerContext

  /// Accepts the clients of a listening socket, which is closed with this.
  /// - Parameters:
  ///   - socket: A listening socket.
  ///   - context: What the clients' connections are made of.
  public init(_ socket: GreenSocket, context: TLSServerContext) {
    self.socket = socket
    self.context = context
  }

  /// Opens a socket that clients may connect to, as
  /// ``/EventletNet/GreenSocket/listen(on:backlog:reusePort:socketFile:)``.
  /// - Parameters:
  ///   - address: Port 0 is one of the system's choice, see ``localAddress``.
  ///   - context: What the clients' connections are made of.
  ///   - backlog: How many clients the kernel lets wait to be accepted.
  /// - Returns: a listener.
  /// - Throws: ``/EventletCore/SystemError``, `addressInUse` among them.
  public static func listen(
    on address: SocketAddress, context: TLSServerContext, backlog: Int32 = 1024
  ) throws -> TLSListener {
    TLSListener(try GreenSocket.listen(on: address, backlog: backlog), context: context)
  }

  /// Waits for a client.
  ///
  /// Does not shake hands: that is done by the first call that receives or sends, or by
  /// ``TLSSocket/handshake(timeout:)``, best in a green thread of its own. So a client that says
  /// nothing holds up nobody.
  /// - Parameter timeout: For the whole call; nil takes the socket's own.
  /// - Returns: the connection and the client's address.
  /// - Throws: as ``/EventletNet/GreenSocket/accept(timeout:)``.
  ///
  /// In Python: `accept`.
  public func accept(timeout: Duration? = nil) throws -> (socket: TLSSocket, address: SocketAddress)
  {
    let (client, address) = try socket.accept(timeout: timeout)
    return (try context.makeSocket(client, peer: address), address)
  }

  /// The address where it listens.
  /// - Throws: ``/EventletCore/SystemError`` when it is closed.
  public var localAddress: SocketAddress { get throws { try socket.localAddress } }

  /// Closes the listening socket; connections go on.
  public func close() { socket.close() }

  /// What it is, for messages.
  public var description: String { "TLS listener on \(socket)" }
}
