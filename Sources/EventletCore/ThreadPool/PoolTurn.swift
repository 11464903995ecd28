internal import CEventletCore
internal import Glibc

/// Who may use a value that several OS threads share: one after the other, first come, first served.
@usableFromInline
final class PoolTurn: Sendable {
  private struct State {
    var isTaken = false
    /// Who uses the value without a job.
    var place: Place?
    var line = PoolJobList()
  }

  private let state = LockedState(State())
  private let forkGeneration = ev_fork_generation()

  /// Whether its lock can be taken, and whoever has the turn exists: both end with a fork.
  var isOfThisProcess: Bool { forkGeneration == ev_fork_generation() }

  /// A green thread, or an OS thread without a hub.
  private struct Place: Equatable {
    let thread = pthread_self()
    let holder = Hub.ifPresent == nil ? Holder.nobody : .current
  }

  /// Takes the turn, or a place in line.
  /// - Parameter job: nil takes no place in line.
  /// - Returns: false when `job` has to wait until the turn is passed on to it.
  /// - Throws: ``HubError/selfWait(_:)`` when the caller has the turn.
  func enter(_ job: PoolJob?) throws -> Bool {
    let here = Place()
    let isNested = PoolWorker.running?.isUsing(self) ?? false
    return try state.withLock { state in
      if isNested || state.place == here {
        throw HubError.selfWait("a call of a ThreadPool.Proxy inside another one")
      }
      guard state.isTaken else {
        state.isTaken = true
        return true
      }
      if let job {
        job.isInLine = true
        state.line.append(job)
      }
      return false
    }
  }

  /// Says that the caller, who has the turn, will use the value himself.
  @usableFromInline
  func stay() {
    let here = Place()
    state.withLock { $0.place = here }
  }

  /// Passes the turn on.
  @usableFromInline
  func leave() {
    if let job = advance() { job.core?.submitOutstanding(job) }
  }

  /// Passes the turn on.
  /// - Returns: the job that has it now and is to be submitted, if it is one.
  func advance() -> PoolJob? {
    while let next = takeNext() {
      guard next is PoolTurnWait else { return next }
      if next.finish() { return nil }
      // That one was killed: on to the next.
    }
    return nil
  }

  private func takeNext() -> PoolJob? {
    state.withLock { state in
      state.place = nil
      let next = state.line.popFirst()
      next?.isInLine = false
      state.isTaken = next != nil
      return next
    }
  }

  /// - Returns: false when the job is not in line.
  func remove(_ job: PoolJob) -> Bool {
    state.withLock { state in
      guard job.isInLine else { return false }
      job.isInLine = false
      state.line.remove(job)
      return true
    }
  }

  /// Has everybody in line throw `error`.
  func dismissLine(throwing error: any Error) {
    let line = state.withLock { state in
      let line = state.line.drain()
      for job in line { job.isInLine = false }
      return line
    }
    for job in line where !job.reject(throwing: error) { job.releaseBody() }
  }

  /// Has the running green thread use the value, here.
  @usableFromInline
  func hold() throws {
    // First without what only a wait needs: on a thread of a pool that would be a hub.
    if try !enter(nil) { try waitToHold() }
    stay()
  }

  private func waitToHold() throws {
    let wait = PoolTurnWait(entry: { _ in })
    try wait.prepareToWait("ThreadPool.Proxy.withValue")
    wait.turn = self
    if try enter(wait) { return }
    do { try wait.wait() } catch {
      if isOfThisProcess, !remove(wait), wait.isFinishedInVain { leave() }
      throw error
    }
  }
}

/// Somebody who waits for his turn to use the value himself.
private final class PoolTurnWait: PoolJob, @unchecked Sendable {
  // @unchecked Sendable because it adds nothing.

  override var waitDescription: String { "the value of a ThreadPool.Proxy" }
}
