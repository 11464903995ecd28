/// A point in time by which something must be done, by the hub's clock.
///
/// One deadline may bound many calls, however they are spread:
///
/// ```swift
/// let deadline = Deadline(after: .seconds(5))
/// for peer in peers { try withDeadline(deadline) { try ask(peer) } }
/// ```
public struct Deadline: Comparable, Hashable, CustomStringConvertible {
  let time: Nanoseconds

  init(time: Nanoseconds) { self.time = time }

  /// A deadline `duration` from now; nil never passes.
  public init(after duration: Duration?) { time = CurrentHub().deadline(after: duration) }

  /// The deadline that never passes.
  public static var never: Deadline { Deadline(time: Nanoseconds.never) }

  /// The time left, zero when it has passed; nil if it never does.
  public var remaining: Duration? {
    time == .never ? nil : .nanoseconds(max(0, time - Hub.current.now))
  }

  /// Whether it has passed.
  public var hasPassed: Bool { time != .never && time <= Hub.current.now }

  /// The earlier is the smaller.
  public static func < (left: Deadline, right: Deadline) -> Bool { left.time < right.time }

  /// The time left.
  public var description: String { remaining.map { "in \($0)" } ?? "never" }
}

/// Runs `body` until `deadline` at most.
///
/// As ``withTimeout(_:throwing:_:)`` with the time that is left; if none is, the first wait throws.
/// - Parameters:
///   - deadline: May be shared by any number of calls.
///   - error: Thrown when the time is over, instead of a ``Timeout``.
///   - body: Interrupted where it waits.
/// - Returns: what `body` returns.
/// - Throws: a ``Timeout``, or `error`, when the time was over first; what `body`
///   throws.
public func withDeadline<Result>(
  _ deadline: Deadline, throwing error: (any Error)? = nil, _ body: () throws -> Result
) throws -> Result {
  try withTimeout(deadline.remaining, throwing: error, body)
}

extension GreenThread where Success == Never {
  /// When the tightest limit around the running code passes: of ``withTimeout(_:throwing:_:)``,
  /// ``withDeadline(_:throwing:_:)``, ``withShield(upTo:_:)`` and every ``Timeout`` that runs.
  ///
  /// Inside a shield, limits outside it do not count. A child of a group has its scope's.
  public static var deadline: Deadline {
    let thread = current
    var earliest = thread.shieldDepth == 0 ? thread.inheritedDeadline : .never
    var next = thread.fiber?.pointee.localTimers
    while let timer = next?.takeUnretainedValue() {
      if case .limit(let limit, _) = timer.action, limit.depth >= thread.shieldDepth {
        earliest = min(earliest, timer.deadline)
      }
      next = timer.ownerNext
    }
    return Deadline(time: earliest)
  }

  /// How much time the tightest limit around the running code leaves; nil if there is none.
  ///
  /// ```swift
  /// request.headers["Timeout"] = GreenThread.remainingTime.map { "\($0)" }
  /// ```
  public static var remainingTime: Duration? { deadline.remaining }
}

extension AnyGreenThread {
  final var inheritedDeadline: Nanoseconds { hasExtras ? extras.inheritedDeadline : .never }
}
