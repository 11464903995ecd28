internal import EventletCore
internal import EventletNet
internal import HTTPTypes

/// One client's connection: reads a request, has it answered, and again.
///
/// It is served by one green thread, and belongs to it.
final class HTTPConnection {
  /// What it does, for those who want to stop it.
  enum Phase {
    /// Waits for the first byte of a request.
    case idle
    /// Receives or answers one.
    case active
    /// Belongs to a handler.
    case taken(TakenConnection)
  }

  let server: HTTPServer
  let transport: Transport
  /// The client's socket, whatever is spoken over it; nil if there is only a stream.
  let socket: GreenSocket?
  @exclusivity(unchecked) var info: ConnectionInfo
  @exclusivity(unchecked) private(set) var phase = Phase.idle
  /// Where the server keeps it.
  @exclusivity(unchecked) var index = 0
  /// Who serves it.
  let thread = GreenThread.current

  @exclusivity(unchecked) private var heldInput: InputBuffer?
  @exclusivity(unchecked) private var heldOutput: OutputBuffer?
  @exclusivity(unchecked) private var deferredFlush: HubTimer?
  /// Of the waiting for a request by a stream that has no socket which could be told to end.
  @exclusivity(unchecked) private var idleInterrupter: Interrupter?
  /// Whether the response of the current request is, in part, in the output buffer.
  @exclusivity(unchecked) var holdsResponse = false
  /// Whether a part of the response of the current request has been sent.
  @exclusivity(unchecked) var hasBegunResponse = false
  /// When the handler must have answered, its stream included; nil if it may take for ever.
  @exclusivity(unchecked) var handlerDeadline: Deadline?
  /// Whether there is no request after this one.
  @exclusivity(unchecked) var isLast = false
  /// Whether the client may still be sending when this closes.
  @exclusivity(unchecked) var lingers = false
  /// Whether somebody is sending: then the output buffer must stay as it is.
  @exclusivity(unchecked) private(set) var isSending = false
  /// Sending has failed: nothing can be said any more.
  @exclusivity(unchecked) private(set) var isBroken = false
  @exclusivity(unchecked) var requestCount = 0
  @exclusivity(unchecked) var receivedBytes = 0
  @exclusivity(unchecked) var sentBytes = 0

  init(
    _ server: HTTPServer, _ stream: any ByteStream, _ socket: GreenSocket?, _ info: ConnectionInfo
  ) {
    self.server = server
    transport = Transport(stream)
    self.socket = socket
    self.info = info
  }

  var configuration: HTTPServer.Configuration { server.configuration }
  var buffers: BufferPool { server.buffers }
  var descriptor: Int32 { socket?.fileDescriptor ?? -1 }

  /// Serves until one of the two ends has had enough.
  /// - Throws: ``ConnectionCut`` when the client must not take what it has got for all there is; what
  ///   a kill throws.
  func run() throws {
    defer { giveBackBuffers() }
    do {
      while try receiveHead() {
        try serveRequest()
        if isLast {
          // Further requests, of which more may be on their way.
          if let heldInput, heldInput.unusedCount > 0 { lingers = true }
          break
        }
      }
      try flush()
      if lingers { try linger() }
    } catch {
      cancelDeferredFlush()
      if error is GreenThreadExit { throw error }
      if isBroken || isOfConnection(error) { throw ConnectionCut() }
      throw error
    }
  }

  /// Whether it is the client, or the way to it, that has failed.
  func isOfConnection(_ error: any Error) -> Bool {
    guard let socket else { return false }
    switch error {
    case let error as SystemError:
      return error.subject == socket.subject || error.subject == "descriptor \(descriptor)"
    case HubError.closedWhileWaiting(let closed): return closed == descriptor
    case let error as IOTimeout: return error.subject == socket.subject
    case let error as any ConnectionError: return error.connection == socket.subject
    default: return false
    }
  }

  // MARK: Buffers

  var input: InputBuffer {
    if let heldInput { return heldInput }
    let buffer = buffers.takeInput()
    heldInput = buffer
    return buffer
  }

  var output: OutputBuffer {
    if let heldOutput { return heldOutput }
    let buffer = buffers.takeOutput()
    heldOutput = buffer
    return buffer
  }

  private func giveBackInput() {
    guard let buffer = heldInput else { return }
    heldInput = nil
    buffers.giveBack(buffer)
  }

  private func giveBackBuffers() {
    giveBackInput()
    guard let buffer = heldOutput else { return }
    heldOutput = nil
    // A handler may have left somebody behind who sends.
    if !isSending { buffers.giveBack(buffer) }
  }

  /// What the client has sent after the request, for who takes the connection over.
  func takeUnused() -> [UInt8] {
    let unused = Array(input.unused)
    input.use(unused.count)
    return unused
  }

  // MARK: Receiving

  /// Receives the head of the next request.
  /// - Returns: false when there is none.
  private func receiveHead() throws -> Bool {
    phase = .idle
    if heldInput?.unusedCount ?? 0 == 0 {
      try flush()
      giveBackBuffers()
      // What has arrived is served; nothing else comes.
      if server.isStopping { endReceiving() }
      guard try receiveFirst() else { return false }
    }
    phase = .active
    isLast = false
    let input = input
    input.beginHead()
    input.parser.reset()
    // The buffer may come from a connection that has ended in the middle of a head.
    input.request.parsed.reset()
    var deadline = Nanoseconds.never
    do {
      while try !input.parser.parse(input.fromHead, into: &input.request.parsed) {
        if deadline == .never {
          deadline = Hub.current.deadline(after: server.configuration.timeouts.head)
        }
        try flush()
        // One that sends half a request and goes wants no answer.
        if try receiveMore(until: deadline) == 0 { return false }
      }
    } catch let error as RequestError {
      try refuse(error)
      return false
    } catch is IOTimeout where !isBroken {
      try refuse(RequestError(.headTimedOut))
      return false
    }
    return true
  }

  /// Waits for the first bytes of a request; has no buffer meanwhile.
  private func receiveFirst() throws -> Bool {
    let deadline = Hub.current.deadline(after: server.configuration.timeouts.idle)
    if socket == nil {
      idleInterrupter = Interrupter()
      if server.isStopping { endReceiving() }
    }
    defer { endInterrupting() }
    do {
      let count = try transport.receive(
        until: deadline, takeBuffer: { input }, giveBack: { giveBackInput() })
      receivedBytes += count
      return count > 0
    } catch is IOTimeout { return false } catch is StopServing where server.isStopping {
      return false
    } catch {
      // Reset while nothing was going on, or closed by whoever stops the server.
      if isOfConnection(error) { return false }
      throw error
    }
  }

  /// Receives more of a request.
  /// - Returns: how many bytes; 0 at the end of the stream.
  func receiveMore(until deadline: Nanoseconds) throws -> Int {
    let count = try transport.receive(until: deadline, takeBuffer: { input }, giveBack: {})
    receivedBytes += count
    return count
  }

  func endReceiving() {
    try? socket?.shutdown(.reading)
    idleInterrupter?.interruptLater(StopServing())
  }

  private func endInterrupting() {
    guard let idleInterrupter else { return }
    self.idleInterrupter = nil
    idleInterrupter.withdraw()
  }

  // MARK: Sending

  /// Sends what is in the output buffer.
  ///
  /// Who reads a request's body may come upon somebody who is sending the response: then that is
  /// being done.
  func flush() throws {
    guard let output = heldOutput, !output.isEmpty, !isSending else { return }
    cancelDeferredFlush()
    try sending(output.bytes.count) { try transport.sendAll(output.bytes, until: $0) }
    output.removeAll()
  }

  /// Sends what is in the output buffer, and more after it.
  func flush(with more: UnsafeRawBufferPointer) throws {
    cancelDeferredFlush()
    let output = output
    try sending(output.count + more.count) {
      try transport.sendAll([output.bytes, more], until: $0)
    }
    output.removeAll()
  }

  /// Has something send, within its time.
  func sending(_ count: Int, _ send: (_ deadline: Nanoseconds) throws -> Void) throws {
    if holdsResponse { hasBegunResponse = true }
    let timeouts = server.configuration.timeouts
    var deadline = Nanoseconds.never
    if let time = timeouts.send {
      deadline = Hub.current.now + Self.allowance(time, for: count, rate: timeouts.minimumRate)
    }
    isSending = true
    defer { isSending = false }
    do { try send(deadline) } catch {
      isBroken = true
      heldOutput?.removeAll()
      throw error
    }
    sentBytes += count
  }

  /// What may be spent on so many bytes.
  static func allowance(_ time: Duration, for count: Int, rate: Int) -> Nanoseconds {
    guard rate > 0 else { return time.nanoseconds }
    let (more, overflows) = count.multipliedReportingOverflow(by: 1_000_000_000)
    return overflows ? .max / 4 : min(.max / 4, time.nanoseconds + Int64(more / rate))
  }

  /// While a pipelined request is being answered the answers before it are to be sent at the latest
  /// when this green thread waits.
  func deferFlush() throws {
    guard let output = heldOutput, !output.isEmpty else { return }
    guard case .socket(let socket) = transport, output.count < 65_536 else { return try flush() }
    if deferredFlush != nil { return }
    deferredFlush = Hub.current.schedule(after: .zero) { [self] in
      deferredFlush = nil
      // Somebody else may be sending: then it is being done.
      guard let output = heldOutput, !output.isEmpty,
        let count = try? socket.send(output.bytes, timeout: .zero)
      else { return }
      if holdsResponse { hasBegunResponse = true }
      sentBytes += count
      output.removeFirst(count)
    }
  }

  private func cancelDeferredFlush() {
    guard let timer = deferredFlush else { return }
    deferredFlush = nil
    timer.cancel()
  }

  // MARK: The end

  func take(_ connection: TakenConnection) { phase = .taken(connection) }

  /// Has it end when it has nothing to do.
  func stop() {
    switch phase {
    case .idle: endReceiving()
    case .active: break
    case .taken(let connection): connection.serverStops()
    }
  }

  /// Takes in what the client still sends, so that the kernel does not answer it by breaking the
  /// connection off, which could reach the client before the response (RFC 9112, 9.6).
  private func linger() throws {
    transport.endSending()
    giveBackInput()
    let deadline = Hub.current.deadline(after: server.configuration.timeouts.linger)
    var received = 0
    do {
      while received < 1 << 20 {
        let count = try receiveMore(until: deadline)
        if count == 0 { return }
        received += count
        input.use(count)
        input.beginHead()
      }
    } catch is IOTimeout {} catch HubError.secondWaiter {
      // A handler has left somebody behind who reads the body.
    } catch {
      if !isOfConnection(error) { throw error }
    }
  }
}

/// The connection must end so that the client notices.
struct ConnectionCut: PeerError {}
