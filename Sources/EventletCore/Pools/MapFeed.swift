/// Reads the input of a ``GreenMap`` and starts its jobs, no further ahead than the size of the pool.
///
/// A green thread of its own does that, which is not of the pool: so a result that is there can be
/// taken while the input waits, and the other way round. A reader that is of the pool itself cannot
/// leave it to another: when it waits, it holds the slot that the other would wait for. It reads the
/// input itself, and runs what finds no slot. While it waits for a result, it is called whenever there
/// is something to do that nobody else does.
@usableFromInline
final class MapFeed: JobResults {
  /// Reads the input once: a green thread to start for it, or nil at its end.
  @usableFromInline typealias Reader = () throws -> AnyGreenThread?

  /// nil once the input has ended.
  private var read: Reader?
  private let file: StaticString
  private let line: UInt
  private var feeder: AnyGreenThread?
  /// The feeder, while it waits until a result is taken, or until somebody else has read.
  private var feederLine = WaitQueue()
  private var isReading = false
  /// What the feeder has read, while it waits for a slot.
  private var stuck: AnyGreenThread?
  private var isAbandoned = false
  /// Readers of the pool that wait for a result.
  private var waitingMembers = 0
  /// Whether there is a call in the queue.
  private var hasCalled = false
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
    // Whoever leaves may have been the one who would have done what there is to do.
    defer { callMember() }
    while true {
      switch try nextDelivery() {
      case .job(let job):
        untakenCount -= 1
        wakeFeeder()
        return job
      case .call: hasCalled = false
      case .end:
        ready.store(.end)
        guard let error = inputError else { return nil }
        inputError = nil
        throw error
      }
    }
  }

  private func nextDelivery() throws -> Delivery {
    if inputHasEnded, stuck == nil { return try ready.get() }
    let hub = Hub.current
    guard let reader = hub.isInHub ? nil : hub.running?.takeUnretainedValue(), pool.isMember(reader)
    else {
      try provideFeeder()
      callMember()
      return try ready.get()
    }
    try feed(from: reader)
    waitingMembers += 1
    defer { waitingMembers -= 1 }
    return try ready.get()
  }

  /// Has a reader of the pool that waits go on with the work: perhaps nobody else can.
  private func callMember() {
    guard waitingMembers > 0, ready.gettingCount > 0, !hasCalled,
      stuck != nil || (mayRead && !inputHasEnded)
    else { return }
    hasCalled = true
    ready.store(.call)
  }

  /// Who has the results is gone: what runs goes on, and nothing more is started.
  func abandon() {
    isAbandoned = true
    feeder?.interruptLater(GreenThreadExit())
  }

  // MARK: Feeding

  private var mayRead: Bool { !isReading && untakenCount < max(pool.size, 1) }

  private func provideFeeder() throws {
    guard pool.size > 0 || untakenCount > 0 else {
      throw HubError.invalidArgument(
        "the map (\(file):\(line)) runs in a pool of size 0: nothing would ever run")
    }
    if feeder == nil, !inputHasEnded { startFeeder() }
    // There may be room because the pool has grown.
    wakeFeeder()
  }

  private func wakeFeeder() {
    if mayRead { _ = feederLine.choose() }
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
      if !mayRead {
        try waitUntilItMayRead()
        continue
      }
      guard let job = try readJob(), !isAbandoned else { return }
      plan(job)
      if pool.takeNoWait() {
        try start(job, hasSlot: true)
      } else {
        try waitForSlot(job)
      }
    }
  }

  private func waitForSlot(_ job: AnyGreenThread) throws {
    stuck = job
    callMember()
    // Never false, since the feeder is not of the pool.
    do { _ = try pool.take() } catch {
      if takeStuck() != nil { forget(job) }
      throw error
    }
    // A reader of the pool may have taken it over.
    if takeStuck() != nil { try start(job, hasSlot: true) } else { pool.release() }
  }

  private func takeStuck() -> AnyGreenThread? {
    defer { stuck = nil }
    return stuck
  }

  private func waitUntilItMayRead() throws {
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
    // Not `isEmpty`: what is there may be for others.
    while ready.available <= 0 {
      if let job = takeStuck() {
        try start(job, hasSlot: pool.takeNoWait())
        continue
      }
      // While somebody else reads, wait for what that comes to.
      guard mayRead, !inputHasEnded else { return }
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
    defer {
      isReading = false
      wakeFeeder()
    }
    return try read?()
  }

  private func endInput(_ error: (any Error)?) {
    guard !inputHasEnded else { return }
    inputHasEnded = true
    inputError = error
    read = nil
    if undeliveredCount == 0 { ready.store(.end) }
  }

  override func allWasDelivered() {
    if inputHasEnded { ready.store(.end) }
  }
}
