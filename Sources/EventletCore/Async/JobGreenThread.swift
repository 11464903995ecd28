/// Runs one job of Swift Concurrency: a task from one suspension to the next.
final class JobGreenThread: AnyGreenThread {
  private var job: UnownedJob?
  private let isIsolated: Bool
  /// While the job waits greenly: what its task's cancellation may end.
  var cancellationWatch: ObjectIdentifier?

  init(_ job: UnownedJob, isIsolated: Bool, on hub: Hub) {
    self.job = job
    self.isIsolated = isIsolated
    super.init(
      hub: hub, entry: { unsafeDowncast($0, to: JobGreenThread.self).run() },
      file: "a job of Swift Concurrency", line: 0)
  }

  private func run() {
    guard let job = takeJob() else { return }
    let executor = hub.mailbox
    if isIsolated {
      job.runSynchronously(
        isolatedTo: executor.asUnownedSerialExecutor(),
        taskExecutor: executor.asUnownedTaskExecutor())
    } else {
      job.runSynchronously(on: executor.asUnownedTaskExecutor())
    }
    state = .succeeded
  }

  /// Killed before it began.
  override func releaseBody() {
    if let job = takeJob() { Self.runElsewhere(job, isIsolated: isIsolated) }
  }

  private func takeJob() -> UnownedJob? {
    defer { job = nil }
    return job
  }

  /// For a job whose hub is gone: it must run, or its task would never end.
  static func runElsewhere(_ job: UnownedJob, isIsolated: Bool) {
    require(!isIsolated, "a call of an actor whose hub is gone")
    globalConcurrentExecutor.enqueue(job)
  }
}

extension Hub {
  func begin(_ job: UnownedJob, isIsolated: Bool) {
    let thread = JobGreenThread(job, isIsolated: isIsolated, on: self)
    enroll(thread)
    pushReady(thread)
  }
}
