internal import CEventletCore
internal import EventletCore
internal import Glibc

/// What ``GreenSocket`` and ``GreenDatagramSocket`` have in common: addresses, options, credentials.
///
/// Belongs to the hub of the OS thread that made it; not `Sendable`.
public class BaseSocket: GreenDescriptor {
  final let kind: SocketKind
  /// The other end of a connection made or accepted here.
  ///
  /// For messages: the kernel forgets it as soon as the connection breaks.
  @exclusivity(unchecked) final var peer: SocketAddress?

  /// For one that is non-blocking from birth.
  init(owning descriptor: Int32, _ kind: SocketKind) {
    self.kind = kind
    super.init(owning: descriptor)
  }

  override init(adopting descriptor: Int32) throws {
    kind = try SocketKind(of: descriptor)
    try super.init(adopting: descriptor)
  }

  static func open(_ kind: SocketKind) throws -> Int32 {
    let descriptor = ev_socket(kind.family.map(\.number) ?? AF_UNSPEC, kind.type, 0)
    guard descriptor >= 0 else { throw SystemError(call: "socket") }
    return descriptor
  }

  static func openPair(_ type: Int32) throws -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    guard ev_socket_pair(type, &ends) == 0 else { throw SystemError(call: "socketpair") }
    return (ends[0], ends[1])
  }

  /// Another number for the same open socket.
  final func duplicateDescriptor() throws -> Int32 {
    try requireOpen("duplicate")
    let descriptor = fcntl(fileDescriptor, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw SystemError(call: "duplicate", subject: subject) }
    record.mayHaveDuplicates = true
    return descriptor
  }

  /// Gives up the descriptor, which stays open and is the caller's to close.
  ///
  /// The socket counts as closed from then on: whoever waits for it, in another green thread, gets
  /// ``/EventletCore/HubError/closedWhileWaiting(descriptor:)``. The descriptor stays non-blocking.
  /// Never switches.
  /// - Returns: the descriptor.
  /// - Throws: ``/EventletCore/SystemError/badDescriptor`` when the socket was closed already.
  ///
  /// In Python: `detach`.
  public final func release() throws -> Int32 {
    try requireOpen("release")
    return giveUp()
  }

  // MARK: Addresses

  /// Gives the socket an address.
  ///
  /// Never switches. See ``GreenSocket/listen(on:backlog:reusePort:socketFile:)`` and
  /// ``GreenDatagramSocket/bound(to:reusePort:)``, which do it on the way.
  /// - Parameter address: Port 0 is one of the system's choice, see ``localAddress``.
  /// - Throws: ``/EventletCore/SystemError``, `addressInUse` among them.
  ///
  /// In Python: `bind`.
  public final func bind(to address: SocketAddress) throws {
    try requireOpen("bind")
    let result = address.withStorage { storage, length in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(fileDescriptor, $0, length)
      }
    }
    guard result == 0 else { throw SystemError(call: "bind", subject: "\(address)") }
  }

  /// The address of this end.
  /// - Throws: ``/EventletCore/SystemError`` when the socket is closed, or has
  ///   none of IPv4, IPv6 or Unix.
  ///
  /// In Python: `getsockname`.
  public final var localAddress: SocketAddress {
    get throws { try address("getsockname", Glibc.getsockname) }
  }

  /// The address of the other end.
  /// - Throws: ``/EventletCore/SystemError/notConnected``; another `SystemError`
  ///   when the socket is closed, or has no address of IPv4, IPv6 or Unix.
  ///
  /// In Python: `getpeername`.
  public final var remoteAddress: SocketAddress {
    get throws { try address("getpeername", Glibc.getpeername) }
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
    guard let address = SocketAddress(storage, length: length) else {
      throw SystemError(call: call, errno: EAFNOSUPPORT, subject: shortSubject)
    }
    return address
  }

  // MARK: Messages

  /// What the socket is, for messages.
  public override var description: String { "socket \(subject)" }

  /// The far end, or failing that the near end, or the number.
  package override var subject: String {
    if peer == nil, !isClosed {
      if let peer = try? remoteAddress, !peer.isUnnamed { return "\(peer)" }
      if let local = try? localAddress, !local.isUnnamed { return "\(local)" }
    }
    return shortSubject
  }

  // Clients of Unix sockets have no name, and one number each.
  override var shortSubject: String {
    if let peer, !peer.isUnnamed { return "\(peer)" }
    return super.shortSubject
  }
}
