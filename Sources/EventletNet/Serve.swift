internal import EventletCore

/// Thrown by a handler of ``serve(_:concurrency:_:)`` to make `serve` return.
///
/// In Python: `eventlet.StopServe`.
public struct StopServing: Error, Hashable, Sendable {
  /// Creates the error.
  public init() {}
}

/// Accepts clients and runs `handler` for each in a green thread of its own.
///
/// ```swift
/// let server = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 6000))
/// try serve(server) { client, address in
///   try client.sendAll("hello \(address)\n")
/// }
/// ```
///
/// Blocks its caller until a handler throws. The client's socket is closed when
/// its handler ends. When `concurrency` handlers run, further clients wait in the
/// kernel. A shortage of descriptors or memory (EMFILE, ENFILE, ENOBUFS, ENOMEM)
/// pauses accepting, for 10 ms at first and 1 s at most, and is reported to
/// ``/EventletCore/Hub/onUncaughtError``, once in 10 s. One of descriptors that lasts so long that
/// the pauses have grown to 1 s closes the connections of those who wait, so that they hear of it: a
/// spare descriptor is kept for that.
///
/// An error that leaves a handler ends its connection. What else it does:
///
/// - Nothing, silently, if it is what the client or its connection brought about:
///   a ``PeerError``; a timeout; a ``/EventletCore/SystemError`` whose `subject` is
///   the client's address or descriptor, as it is with all errors of its socket;
///   ``/EventletCore/HubError/closedWhileWaiting(descriptor:)`` of its descriptor,
///   so that another green thread may close the socket. Likewise a kill.
/// - Any other `SystemError` or `closedWhileWaiting`, such as of a connection that
///   the handler has made, an error of TLS on such a one, a ``ConnectError`` or a ``NameError`` is reported to
///   ``/EventletCore/Hub/onUncaughtError``, and the serving goes on.
/// - ``StopServing`` makes `serve` return.
/// - Everything else is thrown by `serve`, for it is a bug that should not go unseen.
/// - Parameters:
///   - server: A listening socket. It is left open. Its ``GreenDescriptor/timeout``
///     holds for each accept, so leave it nil.
///   - concurrency: How many handlers may run at a time; 1000 by default.
///   - handler: Given the connection and the client's address.
/// - Throws: errors of handlers as said above; `SystemError` and
///   ``/EventletCore/HubError`` of accepting, such as a closed `server`; what a kill
///   or timeout of the caller throws. Handlers that still run then go on to their
///   end, whichever way it ended.
///
/// In Python: `eventlet.serve`.
public func serve(
  _ server: GreenSocket, concurrency: Int = 1000,
  _ handler: @escaping (GreenSocket, SocketAddress) throws -> Void
) throws {
  let acceptor = Acceptor(concurrency: concurrency, handler: handler)
  do { try acceptor.run(server) } catch is StopServing { return }
}
