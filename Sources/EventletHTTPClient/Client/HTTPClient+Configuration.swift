internal import EventletCore
public import EventletNet
public import HTTPTypes

extension HTTPClient {
  /// What a client does when nothing else is asked for.
  ///
  /// ```swift
  /// var configuration = HTTPClient.Configuration()
  /// configuration.timeouts.whole = .seconds(20)
  /// configuration.cookies = .jar
  /// let client = HTTPClient(configuration)
  /// ```
  public struct Configuration {
    /// How long a request and its phases may take.
    public var timeouts = Timeouts()
    /// How much may come.
    public var limits = Limits()
    /// Whether answers that point elsewhere are followed; ten times by default.
    public var redirects = Redirects()
    /// Whether a request that has failed is sent again; nil, the default, is never.
    public var retries: Retries?
    /// Whether cookies are kept and sent; they are not by default.
    public var cookies = Cookies.ignored
    /// By way of whom the servers are reached; what the environment says by default.
    public var proxy = Proxy.environment
    /// Whom to trust, and who the client is.
    public var tls = TLS()
    /// Which versions of HTTP are spoken; HTTP/2 where TLS agrees on it, by default, and HTTP/1.1.
    public var versions = Versions.automatic
    /// Whether servers may compress bodies, which are read decompressed; true by default.
    ///
    /// In gzip and deflate (RFC 9110, 8.4.1). A body in another coding is an error, unless the request has
    /// an `Accept-Encoding` of its own: then it is read as it comes.
    public var decompresses = true
    /// Fields of every request that does not have fields of these names itself; none by default.
    ///
    /// Those that show who asks, `Authorization` and `Cookie`, are for the origin that is asked first, see
    /// ``HTTPClient/Redirects``.
    public var headerFields = HTTPFields()
    /// `User-Agent`; empty is none.
    public var userAgent = "swift-eventlet"
    /// The most connections to one host, HTTP/2 or not, at least 1; nil, the default, is any number.
    ///
    /// Who finds none free waits; that is part of the whole request's time.
    public var connectionsPerHost: Int?
    /// The most connections to all hosts, at least 1; nil, the default, is any number.
    public var connections: Int?
    /// The most connections that are kept open for later requests; 256 by default, and 0 is none.
    public var idleConnections = 256
    /// For how long a connection that nobody has used is still used; a minute by default.
    ///
    /// It is closed when a later request finds it.
    public var idleTime: Duration = .seconds(60)
    /// Who resolves the names of servers and proxies; nil, the default, is the hub's resolver.
    ///
    /// Addresses are kept for a minute, and not when nobody can be reached there.
    public var resolver: (any Resolver)?

    /// Creates the default configuration.
    public init() {}

    /// Traps for what libcurl would take for something else.
    func check() {
      require(connectionsPerHost ?? 1 > 0, "HTTPClient: connectionsPerHost is less than 1")
      require(connections ?? 1 > 0, "HTTPClient: connections is less than 1")
      require(idleConnections >= 0, "HTTPClient: idleConnections is negative")
    }
  }

  /// How long a request and its phases may take; nil is for ever.
  ///
  /// Each has its ``HTTPClientTimeout/Phase``. Time in which the program itself does not read or write
  /// counts for ``whole`` alone.
  ///
  /// In Python: the `timeout` of requests.
  public struct Timeouts: Hashable, Sendable {
    /// From the call to the end of the answer's body, redirects and retries included; nil by default.
    public var whole: Duration?
    /// The look-up of the name and the connection; 30 seconds by default.
    public var connect: Duration? = .seconds(30)
    /// The agreement on TLS; 30 seconds by default.
    public var tls: Duration? = .seconds(30)
    /// From the end of the request to the head of the answer; 60 seconds by default.
    public var head: Duration? = .seconds(60)
    /// From one piece of a body, either way, to the next; 60 seconds by default.
    public var stall: Duration? = .seconds(60)

    /// Creates the default limits.
    public init() {}
  }

  /// How much may come.
  public struct Limits: Hashable, Sendable {
    /// The most bytes of an answer's heads, interim ones and trailers included; 64 KiB by default.
    public var head = 65_536
    /// The most bytes that ``HTTPClientResponse/bytes(limit:)`` and what is built on it take, if they are
    /// not told; 16 MiB by default.
    public var body = 16 * 1_048_576
    /// How many times its size a body may become by decompression, of more than 1 MiB; 200 by default.
    ///
    /// It is decompressed as it is read, 64 KiB at a time.
    public var decompressionRatio = 200

    /// Creates the default limits.
    public init() {}
  }

  /// Whether answers that point elsewhere are followed (RFC 9110, 15.4).
  ///
  /// 303 becomes a GET, and so does 301 or 302 to a POST; otherwise method and body stay. `Authorization`
  /// and `Cookie`, of the request or of the configuration, and the name and password of a URL do not go to
  /// another origin, which is one with another scheme, host or port.
  public struct Redirects: Hashable, Sendable {
    /// How often; 10 by default, 0 is never: then the answer itself is returned.
    ///
    /// It is also what ends a circle: whether an answer is another one the second time cannot be known.
    public var limit = 10
    /// Whether a redirect from https to http is followed; false by default.
    public var allowsInsecure = false

    /// Creates the default: ten times, and never away from TLS.
    public init() {}

    /// Redirects are answers like others.
    public static let never: Redirects = {
      var redirects = Redirects()
      redirects.limit = 0
      return redirects
    }()
  }

  /// When a request is sent again.
  ///
  /// Only one that may be sent twice without harm (RFC 9110, 9.2.2), with a body that can be sent again,
  /// and whose answer nobody has begun to read.
  ///
  /// In Python: `urllib3.util.Retry`.
  public struct Retries: Hashable, Sendable {
    /// How often it is sent again; 2 by default.
    public var count = 2
    /// The time before the first repetition, twice as long before each one after that; 100 ms by
    /// default.
    ///
    /// An answer's `Retry-After`, in seconds or as a date, goes before it, up to ``longestPause``.
    public var pause: Duration = .milliseconds(100)
    /// By which share a pause may be shorter, at random; 0.5 by default, 0 is never.
    ///
    /// So that clients that have failed together do not come again together.
    public var jitter = 0.5
    /// The longest time before a repetition; 10 seconds by default.
    public var longestPause: Duration = .seconds(10)
    /// Whether it is sent again if nobody could be reached, or to agree on TLS, in time or at all; true by
    /// default.
    public var afterConnectFailures = true
    /// Whether it is sent again if the connection ended, or failed, before an answer; true by default.
    public var afterLostConnections = true
    /// The answers after which it is sent again; 429, 502, 503 and 504 by default.
    public var afterStatuses: Set<Int> = [429, 502, 503, 504]

    /// Creates the default.
    /// - Parameter count: How often it is sent again; 2 by default.
    public init(count: Int = 2) { self.count = count }

    func pause(beforeRepetition number: Int) -> Duration {
      let longest = min(pause * (1 << min(number, 20)), longestPause)
      return longest * (1 - .random(in: 0...min(max(jitter, 0), 1)))
    }

    func apply(to reason: HTTPClientError.Reason) -> Bool {
      switch reason {
      case .connect, .nameLookUp, .proxy, .tls: afterConnectFailures
      case .connectionClosed, .sending, .http2: afterLostConnections
      default: false
      }
    }

    func apply(to timeout: HTTPClientTimeout) -> Bool {
      guard !timeout.isWhole else { return false }
      switch timeout.phase {
      case .nameLookUp, .connect, .tls: return afterConnectFailures
      default: return false
      }
    }
  }

  /// Whether cookies are kept.
  public enum Cookies: Hashable, Sendable {
    /// They are fields like others.
    case ignored
    /// The client keeps those that servers set, and sends them where they belong (RFC 6265); see
    /// ``HTTPClient/cookies()``.
    case jar
  }

  /// Which versions of HTTP are spoken.
  public enum Versions: Hashable, Sendable {
    /// HTTP/2 where TLS agrees on it (ALPN), and HTTP/1.1.
    case automatic
    /// HTTP/1.1 alone.
    case http1Only
    /// HTTP/2 without asking, also without TLS; there libcurl 7.88 needs a connection for each request.
    case http2PriorKnowledge
  }
}
