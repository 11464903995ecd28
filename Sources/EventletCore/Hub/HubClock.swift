internal import CEventletCore

/// The time that timers, sleeps and timeouts of a hub go by.
///
/// The default is the kernel's monotonic clock. Tests install a virtual one,
/// see `ManualClock` of EventletTesting.
public protocol HubClock: AnyObject {
  /// Nanoseconds since some fixed point. Never goes back.
  var now: Int64 { get }
  /// How long, in real nanoseconds, the hub may really wait before
  /// ``advance(to:)`` is asked; nil: as long as it takes, time passes by itself.
  var idleWait: Int64? { get }
  /// Called when the hub is idle until `deadline`. Returns whether the clock jumped.
  func advance(to deadline: Int64) -> Bool
}

/// Nanoseconds of CLOCK_MONOTONIC.
@inline(__always)
func monotonicNow() -> Nanoseconds { Nanoseconds(bitPattern: ev_monotonic_nanoseconds()) }
