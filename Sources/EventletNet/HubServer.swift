internal import EventletCore
internal import Glibc
internal import Synchronization

/// Serves one address on several cores: a hub on an OS thread of its own for each.
///
/// ```swift
/// let server = try HubServer.start(on: .ipv4("127.0.0.1", port: 0), hubs: 4) { client, address in
///   while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
/// }
/// print("listening on \(server.address)")
/// try server.wait()
/// ```
///
/// The kernel gives each new connection to one of the hubs (SO_REUSEPORT), where it stays; it does not
/// look at how busy they are. So several hubs help when there are many connections and computing for
/// them takes more than one core: parsing, compressing, encrypting. They do not help when handlers
/// mostly wait, when few connections do all the work, or with fewer cores than hubs. What handlers
/// share must be `Sendable`: a `Mutex` for moments, a ``/EventletCore/Channel`` to the hub that owns
/// it for everything else.
///
/// Dropping the handle stops nothing.
///
/// In Python there is none: several processes share a listening socket there.
public final class HubServer: Sendable {
  /// Where it listens, with the port that port 0 became.
  public let address: SocketAddress
  private let threads: [HubThread]
  private let state: HubServerState

  private init(address: SocketAddress, threads: [HubThread], state: HubServerState) {
    self.address = address
    self.threads = threads
    self.state = state
  }

  /// Listens, and starts the hubs.
  ///
  /// Returns without a switch; clients can connect then. Each hub accepts and runs handlers as
  /// ``serve(_:concurrency:_:)`` does.
  /// - Parameters:
  ///   - address: Port 0 is one of the system's choice, the same for all hubs.
  ///   - hubs: How many; at least 1. More than the machine has cores gain nothing.
  ///   - concurrency: How many handlers may run at a time on each hub; 1000 by default.
  ///   - backlog: How many clients the kernel lets wait to be accepted by each hub; 1024 by default.
  ///     At a Unix socket all hubs serve one line of clients.
  ///   - socketFile: As for ``GreenSocket/listen(on:backlog:reusePort:socketFile:)``: the file goes
  ///     when the first hub stops accepting.
  ///   - handler: Given the connection and the client's address, on any of the hubs.
  /// - Returns: a handle.
  /// - Throws: ``/EventletCore/SystemError``, `addressInUse` among them, also when another server of
  ///   this kind has the address. No OS thread is left then but such as have begun to end.
  public static func start(
    on address: SocketAddress, hubs: Int, concurrency: Int = 1000, backlog: Int32 = 1024,
    socketFile: SocketFilePolicy = .removeAtClose,
    _ handler: @escaping @Sendable (GreenSocket, SocketAddress) throws -> Void
  ) throws -> HubServer {
    try start(
      on: address, hubs: hubs, concurrency: concurrency, backlog: backlog, socketFile: socketFile
    ) { PlainService(handler: handler) }
  }

  /// As with a handler, with a service of each hub's own.
  package static func start(
    on address: SocketAddress, hubs: Int, concurrency: Int, backlog: Int32,
    socketFile: SocketFilePolicy, makeService: @escaping @Sendable () throws -> any HubService
  ) throws -> HubServer {
    guard hubs > 0 else { throw HubError.invalidArgument("HubServer: \(hubs) hubs") }
    let listeners = try GreenSocket.listenTogether(
      on: address, count: hubs, backlog: backlog, socketFile: socketFile)
    let bound = try listeners[0].localAddress
    let state = HubServerState()
    let file = listeners[0].socketFile
    let kind = listeners[0].kind
    let places = listeners.map { ListeningPlace($0.giveUp(), kind, file, state) }
    var threads: [HubThread] = []
    do {
      for (index, place) in places.enumerated() {
        let thread = try HubThread.start(name: "serve \(index)") {
          try state.serve(place, concurrency: concurrency, makeService)
        }
        threads.append(thread)
        state.add(thread.reference)
      }
    } catch {
      state.stop(within: .zero)
      throw error
    }
    return HubServer(address: bound, threads: threads, state: state)
  }

  /// Stops accepting, on all hubs.
  ///
  /// Returns at once; ``wait(timeout:)`` tells when all is over. May be called on any OS thread and more than
  /// once: the shortest limit counts.
  /// - Parameter limit: How long handlers that still run may go on; then they are killed. nil, the
  ///   default, lets them go on to their end.
  public func stop(within limit: Duration? = nil) { state.stop(within: limit) }

  /// Waits until a handler or ``stop(within:)`` has stopped the server, the handlers that still ran
  /// have ended, all hubs are destroyed and their OS threads gone; at most `timeout`.
  ///
  /// Parks the calling green thread, whose hub goes on with other things. A kill or timeout of the
  /// caller stops nothing; it may wait again.
  /// - Parameter timeout: nil, the default, waits for ever; zero lets ready work run once.
  /// - Returns: false when the time passed first.
  /// - Throws: the first error of a handler that ``serve(_:concurrency:_:)`` would throw, or of
  ///   accepting; what keeps a hub from being made; what a kill or timeout throws. After
  ///   ``StopServing`` of a handler or ``stop(within:)`` it returns normally.
  @discardableResult
  public func wait(timeout: Duration? = nil) throws -> Bool {
    let limit = Timeout(after: timeout)
    defer { limit.cancel() }
    do {
      for thread in threads { try state.collect { try thread.join() } }
    } catch let error as Timeout where error === limit { return false }
    try state.throwFailure()
    return true
  }

  /// As ``wait(timeout:)``, for async code.
  /// - Throws: as the green one; `CancellationError` if the task is cancelled.
  public nonisolated(nonsending) func wait() async throws {
    for thread in threads {
      do { try await thread.join() } catch { try state.collect { throw error } }
    }
    try state.throwFailure()
  }
}

/// Accepts clients on several hubs and runs `handler` for each in a green thread of its own.
///
/// ```swift
/// try serve(on: .ipv4("127.0.0.1", port: 6000), hubs: 4) { client, address in
///   try client.sendAll("hello \(address)\n")
/// }
/// ```
///
/// Blocks its caller, and not the caller's hub, until a handler throws. Then all hubs stop accepting,
/// handlers that still run go on to their end, and `serve` returns when the last hub is gone. See
/// ``HubServer``, which is what this starts and waits for, about when several hubs help; use it
/// directly to learn the address or to stop from outside.
/// - Parameters:
///   - address: Where to listen.
///   - hubs: How many, each on an OS thread of its own.
///   - concurrency: How many handlers may run at a time on each hub; 1000 by default.
///   - handler: Given the connection and the client's address, on any of the hubs.
/// - Throws: ``/EventletCore/SystemError`` of listening; what ``HubServer/wait(timeout:)`` throws;
///   what a kill or timeout of the caller throws, and then at once: the server has been told to
///   stop, and its hubs end by themselves when their handlers have. It returns normally when a
///   handler throws ``StopServing``.
public func serve(
  on address: SocketAddress, hubs: Int, concurrency: Int = 1000,
  _ handler: @escaping @Sendable (GreenSocket, SocketAddress) throws -> Void
) throws {
  let server = try HubServer.start(
    on: address, hubs: hubs, concurrency: concurrency, handler)
  // Of no effect when it has stopped.
  defer { server.stop() }
  try server.wait()
}

/// What one hub of a server does with its clients.
package protocol HubService: AnyObject {
  /// In a green thread of its own.
  func serve(_ client: GreenSocket, from address: SocketAddress) throws
  /// The server stops: those who only wait for the client may go.
  ///
  /// Called again when the limit may be another.
  /// - Parameter deadline: Until when the others may go on; nil is for ever.
  func stop(by deadline: ContinuousClock.Instant?)
  /// How long those whom the service itself ends then may take for it.
  var timeToEnd: Duration { get }
  /// All have ended, or are about to be killed with the hub.
  func end()
}

/// Whose handlers go on to their end.
private final class PlainService: HubService {
  private let handler: (GreenSocket, SocketAddress) throws -> Void

  init(handler: @escaping (GreenSocket, SocketAddress) throws -> Void) { self.handler = handler }

  func serve(_ client: GreenSocket, from address: SocketAddress) throws {
    try handler(client, address)
  }

  func stop(by deadline: ContinuousClock.Instant?) {}

  let timeToEnd = Duration.zero

  func end() {}
}

/// What all hubs of a server and its handle know.
///
/// `@unchecked Sendable` because the lock guards the state.
private final class HubServerState: @unchecked Sendable {
  private struct State {
    var hubs: [HubReference] = []
    var isStopping = false
    /// When handlers that still run are killed.
    var deadline: ContinuousClock.Instant?
    var failure: (any Error)?
  }

  private let lock = BriefLock()
  private var state = State()

  /// One that starts later than the server stops is told so at once.
  func add(_ hub: HubReference) {
    let isStopping = lock.withLock {
      state.hubs.append(hub)
      return state.isStopping
    }
    if isStopping { Self.interrupt(hub) }
  }

  func stop(within limit: Duration?) {
    let deadline = limit.map { ContinuousClock.now.advanced(by: $0) }
    let hubs = lock.withLock {
      let isNews = !state.isStopping || deadline != nil
      state.isStopping = true
      if let deadline { state.deadline = min(deadline, state.deadline ?? deadline) }
      return isNews ? state.hubs : []
    }
    for hub in hubs { Self.interrupt(hub) }
  }

  private static func interrupt(_ hub: HubReference) {
    hub.post { Hub.current.main.interruptLater(StopServing()) }
  }

  func fail(_ error: any Error) {
    lock.withLock {
      if state.failure == nil { state.failure = error }
    }
  }

  func throwFailure() throws {
    if let failure = lock.withLock({ state.failure }) { throw failure }
  }

  /// Keeps the error of a hub that could not be made until the others have ended, too.
  func collect(_ join: () throws -> Void) throws {
    do { try join() } catch let error as SystemError { fail(error) }
  }

  /// On a hub's main green thread.
  func serve(
    _ place: ListeningPlace, concurrency: Int,
    _ makeService: () throws -> any HubService
  ) throws {
    let listener = place.take()
    let service: any HubService
    do { service = try makeService() } catch {
      listener.close()
      return endWithoutService(error)
    }
    defer { service.end() }
    let acceptor = Acceptor(concurrency: concurrency, handler: service.serve)
    // What tells of the stop may have been thrown, and caught, where the service was made.
    if !isStopping {
      do { try acceptor.run(listener) } catch is StopServing {} catch { fail(error) }
    }
    service.stop(by: deadline)
    do { try acceptor.acceptRest(of: listener) } catch { fail(error) }
    listener.close()
    stop(within: nil)
    try waitForHandlers(of: acceptor, service)
  }

  private var isStopping: Bool { lock.withLock { state.isStopping } }

  private var deadline: ContinuousClock.Instant? { lock.withLock { state.deadline } }

  /// The service of one hub could not be made.
  ///
  /// Then there is no server; but one that stops already does so within its own time.
  private func endWithoutService(_ error: any Error) {
    guard isStopping else {
      fail(error)
      return stop(within: .zero)
    }
    if !(error is StopServing) { fail(error) }
  }

  /// Those that the time does not suffice for are killed with the hub.
  private func waitForHandlers(of acceptor: Acceptor, _ service: any HubService) throws {
    while true {
      let deadline = deadline
      service.stop(by: deadline)
      let left = deadline.map { $0 - ContinuousClock.now + service.timeToEnd }
      do {
        _ = try acceptor.waitForHandlers(timeout: left)
        return
      } catch is StopServing {}  // Told to stop once more: the limit may be another.
    }
  }
}

/// A listening descriptor on its way to its hub.
///
/// If that cannot be made, closes it and stops the others: half a server would be worse than none.
private final class ListeningPlace: Sendable {
  private let descriptor: Mutex<Int32?>
  private let kind: SocketKind
  private let file: SocketFile?
  private let state: HubServerState

  init(_ descriptor: Int32, _ kind: SocketKind, _ file: SocketFile?, _ state: HubServerState) {
    self.descriptor = Mutex(descriptor)
    self.kind = kind
    self.file = file
    self.state = state
  }

  deinit {
    guard let descriptor = descriptor.withLock({ $0 }) else { return }
    file?.remove()
    Glibc.close(descriptor)
    state.stop(within: .zero)
  }

  func take() -> GreenSocket {
    let taken = descriptor.withLock { descriptor in
      defer { descriptor = nil }
      return descriptor
    }
    let listener = GreenSocket(owning: taken.unsafelyUnwrapped, kind)
    listener.socketFile = file
    return listener
  }
}

extension GreenSocket {
  /// Sockets that share the clients of one address.
  ///
  /// The first binds alone and shares the port afterwards: so an address that another server has is
  /// an error, even if that one would share it.
  ///
  /// Unix sockets cannot share: theirs are duplicates of one, and whichever hub comes first takes a
  /// client.
  fileprivate static func listenTogether(
    on address: SocketAddress, count: Int, backlog: Int32, socketFile: SocketFilePolicy
  ) throws -> [GreenSocket] {
    guard address.family != .unix else {
      let first = try listen(on: address, backlog: backlog, socketFile: socketFile)
      return try [first] + (1..<count).map { _ in try first.duplicate() }
    }
    let first = try GreenSocket(family: address.family)
    try first.setOption(.reuseAddress, true)
    try first.bind(to: address)
    try first.setOption(.reusePort, true)
    let bound = try first.localAddress
    try first.listen(backlog: backlog)
    return try [first]
      + (1..<count).map { _ in try listen(on: bound, backlog: backlog, reusePort: true) }
  }
}
