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
    guard attoseconds > 0 else { return 0 }
    // Rounded up, so that nothing wakes before its time. In two words, because a
    // division of Int128 takes longer than arming a timer.
    let rounded = attoseconds &+ 999_999_999
    let high = UInt64(truncatingIfNeeded: rounded >> 64)
    let low = UInt64(truncatingIfNeeded: rounded)
    // 292 years: everything beyond is for ever, and would overflow the quotient.
    guard high < 500_000_000 else { return .never }
    return Nanoseconds(UInt64(1_000_000_000).dividingFullWidth((high, low)).quotient)
  }
}
