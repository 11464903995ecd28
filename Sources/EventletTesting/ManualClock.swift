public import EventletCore

/// Virtual time: a hub with this clock jumps to its next timer whenever
/// everything waits, so a test that sleeps for an hour takes no time.
///
/// ```swift
/// let clock = ManualClock()
/// var configuration = Hub.Configuration()
/// configuration.clock = clock
/// try Hub.use(configuration)
/// try GreenThread.sleep(for: .seconds(3600))   // returns at once
/// ```
///
/// Time stands still while anything is ready. A descriptor counts as ready when
/// the kernel says so within ``autojumpThreshold``.
public final class ManualClock: HubClock {
  /// Nanoseconds of virtual time; a new clock shows one second.
  public private(set) var now: Int64 = 1_000_000_000

  /// How long the hub really waits for descriptors and for mail of other OS threads before time
  /// jumps.
  ///
  /// Zero by default; a test whose peers are other OS threads or processes wants some
  /// milliseconds.
  public var autojumpThreshold: Duration

  /// Whether time jumps by itself; true by default.
  ///
  /// With false only ``advance(by:)`` moves it, and the hub waits for real meanwhile.
  public var jumpsByItself = true

  /// Creates a clock at some fixed time.
  /// - Parameter autojumpThreshold: How long the hub really waits before time jumps.
  public init(autojumpThreshold: Duration = .zero) { self.autojumpThreshold = autojumpThreshold }

  /// How long the hub may really wait when it is idle, in nanoseconds: the
  /// threshold, or 1 ms at a time while time does not jump by itself.
  public var idleWait: Int64? {
    jumpsByItself ? autojumpThreshold.nanoseconds : 1_000_000
  }

  /// Jumps to `deadline`.
  ///
  /// Called by the hub when it is idle until then.
  /// - Returns: false when ``jumpsByItself`` is.
  public func advance(to deadline: Int64) -> Bool {
    guard jumpsByItself, deadline > now else { return false }
    now = deadline
    return true
  }

  /// Moves time on.
  ///
  /// Timers that are due fire in the hub's next turn. Traps when `duration` is negative.
  public func advance(by duration: Duration) {
    require(duration >= .zero, "ManualClock: advance by \(duration): time does not go back")
    now += duration.nanoseconds
  }

  /// Virtual time since the clock was made.
  public var elapsed: Duration { .nanoseconds(now - 1_000_000_000) }
}
