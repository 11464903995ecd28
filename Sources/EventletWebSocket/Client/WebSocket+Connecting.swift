internal import EventletCore
internal import EventletHTTP
public import EventletNet
public import EventletTLS
public import HTTPTypes

extension WebSocket {
  /// Connects to a server.
  ///
  /// ```swift
  /// let socket = try WebSocket.connect("wss://example.org/feed", timeout: .seconds(10))
  /// while let message = try socket.receive() { print(message) }
  /// ```
  /// - Parameters:
  ///   - url: `ws://host:port/path?query`, or `wss:` for TLS.
  ///   - headerFields: Others than the handshake's own, such as `Origin`, `Cookie` or `Authorization`;
  ///     none by default.
  ///   - tls: For `wss`; nil, the default, is ``/EventletTLS/TLSClientContext/shared``.
  ///   - resolver: Who resolves the name; nil, the default, is that of the hub.
  ///   - timeout: For all until the WebSocket is there; 30 seconds by default, nil is for ever.
  ///   - configuration: What the connection does.
  /// - Returns: the connection.
  /// - Throws: ``WebSocketConnectError``, a redirection among its cases, for the program decides whom it
  ///   sends its fields to; as
  ///   ``/EventletNet/GreenSocket/connect(toHost:port:from:resolver:attemptDelay:timeout:)`` and
  ///   ``/EventletTLS/TLSSocket/handshake(timeout:)``; ``/EventletNet/IOTimeout``; what a kill or timeout
  ///   throws. Nothing stays open then.
  public static func connect(
    _ url: String, headerFields: HTTPFields = HTTPFields(), tls: TLSClientContext? = nil,
    resolver: (any Resolver)? = nil, timeout: Duration? = .seconds(30),
    configuration: Configuration = Configuration()
  ) throws -> WebSocket {
    let parsed = try WebSocketURL(parsing: url)
    let handshake = try ClientHandshake(parsed, headerFields, configuration)
    let deadline = Hub.current.deadline(after: timeout)
    let stream: any ByteStream
    if parsed.isSecure {
      stream = try TLSSocket.connect(
        toHost: parsed.target.host, port: parsed.target.port, resolver: resolver, context: tls,
        timeout: timeout)
    } else {
      stream = try GreenSocket.connect(to: parsed.target, resolver: resolver, timeout: timeout)
    }
    return try handshake.perform(over: stream, until: deadline)
  }

  /// Shakes hands with the server at the other end of a connection that is there already, such as a
  /// Unix socket, or a tunnel through a proxy.
  /// - Parameters:
  ///   - url: What is asked for, and of whom.
  ///   - stream: The connection. It is closed when this throws.
  ///   - headerFields: As for ``connect(_:headerFields:tls:resolver:timeout:configuration:)``.
  ///   - timeout: For the handshake; 30 seconds by default, nil is for ever.
  ///   - configuration: What the connection does.
  /// - Returns: the connection.
  /// - Throws: ``WebSocketConnectError``; ``/EventletNet/IOTimeout``; as the stream; what a kill or
  ///   timeout throws.
  public static func connect(
    _ url: String, over stream: any ByteStream, headerFields: HTTPFields = HTTPFields(),
    timeout: Duration? = .seconds(30), configuration: Configuration = Configuration()
  ) throws -> WebSocket {
    let deadline = Hub.current.deadline(after: timeout)
    do {
      let handshake = try ClientHandshake(
        WebSocketURL(parsing: url), headerFields, configuration)
      return try handshake.perform(over: stream, until: deadline)
    } catch {
      stream.close()
      throw error
    }
  }
}

extension ClientHandshake {
  /// Shakes hands; the stream is closed when that throws.
  fileprivate func perform(
    over stream: any ByteStream, until deadline: Nanoseconds
  ) throws -> WebSocket {
    do {
      let transport = StreamTransport(stream)
      let request = Array(request.utf8)
      try request.withUnsafeBytes { try transport.sendAll($0, until: { deadline }) }
      let reader = BufferedReader(TimedSource(transport, until: deadline))
      let response = try ResponseHeadReader(reader: reader).read()
      let agreement = try agree(with: response)
      let received = reader.bufferedCount > 0 ? try reader.read(upTo: reader.bufferedCount) : []
      return WebSocket(
        transport, received: received, role: .client, configuration, agreement, response: response)
    } catch {
      stream.close()
      throw error
    }
  }
}

/// A stream that is read until a point of time.
private final class TimedSource: ByteSource {
  private let transport: StreamTransport
  private let deadline: Nanoseconds

  init(_ transport: StreamTransport, until deadline: Nanoseconds) {
    self.transport = transport
    self.deadline = deadline
  }

  func receive(upTo count: Int) throws -> [UInt8] {
    try transport.receive(upTo: count, timeout: StreamTransport.timeout(until: deadline))
  }

  func close() { transport.stream.close() }
}
