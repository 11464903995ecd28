public import EventletCore
internal import Glibc

/// A program that could not be started.
public enum ProcessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such file, or in no directory of PATH.
  case notFound(program: String)
  /// The file is there and is no program that this user may run: what the kernel said.
  case notExecutable(program: String, reason: SystemError)
  /// It was to start in a directory where it cannot.
  case badDirectory(program: String, reason: SystemError)
  /// Arguments and environment are longer together than the system takes: how many bytes.
  case argumentsTooLong(program: String, byteCount: Int)
  /// An argument or variable that cannot be handed over, such as one with a zero byte inside.
  case invalidArgument(program: String, String)
  /// The system refused it for another reason, such as a limit of processes.
  case refused(program: String, reason: SystemError)

  /// What – on what – why.
  public var description: String {
    switch self {
    case .notFound(let program): "start \(program): no such program"
    case .notExecutable(let program, let reason): "start \(program): not executable: \(reason)"
    case .badDirectory(let program, let reason): "start \(program): \(reason)"
    case .argumentsTooLong(let program, let byteCount):
      "start \(program): \(byteCount) bytes of arguments and environment are too many"
    case .invalidArgument(let program, let text): "start \(program): \(text)"
    case .refused(let program, let reason): "start \(program): \(reason)"
    }
  }
}

/// A process that took longer than it was allowed to.
///
/// In Python: `subprocess.TimeoutExpired`.
public struct ProcessTimeout: TimeoutError, Hashable, Sendable, CustomStringConvertible {
  /// The program and its arguments.
  public let command: [String]
  /// How long it was waited for.
  public let timeout: Duration
  /// What it wrote to its standard output until then, if that was captured.
  public let output: [UInt8]
  /// What it wrote to its standard error until then, if that was captured.
  public let error: [UInt8]

  init(_ command: [String], _ timeout: Duration, output: [UInt8] = [], error: [UInt8] = []) {
    self.command = command
    self.timeout = timeout
    self.output = output
    self.error = error
  }

  /// What – on what – why.
  public var description: String { "wait for \(shown(command)): timed out after \(timeout)" }
}

/// A process that has not ended with success.
///
/// In Python: `subprocess.CalledProcessError`.
public struct ProcessFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The program and its arguments.
  public let command: [String]
  /// How it has ended.
  public let status: ExitStatus
  /// What it wrote to its standard output.
  public let output: [UInt8]
  /// What it wrote to its standard error.
  public let error: [UInt8]

  /// What – on what – why, with the end of its standard error.
  public var description: String {
    let text = String(decoding: error.suffix(1000), as: UTF8.self)
    let lines = text.split(separator: "\n").suffix(10).joined(separator: "\n")
    return "\(shown(command)): \(status)" + (lines.isEmpty ? "" : ":\n\(lines)")
  }
}

/// A command for a message: cut, since arguments may be long, and may be secret.
private func shown(_ command: [String]) -> String {
  let text = command.joined(separator: " ")
  return text.count > 100 ? "\(text.prefix(100))…" : text
}
