internal import Glibc

extension PoolCore {
  /// Waits until all workers have done what there is to do and ended.
  /// - Returns: false when time passed first; then everything left was written off.
  func shutDown(within limit: Duration?) throws -> Bool {
    if PoolWorker.running?.belongs(to: self) == true {
      throw HubError.selfWait("a job of \(description)")
    }
    let closer = PoolCloser(self)
    try closer.prepareToWait("ThreadPool.shutDown")
    let hub = CurrentHub()
    let deadline = hub.deadline(after: limit)
    let (sleepers, epoch) = state.withLock { state -> ([PoolWorker], Int?) in
      guard !state.workers.isEmpty || state.callCount > 0 else { return ([], nil) }
      state.isShuttingDown = true
      state.closers.append(closer)
      return (state.idle.take(), state.epoch)
    }
    for worker in sleepers { worker.wake() }
    // Without threads there may still be some that ended when nobody waited any more.
    defer { joinEnded() }
    guard let epoch else { return true }
    do {
      if try closer.wait(until: deadline) { return true }
    } catch ThreadPoolError.shutDown {
      // Somebody else's limit was shorter.
      return false
    } catch {
      if isOfThisProcess {
        state.withLock { state in state.closers.removeAll { $0 === closer } }
      }
      throw error
    }
    // The limit passed, and then a fork before the caller went on.
    if !isOfThisProcess { throw HubError.lostInFork("the end of \(description)") }
    writeOff(epoch)
    return state.withLock { _ in !closer.isWrittenOff }
  }

  private func joinEnded() {
    guard isOfThisProcess else { return }
    for thread in takeEnded() { pthread_join(thread, nil) }
  }

  func takeEnded() -> [pthread_t] {
    state.withLock { state in
      let ended = state.ended
      state.ended = []
      return ended
    }
  }

  /// Gives up what is in line and what runs: those who wait for it get an error.
  ///
  /// Unless the last worker of that epoch has just ended by itself, or somebody else has done that.
  private func writeOff(_ epoch: Int) {
    typealias Left = (
      jobs: [PoolJob], workers: [PoolWorker], begun: [PoolJob], turns: [PoolTurn],
      closers: [PoolCloser]
    )
    let left = state.withLock { state -> Left? in
      guard state.epoch == epoch else { return nil }
      let workers = state.workers
      let begun = workers.compactMap(\.current)
      state.workers = []
      for closer in state.closers { closer.isWrittenOff = true }
      // SAFETY: a turn is removed before it is released.
      let turns = state.turns.values.map { $0.takeUnretainedValue() }
      return (drain(&state.queue), workers, begun, turns, reopen(&state))
    }
    guard let left else { return }
    let error = ThreadPoolError.shutDown
    // Calls in line first: none of them is to get a turn that becomes free here.
    for turn in left.turns {
      turn.writeOffLine(upTo: epoch, leaving: left.workers, with: left.begun)
    }
    for job in left.jobs { job.dismiss(throwing: error) }
    for job in left.begun { job.reject(throwing: error) }
    for closer in left.closers { closer.reject(throwing: error) }
  }
}

/// Somebody who waits for the end of a pool's threads.
final class PoolCloser: OutsideWait, @unchecked Sendable {
  // @unchecked Sendable because isWrittenOff is guarded by the lock of the pool.

  private let core: PoolCore
  /// Whether the end was that something was left.
  var isWrittenOff = false

  init(_ core: PoolCore) { self.core = core }

  override var waitDescription: String { "the end of \(core.description)" }
}
