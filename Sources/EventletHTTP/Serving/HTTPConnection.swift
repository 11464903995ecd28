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
  let transport: StreamTransport
  /// The client's socket, whatever is spoken over it; nil if there is only a stream.
  let socket: GreenSocket?
  let info: ConnectionInfo
  @exclusivity(unchecked) var phase = Phase.idle
  /// Where the server keeps it.
  @exclusivity(unchecked) var index = 0
  /// Who serves it.
  let thread = GreenThread.current

  let input: InputBuffer
  let output: OutputBuffer
  @exclusivity(unchecked) var deferredFlush: HubTimer?
  /// When it became idle.
  @exclusivity(unchecked) var idleSince: Nanoseconds = 0
  /// Looks at an idle connection now and then.
  ///
  /// One timer that is armed once in a while: to arm and cancel one for each request would cost more.
  @exclusivity(unchecked) var watch: HubTimer?
  /// When ``watch`` is due.
  @exclusivity(unchecked) var watchTime: Nanoseconds = 0
  /// Ends the waiting for a request.
  @exclusivity(unchecked) var idleInterrupter: Interrupter?
  /// Whether no request is waited for any more: one that has begun to arrive is the last.
  @exclusivity(unchecked) var isEnding = false
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
  @exclusivity(unchecked) var isSending = false
  /// Since when, and how many bytes had been sent then.
  @exclusivity(unchecked) var sendingBegin: (time: Nanoseconds, count: Int) = (0, 0)
  /// Those who wait for that to be over.
  @exclusivity(unchecked) var sendingEnd: Event<Void>?
  /// Sending has failed: nothing can be said any more.
  @exclusivity(unchecked) var isBroken = false
  /// It is the client, or the way to it, that has broken it: nobody else's mistake.
  @exclusivity(unchecked) var hasLostClient = false
  @exclusivity(unchecked) var requestCount = 0
  /// How many interruptions of the caller's have been dealt with.
  @exclusivity(unchecked) private var knownInterruptions = 0
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
    transport = StreamTransport(stream)
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
      // Somebody may be at it, and what comes next would cut it off.
      try waitForSender()
      try flush()
      if lingers { try linger() }
    } catch {
      cancelDeferredFlush()
      if isMeantForCaller(error) { throw error }
      if !hasLostClient, !(error is ConnectionCut) {
        if isOfConnection(error) {
          server.log(debug: "\(info.peerName): \(error)")
        } else {
          // One connection's error must not end the others.
          server.report(error, "the connection of \(info.peerName)")
        }
      }
      throw ConnectionCut()
    }
  }

  /// Whether it is a kill, or what became of a kill or timeout that who has this served began.
  func isMeantForCaller(_ error: any Error) -> Bool {
    error is GreenThreadExit || thread.outsideInterruptionCount > knownInterruptions
  }

  /// What goes wrong from here on does not come of what was thrown before, and caught.
  func beginAnew() { knownInterruptions = thread.outsideInterruptionCount }

  /// What is thrown next ends the connection, and is the caller's.
  func endForCaller() { knownInterruptions = -1 }

  /// How many requests are served in a row for a client who has sent so many at once: the others wait
  /// for no more of them.
  private static let mostWithoutWait = 16

  /// Whether it is the client, or the way to it, that has failed.
  func isOfConnection(_ error: any Error) -> Bool { transport.isOwn(error, over: socket) }

  // MARK: Buffers

  func giveBackBuffers() {
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
    beginAnew()
    if input.unusedCount == 0 {
      try flush()
      phase = .idle
      if !buffers.mayKeepIdle { giveBackBuffers() }
      if server.isStopping { isEnding = true }
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
    } catch let error as IOTimeout where !isBroken && !isMeantForCaller(error) {
      try refuse(RequestError(.headTimedOut))
      return false
    }
    return true
  }

  /// Waits for the first bytes of a request; needs no buffer meanwhile.
  private func receiveFirst() throws -> Bool {
    if isEnding { return try receiveArrived() }
    watchIdleness()
    defer { endInterrupting() }
    do {
      let count = try transport.receive(
        until: .never, into: input,
        giveBack: { if !buffers.mayKeepIdle { giveBackBuffers() } })
      receivedBytes += count
      return count > 0
    } catch is StopServing where isEnding { return try receiveArrived() } catch {
      return try endsIdle(error)
    }
  }

  /// Receives what is there already of a last request.
  private func receiveArrived() throws -> Bool {
    do { return try receiveMore(until: Hub.current.now) > 0 } catch {
      if error is IOTimeout, !isMeantForCaller(error) { return false }
      return try endsIdle(error)
    }
  }

  /// Takes an error that ends a connection while nothing goes on, such as a reset.
  private func endsIdle(_ error: any Error) throws -> Bool {
    guard isOfConnection(error), !isMeantForCaller(error) else { throw error }
    server.log(debug: "\(info.peerName): \(error)")
    return false
  }

  /// Receives more of a request.
  /// - Returns: how many bytes; 0 at the end of the stream.
  func receiveMore(until deadline: Nanoseconds) throws -> Int {
    let count = try transport.receive(until: deadline, into: input, giveBack: {})
    receivedBytes += count
    return count
  }
}

/// The connection must end so that the client notices.
struct ConnectionCut: PeerError {}
