public import EventletCore

/// Asks servers by HTTP, in blocking style: a call parks the green thread that makes it, and nothing
/// else.
///
/// ```swift
/// let page = try HTTPClient.get("https://example.org/")
/// print(page.status, page.headerFields[.contentType] ?? "", try page.text())
/// ```
///
/// A client keeps its connections for later requests, and shares one of HTTP/2 among requests of the same
/// time. The static calls use the one that the hub has, ``EventletCore/Hub/httpClient``; make others where
/// connections, cookies or settings are to be apart. libcurl does the talking, driven by the hub's
/// descriptors: no OS thread is held up, and none is used.
///
/// In a forked child it begins anew: with the cookies that there were, and without the connections, which
/// are the parent's. What was on its way is the parent's too, and ends here with
/// ``/EventletCore/HubError/lostInFork(_:)``.
///
/// Not `Sendable`: it belongs to the hub that it was made on, and traps when another OS thread uses it.
/// Any number of its green threads may use it at the same time. Dropping the last reference closes its
/// connections when the last answer has gone.
///
/// In Python: `urllib.request`, `http.client`, and `requests.Session` on Eventlet's green modules.
public final class HTTPClient {
  /// How it was made.
  public let configuration: Configuration
  let proxies: ProxyTable
  let locations = LocationTable()
  /// Gone when it is destroyed.
  private weak var hub: Hub?
  @exclusivity(unchecked) private var startedEngine: TransferEngine?
  /// Whether ``close()`` was called.
  @exclusivity(unchecked) public private(set) var isClosed = false

  /// Creates a client; opens nothing yet.
  ///
  /// Traps for numbers of connections that are none: less than 1, or less than 0 of
  /// ``Configuration/idleConnections``.
  /// - Parameter configuration: The default one by default.
  public init(_ configuration: Configuration = Configuration()) {
    configuration.check()
    self.configuration = configuration
    proxies = ProxyTable(configuration.proxy)
    hub = Hub.current
  }

  /// What runs the transfers, started at the first use.
  func engine() throws -> TransferEngine {
    checkHub()
    if isClosed { throw HTTPClientError(.clientClosed) }
    if let startedEngine, startedEngine.isOpen() { return startedEngine }
    let engine = try TransferEngine(configuration)
    // In a forked child; the connections are its parent's.
    if let startedEngine, configuration.cookies == .jar {
      engine.setCookies(startedEngine.cookieLines())
    }
    startedEngine = engine
    return engine
  }

  private func checkHub() {
    require(
      hub != nil && Hub.ifPresent === hub,
      "an HTTPClient was used on another OS thread than that of its hub, or its hub was destroyed")
  }

  /// Ends what is on its way with ``HTTPClientError/Reason/clientClosed``, and closes all connections.
  ///
  /// What has come already can still be read. Never switches. May be called twice; later requests throw.
  public func close() {
    // It may outlive its hub, of which it needs nothing here any more.
    if hub != nil { checkHub() }
    isClosed = true
    startedEngine?.close()
    startedEngine = nil
  }

  /// What a client is at.
  public struct Statistics: Hashable, Sendable {
    /// How many requests have no answer yet, or not all of it.
    public let transfers: Int
    /// How many connections are open, those that wait for a request among them and those that are being
    /// made not.
    public let connections: Int
  }

  /// What it is at; in a forked child nothing, before it is used there.
  public var statistics: Statistics {
    if hub != nil { checkHub() }
    guard let startedEngine, startedEngine.isOpen() else {
      return Statistics(transfers: 0, connections: 0)
    }
    return Statistics(
      transfers: startedEngine.transferCount,
      connections: startedEngine.sockets.connectionCount)
  }
}

extension Hub {
  /// The client that ``HTTPClient/get(_:headerFields:timeout:)-type.method`` and its like use on this
  /// hub.
  ///
  /// Made when it is first asked for, and closed with the hub. A test that has used it closes it:
  /// otherwise its idle connections are descriptors that were left open.
  public var httpClient: HTTPClient {
    let holder = resident { ClientHolder() }
    if holder.client.isClosed { holder.client = HTTPClient() }
    return holder.client
  }

  private final class ClientHolder { var client = HTTPClient() }
}
