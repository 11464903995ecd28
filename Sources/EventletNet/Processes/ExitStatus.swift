internal import CEventletCore

/// How a process has ended.
///
/// In Python: `returncode`, where a signal is a negative number.
public enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
  /// It returned from `main`, or called exit(3), with this code, 0 to 255.
  case exited(Int32)
  /// A signal ended it, and perhaps wrote its memory to a file.
  case signalled(Signal, coreDumped: Bool)
  /// Somebody else in this program has waited for it, or SIGCHLD is ignored: it has ended, and how
  /// is lost.
  case unknown

  /// Whether it exited with 0.
  public var isSuccess: Bool { self == .exited(0) }

  /// What happened to it.
  public var description: String {
    switch self {
    case .exited(let code): "exited with \(code)"
    case .signalled(let signal, let coreDumped):
      "ended by \(signal)\(coreDumped ? ", core dumped" : "")"
    case .unknown: "ended, with a status that somebody else has taken"
    }
  }

  init(kind: Int32, value: Int32) {
    self =
      kind == EV_EXITED
      ? .exited(value) : .signalled(Signal(rawValue: value), coreDumped: kind == EV_DUMPED)
  }
}
