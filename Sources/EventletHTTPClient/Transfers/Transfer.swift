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
  /// When libcurl last took something of the upload, or there was something to be taken again.
  @exclusivity(unchecked) private(set) var sentAt: Nanoseconds
  @exclusivity(unchecked) private(set) var head = ResponseHead()
  @exclusivity(unchecked) private var inbox = ByteQueue()
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

  @exclusivity(unchecked) var readers = TransferLine()
  @exclusivity(unchecked) var writers = TransferLine()
  @exclusivity(unchecked) var doneWithoutWait = 0
  /// Until when somebody waits, if it is nobody's turn before.
  @exclusivity(unchecked) var earliestLook = Nanoseconds.never

  /// - Throws: for what libcurl refuses of the client's configuration.
  init(_ engine: TransferEngine, _ request: TransferRequest) throws(HTTPClientError) {
    self.engine = engine
    self.request = request
    upload = request.body.map(Upload.init)
    since = engine.hub.now
    sentAt = since
    let handle = try engine.takeHandle()
    self.handle = handle
    lists = request.setUp(handle, engine)
    handle.transfer = .passUnretained(self)
  }

  /// Whether it is the one that others may wait for.
  var isMakingConnection: Bool { phase == .connecting || phase == .securing }

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
    request.takeDown(handle, engine, lists)
    lists.free()
  }

  // MARK: The end

  /// libcurl has ended it.
  func noteEnd(_ code: CURLcode) {
    guard let handle else { return }
    let information = TransferInformation(of: handle)
    endInformation = information
    // One that had its answer before anybody had to wait for it.
    if information.openedConnections > 0 { engine.sockets.noteConnection(handle.activeSocket) }
    if code == CURLE_OK {
      outcome = .success
    } else {
      outcome = .failure(error(of: code, hasHead: head.isComplete, handle))
    }
  }

  func announceEnd() {
    readers.wakeAll()
    writers.wakeAll()
  }

  /// Ended from outside.
  func end(_ error: any Error) {
    if outcome == nil { outcome = .failure(error) }
    handle = nil
    announceEnd()
  }

  /// It is the parent's, in a forked child: libcurl keeps what it holds of it, for good.
  func endInChild() {
    handle.map { _ = Unmanaged.passRetained($0) }
    end(HubError.lostInFork("an HTTP transfer"))
  }

  /// Gives it up, if it has not ended.
  /// - Parameter error: What is thrown to who waits; nil says that the response was closed.
  func cancel(_ error: (any Error)? = nil) {
    guard handle != nil else { return }
    engine.checkThread()
    engine.remove(self, because: error ?? self.error(.abandoned))
    engine.goOn()
  }

  /// An error that came while the transfer was where it is.
  func error(_ reason: HTTPClientError.Reason, detail: String = "") -> HTTPClientError {
    request.error(reason, phase: phase.ofErrors, detail: detail)
  }

  /// What libcurl reports, or what we have found wrong before.
  private func error(of code: CURLcode, hasHead: Bool, _ handle: EasyHandle) -> HTTPClientError {
    // Of what we have refused ourselves, libcurl knows no more than that.
    if let fault {
      return request.error(fault, phase: phase.ofErrors, curlCode: code.rawValue)
    }
    let detail = handle.errorDescription
    return request.error(
      code.reason(phase, hasHead: hasHead, detail: detail, headLimit: request.headLimit),
      phase: phase.ofErrors, detail: detail.isEmpty ? CurlLibrary.text(of: code) : detail,
      curlCode: code.rawValue)
  }

  /// How it went, so far.
  var information: TransferInformation {
    endInformation ?? handle.map(TransferInformation.init) ?? TransferInformation()
  }

  // MARK: What libcurl calls

  private func enter(_ phase: Phase, at now: Nanoseconds? = nil) {
    self.phase = phase
    since = now ?? engine.now
    lookAtLimits()
  }

  /// A socket is being opened for it.
  func noteOpening() { if phase == .queued { enter(.connecting) } }

  /// TLS begins, with the server or with the proxy.
  func noteSecuring() { enter(.securing) }

  /// It waits for that socket.
  func noteWait(_ socket: Int32) {
    if requestCount > 0 { engine.sockets.noteConnection(socket) }
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
    sentAt = engine.now
    // Of a body without bytes nothing is asked for.
    enter(upload.map(\.isOver) ?? true ? .waiting : .sending)
    return true
  }

  func receiveLine(_ line: UnsafeRawBufferPointer) -> Bool {
    do { try head.append(line, limit: engine.configuration.limits.head) } catch {
      fault = error.reason
      return false
    }
    if phase != .receiving, head.isComplete {
      enter(.receiving)
      readers.wakeAll()
      if head.status >= 400 { writers.wakeAll() }
    }
    return true
  }

  /// - Returns: what libcurl wants to hear: that the piece was taken, that it is to wait, or 0 to end it.
  func receive(_ piece: UnsafeRawBufferPointer) -> Int {
    // libcurl keeps what else it has received, of HTTP/2 up to 32 MiB. Once it is there it is taken over as a
    // whole: to leave it there again, libcurl would copy it each time.
    if inbox.count >= Self.mostHeld, !isTakingOver {
      isPaused = true
      return Int(CURL_WRITEFUNC_PAUSE)
    }
    since = engine.now
    inbox.append(piece)
    readers.wakeAll()
    return piece.count
  }

  /// - Returns: what libcurl wants to hear: a count, or that there is nothing now.
  func send(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let upload else { return 0 }
    let count = upload.take(into: buffer)
    since = engine.now
    sentAt = since
    if phase == .sending, upload.isOver { enter(.waiting) }
    if count != CURL_READFUNC_PAUSE { writers.wakeAll() }
    return count
  }

  /// The connection ended before there was an answer, and libcurl wants to send all of it by another.
  func seekToStart() -> Bool {
    guard let upload, !upload.rewind() else { return true }
    fault = .connectionClosed
    return false
  }

  // MARK: Going on

  private func resumeReceiving() {
    guard isPaused, inbox.count < Self.mostHeld / 2, engine.isOpen(), let handle else { return }
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

  /// Adds to the body.
  func write(_ bytes: UnsafeRawBufferPointer) {
    guard let upload else { return }
    if upload.isEmpty { sentAt = engine.hub.now }
    upload.write(bytes)
    lookAtLimits()
    resumeSending()
  }

  /// Nothing more is written.
  func endUpload() {
    guard let upload else { return }
    upload.end()
    // If all has been taken, and is all that was announced, libcurl will not ask again.
    if phase == .sending, upload.isOver { enter(.waiting, at: engine.hub.now) }
    resumeSending()
  }

  private func resumeSending() {
    guard let upload, upload.isPaused, engine.isOpen(), let handle else { return }
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
      engine.remove(self, because: error(of: code, hasHead: true, handle))
    }
  }

  // MARK: The body

  /// Whether all has come, and nothing is left to be read.
  var isAtEnd: Bool { inbox.isEmpty && hasSucceeded }

  /// How many bytes can be read without waiting.
  var availableCount: Int { inbox.count }

  /// Whether all has come.
  var hasSucceeded: Bool { if case .success = outcome { true } else { false } }

  /// Somebody waits for a piece, however slowly he has read before: the server had no part in that.
  func noteReading() {
    if phase == .receiving, outcome == nil { since = engine.hub.now }
  }

  func take(upTo count: Int) -> [UInt8] {
    engine.checkThread()
    defer { resumeReceiving() }
    return inbox.take(upTo: count)
  }

  func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    engine.checkThread()
    defer { resumeReceiving() }
    return inbox.take(into: buffer)
  }

  /// What was taken last, and was of no use to who has taken it.
  func putBack(_ bytes: [UInt8]) { if !bytes.isEmpty { inbox.putBack(bytes) } }

  /// Whether what is written goes nowhere any more: it has ended, or has been refused.
  var refusesUpload: Bool {
    outcome != nil || head.isComplete && head.status >= 400
  }
}

extension Transfer.Phase {
  /// What it is called in errors.
  fileprivate var ofErrors: HTTPClientError.Phase {
    switch self {
    case .queued, .connecting: .connect
    case .securing: .tls
    case .sending: .sending
    case .waiting: .head
    case .receiving: .body
    }
  }
}
