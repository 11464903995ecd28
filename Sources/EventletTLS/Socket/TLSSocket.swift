internal import CEventletTLS
internal import EventletCore
public import EventletNet

/// A connection of TLS over a socket or any other stream of bytes, in blocking style.
///
/// ```swift
/// let connection = try TLSSocket.connect(to: address, serverName: "example.org")
/// try connection.sendAll("GET / HTTP/1.0\r\n\r\n")
/// while let line = try connection.reader.readLine() { print(line) }
/// connection.close()
/// ```
///
/// Clients are made by ``connect(to:from:serverName:context:timeout:)`` and
/// ``TLSClientContext/wrap(_:serverName:performsHandshake:timeout:)``; servers by a
/// ``TLSListener``, by ``serve(_:tls:handshakeTimeout:concurrency:onHandshakeFailure:_:)`` and by
/// ``TLSServerContext/wrap(_:performsHandshake:timeout:)``.
///
/// One green thread may receive while another sends. A second that receives before the first has
/// ended its call, or sends, gets
/// ``/EventletCore/HubError/secondWaiter(direction:descriptor:first:second:)``, and the first is
/// not disturbed, whatever ``/EventletCore/Hub/preventsMultipleReaders`` is: records are read in
/// their order or not at all.
///
/// A kill or timeout while it receives, or shakes hands over a socket, loses nothing. One while it
/// sends leaves the peer with an unknown part: every later send says so, by
/// ``TLSError/Reason/sendInterrupted``, and the connection ends without the end of TLS, so that the
/// peer knows too.
///
/// Dropping the last reference lets go of the stream without the end of TLS. Not
/// `Sendable`: it belongs to the hub of the OS thread that made it.
///
/// In Python: `ssl.SSLSocket`.
public final class TLSSocket: ByteStream, CustomStringConvertible {
  let engine: Engine
  let transport: Transport
  /// The other end, if that is known: a broken connection has forgotten it.
  private let peer: SocketAddress?

  /// How long one operation may take as a whole, waits and all, the handshake among them.
  ///
  /// nil is for ever. `Duration.zero` makes every operation fail with
  /// ``/EventletCore/SystemError/wouldBlock`` instead of waiting. A call's own
  /// `timeout:` comes before it. A socket's own timeout, as it was when it was wrapped.
  ///
  /// In Python: `settimeout`.
  @exclusivity(unchecked) public var timeout: Duration?

  @exclusivity(unchecked) var state = State.open
  /// Whether both ends know that the handshake is over.
  @exclusivity(unchecked) var isHandshakeDone = false
  /// Held by who shakes hands.
  let handshakeTurn = Lock()
  /// Held by who receives records.
  let receiveTurn = Lock()
  /// Held by who sends records.
  let sendTurn = Lock()
  @exclusivity(unchecked) var sending = Sending.possible
  @exclusivity(unchecked) var receiving = Receiving.possible
  /// Whether the kernel had more than there was room for.
  @exclusivity(unchecked) var expectsMore = false
  @exclusivity(unchecked) private var receiver: AnyGreenThread?
  @exclusivity(unchecked) private var sender: AnyGreenThread?

  /// What readers of this connection have received ahead.
  private lazy var readBuffer = ReadBuffer()

  enum State {
    case open
    /// The stream below has been handed back.
    case unwrapped
    case closed
  }

  enum Sending {
    case possible
    case ended
    /// An unknown part of what was to be sent has gone.
    case interrupted
  }

  enum Receiving {
    case possible
    /// The peer has said that no more comes.
    case ended
    /// The stream has ended, and the peer had not said so.
    case truncated
  }

  init(_ engine: Engine, over stream: any ByteStream, peer: SocketAddress?) {
    self.engine = engine
    transport = Transport(stream)
    // That of a Unix socket often has no name: the socket below says how it is called instead.
    self.peer = peer?.family == .unix ? nil : peer
    if case .socket(let socket) = transport { timeout = socket.timeout }
  }

  /// The stream below, which is in this connection's hands until ``unwrap(timeout:)``.
  public var stream: any ByteStream { transport.stream }

  /// Reads lines, exact counts and up to delimiters from this connection.
  ///
  /// All readers of one connection are as one: they share what was received ahead.
  ///
  /// In Python: `makefile('rb')`.
  public var reader: BufferedReader { BufferedReader(self, buffer: readBuffer) }

  /// What the connection is, for messages.
  public var description: String { "TLS to \(subject)" }

  // As errors of the socket below have it, so that those of a connection are known by it.
  var subject: String { peer.map { "\($0)" } ?? transport.subject }

  func error(_ operation: String, _ reason: TLSError.Reason) -> TLSError {
    TLSError(operation: operation, subject: subject, reason: reason)
  }

  func limit(_ timeout: Duration?) -> Limit { Limit(timeout ?? self.timeout) }

  // MARK: Users

  enum Direction {
    case receive
    case send

    var record: DescriptorRecord.Direction { self == .receive ? .reading : .writing }
  }

  /// Begins an operation, unless somebody else is in the middle of one in that direction.
  ///
  /// Balanced by ``end(_:)``.
  func begin(_ direction: Direction, _ operation: String) throws {
    try requireOpen(operation)
    if let first = direction == .receive ? receiver : sender {
      throw HubError.second(direction.record, of: descriptor, after: first)
    }
    // A callback is over before anybody else comes.
    if Hub.current.mustNotWait { return }
    if direction == .receive {
      receiver = GreenThread.current
    } else {
      sender = GreenThread.current
    }
  }

  func end(_ direction: Direction) {
    if Hub.current.mustNotWait { return }
    if direction == .receive { receiver = nil } else { sender = nil }
  }

  func requireOpen(_ operation: String) throws {
    if state == .open { return }
    throw SystemError(call: operation, errno: badDescriptor, subject: subject)
  }

  private var descriptor: Int32 {
    if case .socket(let socket) = transport { socket.fileDescriptor } else { -1 }
  }
}

private let badDescriptor = SystemError.badDescriptor.errno
