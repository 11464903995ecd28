/// Runs one job of Swift Concurrency: a task from one suspension to the next.
final class JobGreenThread: AnyGreenThread {
  /// Whose job it is.
  enum Home {
    /// A task's that prefers the hub.
    case task
    /// An actor's that lives on the hub.
    case hubActor
    /// The main actor's.
    case mainActor
  }

  private var job: UnownedJob?
  private let home: Home
  /// While the job waits greenly: what its task's cancellation may end.
  var cancellationWatch: ObjectIdentifier?

  init(_ job: UnownedJob, of home: Home, on hub: Hub) {
    self.job = job
    self.home = home
    super.init(
      hub: hub, entry: { unsafeDowncast($0, to: JobGreenThread.self).run() },
      file: "a job of Swift Concurrency", line: 0)
    // The rest of an `async` main is such a job, and may need what a main may need.
    if home == .mainActor { askForStack(of: Hub.mainActorStackSize) }
  }

  private func run() {
    guard let job = takeJob() else { return }
    let executor = hub.reference
    switch home {
    case .task: job.runSynchronously(on: executor.asUnownedTaskExecutor())
    case .hubActor:
      job.runSynchronously(
        isolatedTo: executor.asUnownedSerialExecutor(),
        taskExecutor: executor.asUnownedTaskExecutor())
    case .mainActor:
      job.runSynchronously(on: MainActorExecutor.shared.asUnownedSerialExecutor())
    }
  }

  /// Killed before it began: another takes its place, for a job must run.
  override func releaseBody() {
    guard let job = takeJob() else { return }
    if !hub.mailbox.accept(.job(job, home)) { Self.runElsewhere(job, of: home) }
  }

  private func takeJob() -> UnownedJob? {
    defer { job = nil }
    return job
  }

  /// For a job whose hub is gone: it must run, or its task would never end.
  static func runElsewhere(_ job: UnownedJob, of home: Home) {
    switch home {
    case .task: globalConcurrentExecutor.enqueue(job)
    case .hubActor: require(false, "a call of an actor whose hub is gone")
    case .mainActor: MainActorExecutor.shared.sendToMainQueue(job)
    }
  }
}

extension Hub {
  func begin(_ job: UnownedJob, of home: JobGreenThread.Home) {
    let thread = JobGreenThread(job, of: home, on: self)
    enroll(thread)
    pushReady(thread)
  }
}
