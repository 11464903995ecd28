internal import Synchronization

// How a job comes to a worker, and leaves again.
extension PoolCore {
  private enum Placement {
    case inLine
    case handed(PoolWorker)
    case wantsThread(PoolWorker)
    case inCaller
    case refused
  }

  /// Runs `job` and waits for it.
  /// - Returns: false when the caller has to run it itself.
  @usableFromInline
  func execute(_ job: PoolJob) throws -> Bool {
    try job.prepareToWait("ThreadPool.execute")
    job.core = self
    switch place(job, isOutstanding: false) {
    case .refused: throw ThreadPoolError.shutDown
    case .inCaller:
      warnAboutSize()
      return false
    case let placement: carryOut(placement)
    }
    do { try job.wait() } catch {
      withdraw(job)
      throw error
    }
    return true
  }

  /// Runs `job` when it has the turn, and waits for it.
  @usableFromInline
  func execute(_ job: PoolJob, inTurn turn: PoolTurn) throws {
    try job.prepareToWait("ThreadPool.execute")
    job.core = self
    job.turn = turn
    try state.withLock { state in
      if state.isShuttingDown { throw ThreadPoolError.shutDown }
      job.acceptedIn = state.epoch
      state.callCount += 1
    }
    do {
      if try turn.enter(job) { submitOutstanding(job) }
      try job.wait()
    } catch {
      withdraw(job)
      throw error
    }
  }

  /// Whether calls are to run where they are made, of which standard error says so once.
  @usableFromInline
  func runsCallsInCaller() throws -> Bool {
    guard size == 0 else { return false }
    if state.withLock({ $0.isShuttingDown }) { throw ThreadPoolError.shutDown }
    warnAboutSize()
    return true
  }

  /// For a job that was accepted before: neither a shut-down nor a size of 0 keeps it from running.
  func submitOutstanding(_ job: PoolJob) { carryOut(place(job, isOutstanding: true)) }

  private func place(_ job: PoolJob, isOutstanding: Bool) -> Placement {
    state.withLock { state in
      if !isOutstanding {
        if state.isShuttingDown { return .refused }
        if size == 0 { return .inCaller }
      }
      // Submitted anew after it had to give up the turn; it was not taken out of the queue.
      if job.isInQueue { return .inLine }
      // With idle workers nobody is in line.
      if let worker = state.idle.popLast() {
        worker.current = job
        return .handed(worker)
      }
      job.isInQueue = true
      state.queue.append(job)
      guard state.workers.count < max(size, 1) else { return .inLine }
      return .wantsThread(hire(&state))
    }
  }

  private func carryOut(_ placement: Placement) {
    switch placement {
    case .handed(let worker): worker.wake()
    case .wantsThread(let worker): start(worker)
    case .inLine, .inCaller, .refused: break
    }
  }

  /// Takes a job back whose caller has left.
  private func withdraw(_ job: PoolJob) {
    // He was interrupted because of a fork, after which the locks may be held for ever.
    guard isOfThisProcess else { return }
    let wasInQueue = state.withLock { state in
      guard job.isInQueue else { return false }
      job.isInQueue = false
      state.queue.remove(job)
      return true
    }
    // Otherwise it has begun, or whoever is about to begin it sees that nobody waits.
    guard job.turn?.withdraw(job) ?? wasInQueue else { return }
    job.releaseBody()
    settle(job)
  }

  private func warnAboutSize() {
    guard !hasWarned.exchange(true, ordering: .relaxed) else { return }
    writeToStandardError(
      "eventlet: \(description) has size 0: its jobs run in the calling OS thread and block it\n")
  }
}
