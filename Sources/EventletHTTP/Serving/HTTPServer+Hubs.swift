public import EventletNet
internal import Synchronization

extension HTTPServer {
  /// Listens, and serves on several cores: a hub on an OS thread of its own for each.
  ///
  /// ```swift
  /// let server = try HTTPServer.start(on: .ipv4("127.0.0.1", port: 0), hubs: 4) { request in
  ///   .text("Hello, World!")
  /// }
  /// print("listening on \(server.address)")
  /// try server.wait()
  /// ```
  ///
  /// See ``/EventletNet/HubServer`` for when that helps.
  /// - Parameters:
  ///   - address: Port 0 is one of the system's choice, the same for all hubs.
  ///   - hubs: How many; at least 1. More than the machine has cores gain nothing.
  ///   - layer: What is spoken below HTTP; nil, the default, is nothing.
  ///   - configuration: How each hub serves: its limit of connections is for one hub.
  ///   - backlog: How many clients the kernel lets wait to be accepted by each hub; 1024 by default.
  ///   - socketFile: As for ``/EventletNet/GreenSocket/listen(on:backlog:reusePort:socketFile:)``.
  ///   - handler: Answers requests, on any of the hubs.
  /// - Returns: a handle.
  /// - Throws: as ``/EventletNet/HubServer/start(on:hubs:concurrency:backlog:socketFile:_:)``.
  public static func start(
    on address: SocketAddress, hubs: Int = 1, over layer: (any ConnectionLayer)? = nil,
    configuration: Configuration = Configuration(), backlog: Int32 = 1024,
    socketFile: SocketFilePolicy = .removeAtClose,
    handler: @escaping @Sendable (ServerRequest) throws -> ServerResponse
  ) throws -> HTTPHubServer {
    try start(
      on: address, hubs: hubs, over: layer, configuration: configuration, backlog: backlog,
      socketFile: socketFile, makeHandler: { handler })
  }

  /// As ``start(on:hubs:over:configuration:backlog:socketFile:handler:)``, with a handler of each
  /// hub's own.
  ///
  /// So handlers need share nothing: each hub has its own router, and its own pool of database
  /// connections.
  /// - Parameters:
  ///   - address: As there.
  ///   - hubs: As there.
  ///   - layer: As there.
  ///   - configuration: As there.
  ///   - backlog: As there.
  ///   - socketFile: As there.
  ///   - makeHandler: Called once on each hub, before that accepts a client. If it throws, the
  ///     server stops, and ``HTTPHubServer/wait(timeout:)`` throws that.
  /// - Returns: a handle.
  /// - Throws: as there.
  public static func start(
    on address: SocketAddress, hubs: Int = 1, over layer: (any ConnectionLayer)? = nil,
    configuration: Configuration = Configuration(), backlog: Int32 = 1024,
    socketFile: SocketFilePolicy = .removeAtClose,
    makeHandler: @escaping @Sendable () throws -> RequestHandler
  ) throws -> HTTPHubServer {
    let log = HubsLog(hubs)
    let accounts = HubAccounts()
    let server = try HubServer.start(
      on: address, hubs: hubs, concurrency: configuration.maximumConnections, backlog: backlog,
      socketFile: socketFile
    ) {
      do {
        let server = HTTPServer(configuration: configuration, try makeHandler())
        return HTTPService(server, layer, log, accounts.open(for: server))
      } catch {
        log.end()
        throw error
      }
    }
    log.begin(
      ServingLog(configuration.logger, server.address, isSecure: layer?.isSecure ?? false))
    return HTTPHubServer(server, accounts)
  }
}

/// Says once for all hubs when their serving begins and ends.
private final class HubsLog: Sendable {
  private let state: Mutex<(hubs: Int, left: Int, log: ServingLog?)>

  init(_ hubs: Int) { state = Mutex((hubs, 0, nil)) }

  /// The hubs have begun a little before.
  func begin(_ log: ServingLog) {
    log.begin()
    let (hubs, left) = state.withLock { state in
      state.log = log
      return (state.hubs, state.left)
    }
    if hubs == 0 { log.end(left: left) }
  }

  /// Of one hub.
  /// - Parameter left: How many connections it still serves.
  func end(left: Int = 0) {
    let (hubs, left, log) = state.withLock { state in
      state.hubs -= 1
      state.left += left
      return state
    }
    if hubs == 0 { log?.end(left: left) }
  }
}

/// A server's work on one hub.
private final class HTTPService: HubService {
  private let server: HTTPServer
  private let layer: (any ConnectionLayer)?
  private let log: HubsLog
  private let account: HubAccount
  /// What it was told last.
  private var deadline: ContinuousClock.Instant?

  init(
    _ server: HTTPServer, _ layer: (any ConnectionLayer)?, _ log: HubsLog, _ account: HubAccount
  ) {
    self.server = server
    self.layer = layer
    self.log = log
    self.account = account
  }

  func serve(_ client: GreenSocket, from address: SocketAddress) throws {
    try server.serve(client, from: address, over: layer)
  }

  func stop(by deadline: ContinuousClock.Instant?) {
    if server.isStopping, deadline == self.deadline { return }
    self.deadline = deadline
    server.stop(within: deadline.map { $0 - ContinuousClock.now })
  }

  var timeToEnd: Duration { HTTPServer.timeToEnd }

  func end() {
    if server.connectionCount > 0 { server.warnOfRest() }
    account.note()
    log.end(left: server.unfinishedCount)
  }
}
