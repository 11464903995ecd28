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

/// Accepts for ``serve(_:concurrency:_:)`` and for each hub of a ``HubServer``.
final class Acceptor {
  /// First pause of a shortage; doubled up to the longest.
  private static let firstPause = Duration.milliseconds(10)
  private static let longestPause = Duration.seconds(1)
  /// Clients turned away at a time, and between two looks at the other green threads.
  private static let mostTurnedAway = 1024
  private static let mostWithoutSwitch = 64
  /// However shortages come and go, one report in so long a time.
  private static let reportInterval = Duration.seconds(10)

  private let permits: EventletCore.Semaphore
  /// How many handlers can not run any more, because their permits are taken for good.
  private var retired = 0
  private let concurrency: Int
  private let handler: (GreenSocket, SocketAddress) throws -> Void
  /// Of the green thread that called `serve`.
  private let interrupter = Interrupter()
  /// Set by the handler that ends the serving.
  ///
  /// The accepting one may be waiting for a client or a permit, and is woken by this error.
  private var ending: Ending?
  private var isServing = true
  /// When a shortage may be reported again.
  private var nextReport: Deadline?
  private let spare = SpareDescriptor()

  /// The error of a handler on its way to the caller of `serve`: told from all others by identity.
  private final class Ending: Error {
    let error: any Error
    init(_ error: any Error) { self.error = error }
  }

  init(concurrency: Int, handler: @escaping (GreenSocket, SocketAddress) throws -> Void) {
    self.concurrency = concurrency
    permits = EventletCore.Semaphore(value: concurrency)
    self.handler = handler
  }

  /// After ``run(_:)``: waits until no handler runs.
  ///
  /// - Returns: false when the time passed first.
  func waitForHandlers(timeout: Duration?) throws -> Bool {
    let limit = Timeout(after: timeout)
    defer { limit.cancel() }
    do {
      while retired < concurrency {
        try permits.acquire()
        retired += 1
      }
      return true
    } catch let error as Timeout where error === limit { return false }
  }

  func run(_ server: GreenSocket) throws {
    defer { spare.close() }
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
        start(client, address, of: server)
      } catch let error as SystemError where Self.isShortage(error) {
        permits.release()
        report(shortage: error, of: server)
        if pause == Self.longestPause, error.errno == EMFILE || error.errno == ENFILE {
          try turnAwayClients(of: server)
        }
        try GreenThread.sleep(for: pause)
        pause = min(pause * 2, Self.longestPause)
      } catch {
        permits.release()
        throw error
      }
    }
  }

  private func report(shortage error: SystemError, of server: GreenSocket) {
    if let nextReport, !nextReport.hasPassed { return }
    nextReport = Deadline(after: Self.reportInterval)
    Hub.current.report(error, origin: "serve on \(server)")
  }

  /// Closes the connections of those who wait to be accepted; not of as many as may come meanwhile.
  private func turnAwayClients(of server: GreenSocket) throws {
    guard spare.giveUp() else { return }
    defer { spare.take() }
    do {
      for count in 1...Self.mostTurnedAway {
        try server.accept(timeout: .zero).socket.close()
        if count.isMultiple(of: Self.mostWithoutSwitch) { try GreenThread.yield() }
      }
    } catch let error as SystemError where error.errno == EAGAIN || Self.isShortage(error) {}
  }

  private static func isShortage(_ error: SystemError) -> Bool {
    [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errno)
  }

  private func start(_ client: GreenSocket, _ address: SocketAddress, of server: GreenSocket) {
    GreenThread.spawnDiscarding { [self] in
      defer {
        client.close()
        permits.release()
      }
      do { try handler(client, address) } catch is GreenThreadExit {
      } catch is any TimeoutError {
      } catch let error as any ConnectionError {
        if !Self.isOf(client, error.connection) { report(error, address, of: server) }
      } catch is any PeerError {
      } catch let error as SystemError {
        if !Self.isOf(client, error.subject) { report(error, address, of: server) }
      } catch HubError.closedWhileWaiting(let descriptor) {
        if descriptor != client.fileDescriptor {
          report(HubError.closedWhileWaiting(descriptor: descriptor), address, of: server)
        }
      } catch let error as ConnectError {
        report(error, address, of: server)
      } catch let error as NameError {
        report(error, address, of: server)
      } catch {
        try stop(error)
      }
    }
  }

  /// Whether an error of that subject is of the client's socket.
  private static func isOf(_ client: GreenSocket, _ subject: String) -> Bool {
    subject == client.subject || subject == "descriptor \(client.fileDescriptor)"
  }

  private func report(_ error: any Error, _ address: SocketAddress, of server: GreenSocket) {
    Hub.current.report(error, origin: "the handler of \(address) of serve on \(server)")
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

/// A descriptor that is there to be closed, so that one more client can be accepted.
private final class SpareDescriptor {
  private var descriptor: Int32 = -1

  init() { take() }

  deinit { close() }

  /// Takes one again, if there is one.
  func take() { descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC) }

  /// Makes room for another.
  /// - Returns: whether there is some.
  func giveUp() -> Bool {
    // Perhaps none was to be had before.
    if descriptor < 0 { take() }
    guard descriptor >= 0 else { return false }
    close()
    return true
  }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }
}
