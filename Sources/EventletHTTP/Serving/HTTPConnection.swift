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
  let info: ConnectionInfo
  @exclusivity(unchecked) private(set) var phase = Phase.idle
  /// Where the server keeps it.
  @exclusivity(unchecked) var index = 0
  /// Who serves it.
  let thread = GreenThread.current

  let input: InputBuffer
  let output: OutputBuffer
  @exclusivity(unchecked) private var deferredFlush: HubTimer?
  /// When it became idle.
  @exclusivity(unchecked) private var idleSince: Nanoseconds = 0
  /// Looks at an idle connection now and then.
  ///
  /// One timer that is armed once in a while: to arm and cancel one for each request would cost more.
  @exclusivity(unchecked) private var watch: HubTimer?
  /// Of the waiting for a request by a stream that has no socket which could be told to end.
  @exclusivity(unchecked) private var idleInterrupter: Interrupter?
  /// Whether no request comes any more but what has arrived.
  @exclusivity(unchecked) private(set) var hasEndedReceiving = false
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
  /// Those who wait for that to be over.
  @exclusivity(unchecked) private var sendingEnd: Event<Void>?
  /// Sending has failed: nothing can be said any more.
  @exclusivity(unchecked) private(set) var isBroken = false
  @exclusivity(unchecked) var requestCount = 0
  /// When the first byte of the current request came, for those who keep records.
  @exclusivity(unchecked) var requestBegin = Moment()
  /// When its response was complete; nil before, and if it never was.
  @exclusivity(unchecked) var responseEnd: Nanoseconds?
  /// Of the response of the current request; 0 if there is none yet.
  @exclusivity(unchecked) var responseStatus = 0
  @exclusivity(unchecked) var receivedBytes = 0
  @exclusivity(unchecked) var sentBytes = 0

  init(
    _ server: HTTPServer, _ stream: any ByteStream, _ socket: GreenSocket?, _ info: ConnectionInfo
  ) {
    self.server = server
    transport = Transport(stream)
    self.socket = socket
    self.info = info
    input = InputBuffer(server.buffers, limits: server.configuration.limits)
    output = OutputBuffer(server.buffers)
  }

  var configuration: HTTPServer.Configuration { server.configuration }
  var buffers: BufferPool { server.buffers }
  var descriptor: Int32 { socket?.fileDescriptor ?? -1 }

  /// Serves until one of the two ends has had enough.
  /// - Throws: ``ConnectionCut`` when the client must not take what it has got for all there is; what
  ///   a kill throws.
  func run() throws {
    defer {
      watch?.cancel()
      giveBackBuffers()
    }
    do {
      while try receiveHead() {
        try serveRequest()
        if isLast {
          // Further requests, of which more may be on their way.
          if input.unusedCount > 0 { lingers = true }
          break
        }
        if input.unusedCount > 0, requestCount % Self.mostWithoutWait == 0 {
          try GreenThread.yield()
        }
      }
      try flush()
      if lingers { try linger() }
    } catch {
      cancelDeferredFlush()
      if error is GreenThreadExit { throw error }
      if isBroken { throw ConnectionCut() }
      if isOfConnection(error) {
        server.log(debug: "\(info.peerName): \(error)")
        throw ConnectionCut()
      }
      throw error
    }
  }

  /// How many requests are served in a row for a client who has sent so many at once: the others wait
  /// for no more of them.
  private static let mostWithoutWait = 16

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

  private func giveBackBuffers() {
    input.giveBack()
    // A handler may have left somebody behind who sends.
    if !isSending { output.giveBack() }
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
    if input.unusedCount == 0 {
      try flush()
      phase = .idle
      if !buffers.mayKeepIdle { giveBackBuffers() }
      // What has arrived is served; nothing else comes.
      if server.isStopping { endReceiving() }
      guard try receiveFirst() else { return false }
    }
    phase = .active
    isLast = false
    if server.keepsRecords { requestBegin = .now }
    input.beginHead()
    input.parser.reset()
    let request = input.request
    // It may come from a connection that has ended in the middle of a head.
    request.parsed.reset()
    var deadline = Nanoseconds.never
    do {
      while try !input.parser.parse(input.fromHead, into: &request.parsed) {
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

  /// Waits for the first bytes of a request; needs no buffer meanwhile.
  private func receiveFirst() throws -> Bool {
    watchIdleness()
    if socket == nil {
      idleInterrupter = Interrupter()
      if server.isStopping { endReceiving() }
    }
    defer { endInterrupting() }
    do {
      let count = try transport.receive(
        until: .never, into: input,
        giveBack: { if !buffers.mayKeepIdle { giveBackBuffers() } })
      receivedBytes += count
      return count > 0
    } catch is StopServing where hasEndedReceiving { return false } catch {
      // Reset while nothing was going on.
      if isOfConnection(error) {
        server.log(debug: "\(info.peerName): \(error)")
        return false
      }
      throw error
    }
  }

  /// Receives more of a request.
  /// - Returns: how many bytes; 0 at the end of the stream.
  func receiveMore(until deadline: Nanoseconds) throws -> Int {
    let count = try transport.receive(until: deadline, into: input, giveBack: {})
    receivedBytes += count
    return count
  }

  /// Serves what has arrived, and nothing else.
  ///
  /// Whatever is in the kernel can still be received, and then the end of the stream.
  func endReceiving() {
    hasEndedReceiving = true
    try? socket?.shutdown(.reading)
    idleInterrupter?.interruptLater(StopServing())
  }

  private func endInterrupting() {
    guard let idleInterrupter else { return }
    self.idleInterrupter = nil
    idleInterrupter.withdraw()
  }

  // MARK: Idleness

  private static let timeToKeepBuffers = Duration.seconds(1)

  private func watchIdleness() {
    idleSince = Hub.current.now
    if watch == nil {
      look(after: min(Self.timeToKeepBuffers, server.configuration.timeouts.idle ?? .seconds(1)))
    }
  }

  private func look(after time: Duration) {
    watch = Hub.current.schedule(after: time) { [self] in
      watch = nil
      // One that is busy asks for it when it becomes idle.
      if case .idle = phase { lookAtIdleness() }
    }
  }

  private func lookAtIdleness() {
    let idle = Duration.nanoseconds(Hub.current.now - idleSince)
    let limit = server.configuration.timeouts.idle
    if let limit, idle >= limit {
      server.log(debug: "\(info.peerName): timed out, no request in \(limit)")
      return endReceiving()
    }
    if idle < Self.timeToKeepBuffers { return look(after: Self.timeToKeepBuffers - idle) }
    giveBackBuffers()
    // A handler may have gone deep: most connections are idle most of the time.
    thread.trimStack()
    if let limit { look(after: limit - idle) }
  }

  // MARK: Sending

  /// Sends what is in the output buffer.
  ///
  /// Who reads a request's body may come upon somebody who is sending the response: then that is
  /// being done. Over a socket, a kill or timeout leaves there what has not been sent.
  func flush() throws {
    if output.isEmpty || isSending { return }
    cancelDeferredFlush()
    guard case .socket(let socket) = transport else {
      try sending(output.count) {
        try transport.sendAll(output.bytes, until: $0, progress: countSent)
      }
      return output.removeAll()
    }
    if isBroken { throw ConnectionCut() }
    if holdsResponse { hasBegunResponse = true }
    isSending = true
    defer { endSending() }
    do {
      // As a rule the kernel takes all of it, and no time need be looked at.
      took(try socket.sendWithoutWaiting(output.bytes))
      if output.isEmpty { return }
      let deadline = sendDeadline(for: output.count)
      while !output.isEmpty {
        took(try socket.send(output.bytes, timeout: Transport.timeout(until: deadline)))
      }
    } catch { throw isOfConnection(error) ? broken(by: error) : error }
  }

  private func took(_ count: Int) {
    sentBytes += count
    if count == output.count { output.removeAll() } else { output.removeFirst(count) }
  }

  /// Sends what is in the output buffer, and more after it.
  func flush(with more: UnsafeRawBufferPointer) throws {
    cancelDeferredFlush()
    var rest = more[...]
    repeat {
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.mostAtATime))
      rest = rest.dropFirst(part.count)
      try sending(output.count + part.count) {
        try transport.sendAll([output.bytes, part], until: $0, progress: countSent)
      }
      output.removeAll()
    } while !rest.isEmpty
  }

  /// How much of a body has a time of its own to be sent in.
  ///
  /// The time grows with the bytes, so that for all of a large body a client would have hours in which
  /// it takes nothing.
  private static let mostAtATime = 65_536

  /// Also of a sending that fails then: the client has got them.
  func countSent(_ count: Int) { sentBytes += count }

  /// Has something send, within its time.
  func sending(_ count: Int, _ send: (_ deadline: Nanoseconds) throws -> Void) throws {
    // What follows a part of something must not be taken for the rest.
    if isBroken { throw ConnectionCut() }
    if holdsResponse { hasBegunResponse = true }
    isSending = true
    defer { endSending() }
    do { try send(sendDeadline(for: count)) } catch { throw broken(by: error) }
  }

  private func sendDeadline(for count: Int) -> Nanoseconds {
    let timeouts = server.configuration.timeouts
    guard let time = timeouts.send else { return .never }
    return Hub.current.now + Self.allowance(time, for: count, rate: timeouts.minimumRate)
  }

  private func endSending() {
    isSending = false
    guard let sendingEnd else { return }
    self.sendingEnd = nil
    sendingEnd.send(())
  }

  /// Waits until the output buffer may be changed.
  ///
  /// Who reads a request's body sends what is there before, and may have to wait for room.
  func waitForSender() throws {
    while isSending {
      let end = sendingEnd ?? Event()
      sendingEnd = end
      try end.wait()
    }
  }

  private func broken(by error: any Error) -> any Error {
    isBroken = true
    output.removeAll()
    if isOfConnection(error) { server.log(debug: "\(info.peerName): \(error)") }
    return error
  }

  /// Nothing of the output buffer is to be sent any more, or counts as sent.
  func discardOutput() { if !isSending { output.removeAll() } }

  /// What may be spent on so many bytes.
  static func allowance(_ time: Duration, for count: Int, rate: Int) -> Nanoseconds {
    guard rate > 0 else { return time.nanoseconds }
    let (more, overflows) = count.multipliedReportingOverflow(by: 1_000_000_000)
    return overflows ? .max / 4 : min(.max / 4, time.nanoseconds + Int64(more / rate))
  }

  /// While a pipelined request is being answered the answers before it are to be sent at the latest
  /// when this green thread waits.
  func deferFlush() throws {
    if output.isEmpty { return }
    guard case .socket(let socket) = transport, output.count < 65_536 else { return try flush() }
    if deferredFlush != nil { return }
    deferredFlush = Hub.current.schedule(after: .zero) { [self] in
      deferredFlush = nil
      // Somebody else may be sending: then it is being done.
      guard !output.isEmpty, !isSending,
        let count = try? socket.send(output.bytes, timeout: .zero)
      else { return }
      if holdsResponse { hasBegunResponse = true }
      took(count)
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
    let deadline = Hub.current.deadline(after: server.configuration.timeouts.linger)
    var received = 0
    do {
      while received < 1 << 20 {
        let count = try receiveMore(until: deadline)
        if count == 0 { return }
        received += count
        input.use(input.unusedCount)
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
