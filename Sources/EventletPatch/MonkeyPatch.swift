internal import CEventletCore
internal import CEventletPatch
internal import EventletCore
internal import Glibc
internal import Synchronization

/// Makes libc's blocking calls green, for code that one cannot change.
///
/// C libraries, Foundation, and Swift code that calls `read` or `usleep` wait as if they had an OS
/// thread of their own, while only their green thread does:
///
/// ```swift
/// try MonkeyPatch.install()
/// let pool = GreenPool(size: 50)
/// for query in queries {
///   // libpq's blocking call: the other green threads run meanwhile.
///   try pool.spawnDiscarding { show(PQexec(connections.take(), query)) }
/// }
/// ```
///
/// It is opt-in twice. A program that links this module has libc's calls pass through its own
/// functions, at the cost of a nanosecond each; and nothing else changes before
/// ``install(_:)``. From then on, in every green thread of the process and nowhere else, a call that
/// would block parks the green thread instead. Plain OS threads, those of libraries among them, are
/// served by libc as before.
///
/// A kill or timeout that comes to a green thread inside such a call makes the call fail: with the
/// error ECANCELED, `EAI_SYSTEM` for names, the rest of the time for `sleep`. So the library gives
/// up and returns in its own way, and the error is thrown at the next wait of Swift code, at the end
/// of the `withTimeout` whose time it was, or by ``checkForInterruption()``. Waits for locks,
/// conditions, semaphores, barriers, other threads and queues are not ended: they have no way to
/// fail.
///
/// In Python: `eventlet.monkey_patch`.
public enum MonkeyPatch {
  /// Makes the calls of `subjects` green, besides those that are green already.
  ///
  /// At any time, from any OS thread; calls that are in the middle end as they began.
  /// - Parameter subjects: All by default.
  /// - Throws: ``MonkeyPatchError`` when this program's libc cannot be had: nothing is installed
  ///   then.
  ///
  /// In Python: `eventlet.monkey_patch`.
  public static func install(_ subjects: Subjects = .all) throws {
    if let problem { throw problem }
    if subjects.contains(.thread), !reachesDispatch { saysThatDispatchIsOutOfReach }
    change { $0.formUnion(subjects) }
    auditAsTheEnvironmentSays()
  }

  /// Whether ``Subjects/thread`` reaches `DispatchQueue.sync`.
  ///
  /// Not so, and not `RunLoop` either, if Dispatch is inside the program, with `-static-stdlib`: there a body that waits in
  /// `sync`, while a sibling calls `sync` on the same queue, is taken for a dead-lock and traps. The
  /// first ``install(_:)`` says so on standard error.
  public static var reachesDispatch: Bool { ev_patch_reaches_dispatch() }

  private static let saysThatDispatchIsOutOfReach: Void = {
    let text =
      "eventlet: MonkeyPatch: Dispatch is inside this program (-static-stdlib), so that a body which "
      + "waits in DispatchQueue.sync traps when a sibling uses the same queue\n"
    writeToStandardError(text)
  }()

  /// Gives the calls of `subjects` back to libc.
  ///
  /// Green threads that are in the middle of such a call wait on greenly, and end as they began.
  /// - Parameter subjects: All by default.
  public static func uninstall(_ subjects: Subjects = .all) {
    change { $0.subtract(subjects) }
  }

  /// What is green now.
  public static var installed: Subjects { Subjects(rawValue: ev_patch_installed()) }

  /// Whether all calls of `subjects` are green.
  ///
  /// In Python: `eventlet.patcher.is_monkey_patched`.
  public static func isInstalled(_ subjects: Subjects) -> Bool {
    installed.isSuperset(of: subjects)
  }

  /// Runs `body` with libc's own calls in this green thread, whatever is installed.
  ///
  /// They block the hub. Other green threads, should `body` switch to them by calls of this library,
  /// have the green ones.
  /// - Throws: what `body` throws.
  ///
  /// In Python: `eventlet.patcher.original`.
  public static func original<Result>(_ body: () throws -> Result) rethrows -> Result {
    // Of a hub's green thread; elsewhere the calls are libc's anyway.
    guard let thread = ev_thread_current(), let context = thread.pointee.current else {
      return try body()
    }
    // SAFETY: a green thread is in here, so its context stays.
    context.pointee.calls_originals += 1
    defer { context.pointee.calls_originals -= 1 }
    return try body()
  }

  /// Throws what a kill or timeout has left for this green thread while it was inside foreign code.
  ///
  /// Every wait does that by itself; this is for after a call of a library, before its result is
  /// used.
  /// - Throws: the error of the kill or timeout.
  public static func checkForInterruption() throws {
    guard let hub = Hub.ifPresent else { return }
    try hub.checkBeforeWaiting("MonkeyPatch.checkForInterruption")
  }

  /// For tests: whether it goes the way of kernels without RWF_NOWAIT, older than Linux 4.14.
  static var pretendsOldKernel: Bool {
    get { ev_patch_pretends_old_kernel() }
    set { ev_patch_pretend_old_kernel(newValue) }
  }

  /// What keeps the hooks from their work in this program.
  private static var problem: MonkeyPatchError? {
    switch ev_patch_ability() {
    case Int32(EV_PATCH_CAN): nil
    case Int32(EV_PATCH_IS_STATIC): .libcIsInsideTheProgram
    default: .anotherImageComesFirst
    }
  }

  private static let lock = Mutex(())

  private static func change(_ edit: (inout Subjects) -> Void) {
    lock.withLock { _ in
      var subjects = installed
      edit(&subjects)
      if subjects == installed { return }
      ev_patch_install(subjects.rawValue, HubOperations.table)
    }
  }
}
