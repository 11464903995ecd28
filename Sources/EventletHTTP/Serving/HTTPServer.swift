public import EventletCore
public import EventletNet
internal import HTTPTypes

/// What answers requests.
///
/// ```swift
/// let handler: RequestHandler = { request in
///   guard let name = try request.queryParameters["name"] else { throw HTTPError(.badRequest) }
///   return .text("hello \(name)")
/// }
/// ```
///
/// Called in the green thread of the request's connection, which may wait: others go on meanwhile.
/// What it throws is answered for it: a ``RespondingError`` such as ``HTTPError`` with its response, a
/// ``RequestError`` of the body with its status, and the end of the connection; anything else with
/// 500, and that is reported. A handler that is killed, by ``HTTPServer/stop(within:)`` or otherwise,
/// leaves no answer: the connection is closed. For a limit of its time see ``HTTPTimeouts/handler``.
public typealias RequestHandler = (ServerRequest) throws -> ServerResponse

/// A server of HTTP/1.1 and HTTP/1.0 on the hub of the OS thread that made it.
///
/// ```swift
/// let server = HTTPServer { request in .text("Hello, World!") }
/// try server.serve(on: .ipv4("127.0.0.1", port: 8080))
/// ```
///
/// Each connection has a green thread, which receives a request, calls the handler and sends the
/// answer. So a handler is plain blocking code. It need not be `Sendable`: all handlers of a hub run
/// on one OS thread. For several cores see ``start(on:hubs:over:configuration:backlog:socketFile:handler:)``.
///
/// Whatever a client does, it is limited: see ``HTTPLimits`` and ``HTTPTimeouts``. Requests that two
/// readers might take differently are refused (RFC 9112), see ``RequestError``.
///
/// ``stop(within:)`` has every connection finish the request that it is at. A server that has been
/// stopped does not serve again.
///
/// In Python: `eventlet.wsgi.server`.
public final class HTTPServer: CustomStringConvertible {
  /// How it serves.
  public let configuration: Configuration
  let handler: RequestHandler
  let buffers = BufferPool()
  let dateLine = DateLine()
  private let pool: GreenPool?
  /// Of connections of all listening sockets.
  private let permits: EventletCore.Semaphore
  private let hub = Hub.current
  @exclusivity(unchecked) private var connections: [HTTPConnection] = []
  /// Of clients who are not through what comes before HTTP yet.
  private var handshakes: [ObjectIdentifier: AnyGreenThread] = [:]
  private var servings: [Serving] = []
  private var cutting: HubTimer?
  /// When what still runs is cut.
  private var stopDeadline: Deadline?

  /// Whether it has been told to stop: requests that it still answers say `Connection: close`.
  @exclusivity(unchecked) public private(set) var isStopping = false
  /// Counts of what it has done and does, on this hub.
  @exclusivity(unchecked) public internal(set) var statistics = HTTPServerStatistics()

  /// One call that accepts clients.
  private final class Serving {
    let interrupter = Interrupter()
    let acceptor: Acceptor

    init(_ acceptor: Acceptor) { self.acceptor = acceptor }
  }

  /// Creates a server of this OS thread's hub.
  ///
  /// Traps when ``HTTPLimits/fieldCount`` is over 65,534, or negative.
  /// - Parameters:
  ///   - configuration: How it serves.
  ///   - pool: Where the connections' green threads run, one for each connection, beside whatever else
  ///     runs there; nil, the default, is none. When it is full, clients wait, as they do when there
  ///     are ``Configuration/maximumConnections``.
  ///   - handler: Answers requests.
  ///
  /// In Python: `custom_pool`.
  public init(
    configuration: Configuration = Configuration(), pool: GreenPool? = nil,
    _ handler: @escaping RequestHandler
  ) {
    configuration.limits.check()
    self.configuration = configuration
    self.pool = pool
    permits = EventletCore.Semaphore(value: configuration.maximumConnections)
    self.handler = handler
  }

  /// Listens, and serves clients until ``stop(within:)``.
  ///
  /// ```swift
  /// try server.serve(on: .ipv4("127.0.0.1", port: 0)) { address in print("listening on \(address)") }
  /// ```
  /// - Parameters:
  ///   - address: Where to listen.
  ///   - layer: What is spoken below HTTP; nil, the default, is nothing. A `TLSServerContext` for
  ///     HTTPS.
  ///   - onListening: Given the address, with the port that port 0 became, when clients can connect;
  ///     nothing is done by default.
  /// - Throws: as ``serve(_:over:)``; ``/EventletCore/SystemError`` when it cannot listen; what
  ///   `onListening` throws, and then nobody is served.
  public func serve(
    on address: SocketAddress, over layer: (any ConnectionLayer)? = nil,
    onListening: (SocketAddress) throws -> Void = { _ in }
  ) throws {
    let listener = try GreenSocket.listen(on: address)
    do { try onListening(listener.localAddress) } catch {
      listener.close()
      throw error
    }
    try serve(listener, over: layer)
  }

  /// Serves clients of a listening socket until ``stop(within:)``, and then closes it.
  ///
  /// Blocks its caller until the last connection has ended. When the descriptors or the memory for
  /// more clients are missing it pauses, see ``/EventletNet/serve(_:concurrency:_:)``. A server may
  /// serve several sockets, in a green thread for each.
  ///
  /// The kernel is told to take no more than 128 KiB of a response beyond what is on its way to the
  /// client (TCP_NOTSENT_LOWAT), unless the listener has a limit of that kind.
  /// - Parameters:
  ///   - listener: A listening socket, of TCP or of the Unix domain.
  ///   - layer: What is spoken below HTTP; nil, the default, is nothing. A `TLSServerContext` for
  ///     HTTPS.
  /// - Throws: ``HTTPServerError/stopped``; ``/EventletCore/SystemError`` of accepting; what a kill or
  ///   timeout throws: then idle connections are closed and the others go on to the end of their
  ///   request, and it does not wait for them.
  public func serve(_ listener: GreenSocket, over layer: (any ConnectionLayer)? = nil) throws {
    if isStopping {
      listener.close()
      throw HTTPServerError.stopped
    }
    let acceptor = Acceptor(permits: permits, pool: pool) {
      [self] client, address in
      try serve(client, from: address, over: layer)
    }
    let serving = Serving(acceptor)
    servings.append(serving)
    let log = ServingLog(
      configuration.logger, try? listener.localAddress, isSecure: layer?.isSecure ?? false)
    defer {
      serving.interrupter.withdraw()
      servings.removeAll { $0 === serving }
      listener.close()
      cancelCuttingIfAllIsOver()
      log.end(left: unfinishedCount)
    }
    log.begin()
    do { try acceptor.run(listener) } catch is StopServing where isStopping {
      try finish(acceptor, listener)
      return
    } catch {
      stop()
      throw error
    }
  }

  /// Those who have connected before it was stopped are served, and the rest waited for.
  private func finish(_ acceptor: Acceptor, _ listener: GreenSocket) throws {
    try acceptor.acceptRest(of: listener)
    listener.close()
    while true {
      do {
        // A little longer, so that those who are cut can end.
        let rest = stopDeadline?.remaining.map { $0 + Self.timeToEnd }
        if try !acceptor.waitForHandlers(timeout: rest) { warnOfRest() }
        return
      } catch is StopServing {}  // Told to stop once more: the limit may be another.
    }
  }

  /// How long those who are cut may take to end.
  static let timeToEnd = Duration.seconds(1)

  func warnOfRest() { log(warning: "\(connections.count) connections do not end") }

  /// Serves one connection that is there already.
  ///
  /// For tests, and for connections that did not come by a listener: of inetd, or of a stream in
  /// memory. Blocks until it ends, and closes it.
  ///
  /// ```swift
  /// let (client, far) = try GreenSocket.pair()
  /// spawn { try server.serve(connection: far) }
  /// try client.sendAll("GET / HTTP/1.0\r\n\r\n")
  /// ```
  ///
  /// A client who goes, or whose connection breaks, is no error. Of a stream that is no socket that is
  /// told by what it throws: an `IOTimeout`, a ``/EventletCore/SystemError``, a
  /// ``/EventletCore/HubError/closedWhileWaiting(descriptor:)`` or a ``/EventletNet/PeerError``, such
  /// as those of TLS. Anything else is reported.
  /// - Parameters:
  ///   - stream: The connection.
  ///   - remoteAddress: The client's; nil, the default, is what a socket knows of it, and nothing for
  ///     other streams.
  ///   - isSecure: Whether nobody on the way can read or change what is sent; false by default. True
  ///     is for a `TLSSocket`.
  /// - Throws: ``HTTPServerError/stopped``; ``HTTPServerError/proxyProtocolNeedsSocket``; what a kill
  ///   or timeout throws, and then a response may have been sent in part.
  public func serve(
    connection stream: any ByteStream, remoteAddress: SocketAddress? = nil, isSecure: Bool = false
  ) throws {
    defer {
      stream.close()
      cancelCuttingIfAllIsOver()
    }
    if isStopping { throw HTTPServerError.stopped }
    let socket = stream as? GreenSocket
    let info = makeInfo()
    info.isSecure = isSecure
    info.localAddress = try? socket?.localAddress
    info.remoteAddress = remoteAddress ?? (try? socket?.remoteAddress)
    if configuration.acceptsProxyProtocol {
      guard let socket else { throw HTTPServerError.proxyProtocolNeedsSocket }
      beginHandshake()
      defer { endHandshake() }
      if try !readProxyHeader(of: socket, into: info) { return }
    }
    try GreenThread.current.withInlineRun {
      do { try run(HTTPConnection(self, stream, socket, info)) } catch is ConnectionCut {}
    }
  }

  /// Serves a client that has been accepted.
  func serve(
    _ client: GreenSocket, from address: SocketAddress, over layer: (any ConnectionLayer)?
  ) throws {
    log(debug: "\(address): accepted")
    if isStopping, try !beginsInTime(client) { return }
    let info = makeInfo()
    info.remoteAddress = address
    info.localAddress = try? client.localAddress
    info.isSecure = layer?.isSecure ?? false
    if layer == nil, !configuration.acceptsProxyProtocol {
      return try run(HTTPConnection(self, client, client, info))
    }
    beginHandshake()
    defer {
      endHandshake()
      cancelCuttingIfAllIsOver()
    }
    if configuration.acceptsProxyProtocol, try !readProxyHeader(of: client, into: info) { return }
    guard let layer else {
      endHandshake()
      return try run(HTTPConnection(self, client, client, info))
    }
    try layer.serve(
      client, from: address, handshakeTimeout: configuration.timeouts.handshake,
      onFailure: { log(debug: "\(address): \($0)") }
    ) {
      endHandshake()
      try run(HTTPConnection(self, $0, client, info))
    }
  }

  private func run(_ connection: HTTPConnection) throws {
    connection.socket?.limitUnsent()
    connection.index = connections.count
    connections.append(connection)
    statistics.connectionCount += 1
    statistics.openConnectionCount += 1
    connection.info.serving = connection
    defer {
      connection.info.serving = nil
      remove(connection)
    }
    try connection.run()
  }

  private func beginHandshake() {
    let thread = GreenThread.current
    handshakes[ObjectIdentifier(thread)] = thread
  }

  private func endHandshake() { handshakes[ObjectIdentifier(GreenThread.current)] = nil }

  /// Of one that has waited in line for the pool while the server was told to stop.
  private func beginsInTime(_ client: GreenSocket) throws -> Bool {
    guard let stopDeadline, let rest = stopDeadline.remaining else { return true }
    if rest > .zero {
      // There may have been nobody left to cut.
      if cutting == nil { scheduleCutting(after: rest) }
      return true
    }
    try client.setOption(.linger, .zero)
    return false
  }

  private func makeInfo() -> ConnectionInfo {
    ConnectionInfo(
      keepsUnderscores: configuration.keepsUnderscores, forwardedFor: configuration.forwardedFor)
  }

  /// Reads what a proxy says of the client, before anything else.
  /// - Returns: false when there is nothing of the kind.
  private func readProxyHeader(of client: GreenSocket, into info: ConnectionInfo) throws -> Bool {
    do {
      let header = try ProxyProtocolHeader.receive(
        from: client, timeout: configuration.timeouts.handshake)
      info.proxyHeader = header
      // A proxy that only looks whether somebody is here says nothing of a client.
      if let source = header.source { info.remoteAddress = source }
      if let destination = header.destination { info.localAddress = destination }
      return true
    } catch let error as ProxyProtocolError {
      log(debug: "\(info.peerName): \(error)")
    } catch let error as IOTimeout {
      log(debug: "\(info.peerName): \(error)")
    } catch let error as SystemError where error.subject == client.subject {
      log(debug: "\(info.peerName): \(error)")
    }
    return false
  }

  private func remove(_ connection: HTTPConnection) {
    statistics.openConnectionCount -= 1
    let last = connections.removeLast()
    if last !== connection {
      connections[connection.index] = last
      last.index = connection.index
    }
    cancelCuttingIfAllIsOver()
  }

  // MARK: Stopping

  /// Stops it: no client is accepted any more, connections that wait for a request are closed, and
  /// the others end with the response to the one that they are at.
  ///
  /// Returns at once; ``serve(_:over:)`` returns when all is over. The request that a connection is at
  /// is answered still, with `Connection: close`; so is one that has begun to arrive, also from who has
  /// connected and was not accepted yet. Not answered are requests that have come behind such a one:
  /// their client learns by that field that it has to send them again (RFC 9112, section 9.6). Clients
  /// who wait in the kernel because there are ``Configuration/maximumConnections`` are reset. May be
  /// called more than once: the shortest limit counts.
  /// - Parameter limit: How long they may take; then their connections are cut, and their green
  ///   threads killed. nil, the default, is for ever.
  public func stop(within limit: Duration? = nil) {
    if let limit {
      let deadline = Deadline(after: limit)
      if deadline < stopDeadline ?? .never {
        stopDeadline = deadline
        cutting?.cancel()
        scheduleCutting(after: limit)
      }
    }
    isStopping = true
    for serving in servings { serving.interrupter.interruptLater(StopServing()) }
    for connection in connections { connection.stop() }
    cancelCuttingIfAllIsOver()
  }

  /// While something serves there may be clients who have not been accepted yet.
  private func cancelCuttingIfAllIsOver() {
    guard let cutting, servings.isEmpty, connections.isEmpty, handshakes.isEmpty
    else { return }
    cutting.cancel()
    self.cutting = nil
  }

  private func scheduleCutting(after time: Duration) {
    cutting = hub.schedule(after: time) { [weak self] in self?.cutAll() }
  }

  private func cutAll() {
    cutting = nil
    for serving in servings { serving.acceptor.dismissWaiting() }
    for connection in connections {
      log(warning: "\(connection.info.peerName): cut, since the time to stop is over")
      try? connection.socket?.setOption(.linger, .zero)
      connection.thread.interruptLater(GreenThreadExit())
    }
    for thread in handshakes.values { thread.interruptLater(GreenThreadExit()) }
  }

  /// How many connections are open, but for those whose TLS handshake or PROXY protocol header is not
  /// over.
  public var connectionCount: Int { connections.count }

  /// How many connections are open, whatever they are at.
  var unfinishedCount: Int { connections.count + handshakes.count }

  /// What it is, for messages.
  public var description: String { "HTTP server with \(connections.count) connections" }
}
