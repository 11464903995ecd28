internal import Glibc

extension PoolCore {
  /// Waits until all workers have done what there is to do and ended.
  /// - Returns: false when time passed first; then everything left was written off.
  func shutDown(within limit: Duration?) throws -> Bool {
    if PoolWorker.running?.belongs(to: self) == true {
      throw HubError.selfWait("a job of \(description)")
    }
    let closer = OutsideWait()
    try closer.prepareToWait("ThreadPool.shutDown")
    let hub = CurrentHub()
    let deadline = hub.deadline(after: limit)
    let (sleepers, epoch) = state.withLock { state -> ([PoolWorker], Int?) in
      guard !state.workers.isEmpty else { return ([], nil) }
      state.isShuttingDown = true
      state.closers.append(closer)
      return (state.idle.take(), state.epoch)
    }
    guard let epoch else { return true }
    for worker in sleepers { worker.wake() }
    do {
      if try !closer.wait(until: deadline), writeOff(epoch) { return false }
    } catch ThreadPoolError.shutDown {
      // Somebody else's limit was shorter.
      return false
    } catch {
      if isOfThisProcess {
        state.withLock { state in state.closers.removeAll { $0 === closer } }
      }
      throw error
    }
    for thread in takeEnded() { pthread_join(thread, nil) }
    return true
  }

  func takeEnded() -> [pthread_t] {
    state.withLock { state in
      let ended = state.ended
      state.ended = []
      return ended
    }
  }

  /// Gives up what is in line and what runs: those who wait for it get an error.
  /// - Returns: false when the last worker of that epoch has just ended by itself.
  private func writeOff(_ epoch: Int) -> Bool {
    let left = state.withLock { state -> (jobs: [PoolJob], begun: [PoolJob], [OutsideWait])? in
      guard state.epoch == epoch else { return nil }
      let begun = state.workers.compactMap(\.current)
      state.workers = []
      return (drain(&state.queue), begun, reopen(&state))
    }
    guard let (jobs, begun, closers) = left else { return false }
    let error = ThreadPoolError.shutDown
    for job in jobs + begun { job.turn?.dismissLine(throwing: error) }
    for job in jobs { job.dismiss(throwing: error) }
    for job in begun { job.reject(throwing: error) }
    for closer in closers { closer.reject(throwing: error) }
    for thread in takeEnded() { pthread_join(thread, nil) }
    return true
  }
}
