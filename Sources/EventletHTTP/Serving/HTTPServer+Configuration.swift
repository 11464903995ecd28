public import Logging

extension HTTPServer {
  /// How a server serves.
  ///
  /// ```swift
  /// var configuration = HTTPServer.Configuration()
  /// configuration.timeouts.idle = .seconds(5)
  /// configuration.limits.body = 100 << 20
  /// ```
  public struct Configuration: Sendable {
    /// How much of everything it takes.
    public var limits = HTTPLimits()
    /// How long it waits.
    public var timeouts = HTTPTimeouts()
    /// How many clients are served at a time, on each hub, of all listening sockets together; 10,000 by
    /// default.
    ///
    /// Further ones wait in the kernel. It counts connections, also idle ones. The process needs as
    /// many descriptors (RLIMIT_NOFILE), and when those run out accepting pauses.
    ///
    /// In Python: `max_size`.
    public var maximumConnections = 10_000
    /// Whether a client may send more than one request; true by default.
    ///
    /// If not, each response says `Connection: close`. For how long a connection is kept see
    /// ``HTTPTimeouts/idle``.
    ///
    /// In Python: `keepalive`.
    public var keepsAlive = true
    /// How many requests a client may send until its connection is closed; nil, the default, is any
    /// number.
    public var requestsPerConnection: Int?
    /// How many bytes of a body that is written piece by piece are collected before they are sent;
    /// 4096 by default; 0 or 1 sends each piece.
    ///
    /// ``ResponseWriter/minimumChunkSize`` is that of one response.
    ///
    /// In Python: `minimum_chunk_size`.
    public var minimumChunkSize = 4096
    /// Whether fields whose names have underscores are among
    /// ``ServerRequest/headerFields``; false by default.
    ///
    /// Programs behind this one may take `X_User` for the `X-User` that only a proxy should send.
    public var keepsUnderscores = false
    /// Whether the answer to a request whose handler has failed tells why; false by default.
    ///
    /// For development: the text of an error may say what is nobody's business.
    ///
    /// In Python: `debug`, which does by default.
    public var showsErrors = false
    /// What is told of the server's work; nil, the default, reports handlers' errors to
    /// ``/EventletCore/Hub/onUncaughtError`` and is silent otherwise.
    ///
    /// Its levels: `info` for the begin and end of serving, `error` for handlers that fail, `warning`
    /// for connections that are cut when the server stops, `debug` for what clients do wrong.
    ///
    /// In Python: `log`.
    public var logger: Logger?

    /// Where a line about each request goes; nil, the default, is nowhere.
    ///
    /// In Python: `log` and `log_output`; standard error by default.
    public var accessLog: AccessLog?
    /// Called when a request has been answered, or could not be: for metrics; nil by default.
    ///
    /// ```swift
    /// configuration.onRequestEnd = { record in
    ///   durations.withLock { $0[record.route, default: []].append(record.duration) }
    /// }
    /// ```
    ///
    /// In the green thread of the connection, on any of the hubs, after ``accessLog`` and before
    /// ``ServerRequest/afterResponse(_:)``. The client's next request waits for it.
    public var onRequestEnd: (@Sendable (AccessRecord) -> Void)?
    /// Which proxies are believed when they say who the client is; nil, the default, is none.
    ///
    /// ```swift
    /// configuration.forwardedFor = ForwardedFor(.networks(["10.0.0.0/8"]))
    /// ```
    ///
    /// See ``ServerRequest/clientAddress``, and ``ServerRequest/scheme`` for a proxy that ends TLS.
    public var forwardedFor: ForwardedFor?
    /// Whether each connection begins with a header of the PROXY protocol, which says who the client
    /// is; false by default.
    ///
    /// A connection without one, or whose header has not come within ``HTTPTimeouts/handshake``, is
    /// closed: do not let clients connect otherwise than by the proxy. See ``ProxyProtocolHeader``.
    public var acceptsProxyProtocol = false

    /// Creates a configuration as it is by default.
    public init() {}
  }
}
