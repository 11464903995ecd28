internal import CEventletCore
internal import EventletCore
internal import Glibc

/// A TCP socket whose calls park only the green thread that makes them.
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
public final class GreenSocket: GreenDescriptor, ByteStream {
  let kind: Kind
  /// The other end of a connection made or accepted here.
  ///
  /// For messages: the kernel forgets it as soon as the connection breaks.
  var peer: SocketAddress?

  /// How calls on the socket differ from those on others.
  struct Kind {
    let hasIPAddress: Bool
    /// Then a call that receives less than it might has left nothing behind, urgent data apart.
    ///
    /// Others stop at the end of a message, or where a descriptor was passed along.
    let isTCP: Bool

    static let tcp = Kind(hasIPAddress: true, isTCP: true)

    private init(hasIPAddress: Bool, isTCP: Bool) {
      self.hasIPAddress = hasIPAddress
      self.isTCP = isTCP
    }

    init(of descriptor: Int32) throws {
      func option(_ name: Int32) throws -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 else {
          throw SystemError(call: "getsockopt", subject: "descriptor \(descriptor)")
        }
        return value
      }
      hasIPAddress = [AF_INET, AF_INET6].contains(try option(SO_DOMAIN))
      isTCP =
        try hasIPAddress && option(SO_TYPE) == Int32(SOCK_STREAM.rawValue)
        && option(SO_PROTOCOL) == Int32(IPPROTO_TCP)
    }
  }

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
  /// lost, and an empty one looks like the end of the stream. Addresses, and so
  /// ``accept(timeout:)``, are for IPv4 and IPv6 alone.
  /// - Parameter descriptor: An open socket that nobody else closes.
  /// - Throws: ``/EventletCore/SystemError`` when it is not open, or no socket; it is
  ///   not taken over then.
  ///
  /// In Python: `GreenSocket(sock)`.
  public override init(adopting descriptor: Int32) throws {
    kind = try Kind(of: descriptor)
    try super.init(adopting: descriptor)
  }

  /// For one that is non-blocking from birth.
  init(owning descriptor: Int32, _ kind: Kind) {
    self.kind = kind
    super.init(owning: descriptor)
  }

  convenience init(family: SocketAddress.Family) throws {
    let descriptor = ev_socket(family.number, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SystemError(call: "socket") }
    self.init(owning: descriptor, .tcp)
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

  /// The address of this end.
  /// - Throws: ``/EventletCore/SystemError`` when the socket is closed, or has
  ///   none of IPv4 or IPv6.
  ///
  /// In Python: `getsockname`.
  public var localAddress: SocketAddress {
    get throws { try address("getsockname", Glibc.getsockname) }
  }

  /// The address of the other end.
  /// - Throws: ``/EventletCore/SystemError/notConnected``; another `SystemError`
  ///   when the socket is closed, or has no address of IPv4 or IPv6.
  ///
  /// In Python: `getpeername`.
  public var remoteAddress: SocketAddress {
    get throws { try address("getpeername", Glibc.getpeername) }
  }

  /// Whether small writes go out at once.
  ///
  /// On for every connection made or accepted here.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `TCP_NODELAY`.
  public func setNoDelay(_ isOn: Bool) throws {
    try setOption(Int32(IPPROTO_TCP), TCP_NODELAY, isOn ? 1 : 0)
  }

  /// Sets an option of the kernel with an integer value, see setsockopt(2).
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `setsockopt`.
  public func setOption(_ level: Int32, _ name: Int32, _ value: Int32) throws {
    try requireOpen("setsockopt")
    var value = value
    let size = socklen_t(MemoryLayout<Int32>.size)
    guard Glibc.setsockopt(fileDescriptor, level, name, &value, size) == 0 else {
      throw SystemError(call: "setsockopt", subject: subject)
    }
  }

  /// Reads an option with an integer value, see getsockopt(2).
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `getsockopt`.
  public func option(_ level: Int32, _ name: Int32) throws -> Int32 {
    try requireOpen("getsockopt")
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(fileDescriptor, level, name, &value, &length) == 0 else {
      throw SystemError(call: "getsockopt", subject: subject)
    }
    return value
  }

  private func address(
    _ call: String,
    _ function: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) throws -> SocketAddress {
    try requireOpen(call)
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        function(fileDescriptor, $0, &length)
      }
    }
    guard result == 0 else { throw SystemError(call: call, subject: shortSubject) }
    guard let address = SocketAddress(storage) else {
      throw SystemError(call: call, errno: EAFNOSUPPORT, subject: shortSubject)
    }
    return address
  }

  /// What the socket is, for messages.
  public override var description: String { "socket \(subject)" }

  /// The far end, or failing that the near end, or the number.
  override var subject: String {
    if peer == nil, !isClosed {
      if let peer = try? remoteAddress { return "\(peer)" }
      if let local = try? localAddress { return "\(local)" }
    }
    return shortSubject
  }

  override var shortSubject: String { peer.map { "\($0)" } ?? super.shortSubject }
}
