internal import EventletCore
public import EventletNet

/// Accepts clients that speak TLS and runs `handler` for each in a green thread of its own.
///
/// ```swift
/// let server = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 8443))
/// try serve(server, tls: context) { client, address in
///   while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
/// }
/// ```
///
/// As ``/EventletNet/serve(_:concurrency:_:)``, but that the client's green thread first shakes
/// hands with it. A handshake that fails, or takes too long, ends that connection and is reported
/// in one line. When the handler returns, the connection is closed with the end of TLS; when it
/// throws, without, so that the client does not take what it has got for all there is. A
/// ``TLSError`` that leaves the handler ends the client's connection silently, if it is of that;
/// one of another connection is reported as errors of other sockets are.
/// - Parameters:
///   - server: A listening socket. It is left open.
///   - context: Certificates and settings. ``TLSServerContext/reload()`` works while this serves.
///   - handshakeTimeout: How long a handshake may take; 10 seconds by default, nil is for ever.
///   - concurrency: How many clients may be served at a time, handshakes included; 1000 by default.
///   - onHandshakeFailure: Given the error and the client's address; nil, the default, writes the
///     error to standard error, which is one line. A client that goes without a word is no failure,
///     be it by itself or because its time is up.
///   - handler: Given the connection and the client's address.
/// - Throws: as ``/EventletNet/serve(_:concurrency:_:)``.
///
/// In Python: `eventlet.serve` with a listener of `wrap_ssl`.
public func serve(
  _ server: GreenSocket, tls context: TLSServerContext,
  handshakeTimeout: Duration? = .seconds(10), concurrency: Int = 1000,
  onHandshakeFailure: ((any Error, SocketAddress) -> Void)? = nil,
  _ handler: @escaping (TLSSocket, SocketAddress) throws -> Void
) throws {
  let connection = ServedConnection(
    context: context, handshakeTimeout: handshakeTimeout,
    report: onHandshakeFailure ?? ServedConnection.print)
  try serve(server, concurrency: concurrency) { client, address in
    try connection.serve(client, address, handler)
  }
}

extension HubServer {
  /// Listens, and starts hubs that serve clients with TLS.
  ///
  /// As ``/EventletNet/HubServer/start(on:hubs:concurrency:backlog:socketFile:_:)``, and each client as
  /// ``serve(_:tls:handshakeTimeout:concurrency:onHandshakeFailure:_:)`` does. All hubs share the
  /// context: a client may come back to another one, and a ``TLSServerContext/reload()`` is for
  /// all.
  /// - Parameters:
  ///   - address: Port 0 is one of the system's choice, the same for all hubs.
  ///   - hubs: How many; at least 1. More than the machine has cores gain nothing.
  ///   - context: Certificates and settings.
  ///   - handshakeTimeout: How long a handshake may take; 10 seconds by default, nil is for ever.
  ///   - concurrency: How many clients may be served at a time on each hub; 1000 by default.
  ///   - backlog: How many clients the kernel lets wait to be accepted by each hub; 1024 by
  ///     default.
  ///   - onHandshakeFailure: Given the error and the client's address, on any of the hubs; nil, the
  ///     default, writes a line to standard error.
  ///   - handler: Given the connection and the client's address, on any of the hubs.
  /// - Returns: a handle.
  /// - Throws: as ``/EventletNet/HubServer/start(on:hubs:concurrency:backlog:socketFile:_:)``.
  public static func start(
    on address: SocketAddress, hubs: Int, tls context: TLSServerContext,
    handshakeTimeout: Duration? = .seconds(10), concurrency: Int = 1000, backlog: Int32 = 1024,
    onHandshakeFailure: (@Sendable (any Error, SocketAddress) -> Void)? = nil,
    _ handler: @escaping @Sendable (TLSSocket, SocketAddress) throws -> Void
  ) throws -> HubServer {
    try start(on: address, hubs: hubs, concurrency: concurrency, backlog: backlog) {
      client, address in
      let connection = ServedConnection(
        context: context, handshakeTimeout: handshakeTimeout,
        report: onHandshakeFailure ?? ServedConnection.print)
      try connection.serve(client, address, handler)
    }
  }
}

/// Accepts clients that speak TLS on several hubs and runs `handler` for each in a green thread of
/// its own.
///
/// ```swift
/// try serve(on: .ipv4("127.0.0.1", port: 8443), hubs: 4, tls: context) { client, address in
///   try client.sendAll("hello \(address)\n")
/// }
/// ```
///
/// As ``/EventletNet/serve(on:hubs:concurrency:_:)``, and each client as
/// ``serve(_:tls:handshakeTimeout:concurrency:onHandshakeFailure:_:)`` does. Encrypting is work:
/// here several hubs help sooner than elsewhere.
/// - Parameters:
///   - address: Where to listen.
///   - hubs: How many, each on an OS thread of its own.
///   - context: Certificates and settings.
///   - handshakeTimeout: How long a handshake may take; 10 seconds by default, nil is for ever.
///   - concurrency: How many clients may be served at a time on each hub; 1000 by default.
///   - onHandshakeFailure: Given the error and the client's address, on any of the hubs; nil, the
///     default, writes a line to standard error.
///   - handler: Given the connection and the client's address, on any of the hubs.
/// - Throws: as ``/EventletNet/serve(on:hubs:concurrency:_:)``.
public func serve(
  on address: SocketAddress, hubs: Int, tls context: TLSServerContext,
  handshakeTimeout: Duration? = .seconds(10), concurrency: Int = 1000,
  onHandshakeFailure: (@Sendable (any Error, SocketAddress) -> Void)? = nil,
  _ handler: @escaping @Sendable (TLSSocket, SocketAddress) throws -> Void
) throws {
  let server = try HubServer.start(
    on: address, hubs: hubs, tls: context, handshakeTimeout: handshakeTimeout,
    concurrency: concurrency, onHandshakeFailure: onHandshakeFailure, handler)
  // Of no effect when it has stopped.
  defer { server.stop() }
  try server.wait()
}
