internal import CCurl
internal import CEventletCurl
internal import EventletCore

/// One request and its answer on their way: where libcurl puts what comes, and takes what goes.
///
/// libcurl's calls come while somebody is in the engine, and never switch: they fill the queues below
/// and make ready who waits for that.
final class Transfer {
  /// How far it has come.
  enum Phase {
    /// It waits for a connection.
    case queued
    case connecting
    case securing
    case sending
    case waiting
    case receiving
  }

  /// So much is held of a body that nobody reads, and a piece of libcurl's besides.
  static let mostHeld = 131_072

  let engine: TransferEngine
  let request: TransferRequest
  /// Until the transfer has ended.
  @exclusivity(unchecked) private(set) var handle: EasyHandle?
  /// In the engine's list.
  @exclusivity(unchecked) var index = 0
  @exclusivity(unchecked) private var lists = TransferRequest.Lists()

  // MARK: State

  @exclusivity(unchecked) private(set) var phase = Phase.queued
  /// When the phase began, or something last happened in it.
  @exclusivity(unchecked) private(set) var since: Nanoseconds
  @exclusivity(unchecked) private(set) var head = ResponseHead()
  @exclusivity(unchecked) private var inbox = ByteQueue()
  /// How many bytes of the body have come, decoded.
  @exclusivity(unchecked) private var receivedCount = 0
  @exclusivity(unchecked) private var isPaused = false
  @exclusivity(unchecked) private var isTakingOver = false
  @exclusivity(unchecked) let upload: Upload?
  /// What is wrong with what came, where libcurl only knows that we did not take it.
  @exclusivity(unchecked) private var fault: HTTPClientError.Reason?
  @exclusivity(unchecked) private(set) var outcome: Outcome?
  @exclusivity(unchecked) private var requestCount = 0
  @exclusivity(unchecked) private(set) var endInformation: TransferInformation?

  enum Outcome {
    case success
    case failure(any Error)
  }

  @exclusivity(unchecked) private var readers = WaitQueue()
  @exclusivity(unchecked) private var writers = WaitQueue()
  /// Who waits, for the error of who comes second.
  @exclusivity(unchecked) private var reader: AnyGreenThread?
  @exclusivity(unchecked) private var writer: AnyGreenThread?
  @exclusivity(unchecked) private var doneWithoutWait = 0
  private static let mostWithoutWait = 32
  /// Until when somebody waits, if it is nobody's turn before.
  @exclusivity(unchecked) private var earliestLook = Nanoseconds.never

  init(_ engine: TransferEngine, _ request: TransferRequest) {
    self.engine = engine
    self.request = request
    upload = request.body.map(Upload.init)
    since = engine.now
    let handle = engine.takeHandle()
    self.handle = handle
    lists = request.setUp(handle, engine.standingFields)
    handle.transfer = .passUnretained(self)
  }

  static func of(_ easy: UnsafeMutableRawPointer) -> Transfer? {
    ev_curl_get_text(easy, Int32(bitPattern: CURLINFO_PRIVATE.rawValue)).flatMap { data in
      Unmanaged<EasyHandle>.fromOpaque(data)._withUnsafeGuaranteedRef {
        $0.transfer?.takeUnretainedValue()
      }
    }
  }

  /// The handle is out of libcurl's hands.
  func giveBackHandle() {
    guard let handle else { return }
    self.handle = nil
    handle.transfer = nil
    request.takeDown(handle, engine.standingFields)
    lists.free()
  }

  // MARK: The end

  /// libcurl has ended it.
  func noteEnd(_ code: CURLcode) {
    guard let handle else { return }
    // More than that limit comes of nothing else.
    if code == CURLE_OUT_OF_MEMORY, isPaused {
      fault = .decompressionRatio(engine.configuration.limits.decompressionRatio)
    }
    let information = TransferInformation(of: handle)
    endInformation = information
    // One that had its answer before anybody had to wait for it.
    if information.openedConnections > 0 { engine.sockets.noteConnection(handle.activeSocket) }
    if code == CURLE_OK {
      outcome = .success
    } else {
      outcome = .failure(
        request.error(
          fault, code, phase, hasHead: head.isComplete, detail: handle.errorDescription))
    }
  }

  func announceEnd() {
    wakeReaders()
    wakeWriters()
  }

  /// Ended from outside.
  func end(_ error: any Error) {
    if outcome == nil { outcome = .failure(error) }
    handle = nil
    announceEnd()
  }

  /// Gives it up, if it has not ended.
  func cancel(_ error: any Error = HTTPClientError(.abandoned)) {
    guard handle != nil else { return }
    engine.remove(self, because: error)
    engine.goOn()
  }

  /// How it went, so far.
  var information: TransferInformation {
    endInformation ?? handle.map(TransferInformation.init) ?? TransferInformation()
  }

  // MARK: What libcurl calls

  private func enter(_ phase: Phase) {
    self.phase = phase
    since = engine.now
    // One that waits is to look at its new limit, if that comes first.
    if !readers.isEmpty || !writers.isEmpty, deadline() < earliestLook {
      wakeReaders()
      wakeWriters()
    }
  }

  /// A socket is being opened for it.
  func noteOpening() { if phase == .queued { enter(.connecting) } }

  /// What is waited for has changed.
  func noteWait(_ socket: Int32, for what: Int32) {
    if requestCount > 0 {
      engine.sockets.noteConnection(socket)
    } else if phase == .connecting, what == CURL_POLL_IN, request.isSecure, request.proxy.isNone {
      // Before there is a connection nothing is to be read: the first answer is that of TLS.
      enter(.securing)
    }
  }

  /// There is a connection.
  /// - Returns: false if the request may not be sent.
  func beginRequest() -> Bool {
    requestCount += 1
    // Another time: the connection ended before there was an answer, and the server may have acted.
    if requestCount > 1, !request.method.isIdempotent {
      fault = .connectionClosed
      return false
    }
    enter(upload == nil ? .waiting : .sending)
    return true
  }

  func receiveLine(_ line: UnsafeRawBufferPointer) -> Bool {
    do { try head.append(line, limit: engine.configuration.limits.head) } catch {
      fault = error.reason
      return false
    }
    if phase != .receiving, head.isComplete {
      enter(.receiving)
      wakeReaders()
      if head.status >= 400 { wakeWriters() }
    }
    return true
  }

  /// - Returns: what libcurl wants to hear: that the piece was taken, that it is to wait, or 0 to end it.
  func receive(_ piece: UnsafeRawBufferPointer) -> Int {
    // libcurl keeps what else it has received, and what becomes of that by decompression, up to 64 MiB.
    // Once it is there it is taken over as a whole: to leave it there again, libcurl would copy it each time.
    if inbox.count >= Self.mostHeld, !isTakingOver {
      isPaused = true
      return Int(CURL_WRITEFUNC_PAUSE)
    }
    receivedCount += piece.count
    since = engine.now
    let limit = engine.configuration.limits.decompressionRatio
    if receivedCount > DecompressionLimit.unratedCount, let handle,
      DecompressionLimit.isExceeded(
        received: receivedCount, encoded: handle.number(CURLINFO_SIZE_DOWNLOAD_T), ratio: limit)
    {
      fault = .decompressionRatio(limit)
      return 0
    }
    inbox.append(piece)
    wakeReaders()
    return piece.count
  }

  /// - Returns: what libcurl wants to hear: a count, or that there is nothing now.
  func send(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let upload else { return 0 }
    let count = upload.take(into: buffer)
    since = engine.now
    if upload.isOver, phase == .sending { enter(.waiting) }
    if count != CURL_READFUNC_PAUSE { wakeWriters() }
    return count
  }

  func seekToStart() -> Bool { upload?.rewind() ?? true }

  // MARK: Going on

  private func resumeReceiving() {
    guard isPaused, inbox.count < Self.mostHeld / 2, let handle else { return }
    isPaused = false
    isTakingOver = true
    changePauses(handle)
    isTakingOver = false
    if inbox.count >= Self.mostHeld {
      isPaused = true
      changePauses(handle)
    }
    engine.goOn()
  }

  func resumeSending() {
    guard let upload, upload.isPaused, let handle else { return }
    upload.isPaused = false
    changePauses(handle)
    engine.goOn()
  }

  private func changePauses(_ handle: EasyHandle) {
    let receiving = isPaused ? CURLPAUSE_RECV : CURLPAUSE_RECV_CONT
    let sending = upload?.isPaused ?? false ? CURLPAUSE_SEND : CURLPAUSE_SEND_CONT
    let code = curl_easy_pause(handle.pointer, receiving | sending)
    // What libcurl has kept was handed over meanwhile, and we did not take it. A transfer that has ended,
    // and whose end is still to be told, is a bad argument.
    if code != CURLE_OK, code != CURLE_BAD_FUNCTION_ARGUMENT {
      engine.remove(
        self,
        because: request.error(
          fault, code, phase, hasHead: true, detail: handle.errorDescription))
    }
  }

  // MARK: Waiting

  private func wakeReaders() { while readers.choose() != nil {} }
  private func wakeWriters() { while writers.choose() != nil {} }

  /// Waits for the head of the answer.
  /// - Throws: what the transfer ends with before that, a limit among it; what a kill or timeout throws.
  func waitForHead() throws {
    while !head.isComplete {
      if let outcome { throw error(of: outcome) }
      try wait(asReader: true)
    }
  }

  private func error(of outcome: Outcome) -> any Error {
    switch outcome {
    case .failure(let error): error
    // libcurl is content with a head that breaks off.
    case .success: request.error(.connectionClosed)
    }
  }

  /// Whether all has come, and nothing is left to be read.
  var isAtEnd: Bool {
    guard inbox.isEmpty, case .success = outcome else { return false }
    return true
  }

  /// How many bytes can be read without waiting.
  var availableCount: Int { inbox.count }

  /// Whether all has come.
  var hasSucceeded: Bool { if case .success = outcome { true } else { false } }

  /// Waits for a piece of the body.
  /// - Returns: false at the end of the body.
  func waitForBody() throws -> Bool {
    try letOthersRun()
    if !inbox.isEmpty { return true }
    // However slowly it was read before: the server had no part in that.
    if phase == .receiving, outcome == nil { since = engine.hub.now }
    while inbox.isEmpty {
      switch outcome {
      case .success: return false
      case .failure(let error): throw error
      case nil: try wait(asReader: true)
      }
    }
    return true
  }

  func take(upTo count: Int) -> [UInt8] {
    defer { resumeReceiving() }
    return inbox.take(upTo: count)
  }

  func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    defer { resumeReceiving() }
    return inbox.take(into: buffer)
  }

  /// Waits until the upload has room, or has no use any more.
  func waitForRoom() throws { try wait(asReader: false) }

  /// One that always finds something is not alone in the world.
  func letOthersRun() throws {
    doneWithoutWait += 1
    guard doneWithoutWait > Self.mostWithoutWait else { return }
    doneWithoutWait = 0
    try GreenThread.yield()
    try checkTime()
  }

  /// Whether what is written goes nowhere any more: it has ended, or has been refused.
  var refusesUpload: Bool {
    outcome != nil || head.isComplete && head.status >= 400
  }

  private func wait(asReader: Bool) throws {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("HTTPClient")
    if let first = asReader ? reader : writer, engine.hub.preventsMultipleReaders {
      throw HubError.second(asReader ? .reading : .writing, of: -1, after: first)
    }
    let deadline = deadline()
    enterLine(node, asReader)
    earliestLook = min(earliestLook, deadline)
    defer { if readers.isEmpty, writers.isEmpty { earliestLook = .never } }
    let isInTime: Bool
    do { isInTime = try hub.park(.event, until: deadline) } catch {
      leaveLine(node, asReader)
      throw error
    }
    leaveLine(node, asReader)
    doneWithoutWait = 0
    if !isInTime { try checkTime() }
  }

  private func enterLine(_ node: WaitQueue.Node, _ isReader: Bool) {
    if isReader {
      reader = GreenThread.current
      readers.append(node)
    } else {
      writer = GreenThread.current
      writers.append(node)
    }
  }

  private func leaveLine(_ node: WaitQueue.Node, _ isReader: Bool) {
    if isReader { reader = nil } else { writer = nil }
    if node.pointee.state == .queued {
      if isReader { readers.remove(node) } else { writers.remove(node) }
    }
    node.pointee.state = .idle
  }

  // MARK: Limits

  /// When something must have happened.
  private func deadline() -> Nanoseconds { min(request.deadline, limit().end) }

  private func limit() -> (end: Nanoseconds, phase: HTTPClientTimeout.Phase, duration: Duration?) {
    let timeouts = request.timeouts
    let (phase, duration): (HTTPClientTimeout.Phase, Duration?) =
      switch self.phase {
      case .queued: (.connection, nil)
      case .connecting: (.connect, timeouts.connect)
      case .securing: (.tls, timeouts.tls)
      // What nobody has written yet cannot be sent.
      case .sending: (.sending, upload?.isEmpty ?? true ? nil : timeouts.stall)
      case .waiting: (.head, timeouts.head)
      case .receiving: (.body, timeouts.stall)
      }
    guard let duration else { return (.never, phase, nil) }
    let (end, overflow) = since.addingReportingOverflow(duration.nanoseconds)
    return (overflow ? .never : end, phase, duration)
  }

  /// Ends the transfer if its time is over.
  private func checkTime() throws {
    guard outcome == nil, request.deadline != .never || limit().end != .never else { return }
    let now = engine.hub.now
    guard now >= deadline() else { return }
    let (end, phase, duration) = limit()
    let error = HTTPClientTimeout(
      phase: phase, isWhole: now < end, limit: (now < end ? request.timeout : duration) ?? .zero,
      url: request.url.text)
    // What has come in the same moment was in time.
    if self.phase == .receiving, !inbox.isEmpty { return }
    cancel(error)
    throw error
  }
}
