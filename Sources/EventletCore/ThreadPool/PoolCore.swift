internal import CEventletCore
internal import Glibc
internal import Synchronization

/// The queue and the OS threads of a ``ThreadPool``.
///
/// Apart from it, because the OS threads outlive a pool that is dropped.
@usableFromInline
final class PoolCore: Sendable {
  struct State {
    var queue = PoolJobList()
    var idle = IdleWorkers()
    /// All, those included whose OS thread is being made.
    var workers: [PoolWorker] = []
    /// How many calls of proxies were accepted in this epoch and have not ended: they come to the
    /// queue when they have their turn.
    var callCount = 0
    /// Changes at the end of a shut-down.
    var epoch = 0
    var isShuttingDown = false
    /// Who waits for its end.
    var closers: [PoolCloser] = []
    /// Of the proxies.
    var turns: [ObjectIdentifier: Unmanaged<PoolTurn>] = [:]
    /// OS threads that have ended, or are about to, and are to be joined.
    var ended: [pthread_t] = []
  }

  let state = LockedState(State())
  /// Written with the lock held.
  let limit: Atomic<Int>
  let hasWarned = Atomic<Bool>(false)
  let name: String
  private let forkGeneration = ev_fork_generation()

  init(size: Int, name: String) {
    limit = Atomic(size)
    self.name = name
  }

  deinit {
    // After a fork its lock may be held for ever.
    if isOfThisProcess { for thread in takeEnded() { pthread_detach(thread) } }
  }

  /// Whether its threads exist, and its lock can be taken: both end with a fork.
  var isOfThisProcess: Bool { forkGeneration == ev_fork_generation() }

  /// Keeps `turn` in mind, without retaining it, until it is removed.
  func add(_ turn: PoolTurn) {
    state.withLock { $0.turns[ObjectIdentifier(turn)] = .passUnretained(turn) }
  }

  func remove(_ turn: PoolTurn) {
    guard isOfThisProcess else { return }
    state.withLock { $0.turns[ObjectIdentifier(turn)] = nil }
  }

  var description: String { name.isEmpty ? "a thread pool" : "thread pool '\(name)'" }

  var size: Int { limit.load(ordering: .relaxed) }
  var threadCount: Int { state.withLock { $0.workers.count } }
  var runningCount: Int { state.withLock { $0.workers.count { $0.current != nil } } }
  var waitingCount: Int { state.withLock { $0.queue.count } }
}
