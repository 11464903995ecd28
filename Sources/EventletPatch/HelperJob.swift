internal import CEventletPatch
internal import EventletCore

/// A call of libc's that has to block an OS thread: one of a pool does it, while the green thread
/// that made it waits.
///
/// `@unchecked Sendable` because the job is made to be shared by two OS threads, each of which lets
/// go of it once.
final class HelperJob: @unchecked Sendable {
  /// For names.
  private static let pool = ThreadPool(size: 64, name: "patched calls")
  /// For what may wait for another of them, or as long as a child process lives: there is no end to how
  /// many there are at once.
  private static let poolOfWaits = ThreadPool(size: 10_000, name: "patched waits")

  private var job: OpaquePointer?

  private let pool: ThreadPool

  private init(_ job: OpaquePointer) {
    self.job = job
    pool = ev_patch_job_takes_long(job) ? Self.poolOfWaits : Self.pool
  }

  // One that no OS thread has come to, since nobody waits any more.
  deinit { if let job { ev_patch_job_abandon(job) } }

  private func run() { if let job = job.take() { ev_patch_job_perform(job) } }

  /// Has `job` done, and waits for that.
  ///
  /// A kill or timeout ends the wait, and not what has begun.
  static func perform(_ job: OpaquePointer) -> Hub.ForeignEnd {
    let part = HelperJob(job)
    let end = part.wait(on: Hub.current)
    // Where nobody may wait greenly the OS thread does.
    guard end == .mustNot else { return end }
    part.run()
    return .ready
  }

  /// The same, while a kill or timeout waits.
  static func performToTheEnd(_ job: OpaquePointer) {
    let part = HelperJob(job)
    let end = Hub.current.uninterruptedAsForeignCode { part.wait(on: $0) }
    if end == .mustNot { part.run() }
  }

  private func wait(on hub: Hub) -> Hub.ForeignEnd {
    hub.asForeignCode { [self] in
      do { try pool.execute { self.run() } } catch is ThreadPoolError {
        return .mustNot
      } catch is SystemError {
        // There is no OS thread to be had.
        return .mustNot
      }
      return .ready
    }
  }
}
