internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A socket of TCP, or a stream socket of the Unix domain, whose calls park only the green thread that makes them.
///
/// ```swift
/// let server = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 6000))
/// let (client, address) = try server.accept()
/// try client.sendAll("hello \(address)\n")
/// client.close()
/// ```
///
/// One green thread may receive while another sends. A second that receives or
/// accepts before the first has ended its call, or sends, gets
/// ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)`` before
/// a byte is moved, and the first is not disturbed; see
/// ``/EventletCore/Hub/preventsMultipleReaders``.
/// A call that need not wait lets others run now and then all the same: a peer
/// that is as fast as we are does not get the hub for itself.
///
/// Closing wakes whoever waits. Dropping the last reference closes. Not
/// `Sendable`: a socket belongs to the hub of the OS thread that made it.
///
/// In Python: `eventlet.greenio.GreenSocket`.
public final class GreenSocket: BaseSocket, ByteStream {
  /// Removed at the end of a listener that made it.
  @exclusivity(unchecked) var socketFile: SocketFile?

  /// Whether a connection that the peer has broken off reads as the end of the stream.
  ///
  /// It does for every call that receives, ``copy(to:count:timeout:)`` and ``relay(with:)`` among them.
  /// False by default: receiving throws ``/EventletCore/SystemError/connectionReset``, since what was
  /// received may be a part only.
  ///
  /// In Python it always does.
  @exclusivity(unchecked) public var readsResetAsEnd = false

  /// What readers of this socket have received ahead.
  ///
  /// The socket keeps the bytes and not a reader: that would keep the socket, and neither would
  /// go.
  private lazy var readBuffer = ReadBuffer()

  /// Reads lines, exact counts and up to delimiters from this socket.
  ///
  /// All readers of one socket are as one: they share what was received ahead,
  /// and ``BufferedReader/maxLineLength``.
  ///
  /// In Python: `makefile('rb')`.
  public var reader: BufferedReader { BufferedReader(self, buffer: readBuffer) }

  /// Takes over a descriptor, and makes it non-blocking.
  ///
  /// Sockets of every kind send and receive, wait and close. One that transmits
  /// messages receives one at a time: what is longer than the call has room for is
  /// lost, and an empty one looks like the end of the stream; for datagrams see
  /// ``GreenDatagramSocket``. Addresses, and so ``accept(timeout:)``, are for IPv4, IPv6 and
  /// Unix alone.
  /// - Parameter descriptor: An open socket that nobody else closes.
  /// - Throws: ``/EventletCore/SystemError`` when it is not open, or no socket; it is
  ///   not taken over then.
  ///
  /// In Python: `GreenSocket(sock)`.
  public override init(adopting descriptor: Int32) throws {
    try super.init(adopting: descriptor)
  }

  /// For one that is non-blocking from birth.
  override init(owning descriptor: Int32, _ kind: SocketKind) {
    super.init(owning: descriptor, kind)
  }

  /// Creates a socket that is neither connected nor listens.
  ///
  /// For what has to be done before: ``GreenSocket/connect(to:from:timeout:)`` and
  /// ``GreenSocket/listen(on:backlog:reusePort:socketFile:)`` do the rest in one call.
  ///
  /// ```swift
  /// let socket = try GreenSocket(family: .ipv4)
  /// try socket.setOption(.receiveBufferSize, 1 << 20)
  /// try socket.connect(to: address)
  /// ```
  /// - Parameter family: Of the addresses that it will use.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `socket.socket(family)`.
  public convenience init(family: SocketAddress.Family) throws {
    let kind = SocketKind(family, type: SocketKind.stream)
    self.init(owning: try Self.open(kind), kind)
  }

  /// Two Unix-domain sockets that are connected to each other.
  ///
  /// ```swift
  /// let (ours, theirs) = try GreenSocket.pair()
  /// ```
  /// - Returns: both.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `socketpair`.
  public static func pair() throws -> (GreenSocket, GreenSocket) {
    let kind = SocketKind(.unix, type: SocketKind.stream)
    let (first, second) = try openPair(kind.type)
    return (GreenSocket(owning: first, kind), GreenSocket(owning: second, kind))
  }

  // The file goes first, while there is something to ask for it.
  deinit { close() }

  override func willClose() { socketFile?.remove() }

  override func isEnd(_ error: Int32) -> Bool {
    readsResetAsEnd && [ECONNRESET, EPIPE, ESHUTDOWN].contains(error)
  }

  /// Another socket object, with a descriptor of its own, for the same connection.
  ///
  /// Each is closed by itself, and the connection ends with the last. They share the kernel's state:
  /// options, and ``shutdown(_:)``. It has the same ``GreenDescriptor/timeout``; what was received
  /// ahead by ``reader`` stays with this one, and so does a listener's file.
  /// - Returns: a socket of this hub.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `dup`.
  public func duplicate() throws -> GreenSocket {
    let socket = GreenSocket(owning: try duplicateDescriptor(), kind)
    socket.record.mayHaveDuplicates = true
    socket.peer = peer
    socket.timeout = timeout
    return socket
  }

  /// Which directions ``shutdown(_:)`` ends.
  public enum Direction: Sendable {
    /// No more receiving.
    case reading
    /// No more sending: the peer reads an end of stream.
    case writing
    /// Neither.
    case both

    var flag: Int32 {
      switch self {
      case .reading: Int32(SHUT_RD)
      case .writing: Int32(SHUT_WR)
      case .both: Int32(SHUT_RDWR)
      }
    }
  }

  /// Ends one or both directions of the connection; the socket stays open.
  ///
  /// A green thread that waits to receive gets the end of the stream. Never
  /// switches.
  /// - Throws: ``/EventletCore/SystemError``.
  public func shutdown(_ direction: Direction) throws {
    try requireOpen("shutdown")
    guard Glibc.shutdown(fileDescriptor, direction.flag) == 0 else {
      throw SystemError(call: "shutdown", subject: subject)
    }
  }

  /// Ends both directions, whatever state the connection is in.
  ///
  /// A connection that is gone already is no error, nor is a closed socket.
  /// - Throws: any other ``/EventletCore/SystemError``.
  ///
  /// In Python: `shutdown_safe`.
  public func shutdownSafely() throws {
    do { try shutdown(.both) } catch SystemError.notConnected {} catch SystemError.badDescriptor {}
  }

  /// Whether small writes go out at once.
  ///
  /// On for every connection made or accepted here.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `TCP_NODELAY`.
  public func setNoDelay(_ isOn: Bool) throws { try setOption(.noDelay, isOn) }
}
