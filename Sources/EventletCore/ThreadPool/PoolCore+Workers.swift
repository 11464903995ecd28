internal import Glibc
internal import Synchronization

// The OS threads: made, put to work, ended.
extension PoolCore {
  enum Step {
    case perform(PoolJob)
    case sleep
    /// These are to be told that all workers have ended.
    case end([OutsideWait])
  }

  /// What a worker that has nothing to do, or has just done something, does next.
  ///
  /// Submits `job`, which was accepted before.
  func nextStep(of worker: PoolWorker, adding job: PoolJob? = nil) -> Step {
    let step = state.withLock { state -> Step? in
      worker.current = nil
      guard worker.epoch == state.epoch else { return nil }
      if let job {
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

  private func leave(_ worker: PoolWorker, _ state: inout State) -> [OutsideWait] {
    state.workers.removeAll { $0 === worker }
    guard state.isShuttingDown else {
      pthread_detach(pthread_self())
      return []
    }
    state.ended.append(pthread_self())
    return state.workers.isEmpty ? reopen(&state) : []
  }

  func reopen(_ state: inout State) -> [OutsideWait] {
    state.epoch += 1
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
    let (stranded, closers) = state.withLock { state -> ([PoolJob], [OutsideWait]) in
      guard worker.epoch == state.epoch else { return ([], []) }
      state.workers.removeAll { $0 === worker }
      // As long as there are others, the jobs are only later.
      guard state.workers.isEmpty else { return ([], []) }
      return (drain(&state.queue), state.isShuttingDown ? reopen(&state) : [])
    }
    let error = SystemError(call: "pthread_create", errno: status, subject: "for \(description)")
    for job in stranded { job.dismiss(throwing: error) }
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
