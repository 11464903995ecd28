internal import Glibc
internal import Synchronization

// The OS threads: made, put to work, ended.
extension PoolCore {
  enum Step {
    case perform(PoolJob)
    case sleep
    /// These are to be told that all workers have ended.
    case end([PoolCloser])
  }

  /// What a worker that has nothing to do, or has just done something, does next.
  ///
  /// Submits `job`, which was accepted before.
  func nextStep(
    of worker: PoolWorker, after done: PoolJob? = nil, adding job: PoolJob? = nil
  ) -> Step {
    let step = state.withLock { state -> Step? in
      worker.current = nil
      guard worker.epoch == state.epoch else { return nil }
      if let done { settle(done, &state) }
      if let job, !job.isInQueue {
        job.isInQueue = true
        state.queue.append(job)
      }
      // With a size of 0, the last one stays for what was accepted before.
      let isSurplus = state.workers.count > max(size, state.queue.isEmpty ? 0 : 1)
      if !isSurplus, let job = state.queue.popFirst() {
        job.isInQueue = false
        worker.current = job
        return .perform(job)
      }
      if isSurplus || state.isShuttingDown { return .end(leave(worker, &state)) }
      state.idle.append(worker)
      return .sleep
    }
    if let step { return step }
    // Written off. Nobody waits for this OS thread, and the job is for others.
    pthread_detach(pthread_self())
    if let job { submitOutstanding(job) }
    return .end([])
  }

  private func leave(_ worker: PoolWorker, _ state: inout State) -> [PoolCloser] {
    state.workers.removeAll { $0 === worker }
    guard state.isShuttingDown else {
      pthread_detach(pthread_self())
      return []
    }
    state.ended.append(pthread_self())
    return reopenIfDone(&state)
  }

  /// A call of a proxy has ended, or never will begin.
  func settle(_ job: PoolJob) {
    let closers = state.withLock { state in
      settle(job, &state)
      return reopenIfDone(&state)
    }
    for closer in closers { closer.finish() }
  }

  private func settle(_ job: PoolJob, _ state: inout State) {
    // Neither one that was written off nor one that was settled counts.
    guard job.acceptedIn == state.epoch else { return }
    job.acceptedIn = nil
    state.callCount -= 1
  }

  /// - Returns: who is to be told of the end of a shut-down.
  private func reopenIfDone(_ state: inout State) -> [PoolCloser] {
    guard state.isShuttingDown, state.workers.isEmpty, state.callCount == 0 else { return [] }
    return reopen(&state)
  }

  func reopen(_ state: inout State) -> [PoolCloser] {
    state.epoch += 1
    state.callCount = 0
    state.isShuttingDown = false
    let closers = state.closers
    state.closers = []
    return closers
  }

  func hire(_ state: inout State) -> PoolWorker {
    let worker = PoolWorker(core: self, epoch: state.epoch)
    state.workers.append(worker)
    return worker
  }

  func start(_ worker: PoolWorker) {
    let status = worker.start()
    guard status != 0 else { return }
    let (stranded, closers, epoch) = state.withLock { state -> ([PoolJob], [PoolCloser], Int) in
      let epoch = state.epoch
      guard worker.epoch == epoch else { return ([], [], epoch) }
      state.workers.removeAll { $0 === worker }
      // As long as there are others, the jobs are only later.
      guard state.workers.isEmpty else { return ([], [], epoch) }
      let stranded = drain(&state.queue)
      return (stranded, reopenIfDone(&state), epoch)
    }
    let error = SystemError(call: "pthread_create", errno: status, subject: "for \(description)")
    for job in stranded {
      // First: each of them would ask for a thread again.
      job.turn?.dismissLine(upTo: epoch, throwing: error)
      job.dismiss(throwing: error)
    }
    for closer in closers { closer.finish() }
  }

  func drain(_ queue: inout PoolJobList) -> [PoolJob] {
    let jobs = queue.drain()
    for job in jobs { job.isInQueue = false }
    return jobs
  }

  func resize(to size: Int) {
    let (fresh, surplus) = state.withLock { state -> ([PoolWorker], [PoolWorker]) in
      limit.store(size, ordering: .relaxed)
      let wanted = min(size - state.workers.count, state.queue.count)
      let fresh = (0..<max(0, wanted)).map { _ in hire(&state) }
      return (fresh, state.idle.take(state.workers.count - size))
    }
    for worker in fresh { start(worker) }
    for worker in surplus { worker.wake() }
  }
}
