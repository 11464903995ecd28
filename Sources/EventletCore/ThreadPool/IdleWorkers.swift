internal import Synchronization

/// Workers that sleep; the one that worked last is woken first.
///
/// A plain value, guarded by its owner's lock.
struct IdleWorkers {
  private static let total = Atomic<Int>(0)
  private var workers: [PoolWorker] = []

  /// How many sleep in all pools: OS threads that will do nothing by themselves.
  static var totalCount: Int { total.load(ordering: .relaxed) }

  /// In a forked child, which has none of them.
  static func forget() { total.store(0, ordering: .relaxed) }

  mutating func append(_ worker: PoolWorker) {
    workers.append(worker)
    Self.total.add(1, ordering: .relaxed)
  }

  mutating func popLast() -> PoolWorker? {
    guard let worker = workers.popLast() else { return nil }
    Self.total.subtract(1, ordering: .relaxed)
    return worker
  }

  /// Takes out so many, or all: those that have slept longest.
  mutating func take(_ count: Int = .max) -> [PoolWorker] {
    let taken = Array(workers.prefix(max(0, count)))
    workers.removeFirst(taken.count)
    Self.total.subtract(taken.count, ordering: .relaxed)
    return taken
  }
}
