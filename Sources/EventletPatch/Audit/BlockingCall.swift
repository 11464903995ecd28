public import EventletCore

/// Calls that were made at one place and have blocked a hub, with all its green threads.
///
/// Found by ``PatchAudit``.
public struct BlockingCall: Sendable, CustomStringConvertible {
  /// Why a call was not made green.
  public enum Reason: Hashable, Sendable {
    /// It was of a regular file, a directory or a disk, for which the kernel has no waiting without
    /// blocking. `GreenFile` and `ThreadPool` move it to another OS thread.
    case file
    /// It waited for a lock that an OS thread without a hub had taken.
    case lockOfAnotherThread
    /// No green thread may wait there, in a callback of the hub for example; or no poller takes the
    /// descriptor.
    case mustNotWait
    /// It belongs to these subjects, of which not all are installed.
    case notInstalled(MonkeyPatch.Subjects)
    /// It reached the kernel by no patched function: a system call made directly, inside libc, or
    /// within ``MonkeyPatch/original(_:)``.
    case notSeen
  }

  /// The function of libc, or the system call.
  public let call: String
  /// Why it was not made green.
  public let reason: Reason
  /// How many of them.
  public let count: Int
  /// How long they took together; where the reason was not seen in a patched function, at least.
  public let total: Duration
  /// How long the longest took.
  public let longest: Duration
  /// The calls around it, innermost first.
  public let stack: [StackFrame]

  /// Several lines, without a line break at the end.
  public var description: String {
    let times = count == 1 ? "once" : "\(count) times"
    let longest = count == 1 ? "" : ", the longest \(Self.text(longest))"
    let head = "\(call) \(times), \(Self.text(total))\(longest): \(reason)"
    return ([head] + stack.map { "    \($0)" }).joined(separator: "\n")
  }

  private static func text(_ duration: Duration) -> String {
    let microseconds = Int(duration / .microseconds(1))
    if microseconds < 1000 { return "\(microseconds) µs" }
    return "\(microseconds / 1000).\(microseconds / 100 % 10) ms"
  }
}

extension BlockingCall.Reason: CustomStringConvertible {
  /// A few words.
  public var description: String {
    switch self {
    case .file: "a file, which has no waiting without blocking"
    case .lockOfAnotherThread: "an OS thread without a hub had the lock"
    case .mustNotWait: "no green thread may wait there"
    case .notInstalled(let subjects): "of \(subjects) not all is installed"
    case .notSeen: "made directly, inside libc, or within MonkeyPatch.original"
    }
  }
}
