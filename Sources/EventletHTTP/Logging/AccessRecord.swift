public import EventletNet

/// What there is to say of a request that was answered, or refused.
///
/// ```swift
/// var line = format.line(for: record)
/// if record.duration > .seconds(1) { line += " slow" }
/// ```
///
/// Texts are as the client sent them: ``AccessLogFormat`` escapes them, and so should everybody else.
public struct AccessRecord: Hashable, Sendable {
  /// The client, as ``ServerRequest/clientAddress`` has it; nil if that is not known, one of the Unix
  /// kind for a client at such a socket.
  public var clientAddress: SocketAddress?
  /// Who has connected, such as a proxy, as ``ConnectionInfo/remoteAddress`` has it; nil if that is not
  /// known.
  public var peerAddress: SocketAddress?
  /// What `X-Forwarded-For` says, as ``ForwardedFor/list(in:)`` gives it.
  public var forwardedFor: String?
  /// The first line of the request, or as much of it as came; without its end.
  public var requestLine: String
  /// The method, such as `GET`; empty if the request line could not be read.
  public var method: String
  /// The target, such as `/index.html?page=2`; empty if the request line could not be read.
  public var target: String
  /// The pattern of the route that has answered, see ``ServerRequest/route``; nil if there was none.
  public var route: String?
  /// The status code of the response; 0 if there was none, as when the handler was killed.
  public var status: Int
  /// All bytes written for the response: status line, fields, and what frames the body, too.
  ///
  /// Of one that was cut, those that were written; what TLS had of a part that failed does not count,
  /// nor do those of whoever has taken the connection.
  public var bytesSent: Int
  /// All bytes of the request that were read.
  public var bytesReceived: Int
  /// From the first byte of the request to the last of the response.
  public var duration: Duration
  /// When the request began, in seconds since the beginning of 1970.
  public var date: Int
  /// The field `User-Agent`.
  public var userAgent: String?
  /// The field `Referer`.
  public var referer: String?

  /// Creates a record.
  /// - Parameters:
  ///   - clientAddress: The client; nil if that is not known.
  ///   - peerAddress: Who has connected; nil is the client.
  ///   - forwardedFor: What `X-Forwarded-For` says.
  ///   - requestLine: The first line of the request.
  ///   - method: The method.
  ///   - target: The target.
  ///   - route: The pattern of the route that has answered.
  ///   - status: The status code of the response; 0 if there was none.
  ///   - bytesSent: All bytes written for the response.
  ///   - bytesReceived: All bytes of the request that were read.
  ///   - duration: From the first byte of the request to the last of the response.
  ///   - date: When the request began, in seconds since the beginning of 1970.
  ///   - userAgent: The field `User-Agent`.
  ///   - referer: The field `Referer`.
  public init(
    clientAddress: SocketAddress? = nil, peerAddress: SocketAddress? = nil,
    forwardedFor: String? = nil, requestLine: String = "", method: String = "",
    target: String = "", route: String? = nil, status: Int, bytesSent: Int = 0,
    bytesReceived: Int = 0, duration: Duration = .zero, date: Int = 0, userAgent: String? = nil,
    referer: String? = nil
  ) {
    self.clientAddress = clientAddress
    self.peerAddress = peerAddress ?? clientAddress
    self.forwardedFor = forwardedFor
    self.requestLine = requestLine
    self.method = method
    self.target = target
    self.route = route
    self.status = status
    self.bytesSent = bytesSent
    self.bytesReceived = bytesReceived
    self.duration = duration
    self.date = date
    self.userAgent = userAgent
    self.referer = referer
  }
}
