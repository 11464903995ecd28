internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A socket that sends and receives messages, of UDP or of the Unix domain; its calls park only the
/// green thread that makes them.
///
/// ```swift
/// let server = try GreenDatagramSocket.bound(to: .ipv4("127.0.0.1", port: 5353))
/// while true {
///   let question = try server.receive(upTo: 1500)
///   try server.send(answer(to: question.bytes), to: question.sender)
/// }
/// ```
///
/// Each call moves whole messages: there are no streams here, so it is no ``ByteStream``, and an
/// empty message is a message and not an end. One green thread may receive while another sends, as
/// with ``GreenSocket``.
///
/// A connected socket exchanges messages with its peer alone, and hears by ICMP that nobody is there:
/// then one call throws ``/EventletCore/SystemError/connectionRefused``, which is about a message
/// sent before, and the socket is as good as before.
///
/// In Python: `eventlet.green.socket.socket(family, SOCK_DGRAM)`.
public final class GreenDatagramSocket: BaseSocket {
  /// Takes over a descriptor, and makes it non-blocking.
  /// - Parameter descriptor: An open socket of messages that nobody else closes.
  /// - Throws: ``/EventletCore/SystemError`` when it is not open, or no socket, EPROTOTYPE when it is
  ///   one of a stream; it is not taken over then.
  ///
  /// In Python: `GreenSocket(sock)`.
  public override init(adopting descriptor: Int32) throws {
    guard try SocketKind(of: descriptor).type != SocketKind.stream else {
      throw SystemError(call: "adopt", errno: EPROTOTYPE, subject: "descriptor \(descriptor)")
    }
    try super.init(adopting: descriptor)
  }

  override init(owning descriptor: Int32, _ kind: SocketKind) {
    super.init(owning: descriptor, kind)
  }

  /// Creates a socket without an address, which can send.
  /// - Parameter family: Of the addresses that it will use.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `socket.socket(family, SOCK_DGRAM)`.
  public convenience init(family: SocketAddress.Family) throws {
    let kind = SocketKind(family, type: SocketKind.datagram)
    self.init(owning: try Self.open(kind), kind)
  }

  /// Opens a socket to which others can send.
  ///
  /// Never switches. The file of a Unix-domain socket stays when the socket is closed.
  /// - Parameters:
  ///   - address: Port 0 is one of the system's choice, see ``BaseSocket/localAddress``;
  ///     ``SocketAddress/unnamed`` an abstract name of its choice.
  ///   - reusePort: Whether several sockets may share the address, each of which gets the messages of
  ///     some senders (SO_REUSEPORT); false by default. For multicast see ``SocketOption/reuseAddress``.
  /// - Returns: a socket.
  /// - Throws: ``/EventletCore/SystemError``, `addressInUse` among them.
  public static func bound(
    to address: SocketAddress, reusePort: Bool = false
  ) throws -> GreenDatagramSocket {
    let socket = try GreenDatagramSocket(family: address.family)
    do {
      if reusePort { try socket.setOption(.reusePort, true) }
      try socket.bind(to: address)
      return socket
    } catch {
      socket.close()
      throw error
    }
  }

  /// Opens a socket that sends to one peer and receives from it alone.
  ///
  /// Never switches: nothing is sent.
  /// - Parameters:
  ///   - address: Of the peer.
  ///   - local: The address of this end; nil leaves it to the system, which gives none to a
  ///     Unix-domain socket, so that the peer cannot answer.
  /// - Returns: a socket.
  /// - Throws: ``/EventletCore/SystemError``.
  public static func connected(
    to address: SocketAddress, from local: SocketAddress? = nil
  ) throws -> GreenDatagramSocket {
    let socket = try GreenDatagramSocket(family: address.family)
    do {
      if let local { try socket.bind(to: local) }
      try socket.connect(to: address)
      return socket
    } catch {
      socket.close()
      throw error
    }
  }

  /// Two Unix-domain sockets that are connected to each other.
  /// - Returns: both.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `socketpair(AF_UNIX, SOCK_DGRAM)`.
  public static func pair() throws -> (GreenDatagramSocket, GreenDatagramSocket) {
    let kind = SocketKind(.unix, type: SocketKind.datagram)
    let (first, second) = try openPair(kind.type)
    return (
      GreenDatagramSocket(owning: first, kind), GreenDatagramSocket(owning: second, kind)
    )
  }

  /// Another socket object, with a descriptor of its own, for the same socket.
  ///
  /// Messages go to whichever receives first.
  /// - Returns: a socket of this hub, with the same ``GreenDescriptor/timeout``.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `dup`.
  public func duplicate() throws -> GreenDatagramSocket {
    let socket = GreenDatagramSocket(owning: try duplicateDescriptor(), kind)
    socket.record.mayHaveDuplicates = true
    socket.peer = peer
    socket.timeout = timeout
    return socket
  }

  /// Chooses the peer; a later call chooses another.
  ///
  /// Never switches: nothing is sent.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `connect`.
  public func connect(to address: SocketAddress) throws {
    try requireOpen("connect to")
    guard address.withStorage({ ev_connect(fileDescriptor, $0, $1) }) == 0 else {
      throw SystemError(call: "connect to", subject: "\(address)")
    }
    peer = address
  }
}
