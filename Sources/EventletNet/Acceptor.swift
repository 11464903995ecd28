package import EventletCore
internal import Glibc

/// Accepts for ``serve(_:concurrency:_:)``, for each hub of a ``HubServer``, and for servers of
/// protocols.
package final class Acceptor {
  /// First pause of a shortage; doubled up to the longest.
  private static let firstPause = Duration.milliseconds(10)
  private static let longestPause = Duration.seconds(1)
  /// Clients turned away at a time, and between two looks at the other green threads.
  private static let mostTurnedAway = 1024
  private static let mostWithoutSwitch = 64
  /// However shortages come and go, one report in so long a time.
  private static let reportInterval = Duration.seconds(10)

  /// Of handlers; perhaps of several acceptors.
  private let permits: EventletCore.Semaphore
  /// How many handlers run, or are about to.
  private var handlerCount = 0
  /// Of the last of them, if somebody waits for that.
  private var handlersEnd: Event<Void>?
  /// Where handlers run; nil is green threads of their own.
  private let pool: GreenPool?
  private let handler: (GreenSocket, SocketAddress) throws -> Void
  /// Those who wait for the pool for clients that came when the serving ended.
  private var waiting: [ObjectIdentifier: AnyGreenThread] = [:]
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

  /// For a server of one socket.
  package convenience init(
    concurrency: Int, handler: @escaping (GreenSocket, SocketAddress) throws -> Void
  ) { self.init(permits: EventletCore.Semaphore(value: concurrency), handler: handler) }

  /// For one of several sockets: `permits` is how many handlers may run for all of them.
  package init(
    permits: EventletCore.Semaphore, pool: GreenPool? = nil,
    handler: @escaping (GreenSocket, SocketAddress) throws -> Void
  ) {
    self.permits = permits
    self.pool = pool
    self.handler = handler
  }

  /// After ``run(_:)``: waits until no handler runs.
  ///
  /// - Returns: false when the time passed first.
  package func waitForHandlers(timeout: Duration?) throws -> Bool {
    if handlerCount == 0 { return true }
    let end = handlersEnd ?? Event()
    handlersEnd = end
    return try end.wait(timeout: timeout) != nil
  }

  fileprivate func handlerBegins() { handlerCount += 1 }

  fileprivate func handlerEnds() {
    permits.release()
    handlerCount -= 1
    guard handlerCount == 0, let handlersEnd else { return }
    self.handlersEnd = nil
    handlersEnd.send(())
  }

  /// After ``run(_:)``: serves those who have connected before the serving ended.
  ///
  /// The kernel has told them that they are connected, and some have sent a request already. Does not
  /// wait; a ``StopServing`` meanwhile changes nothing, for that is what it is about.
  package func acceptRest(of server: GreenSocket) throws {
    isServing = false
    while permits.acquireNoWait() {
      let client: GreenSocket
      let address: SocketAddress
      do { (client, address) = try server.accept(timeout: .zero) } catch {
        permits.release()
        switch error {
        case is StopServing: continue
        case let error as SystemError where error.errno == EAGAIN || Self.isShortage(error): return
        default: throw error
        }
      }
      let body = makeBody(client, address, of: server)
      if let pool { waitFor(pool, body) } else { GreenThread.spawnDiscarding(body) }
    }
  }

  /// Closes the connections of those who still wait for the pool.
  package func dismissWaiting() {
    for thread in waiting.values { thread.interruptLater(GreenThreadExit()) }
  }

  package func run(_ server: GreenSocket) throws {
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
      // Who only waits for a client keeps no other acceptor from its permit.
      try server.waitUntilAcceptable()
      try permits.acquire()
      let client: GreenSocket
      let address: SocketAddress
      do { (client, address) = try server.accept(timeout: .zero) } catch SystemError.wouldBlock {
        permits.release()
        continue
      } catch let error as SystemError where Self.isShortage(error) {
        permits.release()
        report(shortage: error, of: server)
        if pause == Self.longestPause, error.errno == EMFILE || error.errno == ENFILE {
          try turnAwayClients(of: server)
        }
        try GreenThread.sleep(for: pause)
        pause = min(pause * 2, Self.longestPause)
        continue
      } catch {
        permits.release()
        throw error
      }
      pause = Self.firstPause
      try start(client, address, of: server)
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

  private func start(
    _ client: GreenSocket, _ address: SocketAddress, of server: GreenSocket
  ) throws {
    let body = makeBody(client, address, of: server)
    guard let pool else {
      GreenThread.spawnDiscarding(body)
      return
    }
    do { try pool.spawnDiscarding(body) } catch {
      // Told to end. But the client is here, and may have sent a request.
      waitFor(pool, body)
      throw error
    }
  }

  /// Has somebody else wait for a place in the pool, whom the end of the serving does not interrupt.
  private func waitFor(_ pool: GreenPool, _ body: @escaping () throws -> Void) {
    let thread = GreenThread.spawnDiscarding(name: "in line for a pool") { [self] in
      defer { waiting[ObjectIdentifier(GreenThread.current)] = nil }
      try pool.spawnDiscarding(body)
    }
    waiting[ObjectIdentifier(thread)] = thread
  }

  private func makeBody(
    _ client: GreenSocket, _ address: SocketAddress, of server: GreenSocket
  ) -> () throws -> Void {
    let admission = Admission(client, self)
    return { [self] in
      defer { admission.end() }
      try run(client, address, of: server)
    }
  }

  private func run(
    _ client: GreenSocket, _ address: SocketAddress, of server: GreenSocket
  ) throws {
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

/// A client for whom a permit is taken, until its handler has ended or it is certain that it never begins.
private final class Admission {
  private let client: GreenSocket
  private let acceptor: Acceptor
  private var hasEnded = false

  init(_ client: GreenSocket, _ acceptor: Acceptor) {
    self.client = client
    self.acceptor = acceptor
    acceptor.handlerBegins()
  }

  // Of a green thread that was killed before it began.
  deinit { end() }

  func end() {
    if hasEnded { return }
    hasEnded = true
    client.close()
    acceptor.handlerEnds()
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
