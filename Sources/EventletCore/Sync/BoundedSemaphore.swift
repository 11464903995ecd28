/// A semaphore that can never hold more permits than it began with.
///
/// Releasing what is not held is a programmer's error and traps. All else is as
/// in ``Semaphore``.
///
/// ```swift
/// let lock = BoundedSemaphore()
/// try lock.withPermit { try appendLine(to: log) }
/// ```
///
/// In Python: `eventlet.semaphore.BoundedSemaphore`.
public final class BoundedSemaphore: Semaphore {
  /// The number of permits it began with.
  public let limit: Int

  /// Creates a semaphore with `value` permits, now and at most; one by default.
  ///
  /// Traps when `value` is negative.
  public override init(value: Int = 1) {
    limit = value
    super.init(value: value)
  }

  /// Gives a permit back.
  ///
  /// Never switches. Traps when none is out.
  public override func release() {
    require(
      counter < limit, "BoundedSemaphore: released more often than acquired (limit \(limit))")
    passOn()
  }
}
