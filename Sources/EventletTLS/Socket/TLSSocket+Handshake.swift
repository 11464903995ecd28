internal import EventletCore
public import EventletNet

extension TLSSocket {
  /// Connects to a server and shakes hands with it.
  /// - Parameters:
  ///   - address: Where to.
  ///   - local: The address of this end; nil leaves it to the system.
  ///   - name: Whom the certificate must be for: a name, or an address. nil, the default, is the IP
  ///     address of `address`.
  ///   - context: nil, the default, is ``TLSClientContext/shared``.
  ///   - timeout: For the connection and the handshake together; nil is for ever.
  /// - Returns: a connection whose handshake is done.
  /// - Throws: as ``/EventletNet/GreenSocket/connect(to:from:timeout:)`` and
  ///   ``handshake(timeout:)``. The socket is closed then.
  ///
  /// In Python: `wrap_socket(socket.create_connection(address), server_hostname=name)`.
  public static func connect(
    to address: SocketAddress, from local: SocketAddress? = nil, serverName name: String? = nil,
    context: TLSClientContext? = nil, timeout: Duration? = nil
  ) throws -> TLSSocket {
    let limit = Limit(timeout)
    let socket = try GreenSocket.connect(to: address, from: local, timeout: timeout)
    return try connect(
      over: socket, to: address, serverName: name ?? address.host, context, limit)
  }

  /// Connects to a server by its name and shakes hands with it.
  ///
  /// ```swift
  /// let client = try TLSSocket.connect(toHost: "example.org", port: 443, timeout: .seconds(10))
  /// ```
  /// - Parameters:
  ///   - host: A name, or an address; the certificate must be for it.
  ///   - port: The port.
  ///   - resolver: Who resolves the name; nil, the default, is that of the hub.
  ///   - context: nil, the default, is ``TLSClientContext/shared``.
  ///   - timeout: For the look-up, the connection and the handshake together; nil is for ever.
  /// - Returns: a connection whose handshake is done.
  /// - Throws: as
  ///   ``/EventletNet/GreenSocket/connect(toHost:port:from:resolver:attemptDelay:timeout:)`` and
  ///   ``handshake(timeout:)``. Nothing stays open then.
  public static func connect(
    toHost host: String, port: UInt16, resolver: (any Resolver)? = nil,
    context: TLSClientContext? = nil, timeout: Duration? = nil
  ) throws -> TLSSocket {
    let limit = Limit(timeout)
    let socket = try GreenSocket.connect(
      toHost: host, port: port, resolver: resolver, timeout: timeout)
    // A certificate knows nothing of the interface that an address may name.
    let address = IPAddress(parsing: host).map { "\($0)".prefix { $0 != "%" } }
    do {
      let name = try address.map(String.init) ?? HostName(host).text
      let peer = try socket.remoteAddress
      return try connect(over: socket, to: peer, serverName: name, context, limit)
    } catch {
      socket.close()
      throw error
    }
  }

  private static func connect(
    over socket: GreenSocket, to address: SocketAddress, serverName name: String,
    _ context: TLSClientContext?, _ limit: Limit
  ) throws -> TLSSocket {
    do {
      let context = try context ?? TLSClientContext.shared
      let connection = try context.makeSocket(socket, serverName: name, peer: address)
      try connection.handshake(limit)
      return connection
    } catch {
      socket.close()
      throw error
    }
  }

  /// Shakes hands, unless that is done already.
  ///
  /// The first call that receives or sends does so by itself; a call of this tells earlier whom one
  /// talks to. If another green thread is in the middle of it, this waits for the end of that.
  /// After a timeout or kill the next call goes on where this one was.
  /// - Parameter timeout: For the whole handshake; nil takes ``timeout``.
  /// - Throws: ``TLSError``, and the peer is told why; ``/EventletNet/IOTimeout``;
  ///   ``/EventletCore/SystemError`` of the socket below; what a kill or timeout throws.
  ///
  /// In Python: `do_handshake`.
  public func handshake(timeout: Duration? = nil) throws {
    try requireOpen(Self.handshakeName)
    try handshake(limit(timeout))
  }

  private static let handshakeName = "TLS handshake with"

  func handshake(_ limit: Limit) throws {
    if isHandshakeDone { return }
    if !handshakeTurn.acquireNoWait() {
      if limit.mustNotWait { throw Limit.wouldWait(Self.handshakeName, subject) }
      let timeout = try limit.remaining(Self.handshakeName, subject)
      guard try handshakeTurn.acquire(timeout: timeout) else {
        throw IOTimeout(operation: Self.handshakeName, subject: subject)
      }
    }
    defer { handshakeTurn.release() }
    while !isHandshakeDone {
      try requireOpen(Self.handshakeName)
      if sending == .interrupted { throw error(Self.handshakeName, .sendInterrupted) }
      try stepHandshake(limit)
    }
  }

  private func stepHandshake(_ limit: Limit) throws {
    switch engine.handshake() {
    case .done:
      do { try sendHandshake(limit) } catch let error as SystemError
        where mayGoWithoutTickets(error)
      {}
      isHandshakeDone = true
    case .needsInput:
      try sendHandshake(limit)
      if try !receiveRecords(Self.handshakeName, limit) {
        engine.breakOff(.closedInHandshake)
        throw error(Self.handshakeName, .closedInHandshake)
      }
    case .failed(let reason):
      sendLastWords()
      throw error(Self.handshakeName, reason)
    }
  }

  /// Whether what could not be sent is nothing but tickets, for a client that is gone.
  ///
  /// It has shaken hands for all that it knows, and what it has sent may still be received.
  private func mayGoWithoutTickets(_ error: SystemError) -> Bool {
    guard engine.isServer, negotiatedVersion == .tls13 else { return false }
    return error.errno == SystemError.connectionReset.errno
      || error.errno == SystemError.brokenPipe.errno
  }

  private func sendHandshake(_ limit: Limit) throws {
    guard engine.hasOutput else { return }
    try takeSendTurn(Self.handshakeName, limit)
    defer { sendTurn.release() }
    try sendRecords(Self.handshakeName, limit)
  }
}
