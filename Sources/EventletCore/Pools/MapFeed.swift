/// Reads the input of a ``GreenMap`` and starts its jobs, no further ahead than the size of the pool.
///
/// A green thread of its own does that, which is not of the pool: so a result that is there can be
/// taken while the input waits, and the other way round. A reader that is of the pool itself cannot
/// leave it to another: when it waits, it holds the slot that the other would wait for. It reads the
/// input itself, and runs what finds no slot.
@usableFromInline
final class MapFeed: JobResults {
  /// Reads the input once: a green thread to start for it, or nil at its end.
  @usableFromInline typealias Reader = () throws -> AnyGreenThread?

  /// nil once the input has ended.
  private var read: Reader?
  private let file: StaticString
  private let line: UInt
  private var feeder: AnyGreenThread?
  /// The feeder, while it waits until a result is taken.
  private var feederLine = WaitQueue()
  private var isReading = false
  /// What the feeder has read, while it waits for a slot.
  private var stuck: AnyGreenThread?
  private var isAbandoned = false
  private var inputHasEnded = false
  /// The error that ended the input, until somebody has got it.
  private var inputError: (any Error)?

  @usableFromInline
  init(
    pool: PoolSlots, isOrdered: Bool, file: StaticString, line: UInt, reading read: @escaping Reader
  ) {
    self.read = read
    self.file = file
    self.line = line
    super.init(pool: pool, isOrdered: isOrdered, keepsInterrupted: true)
  }

  deinit {
    // Nobody can get it any more.
    guard let inputError, !(inputError is GreenThreadExit) else { return }
    UncaughtError.report(inputError, origin: "the input of a map (\(file):\(line))")
  }

  /// Waits for the next job to take the result of.
  /// - Returns: nil at the end.
  @usableFromInline
  func next() throws -> AnyGreenThread? {
    if !inputHasEnded || stuck != nil { try feedOrStartFeeder() }
    let job = try take()
    wakeFeeder()
    if job == nil, let error = inputError {
      inputError = nil
      throw error
    }
    return job
  }

  /// Who has the results is gone: what runs goes on, and nothing more is started.
  func abandon() {
    isAbandoned = true
    feeder?.interruptLater(GreenThreadExit())
  }

  // MARK: Feeding

  private var hasRoom: Bool { untakenCount < max(pool.size, 1) }

  private func feedOrStartFeeder() throws {
    let hub = Hub.current
    if let reader = hub.isInHub ? nil : hub.running?.takeUnretainedValue(), pool.isMember(reader) {
      try feed(from: reader)
      return
    }
    guard pool.size > 0 || untakenCount > 0 else {
      throw HubError.invalidArgument(
        "the map (\(file):\(line)) runs in a pool of size 0: nothing would ever run")
    }
    if feeder == nil, !inputHasEnded { startFeeder() }
    // There may be room because the pool has grown.
    wakeFeeder()
  }

  private func wakeFeeder() {
    if hasRoom { _ = feederLine.choose() }
  }

  private func startFeeder() {
    let thread = spawn(file: file, line: line) { try self.feed() }
    feeder = thread
    thread.link { [self] thread in
      thread.isErrorObserved = true
      feeder = nil
      endInput(thread.error)
    }
  }

  /// Runs on the feeder.
  private func feed() throws {
    while !isAbandoned {
      if !hasRoom {
        try waitForRoom()
        continue
      }
      guard let job = try readJob(), !isAbandoned else { return }
      stuck = job
      plan(job)
      // Never false, since the feeder is not of the pool.
      do { _ = try pool.take() } catch {
        if takeStuck() != nil { forget(job) }
        throw error
      }
      if takeStuck() != nil { try start(job, hasSlot: true) } else { pool.release() }
    }
  }

  private func takeStuck() -> AnyGreenThread? {
    defer { stuck = nil }
    return stuck
  }

  private func waitForRoom() throws {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("GreenPool.imap")
    feederLine.append(node)
    defer {
      if node.pointee.state == .queued { feederLine.remove(node) }
      node.pointee.state = .idle
    }
    _ = try hub.park(.queuePut)
  }

  /// Runs on a reader that is of the pool, until there is a result or all have been started that may.
  private func feed(from reader: AnyGreenThread) throws {
    while ready.isEmpty {
      if let job = takeStuck() {
        try start(job, hasSlot: pool.takeNoWait())
        continue
      }
      // While somebody else reads, wait for what that comes to.
      guard hasRoom, !isReading, !inputHasEnded else { return }
      var outcome: Result<AnyGreenThread?, any Error> = .success(nil)
      let wasInterrupted = reader.runInline { outcome = Result { try readJob() } }
      switch outcome {
      case .success(let job?):
        plan(job)
        try start(job, hasSlot: pool.takeNoWait())
      case .success(nil): endInput(nil)
      case .failure(let error):
        // The reader's own, and not one of the input.
        if wasInterrupted { throw error }
        endInput(error)
      }
    }
  }

  private func readJob() throws -> AnyGreenThread? {
    isReading = true
    defer { isReading = false }
    return try read?()
  }

  private func endInput(_ error: (any Error)?) {
    guard !inputHasEnded else { return }
    inputHasEnded = true
    inputError = error
    read = nil
    if undeliveredCount == 0 { ready.store(nil) }
  }

  override func allWasDelivered() {
    if inputHasEnded { ready.store(nil) }
  }
}
