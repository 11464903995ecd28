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
  ///   ``IOTimeout``; what a kill or timeout throws. The socket is closed then.
  ///
  /// In Python: `eventlet.connect`.
  public static func connect(
    to address: SocketAddress, from local: SocketAddress? = nil, timeout: Duration? = nil
  ) throws -> GreenSocket {
    let socket = try GreenSocket(family: address.family)
    do {
      if let local { try socket.bind(to: local) }
      try socket.connect(to: address, timeout: timeout)
      return socket
    } catch {
      socket.close()
      throw error
    }
  }

  /// Connects a socket that was made by ``init(family:)``.
  ///
  /// A TCP connection sends small writes at once, see ``setNoDelay(_:)``.
  /// - Parameters:
  ///   - address: Where to.
  ///   - timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Throws: as the static ``connect(to:from:timeout:)``; ``/EventletCore/HubError``, see there.
  ///   Then the socket is of no more use than to be closed.
  ///
  /// In Python: `connect`. There is no `connect_ex`: an error is thrown, and a ``IOTimeout`` and
  /// the number in a `SystemError` say what that returns.
  public func connect(to address: SocketAddress, timeout: Duration? = nil) throws {
    let deadline = deadline(timeout)
    try begin(.writing, "connect to")
    defer { record.end(.writing) }
    if try !startConnecting(to: address, until: deadline, timeout) {
      record.usedUpWriting()
      try finishConnecting(to: address, until: deadline, timeout)
    }
    peer = address
    if kind.isTCP { try setNoDelay(true) }
  }

  /// - Returns: whether the connection stands already.
  private func startConnecting(
    to address: SocketAddress, until deadline: Int64, _ timeout: Duration?
  ) throws -> Bool {
    var pauses = Pauses()
    while true {
      if address.withStorage({ ev_connect(fileDescriptor, $0, $1) }) == 0 { return true }
      switch ev_errno() {
      // EINTR: the attempt goes on in the background, as with EINPROGRESS.
      case EINPROGRESS, EINTR, EALREADY: return false
      case EISCONN where (try? remoteAddress) == address: return true
      // connect(2): the listener's line of clients is full, and nothing will tell when it is not.
      case EAGAIN where address.family == .unix:
        try pauses.pause(
          self, .writing, until: deadline, "connect to", subject: "\(address)", timeout)
        try requireOpen("connect to")
      default: throw SystemError(call: "connect to", subject: "\(address)")
      }
    }
  }

  private func finishConnecting(
    to address: SocketAddress, until deadline: Int64, _ timeout: Duration?
  ) throws {
    // As with every other call on such a socket; connecting again goes on with the attempt.
    if timeout == nil, self.timeout == .zero {
      throw SystemError(call: "connect to", errno: EINPROGRESS, subject: "\(address)")
    }
    while true {
      record.keepOthersOut(.writing)
      guard try record.wait(for: .writing, until: deadline) else {
        throw IOTimeout(operation: "connect to", subject: "\(address)")
      }
      try requireOpen("connect to")
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
  /// ```swift
  /// let server = try GreenSocket.listen(
  ///   on: .unix("/run/app.sock"), socketFile: [.replaceStale, .removeAtClose])
  /// ```
  ///
  /// Never switches, unless ``SocketFilePolicy/replaceStale`` has to wait.
  /// - Parameters:
  ///   - address: Port 0 is one of the system's choice, see ``BaseSocket/localAddress``.
  ///   - backlog: How many clients the kernel lets wait to be accepted; 1024 by
  ///     default, or what `net.core.somaxconn` allows if that is less.
  ///   - reusePort: Whether several sockets may share the address (SO_REUSEPORT);
  ///     false by default. SO_REUSEADDR is always set. Of no effect for Unix sockets.
  ///   - socketFile: What becomes of the file of a Unix socket; by default it is removed when the
  ///     socket is closed, and one that is there already is `addressInUse`.
  /// - Returns: a listening socket.
  /// - Throws: ``/EventletCore/SystemError``, `addressInUse` among them.
  ///
  /// In Python: `eventlet.listen`.
  public static func listen(
    on address: SocketAddress, backlog: Int32 = 1024, reusePort: Bool = false,
    socketFile: SocketFilePolicy = .removeAtClose
  ) throws -> GreenSocket {
    let socket = try GreenSocket(family: address.family)
    do {
      if address.family != .unix {
        try socket.setOption(.reuseAddress, true)
        if reusePort { try socket.setOption(.reusePort, true) }
      }
      guard let path = address.path else {
        try socket.bind(to: address)
        try socket.listen(backlog: backlog)
        return socket
      }
      let file = try SocketFile.make(at: path, replacingStale: socketFile.contains(.replaceStale)) {
        try socket.bind(to: address)
      } listen: {
        try socket.listen(backlog: backlog)
      }
      if socketFile.contains(.removeAtClose) { socket.socketFile = file }
      return socket
    } catch {
      socket.close()
      throw error
    }
  }

  /// Lets clients connect to a socket that was made by ``init(family:)`` and bound.
  ///
  /// Never switches.
  /// - Parameter backlog: How many clients the kernel lets wait to be accepted.
  /// - Throws: ``/EventletCore/SystemError``.
  ///
  /// In Python: `listen`.
  public func listen(backlog: Int32 = 1024) throws {
    try requireOpen("listen")
    guard Glibc.listen(fileDescriptor, backlog) == 0 else {
      throw SystemError(call: "listen", subject: subject)
    }
  }

  /// Waits for a client.
  ///
  /// A client that was gone before it could be accepted (ECONNABORTED and the
  /// like) is passed over, as accept(2) advises.
  /// - Parameter timeout: For the whole call; nil takes the socket's ``GreenDescriptor/timeout``.
  /// - Returns: the connection and the client's address.
  /// - Throws: ``IOTimeout``; ``/EventletCore/SystemError``, EMFILE among them,
  ///   and EAFNOSUPPORT for an adopted socket that has no address of IPv4, IPv6 or Unix;
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
    try letOthersRun(.reading, "accept", until: deadline, timeout)
    // Before a client is taken that could not be handed out.
    guard kind.family != nil else {
      throw SystemError(call: "accept", errno: EAFNOSUPPORT, subject: subject)
    }
    while true {
      if record.isReadable || mustNotWait(timeout) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = ev_accept(fileDescriptor, &storage, &length)
        if descriptor >= 0 {
          hasDone()
          return try adopt(descriptor, storage, length)
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
    _ descriptor: Int32, _ storage: sockaddr_storage, _ length: socklen_t
  ) throws -> (socket: GreenSocket, address: SocketAddress) {
    let socket = GreenSocket(owning: descriptor, kind)
    // Latency rather than fewer packets: whoever gathers does so before it sends.
    // A client that is gone already makes this fail, and is noticed at its first use.
    if kind.isTCP { try? socket.setNoDelay(true) }
    let address = try SocketAddress(storage, length: length) ?? socket.remoteAddress
    socket.peer = address
    return (socket, address)
  }

  /// Waits until there may be a client to accept; for a listener's timeout at most.
  func waitUntilAcceptable() throws {
    let deadline = deadline(nil)
    try begin(.reading, "accept")
    defer { record.end(.reading) }
    while !record.isReadable { try wait(.reading, until: deadline, "accept", nil) }
  }
}
