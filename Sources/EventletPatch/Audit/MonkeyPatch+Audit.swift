internal import EventletCore
internal import Glibc

extension MonkeyPatch {
  /// Runs `body`, and lists the calls that have blocked a hub meanwhile.
  ///
  /// Those of the whole process: other green threads, and other hubs, may have made them.
  ///
  /// ```swift
  /// for call in try MonkeyPatch.audit({ try handle(request) }) { print(call) }
  /// // fsync once, 12.4 ms: made directly, inside libc, or within MonkeyPatch.original
  /// //     fsync in libc.so.6
  /// //     sqlite3_step in libsqlite3.so.0 …
  /// ```
  /// - Parameters:
  ///   - limit: As ``PatchAudit`` takes it.
  ///   - body: Runs in this green thread.
  /// - Returns: those that took most time first; empty when all was green.
  /// - Throws: what `body` throws; then nothing is listed.
  public static func audit(
    longerThan limit: Duration = .milliseconds(5), _ body: () throws -> Void
  ) rethrows -> [BlockingCall] {
    let audit = PatchAudit(longerThan: limit)
    defer { audit.stop() }
    try body()
    return audit.calls
  }

  /// The one of the environment variable, for the rest of the process.
  private static let wholeProgram: PatchAudit? = {
    guard let value = getenv("EVENTLET_PATCH_AUDIT") else { return nil }
    let text = String(cString: value)
    guard let milliseconds = Double(text), milliseconds > 0 else {
      fatalError("EVENTLET_PATCH_AUDIT=\(text): must be a number of milliseconds, more than 0")
    }
    atexit {
      guard let audit = MonkeyPatch.wholeProgram else { return }
      audit.stop()
      writeToStandardError(PatchAudit.text(of: audit.calls) + "\n")
    }
    return PatchAudit(longerThan: .microseconds(milliseconds * 1000))
  }()

  /// Begins with the first installing, if the environment asks for it.
  static func auditAsTheEnvironmentSays() { _ = wholeProgram }
}
