internal import EventletCore
internal import Glibc

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
/// pauses accepting, for 10 ms at first and 1 s at most, and is reported once
/// per shortage to ``/EventletCore/Hub/onUncaughtError``.
///
/// A connection that its peer breaks is that peer's business:
/// ``/EventletCore/SystemError``, ``PeerError`` and timeouts that leave a handler
/// end the handler alone, silently. So does a kill.
/// - Parameters:
///   - server: A listening socket. It is left open. Its ``GreenSocket/timeout``
///     holds for each accept, so leave it nil.
///   - concurrency: How many handlers may run at a time; 1000 by default.
///   - handler: Given the connection and the client's address.
/// - Throws: any other error of a handler, for it is a bug that should not go
///   unseen; `SystemError` and ``/EventletCore/HubError`` of accepting, such as a
///   closed `server`; what a kill or timeout of the caller throws. It returns
///   normally when a handler throws ``StopServing``. Handlers that still run then
///   go on to their end, whichever way it ended.
///
/// In Python: `eventlet.serve`.
public func serve(
  _ server: GreenSocket, concurrency: Int = 1000,
  _ handler: @escaping (GreenSocket, SocketAddress) throws -> Void
) throws {
  let acceptor = Acceptor(permits: EventletCore.Semaphore(value: concurrency), handler: handler)
  do { try acceptor.run(server) } catch is StopServing { return }
}

private final class Acceptor {
  /// First pause of a shortage; doubled up to the longest.
  private static let firstPause = Duration.milliseconds(10)
  private static let longestPause = Duration.seconds(1)

  private let permits: EventletCore.Semaphore
  private let handler: (GreenSocket, SocketAddress) throws -> Void
  /// Of the green thread that called `serve`.
  private let interrupter = Interrupter()
  /// Set by the handler that ends the serving.
  ///
  /// The accepting one may be waiting for a client or a permit, and is woken by this error.
  private var ending: Ending?
  private var isServing = true

  /// The error of a handler on its way to the caller of `serve`: told from all others by identity.
  private final class Ending: Error {
    let error: any Error
    init(_ error: any Error) { self.error = error }
  }

  init(
    permits: EventletCore.Semaphore, handler: @escaping (GreenSocket, SocketAddress) throws -> Void
  ) {
    self.permits = permits
    self.handler = handler
  }

  func run(_ server: GreenSocket) throws {
    do { try acceptClients(of: server) } catch {
      isServing = false
      // The caller must not get it at some later wait.
      interrupter.withdraw()
      guard let ending else { throw error }
      if (error as? Ending) === ending { throw ending.error }
      // Something else ended the serving first.
      if !(ending.error is StopServing) {
        Hub.current.report(ending.error, origin: "a handler of serve on \(server)")
      }
      throw error
    }
  }

  private func acceptClients(of server: GreenSocket) throws -> Never {
    var pause = Self.firstPause
    while true {
      try permits.acquire()
      do {
        let (client, address) = try server.accept()
        pause = Self.firstPause
        start(client, address)
      } catch let error as SystemError where Self.isShortage(error) {
        permits.release()
        if pause == Self.firstPause { Hub.current.report(error, origin: "serve on \(server)") }
        try GreenThread.sleep(for: pause)
        pause = min(pause * 2, Self.longestPause)
      } catch {
        permits.release()
        throw error
      }
    }
  }

  private static func isShortage(_ error: SystemError) -> Bool {
    [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errno)
  }

  private func start(_ client: GreenSocket, _ address: SocketAddress) {
    GreenThread.spawnDiscarding { [self] in
      defer {
        client.close()
        permits.release()
      }
      do { try handler(client, address) } catch is GreenThreadExit {
      } catch is SystemError {
      } catch is any TimeoutError {
      } catch is any PeerError {
      } catch {
        try stop(error)
      }
    }
  }

  private func stop(_ error: any Error) throws {
    guard isServing, ending == nil else {
      if !(error is StopServing) { throw error }
      return
    }
    let ending = Ending(error)
    self.ending = ending
    interrupter.interruptLater(ending)
  }
}
