internal import EventletCore

extension WebSocket {
  /// What a connection does, at either end.
  ///
  /// ```swift
  /// var configuration = WebSocket.Configuration()
  /// configuration.maxMessageSize = 64 << 10
  /// configuration.compression = WebSocketDeflate()
  /// router.webSocket("/chat", configuration: configuration) { socket, request in … }
  /// ```
  public struct Configuration: Sendable {
    /// The most bytes of a message that is received, expanded if it is compressed, in all its frames:
    /// 8 MiB by default.
    ///
    /// More is answered with ``WebSocketCloseCode/messageTooBig``.
    public var maxMessageSize = 8 << 20
    /// The most bytes of a frame that is received: 8 MiB by default.
    ///
    /// In Python: `max_frame_length`.
    public var maxFrameSize = 8 << 20
    /// How it is found out whether the peer is still there; nil for never.
    ///
    /// After 20 seconds without a sign of it by default.
    public var heartbeat: Heartbeat? = Heartbeat()
    /// How long the peer has for its part of the end: 10 seconds by default.
    public var closeTimeout: Duration = .seconds(10)
    /// Whether and how messages are compressed, if the peer can do so (RFC 7692); nil, the default, for
    /// never.
    ///
    /// Costs processor time, and memory while messages come and go. What is secret and what an attacker
    /// may choose must not be compressed together.
    public var compression: WebSocketDeflate?
    /// The names of subprotocols that this end speaks, the best first; none by default.
    ///
    /// The server takes the first of the client's that is among its own. See
    /// ``WebSocket/subprotocol``.
    ///
    /// In Python: `supported_protocols`.
    public var subprotocols: [String] = []
    /// The most bytes that ``WebSocket/sendNoWait(_:)-(PreparedMessage)`` and a ``WebSocketGroup`` may leave to be sent:
    /// 1 MiB by default.
    public var maxUnsentBytes = 1 << 20

    /// The defaults.
    public init() {}

    /// Traps when a number makes no sense.
    func check() {
      for (name, value) in [
        ("maxMessageSize", maxMessageSize), ("maxFrameSize", maxFrameSize),
        ("maxUnsentBytes", maxUnsentBytes),
      ] { require(value > 0, "WebSocket.Configuration: \(name) \(value) is not positive") }
      require(closeTimeout > .zero, "WebSocket.Configuration: a closeTimeout that is not positive")
    }
  }

  /// Pings that find out whether the peer is still there.
  public struct Heartbeat: Hashable, Sendable {
    /// After how long without anything from the peer it is asked: 20 seconds by default.
    ///
    /// It is looked at once in this time, so it may be up to twice as long.
    public var interval: Duration
    /// How long the peer has for sending something then, before the connection is given up:
    /// 20 seconds by default.
    public var timeout: Duration

    /// Traps if one is not positive.
    /// - Parameters:
    ///   - interval: 20 seconds by default.
    ///   - timeout: 20 seconds by default.
    public init(interval: Duration = .seconds(20), timeout: Duration = .seconds(20)) {
      require(interval > .zero && timeout > .zero, "Heartbeat: a time that is not positive")
      self.interval = interval
      self.timeout = timeout
    }
  }
}
