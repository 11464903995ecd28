internal import DequeModule
internal import EventletCore
internal import EventletHTTP
public import EventletNet
public import HTTPTypes

/// A WebSocket connection, in blocking style (RFC 6455).
///
/// ```swift
/// router.webSocket("/echo") { socket, request in
///   while let message = try socket.receive() { try socket.send(message) }
/// }
///
/// let socket = try WebSocket.connect("wss://example.org/echo")
/// try socket.send("Hello")
/// print(try socket.receive() ?? "nothing")
/// try socket.close()
/// ```
///
/// One green thread receives at a time, and any number may send: a message is never mixed with
/// another's. Pings of the peer, and its close frame, are answered while somebody receives; about once a
/// second while somebody sends and nobody receives; else with the heartbeat, see
/// ``Configuration/heartbeat``.
///
/// A kill or timeout of who receives loses nothing. One of who sends either comes before anything of
/// the message has gone, or the rest of it is sent by itself; over TLS, and other streams that are no
/// socket, it ends the connection then, since nobody knows how much has gone.
///
/// Dropping the last reference closes the connection without a word, when what is still to be sent has
/// gone: call ``close(_:reason:)``. Not `Sendable`: it belongs to the hub of the OS thread that made it.
///
/// In Python: the object that `eventlet.websocket` gives to a handler.
public final class WebSocket: CustomStringConvertible {
  /// Which end of the connection this is.
  public enum Role: Hashable, Sendable {
    /// The one that was connected to.
    case server
    /// The one that has connected, whose frames are masked.
    case client
  }

  /// Which end this is.
  public let role: Role
  /// What it does.
  public let configuration: Configuration
  /// What both ends have agreed to speak; nil if that is nothing in particular.
  ///
  /// In Python: `protocol`.
  public var subprotocol: String? { agreement.subprotocol }
  /// Whether messages may be compressed.
  public var isCompressing: Bool { agreement.deflate != nil }
  /// What the server has answered the handshake with; nil at the server's end, and if there was none.
  ///
  /// Its cookies, for one.
  public let response: HTTPResponse?

  let agreement: Agreement
  let transport: StreamTransport
  let memory = FrameMemory.current
  let deflater: MessageDeflater?
  /// Of a client.
  let maskingKeys: MaskingKeys?

  // MARK: Receiving

  @exclusivity(unchecked) var parser: MessageParser
  /// What has come and was not looked at yet is in here.
  @exclusivity(unchecked) var input = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Whether ``input`` is the pool's.
  @exclusivity(unchecked) var isInputLent = true
  @exclusivity(unchecked) var inputStart = 0
  @exclusivity(unchecked) var inputEnd = 0
  /// Messages that came while somebody waited for something else.
  @exclusivity(unchecked) var unreceived: Deque<WebSocketMessage> = []
  /// How many bytes they take.
  @exclusivity(unchecked) var unreceivedCost = 0
  /// Who is in ``receive(timeout:)``.
  @exclusivity(unchecked) var receiver: AnyGreenThread?
  /// Whether somebody is reading from the connection: on behalf of all who wait for something of it.
  @exclusivity(unchecked) var isBeingRead = false
  /// Of those who wait until something has come, or nobody reads any more.
  @exclusivity(unchecked) var onlookers: [Event<Void>] = []
  /// Counts what comes, and what goes where that had to wait: signs of life.
  @exclusivity(unchecked) var activity = 0
  /// Looks whether nothing comes any more.
  @exclusivity(unchecked) var idleTimer: HubTimer?
  /// How many messages were sent since somebody has read.
  @exclusivity(unchecked) var sendsSinceRead = 0
  /// When it is time to look at what has come, if nobody reads.
  @exclusivity(unchecked) var nextLook = Nanoseconds.never
  @exclusivity(unchecked) var pings: [PendingPing] = []
  @exclusivity(unchecked) var pingCount: UInt64 = 0

  // MARK: Sending

  /// Held by who sends a message, all of it.
  let messageTurn = Lock()
  /// Held by who sends a frame.
  let frameTurn = Lock()
  /// Whether a message is sent in pieces.
  @exclusivity(unchecked) var isInMessage = false
  /// Whether the compressor has missed a message that goes when that one has ended.
  @exclusivity(unchecked) var forgetsAfterMessage = false
  @exclusivity(unchecked) var outbox = Outbox()
  /// Whether a green thread of its own sends what is in the outbox.
  @exclusivity(unchecked) var isDraining = false

  // MARK: The end

  /// How the connection has ended, or is about to; nil before.
  ///
  /// Set when ``receive(timeout:)`` has nothing more to give, or nothing more can be sent.
  @exclusivity(unchecked) public internal(set) var end: WebSocketEnd?
  /// What this end has said, or is about to: no message goes after it.
  @exclusivity(unchecked) var sentClose: ClosePayload?
  /// Whether nothing more is read from the peer but its end.
  @exclusivity(unchecked) var hasEndedReceiving = false
  /// Whether nothing can go either way any more.
  @exclusivity(unchecked) var isLost = false
  /// Whether the stream is closed.
  @exclusivity(unchecked) var isClosed = false
  @exclusivity(unchecked) var heartbeat = HeartbeatState()
  /// Those that it is a member of.
  @exclusivity(unchecked) var groups: [Unmanaged<WebSocketGroup>] = []
  /// Ends the connection if the peer does not.
  @exclusivity(unchecked) var closeTimer: HubTimer?

  init(
    _ transport: StreamTransport, received: [UInt8], role: Role, _ configuration: Configuration,
    _ agreement: Agreement, response: HTTPResponse? = nil
  ) {
    configuration.check()
    self.role = role
    maskingKeys = role == .client ? .current : nil
    self.response = response
    self.transport = transport
    self.configuration = configuration
    self.agreement = agreement
    var inflater: MessageInflater?
    if let parameters = agreement.deflate, let options = configuration.compression {
      let pool = DeflatePool.current
      inflater = MessageInflater(parameters, pool)
      // zlib cannot keep to the smallest window, and nobody has to compress.
      deflater = parameters.mayCompress ? MessageDeflater(parameters, options, pool) : nil
    } else {
      deflater = nil
    }
    parser = MessageParser(
      isMasked: role == .server, maxFrameSize: configuration.maxFrameSize,
      maxMessageSize: configuration.maxMessageSize, inflater: inflater)
    if !received.isEmpty {
      input = .allocate(byteCount: received.count, alignment: 16)
      input.copyBytes(from: received)
      inputEnd = received.count
      isInputLent = false
    }
    startHeartbeat()
  }

  /// Of a connection that was upgraded already, by other means.
  /// - Parameters:
  ///   - stream: The connection: a ``/EventletNet/GreenSocket``, a TLS socket, or another.
  ///   - role: Which end of it this is.
  ///   - configuration: What the connection does; without compression, whatever it says.
  ///   - subprotocol: What was agreed upon; nil by default.
  ///
  /// In Python: `RFC6455WebSocket(sock, environ, client=…)`.
  public convenience init(
    over stream: any ByteStream, role: Role, configuration: Configuration = Configuration(),
    subprotocol: String? = nil
  ) {
    self.init(
      StreamTransport(stream), received: [], role: role, configuration,
      Agreement(subprotocol: subprotocol, deflate: nil))
  }

  deinit {
    heartbeat.timer?.cancel()
    closeTimer?.cancel()
    idleTimer?.cancel()
    giveBackInput()
    if !isClosed { transport.stream.close() }
  }

  /// What the connection is made of: a ``/EventletNet/GreenSocket``, a TLS socket, or another stream.
  ///
  /// To be looked at, and no more.
  public var stream: any ByteStream { transport.stream }

  /// What it is, for messages.
  public var description: String { "WebSocket to \(peerName)" }

  var peerName: String { "\(transport.stream)" }
}

/// What both ends have agreed on in the handshake.
struct Agreement: Hashable {
  var subprotocol: String?
  var deflate: DeflateParameters?
}
