internal import DequeModule

/// Green threads of a pool whose results somebody takes one by one: what ``GreenPile`` and
/// ``GreenMap`` have in common.
///
/// Only what has ended, and whose turn it is, comes into the queue that is waited at. So a wait is one
/// wait whatever the order of the ends, and a kill of who waits loses no result.
///
/// Knows nothing of the type of the results, which would have to be looked up for each of them.
@usableFromInline
class JobResults: EndObserver {
  enum Delivery {
    /// One whose result can be taken.
    case job(AnyGreenThread)
    /// There will be no more; stays in the queue for ever.
    case end
    /// Nothing: whoever gets it is to look what there is to do.
    case call
  }

  @usableFromInline final let pool: PoolSlots
  private final let isOrdered: Bool
  /// Whether there is a result of a job that ran on a green thread which was killed or timed out
  /// meanwhile, although whoever started the job has got the error.
  private final let keepsInterrupted: Bool
  /// In the order spawned, from the first on that has not ended; empty where order does not matter.
  @exclusivity(unchecked) private final var inOrder = Deque<AnyGreenThread>()
  final let ready = LightQueue<Delivery>()
  /// Jobs that are not in the queue yet.
  @exclusivity(unchecked) final var undeliveredCount = 0
  /// Jobs whose result nobody has taken.
  @exclusivity(unchecked) final var untakenCount = 0

  init(pool: PoolSlots, isOrdered: Bool, keepsInterrupted: Bool) {
    self.pool = pool
    self.isOrdered = isOrdered
    self.keepsInterrupted = keepsInterrupted
  }

  override final var slots: PoolSlots? { pool }

  /// Gives a job its place in the sequence.
  @usableFromInline
  final func plan(_ job: AnyGreenThread) {
    undeliveredCount += 1
    untakenCount += 1
    if isOrdered { inOrder.append(job) }
  }

  /// Starts a job that has its place: in a slot that was taken, or on the running green thread.
  /// - Throws: a kill or timeout of the running one, see ``AnyGreenThread/runInline()``.
  @usableFromInline
  final func start(_ job: AnyGreenThread, hasSlot: Bool) throws {
    if hasSlot {
      Hub.begin(job, observer: self)
      return
    }
    do { try job.runInline() } catch {
      if keepsInterrupted { deliver(job) } else { forget(job) }
      throw error
    }
    deliver(job)
  }

  override final func greenThreadEnded(_ thread: AnyGreenThread) {
    deliver(thread)
    pool.release()
  }

  private final func deliver(_ job: AnyGreenThread) {
    if isOrdered {
      deliverInOrder()
    } else {
      undeliveredCount -= 1
      ready.store(.job(job))
    }
    if undeliveredCount == 0 { allWasDelivered() }
  }

  private final func deliverInOrder() {
    while let first = inOrder.first, first.isFinished {
      inOrder.removeFirst()
      undeliveredCount -= 1
      ready.store(.job(first))
    }
  }

  /// For a job that has its place and whose result nobody shall get.
  final func forget(_ job: AnyGreenThread) {
    undeliveredCount -= 1
    untakenCount -= 1
    inOrder.removeAll { $0 === job }
    deliverInOrder()
  }

  /// Overridden where there can be an end.
  func allWasDelivered() {}
}
