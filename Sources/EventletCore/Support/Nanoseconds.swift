/// A point in time in nanoseconds of the hub's clock.
///
/// The core computes with absolute deadlines so that a loop of waits cannot stretch a limit.
@usableFromInline
package typealias Nanoseconds = Int64

extension Nanoseconds {
  /// No deadline.
  @usableFromInline package static var never: Nanoseconds { .max }
}

extension Duration {
  /// Whole nanoseconds, saturated; negative durations count as zero.
  @usableFromInline package var nanoseconds: Nanoseconds {
    let (seconds, attoseconds) = components
    if seconds < 0 || attoseconds < 0 { return 0 }
    // 292 years: everything beyond is for ever.
    if seconds >= Int64.max / 1_000_000_000 { return .never }
    // Rounded up, so that nothing wakes before its time.
    return seconds * 1_000_000_000 + (attoseconds + 999_999_999) / 1_000_000_000
  }
}
