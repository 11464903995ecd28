/// One switch of a hub, see ``Hub/onSwitch``.
///
/// ```swift
/// Hub.current.onSwitch = { print($0) }
/// ```
public struct SwitchEvent: Sendable, CustomStringConvertible {
  /// Why the one that ran stopped running.
  public enum Reason: Sendable, Hashable, CustomStringConvertible {
    /// It has to wait; for what, in words.
    case waits(String)
    /// It lets others run, or runs another at once by killing it.
    case yields
    /// It has ended.
    case ends
    /// The hub's own stack is left: its turn is over.
    case turn

    /// A few words.
    public var description: String {
      switch self {
      case .waits(let what): "waits for \(what)"
      case .yields: "yields"
      case .ends: "ended"
      case .turn: "turn is over"
      }
    }
  }

  /// Nanoseconds of the hub's clock.
  public let time: Int64
  /// The number of the green thread that ran; nil is the hub's own stack.
  public let from: UInt64?
  /// The number of the green thread that runs from now on; nil is the hub's own stack.
  public let to: UInt64?
  /// Why.
  public let reason: Reason

  /// One line.
  public var description: String {
    let seconds = time / 1_000_000_000
    let digits = "\(time % 1_000_000_000 / 1000)"
    let zeros = String(repeating: "0", count: 6 - digits.count)
    return "\(seconds).\(zeros)\(digits) \(name(from)) -> \(name(to)): \(reason)"
  }

  private func name(_ thread: UInt64?) -> String { thread.map { "green thread \($0)" } ?? "hub" }
}

/// Keeps the last switches of a hub.
///
/// ```swift
/// let log = SwitchLog(capacity: 1000)
/// Hub.current.onSwitch = log.append
/// ```
public final class SwitchLog {
  private let capacity: Int
  private var ring: [SwitchEvent] = []
  private var oldest = 0

  /// Creates one that keeps `capacity` switches, at least one.
  public init(capacity: Int) { self.capacity = max(1, capacity) }

  /// Puts one in, and the oldest out if there is no room.
  public func append(_ event: SwitchEvent) {
    if ring.count < capacity {
      ring.append(event)
    } else {
      ring[oldest] = event
      oldest = (oldest + 1) % capacity
    }
  }

  /// What is kept, the oldest first.
  public var events: [SwitchEvent] { Array(ring[oldest...] + ring[..<oldest]) }
}
