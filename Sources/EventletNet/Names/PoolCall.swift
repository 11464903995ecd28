internal import EventletCore
internal import Synchronization

/// What a shared call does on an OS thread of a pool, where nothing ends what has begun.
package final class PoolCall: Sendable {
  private let pool: ThreadPool
  private let begun = Atomic<Bool>(false)

  init(_ pool: ThreadPool) { self.pool = pool }

  /// Whether an OS thread has it, or had it.
  var hasBegun: Bool { begun.load(ordering: .relaxed) }

  /// Runs `job` on the pool, and waits for it; throws what it throws.
  package func execute<Result: Sendable>(
    _ job: @escaping @Sendable () throws -> Result
  ) throws -> Result {
    try pool.execute { [self] in
      begun.store(true, ordering: .relaxed)
      return try job()
    }
  }
}
