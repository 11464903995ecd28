internal import CEventletCore
internal import Glibc

/// A signal of the operating system, see signal(7).
///
/// In Python: `signal.Signals`.
public struct Signal: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// Its number.
  public let rawValue: Int32

  /// A signal by its number.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// The terminal went away, or a daemon is to read its configuration again (SIGHUP).
  public static let hangUp = Signal(rawValue: SIGHUP)
  /// Ctrl-C (SIGINT).
  public static let interrupt = Signal(rawValue: SIGINT)
  /// Ctrl-\ (SIGQUIT).
  public static let quit = Signal(rawValue: SIGQUIT)
  /// What abort(3) sends (SIGABRT).
  public static let abort = Signal(rawValue: SIGABRT)
  /// The end that cannot be caught (SIGKILL).
  public static let kill = Signal(rawValue: SIGKILL)
  /// For the program's own use (SIGUSR1).
  public static let user1 = Signal(rawValue: SIGUSR1)
  /// For the program's own use (SIGUSR2).
  public static let user2 = Signal(rawValue: SIGUSR2)
  /// A write to a pipe that nobody reads (SIGPIPE).
  public static let pipe = Signal(rawValue: SIGPIPE)
  /// What alarm(2) sends (SIGALRM).
  public static let alarm = Signal(rawValue: SIGALRM)
  /// The polite request to end (SIGTERM).
  public static let terminate = Signal(rawValue: SIGTERM)
  /// A child has ended or stopped (SIGCHLD).
  public static let child = Signal(rawValue: SIGCHLD)
  /// A stopped process goes on (SIGCONT).
  public static let `continue` = Signal(rawValue: SIGCONT)
  /// The stop that cannot be caught (SIGSTOP).
  public static let stop = Signal(rawValue: SIGSTOP)
  /// Ctrl-Z (SIGTSTP).
  public static let terminalStop = Signal(rawValue: SIGTSTP)
  /// The terminal has another size (SIGWINCH).
  public static let windowChange = Signal(rawValue: SIGWINCH)

  /// Its name, such as `SIGTERM`.
  public var description: String {
    ev_signal_name(rawValue).map { "SIG" + String(cString: $0) } ?? "signal \(rawValue)"
  }
}
