internal import EventletCore
public import EventletNet

/// A connection that is no longer the server's: what a handler has upgraded, or taken over.
///
/// ```swift
/// return .upgrade(to: "echo") { connection in
///   while let line = try connection.reader.readLine() { try connection.sendAll(line + "\n") }
/// }
/// ```
///
/// Begins with what the client has sent after its request. No time of the server's holds any more.
/// Closed when the closure that got it has ended.
///
/// In Python: `environ['eventlet.input'].get_socket()`.
public final class TakenConnection: ByteStream, CustomStringConvertible {
  /// The stream itself.
  ///
  /// What the client has sent after its request may have been received already: read from this
  /// connection, not from there.
  public let stream: any ByteStream
  private let transport: Transport
  private let socket: GreenSocket?
  private var received: [UInt8]
  private var position = 0
  private var stopHook: (() -> Void)?
  /// Whether the server has been told to stop.
  public private(set) var isStopping = false

  init(_ transport: Transport, _ socket: GreenSocket?, received: [UInt8]) {
    self.transport = transport
    self.socket = socket
    stream = transport.stream
    self.received = received
  }

  /// Reads lines, exact counts and up to delimiters; one for the whole connection.
  public private(set) lazy var reader = BufferedReader(self)

  /// Receives at most `count` bytes; waits for the first.
  /// - Throws: as the stream.
  public func receive(upTo count: Int) throws -> [UInt8] { try receive(upTo: count, timeout: nil) }

  /// Receives at most `count` bytes; waits for the first.
  /// - Parameters:
  ///   - count: The most bytes to return.
  ///   - timeout: For the whole call; nil is for ever.
  /// - Returns: empty at the end of the stream.
  /// - Throws: ``/EventletNet/IOTimeout``; as the stream; what a kill or timeout throws, and then
  ///   nothing was received.
  public func receive(upTo count: Int, timeout: Duration?) throws -> [UInt8] {
    if position < received.count {
      let end = min(received.count, position + max(count, 0))
      defer {
        position = end
        if end == received.count { received = [] }
        if received.isEmpty { position = 0 }
      }
      return Array(received[position..<end])
    }
    if case .timed(let stream) = transport {
      return try stream.receive(upTo: count, timeout: timeout)
    }
    if case .socket(let socket) = transport {
      return try socket.receive(upTo: count, timeout: timeout)
    }
    guard let timeout else { return try stream.receive(upTo: count) }
    return try withTimeout(
      timeout, throwing: IOTimeout(operation: "receive", subject: "\(self)")
    ) { try stream.receive(upTo: count) }
  }

  /// Sends all bytes.
  /// - Throws: as the stream.
  public func sendAll(_ bytes: [UInt8]) throws { try stream.sendAll(bytes) }

  /// Sends all bytes.
  /// - Parameters:
  ///   - bytes: The memory must stay as it is until the call returns.
  ///   - timeout: For the whole call; nil is for ever.
  /// - Throws: ``/EventletNet/IOTimeout``; as the stream; what a kill or timeout throws, and then an
  ///   unknown part was sent.
  public func sendAll(_ bytes: UnsafeRawBufferPointer, timeout: Duration?) throws {
    let deadline = Hub.current.deadline(after: timeout)
    try transport.sendAll(bytes, until: { deadline })
  }

  /// Has something done when the server is told to stop: to say good-bye, and then to end.
  ///
  /// Called at most once, where it must not wait; at once, if that has happened already. Without a
  /// hook the connection reads as ended then.
  public func whenServerStops(_ hook: @escaping () -> Void) {
    if isStopping { hook() } else { stopHook = hook }
  }

  func serverStops() {
    if isStopping { return }
    isStopping = true
    if let stopHook { stopHook() } else { endReceiving() }
  }

  /// Whoever receives gets the end of the stream.
  func endReceiving() { try? socket?.shutdown(.reading) }

  /// Closes the connection.
  public func close() { stream.close() }

  /// What it is, for messages.
  public var description: String { "\(stream)" }
}
