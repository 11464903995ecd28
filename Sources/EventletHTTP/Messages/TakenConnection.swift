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
public final class TakenConnection: TimedByteStream, ReadFaultObserving,
  CustomStringConvertible
{
  /// The stream itself.
  ///
  /// What the client has sent after its request may have been received already: read from this
  /// connection, not from there.
  public let stream: any ByteStream
  package let transport: StreamTransport
  private var received: [UInt8]
  private var position = 0
  private var stopHook: (() -> Void)?
  private var hasEnded = false
  /// Whether whoever receives gets what is there, and then the end of the stream.
  private var readsAsEnded = false
  /// Whether that begins when somebody receives: a hook may still come.
  private var endsWhenReceived = false
  /// Of those who receive.
  private var receivers: [Interrupter] = []
  /// What readers of this connection have received ahead.
  ///
  /// The connection keeps the bytes and not a reader: that would keep the connection, and neither
  /// would go.
  private lazy var readBuffer = ReadBuffer()
  /// Whether a reader has not found here what it was to find.
  private(set) var hasReadFault = false
  /// Whether the server has been told to stop.
  public private(set) var isStopping = false

  init(_ transport: StreamTransport, received: [UInt8]) {
    self.transport = transport
    stream = transport.stream
    self.received = received
  }

  /// Reads lines, exact counts and up to delimiters from this connection.
  ///
  /// All readers of one connection are as one: they share what was received ahead.
  public var reader: BufferedReader { BufferedReader(self, buffer: readBuffer) }

  package func noteReadFault() { hasReadFault = true }

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
      defer { didTake(until: end) }
      return Array(received[position..<end])
    }
    return try receiving(atEnd: []) { try transport.receive(upTo: count, timeout: timeout) }
  }

  /// Receives into memory of the caller's; waits for the first byte.
  /// - Parameters:
  ///   - buffer: Where to; with no room it waits until there is something to receive, or the end, and
  ///     returns 0.
  ///   - timeout: For the whole call; nil is for ever.
  /// - Returns: the number of bytes; 0 at the end of the stream.
  /// - Throws: `IOTimeout`; as the stream.
  public func receive(
    into buffer: UnsafeMutableRawBufferPointer, timeout: Duration?
  ) throws -> Int {
    if position < received.count {
      let end = min(received.count, position + buffer.count)
      defer { didTake(until: end) }
      buffer.copyBytes(from: received[position..<end])
      return end - position
    }
    if buffer.isEmpty {
      _ = try receive(upTo: 0, timeout: timeout)
      return 0
    }
    return try receiving(atEnd: 0) {
      try transport.receive(into: buffer, until: Hub.current.deadline(after: timeout))
    }
  }

  /// Has something receive, which ends with `end` when the server stops.
  ///
  /// A socket is shut down for reading. To TLS that would look as if somebody had cut the connection,
  /// and of other streams nobody knows a way: there the end is made here.
  private func receiving<Result>(
    atEnd end: Result, _ receive: () throws -> Result
  ) throws -> Result {
    if endsWhenReceived {
      endsWhenReceived = false
      endReceiving()
    }
    if case .socket = transport { return try receive() }
    if !readsAsEnded {
      do { return try interruptibly(receive) } catch is EndOfReceiving {}
    }
    // So that the hub knows of what has arrived.
    try GreenThread.yield()
    do { return try interruptibly(receive) } catch is EndOfReceiving { return end }
  }

  private func interruptibly<Result>(_ receive: () throws -> Result) throws -> Result {
    let interrupter = Interrupter()
    receivers.append(interrupter)
    defer {
      receivers.removeAll { $0 === interrupter }
      interrupter.withdraw()
    }
    // Thrown when it would wait.
    if readsAsEnded { interrupter.interruptLater(EndOfReceiving()) }
    return try receive()
  }

  private struct EndOfReceiving: Error {}

  /// What the client has sent after its request, for who goes on with the stream's own calls.
  package func takeReceived() -> [UInt8] {
    defer { didTake(until: received.count) }
    return Array(received[position...])
  }

  /// Of what the client has sent after its request.
  private func didTake(until end: Int) {
    position = end
    if end < received.count { return }
    received = []
    position = 0
  }

  /// Sends all bytes.
  /// - Throws: as the stream.
  public func sendAll(_ bytes: [UInt8]) throws { try transport.sendAll(bytes) }

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
  /// Called at most once, where it must not wait; at once, if that has happened already; never after
  /// the end of the closure that got the connection. Without a hook the connection reads as ended
  /// then, after what has arrived.
  public func whenServerStops(_ hook: @escaping () -> Void) {
    if hasEnded { return }
    endsWhenReceived = false
    if isStopping { hook() } else { stopHook = hook }
  }

  /// The server has been told to stop before the connection was taken.
  func serverHasStopped() {
    isStopping = true
    endsWhenReceived = true
  }

  func serverStops() {
    if isStopping { return }
    isStopping = true
    guard let hook = stopHook else { return endReceiving() }
    stopHook = nil
    hook()
  }

  /// The closure that got it has ended: a hook may keep the connection.
  func end() {
    hasEnded = true
    stopHook = nil
  }

  private func endReceiving() {
    if case .socket(let socket) = transport {
      try? socket.shutdown(.reading)
      return
    }
    readsAsEnded = true
    for receiver in receivers { receiver.interruptLater(EndOfReceiving()) }
  }

  /// Closes the connection.
  public func close() { stream.close() }

  /// What it is, for messages.
  public var description: String { "\(stream)" }
}
