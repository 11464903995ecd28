/// A job of a ``ThreadPool`` whatever its result, or somebody who waits for his turn with a value.
@usableFromInline
class PoolJob: OutsideWait, @unchecked Sendable {
  // @unchecked Sendable because each stored property says who guards it.

  /// Runs the body and stores its result.
  ///
  /// A closure without context, made where the result's type is known: a method of the generic
  /// subclass would look its metadata up on every call.
  private let entry: (PoolJob) -> Void
  /// Who runs it; set before others hear of the job.
  final var core: PoolCore?
  /// With whom it shares a value; set before others hear of the job.
  @usableFromInline final var turn: PoolTurn?

  // Guarded by the lock of the list that the job is in.
  final var next: PoolJob?
  final unowned(unsafe) var previous: PoolJob?
  // Guarded by the lock of the pool.
  final var isInQueue = false
  /// The pool's epoch in which it was accepted to come to the pool when it has the turn.
  ///
  /// It does not change before the job has begun, or its caller has taken it back.
  final var acceptedIn: Int?
  // Guarded by the lock of the turn.
  final var isInLine = false
  final var hasBegun = false

  @usableFromInline
  init(entry: @escaping (PoolJob) -> Void) { self.entry = entry }

  /// Runs the body, on a thread of the pool.
  final func perform() {
    // Who is not waited for any more was given up before it began.
    if isOver { releaseBody() } else { entry(self) }
  }

  /// Called when the pool has taken it out of its queue and will not perform it.
  final func dismiss(throwing error: any Error) {
    turn?.withdraw(self)
    // With a turn it is released by its caller, who leaves now.
    if !reject(throwing: error), turn == nil { releaseBody() }
  }

  /// Releases what the body captured without running it.
  @usableFromInline func releaseBody() {}

  override var waitDescription: String { "a job of \(core?.description ?? "a thread pool")" }
}

/// A job whose result is a `Value`.
@usableFromInline
final class TypedPoolJob<Value: ~Copyable>: PoolJob, @unchecked Sendable {
  // @unchecked Sendable because body and outcome belong to one OS thread at a time: to the caller
  // until the job is submitted, then to the one that performs it, and after `finish` to the caller.

  @exclusivity(unchecked) @usableFromInline var body: (() throws -> sending Value)?
  @exclusivity(unchecked) @usableFromInline var outcome: Swift.Result<Value, any Error>?

  @inlinable
  init(_ body: sending @escaping () throws -> sending Value) {
    self.body = body
    super.init(entry: { TypedPoolJob<Value>.run($0) })
  }

  @inlinable
  static func run(_ job: PoolJob) {
    let me = unsafeDowncast(job, to: TypedPoolJob<Value>.self)
    // What it captured goes when this returns, before the caller goes on.
    guard let body = me.body.take() else { return }
    do { me.outcome = .success(try body()) } catch { me.outcome = .failure(error) }
  }

  /// On the caller's OS thread, in the place of the pool.
  @inlinable
  func runHere() throws -> sending Value { try body.take().unsafelyUnwrapped() }

  @inlinable
  func takeOutcome() throws -> sending Value {
    guard let outcome = outcome.take() else { fatalError("a job of a thread pool without an end") }
    return try outcome.get()
  }

  @usableFromInline override func releaseBody() { body = nil }
}
