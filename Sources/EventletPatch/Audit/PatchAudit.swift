internal import CEventletCore
internal import CEventletPatch
internal import EventletCore
internal import Synchronization

/// Finds the calls that block hubs although something is installed, from its making until
/// ``stop()``.
///
/// What it finds, on all hubs of the process:
/// - each call that a patched function could not make green, whether it took long or not: of regular
///   files that are not in memory, of locks that other OS threads had;
/// - every other system call that blocked a hub for longer than the limit: those that libraries make
///   directly, those inside libc, futexes, and those of what is not installed. An OS thread of its own
///   watches for them, so short ones escape it, and what is shown of their time is the least.
///
/// Computations are not among them; `Debug.blockingDetection` reports those too.
///
/// ```swift
/// let audit = PatchAudit()
/// defer { audit.stop() }
/// try serve(listener) { client, address in … }
/// ```
///
/// ``MonkeyPatch/audit(longerThan:_:)`` does the same for a piece of code, and the environment variable
/// `EVENTLET_PATCH_AUDIT` for a whole program: its value is the limit in milliseconds, the audit begins
/// with the first ``MonkeyPatch/install(_:)``, and what was found is printed to standard error when the
/// program exits.
public final class PatchAudit: Sendable {
  private let findings = AuditFindings()
  private let detection: BlockingDetection

  /// Begins.
  ///
  /// Programs may have several at once.
  /// - Parameter limit: From what length on calls are found that no patched function has seen. More
  ///   than zero; those of less than four milliseconds are likely to be missed now and then.
  public init(longerThan limit: Duration = .milliseconds(5)) {
    let findings = findings
    detection = Debug.blockingDetection(after: limit, atMostEvery: .zero) { findings.add($0) }
    Self.running.withLock { running in
      running.append(findings)
      ev_patch_audit(true)
    }
  }

  deinit { stop() }

  /// What was found until now, the calls that took most time first.
  ///
  /// Looks names up, which may take a second the first time, and blocks the hub meanwhile.
  public var calls: [BlockingCall] {
    // That is nothing to report.
    let context = ev_thread_current()?.pointee.current
    context?.pointee.tells_of_call = true
    defer { context?.pointee.tells_of_call = false }
    return MonkeyPatch.original { findings.calls }
  }

  /// Ends it.
  ///
  /// May be called on any OS thread, and more than once.
  public func stop() {
    detection.stop()
    Self.running.withLock { running in
      running.removeAll { $0 === findings }
      if running.isEmpty { ev_patch_audit(false) }
    }
  }

  private static let running = Mutex<[AuditFindings]>([])

  /// Called by a patched function.
  static func note(
    _ call: String, _ reason: BlockingCall.Reason, _ length: Int64, addresses: [UInt]
  ) {
    for findings in running.withLock({ $0 }) {
      findings.add(call, reason, length, addresses: addresses)
    }
  }

  /// Several lines, without a line break at the end.
  static func text(of calls: [BlockingCall]) -> String {
    if calls.isEmpty { return "eventlet: no call has blocked a hub" }
    return "eventlet: \(calls.count == 1 ? "a call has" : "\(calls.count) kinds of calls have")"
      + " blocked hubs\n" + calls.map(\.description).joined(separator: "\n")
  }
}
