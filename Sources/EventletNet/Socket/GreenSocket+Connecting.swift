internal import CEventletCore
internal import EventletCore
internal import Glibc

extension GreenSocket {
  /// Connects to an address.
  ///
  /// The connection sends small writes at once, see ``setNoDelay(_:)``.
  /// - Parameters:
  ///   - address: Where to.
  ///   - local: The address of this end; nil leaves it to the system.
  ///   - timeout: For the whole call; nil waits as long as the kernel does.
  /// - Returns: a connected socket.
  /// - Throws: ``/EventletCore/SystemError``, `connectionRefused` among them;
  ///   ``SocketTimeout``; what a kill or timeout throws. The socket is closed then.
  ///
  /// In Python: `eventlet.connect`.
  public static func connect(
    to address: SocketAddress, from local: SocketAddress? = nil, timeout: Duration? = nil
  ) throws -> GreenSocket {
    let socket = try GreenSocket(family: address.family)
    do {
      if let local { try socket.bind(to: local) }
      try socket.connect(to: address, timeout: timeout)
      socket.peer = address
      try socket.setNoDelay(true)
      return socket
    } catch {
      socket.close()
      throw error
    }
  }

  func bind(to address: SocketAddress) throws {
    let result = address.withStorage { storage, length in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(fileDescriptor, $0, length)
      }
    }
    guard result == 0 else { throw SystemError(call: "bind", subject: "\(address)") }
  }

  private func connect(to address: SocketAddress, timeout: Duration?) throws {
    let deadline = deadline(timeout)
    let result = address.withStorage { ev_connect(fileDescriptor, $0, $1) }
    if result == 0 { return }
    // EINTR: the attempt goes on in the background, as with EINPROGRESS.
    guard ev_errno() == EINPROGRESS || ev_errno() == EINTR else {
      throw SystemError(call: "connect to", subject: "\(address)")
    }
    record.usedUpWriting()
    while true {
      guard try record.wait(for: .writing, until: deadline) else {
        throw SocketTimeout(operation: "connect to", subject: "\(address)")
      }
      let error = ev_get_socket_error(fileDescriptor)
      guard error == 0 else {
        throw SystemError(call: "connect to", errno: error, subject: "\(address)")
      }
      // An unconnected socket reports a hang-up as soon as epoll sees it.
      if (try? remoteAddress) != nil { return }
    }
  }

  /// Opens a socket that clients may connect to.
  ///
  /// Never switches.
  /// - Parameters:
  ///   - address: Port 0 is one of the system's choice, see ``localAddress``.
  ///   - backlog: How many clients the kernel lets wait to be accepted; 1024 by
  ///     default, or what `net.core.somaxconn` allows if that is less.
  ///   - reusePort: Whether several sockets may share the address (SO_REUSEPORT);
  ///     false by default. SO_REUSEADDR is always set.
  /// - Returns: a listening socket.
  /// - Throws: ``/EventletCore/SystemError``, `addressInUse` among them.
  ///
  /// In Python: `eventlet.listen`.
  public static func listen(
    on address: SocketAddress, backlog: Int32 = 1024, reusePort: Bool = false
  ) throws -> GreenSocket {
    let socket = try GreenSocket(family: address.family)
    do {
      try socket.setOption(SOL_SOCKET, SO_REUSEADDR, 1)
      if reusePort { try socket.setOption(SOL_SOCKET, SO_REUSEPORT, 1) }
      try socket.bind(to: address)
      try socket.listen(backlog: backlog, on: address)
      return socket
    } catch {
      socket.close()
      throw error
    }
  }

  func listen(backlog: Int32, on address: SocketAddress) throws {
    guard Glibc.listen(fileDescriptor, backlog) == 0 else {
      throw SystemError(call: "listen", subject: "\(address)")
    }
  }

  /// Waits for a client.
  ///
  /// A client that was gone before it could be accepted (ECONNABORTED and the
  /// like) is passed over, as accept(2) advises.
  /// - Parameter timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the connection and the client's address.
  /// - Throws: ``SocketTimeout``; ``/EventletCore/SystemError``, EMFILE among them,
  ///   and EAFNOSUPPORT for an adopted socket that has no address of IPv4 or IPv6;
  ///   ``/EventletCore/HubError``, see there; what a kill or timeout throws,
  ///   and then the client stays for the next call.
  ///
  /// In Python: `accept`.
  public func accept(
    timeout: Duration? = nil
  ) throws -> (socket: GreenSocket, address: SocketAddress) {
    let deadline = deadline(timeout)
    try begin(.reading, "accept")
    defer { record.end(.reading) }
    try letOthersRun(.reading, "accept", timeout)
    // Before a client is taken that could not be handed out.
    guard kind.hasIPAddress else {
      throw SystemError(call: "accept", errno: EAFNOSUPPORT, subject: subject)
    }
    while true {
      if record.isReadable || mustNotWait(timeout) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = ev_accept(fileDescriptor, &storage, &length)
        if descriptor >= 0 {
          hasDone()
          return try adopt(descriptor, storage)
        }
        switch ev_errno() {
        case EAGAIN: record.usedUpReading()
        // accept(2), "Error handling": errors of the new connection, not of ours.
        case EINTR, ECONNABORTED, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET,
          EHOSTUNREACH, ENETUNREACH:
          continue
        default: throw SystemError(call: "accept", subject: subject)
        }
      }
      try wait(.reading, until: deadline, "accept", timeout)
      try requireOpen("accept")
    }
  }

  private func adopt(
    _ descriptor: Int32, _ storage: sockaddr_storage
  ) throws -> (socket: GreenSocket, address: SocketAddress) {
    let socket = GreenSocket(owning: descriptor, kind)
    // Latency rather than fewer packets: whoever gathers does so before it sends.
    // A client that is gone already makes this fail, and is noticed at its first use.
    try? socket.setNoDelay(true)
    let address = try SocketAddress(storage) ?? socket.remoteAddress
    socket.peer = address
    return (socket, address)
  }
}
