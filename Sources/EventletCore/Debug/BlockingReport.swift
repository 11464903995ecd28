/// Says that a green thread, or a callback of the hub, keeps all others of its hub from running.
public struct BlockingReport: Sendable, CustomStringConvertible {
  /// Who: the green thread with its name and spawn site, or "a callback of the hub".
  public let label: String
  /// For how long at least, in real time.
  public let duration: Duration
  /// The number of the system call in which it is blocked; nil if it computes.
  public let systemCall: Int?
  /// Its calls, innermost first; empty if the OS thread did not say.
  public let stack: [StackFrame]
  /// How many reports were left out since the last one, because they came too often.
  public let omittedReports: Int
  /// Whether it was reported before that it has begun.
  package let isRepeated: Bool
  /// Whether the call that blocks is told of by whoever made it.
  package let tellsOfCall: Bool

  /// Several lines, without a line break at the end.
  public var description: String {
    let milliseconds = duration.nanoseconds / 1_000_000
    let place = systemCall.map { " (in system call \($0))" } ?? ""
    let head = "\(label) has run for \(milliseconds) ms without switching\(place)"
    var lines = [head] + stack.map { "    \($0)" }
    if omittedReports > 0 { lines.append("  \(omittedReports) reports before were left out") }
    return lines.joined(separator: "\n")
  }
}
