internal import Glibc

/// Who may use a value that several OS threads share: one after the other, first come, first served.
///
/// But jobs of the value's pool that call again come before those whose calls are only to become
/// jobs: they hold the OS threads that those would need.
@usableFromInline
final class PoolTurn: Sendable {
  private enum Owner {
    case nobody
    /// A job that is submitted or about to be, or runs; or somebody who waited to use the value
    /// himself, and is about to.
    case job(PoolJob)
    /// Who uses the value himself.
    case place(Place)
  }

  private struct State {
    var owner = Owner.nobody
    /// Of jobs of the pool.
    var urgentLine = PoolJobList()
    /// A job that had the turn, but no thread yet, when a job of the pool came.
    ///
    /// Not in line, because it may be in the pool's queue.
    var overtaken: PoolJob?
    var line = PoolJobList()
    /// The last of the pool's epochs that were written off.
    var lastWrittenOff = -1
  }

  private let core: PoolCore
  private let state = LockedState(State())

  /// Of a value that is used in the threads of `core`.
  init(core: PoolCore) {
    self.core = core
    core.add(self)
  }

  /// Called when nobody uses the value any more.
  func close() { core.remove(self) }

  /// Whether its lock can be taken, and whoever has the turn exists: both end with a fork.
  var isOfThisProcess: Bool { core.isOfThisProcess }

  /// A green thread, or an OS thread without a hub, which counts as its main green thread.
  private struct Place: Equatable {
    let thread = pthread_self()
    let worker = PoolWorker.running.map { ObjectIdentifier($0) }
    let holder: Holder

    init() {
      let isMain =
        Hub.ifPresent.map { hub in
          !hub.isInHub && hub.running?.toOpaque() == Unmanaged.passUnretained(hub.main).toOpaque()
        } ?? true
      holder = isMain ? .nobody : .current
    }
  }

  // MARK: Jobs

  /// Takes the turn for `job`, or a place in line.
  /// - Returns: false when `job` has to wait until the turn is passed on to it.
  /// - Throws: ``HubError/selfWait(_:)`` when the caller has the turn; ``ThreadPoolError/shutDown``
  ///   when the epoch in which the job was accepted has been written off since.
  func enter(_ job: PoolJob) throws -> Bool {
    let here = Place()
    return try state.withLock { state in
      try refuseNesting(here, state)
      if let epoch = job.acceptedIn, epoch <= state.lastWrittenOff {
        throw ThreadPoolError.shutDown
      }
      guard case .nobody = state.owner else {
        job.isInLine = true
        state.line.append(job)
        return false
      }
      state.owner = .job(job)
      return true
    }
  }

  /// Asked by the worker that is about to perform `job`.
  /// - Returns: false when it must not: its caller has left, or somebody else has got the turn, after
  ///   whom the job will be submitted again.
  func begin(_ job: PoolJob) -> Bool {
    state.withLock { state in
      guard case .job(let owner) = state.owner, owner === job, !job.hasBegun else { return false }
      job.hasBegun = true
      return true
    }
  }

  /// Takes back a job, with its place in line or its turn.
  /// - Returns: false when it has begun.
  @discardableResult
  func withdraw(_ job: PoolJob) -> Bool {
    let (isWithdrawn, next) = state.withLock { state -> (Bool, PoolJob?) in
      if job.hasBegun { return (false, nil) }
      if job.isInLine {
        job.isInLine = false
        state.line.remove(job)
      } else if state.overtaken === job {
        state.overtaken = nil
      } else if case .job(let owner) = state.owner, owner === job {
        return (true, takeNext(&state))
      }
      return (true, nil)
    }
    if let next { submit(next) }
    return isWithdrawn
  }

  /// Has jobs in line throw `error`, since the pool makes no thread for them.
  ///
  /// - Parameters:
  ///   - epoch: Those that their pool accepted later stay.
  ///   - error: What they throw.
  func dismissLine(upTo epoch: Int, throwing error: any Error) {
    let line = state.withLock { takeLine(&$0, upTo: epoch, everybody: false) }
    for job in line { job.reject(throwing: error) }
  }

  /// Has jobs in line throw ``ThreadPoolError/shutDown``, because the pool has written off what it
  /// accepted so far.
  ///
  /// And everybody else, if the value is in the hands of a worker that was left behind: it may never
  /// give it back.
  /// - Parameters:
  ///   - epoch: Those that their pool accepted later stay.
  ///   - workers: Those that were left behind.
  ///   - jobs: What they perform.
  func writeOffLine(upTo epoch: Int, leaving workers: [PoolWorker], with jobs: [PoolJob]) {
    let line = state.withLock { state in
      state.lastWrittenOff = epoch
      let isLeftBehind =
        switch state.owner {
        case .nobody: false
        case .job(let job): jobs.contains { $0 === job }
        case .place(let place): workers.contains { ObjectIdentifier($0) == place.worker }
        }
      return takeLine(&state, upTo: epoch, everybody: isLeftBehind)
    }
    for job in line { job.reject(throwing: ThreadPoolError.shutDown) }
  }

  private func takeLine(_ state: inout State, upTo epoch: Int, everybody: Bool) -> [PoolJob] {
    let all = (everybody ? state.urgentLine.drain() : []) + state.line.drain()
    var taken: [PoolJob] = []
    if let job = state.overtaken, job.acceptedIn.map({ $0 <= epoch }) ?? false {
      taken.append(job)
      state.overtaken = nil
    }
    for job in all {
      let isMeant = job.acceptedIn.map { $0 <= epoch } ?? everybody
      if isMeant {
        job.isInLine = false
        taken.append(job)
      } else {
        state.line.append(job)
      }
    }
    return taken
  }

  // MARK: Passing it on

  /// Passes the turn on.
  @usableFromInline
  func leave() {
    // Whoever is in line is not there in a forked child, nor may the lock be taken.
    guard isOfThisProcess else { return }
    let next = state.withLock { takeNext(&$0) }
    if let next { submit(next) }
  }

  /// Passes the turn on.
  /// - Returns: the job that has it now and is to be submitted, if it is one.
  func advance() -> PoolJob? { state.withLock { takeNext(&$0) }.flatMap { told($0) } }

  private func takeNext(_ state: inout State) -> PoolJob? {
    let next = state.urgentLine.popFirst() ?? state.overtaken.take() ?? state.line.popFirst()
    next?.isInLine = false
    state.owner = next.map { .job($0) } ?? .nobody
    return next
  }

  private func submit(_ owner: PoolJob) {
    if let job = told(owner) { core.submitOutstanding(job) }
  }

  /// Tells `owner` that it has the turn, if it is not a job.
  /// - Returns: the job that has the turn then, and is to be submitted.
  private func told(_ owner: PoolJob) -> PoolJob? {
    guard owner is PoolTurnWait else { return owner }
    if owner.finish() { return nil }
    // That one was killed: on to the next.
    return advance()
  }

  // MARK: Using the value here

  /// Has the running green thread use the value, here.
  @usableFromInline
  func hold() throws {
    let here = Place()
    let isUrgent = PoolWorker.running?.belongs(to: core) ?? false
    // First without what only a wait needs: on a thread of a pool that would be a hub.
    if try enter(here, waiting: nil, isUrgent: isUrgent) { return }
    let wait = PoolTurnWait(entry: { _ in })
    try wait.prepareToWait("ThreadPool.Proxy.withValue")
    wait.turn = self
    if try enter(here, waiting: wait, isUrgent: isUrgent) { return }
    do { try wait.wait() } catch {
      if isOfThisProcess, !remove(wait, isUrgent: isUrgent), wait.isFinishedInVain { leave() }
      throw error
    }
    // The turn came, and then a fork before the caller went on.
    if !isOfThisProcess { throw HubError.lostInFork("a ThreadPool.Proxy") }
    state.withLock { $0.owner = .place(here) }
  }

  // Without `wait` it takes no place in line. Returns false when the caller has to wait.
  private func enter(_ here: Place, waiting wait: PoolTurnWait?, isUrgent: Bool) throws -> Bool {
    try state.withLock { state in
      try refuseNesting(here, state)
      switch state.owner {
      case .nobody: break
      case .job(let job) where isUrgent && !job.hasBegun && !(job is PoolTurnWait):
        // It may be waiting for the very OS thread that the caller holds. There is no other one: it
        // would have come first.
        state.overtaken = job
      case .job, .place:
        guard let wait else { return false }
        wait.isInLine = true
        if isUrgent { state.urgentLine.append(wait) } else { state.line.append(wait) }
        return false
      }
      state.owner = .place(here)
      return true
    }
  }

  /// - Returns: false when it is not in line.
  private func remove(_ wait: PoolTurnWait, isUrgent: Bool) -> Bool {
    state.withLock { state in
      guard wait.isInLine else { return false }
      wait.isInLine = false
      if isUrgent { state.urgentLine.remove(wait) } else { state.line.remove(wait) }
      return true
    }
  }

  private func refuseNesting(_ here: Place, _ state: borrowing State) throws {
    let isNested =
      switch state.owner {
      case .nobody: false
      case .job: PoolWorker.running?.isUsing(self) ?? false
      case .place(let place): place == here
      }
    if isNested { throw HubError.selfWait("a call of a ThreadPool.Proxy inside another one") }
  }
}

/// Somebody who waits for his turn to use the value himself.
private final class PoolTurnWait: PoolJob, @unchecked Sendable {
  // @unchecked Sendable because it adds nothing.

  override var waitDescription: String { "the value of a ThreadPool.Proxy" }
}
