internal import CEventletCore

/// A job that was enqueued only to be run by a certain green thread.
final class CaughtJob {
  var job: UnownedJob?

  /// Runs the job, on the green thread for which it was caught.
  func run(on hub: Hub) {
    guard let job else { return }
    self.job = nil
    job.runSynchronously(on: hub.reference.asUnownedTaskExecutor())
  }

  /// The green thread will not run it, and it must run, or its task would never end.
  func abandon(on hub: Hub) {
    guard let job else { return }
    self.job = nil
    hub.begin(job, of: .task)
  }
}

extension Hub {
  /// Has `thread`, which is being spawned, begin with the task locals of the running flow.
  ///
  /// The runtime copies task locals only into tasks. So the green thread becomes one: the task is
  /// created here, and what it enqueues, the one job it ever has, is run by the green thread around
  /// its body. Only for spawners that have task locals, or are in a task that may have some.
  @inline(never)
  func carryTaskLocals(into thread: AnyGreenThread) {
    let caught = CaughtJob()
    caughtJob = caught
    // Not Sendable, and need not be: the job is run on this OS thread.
    nonisolated(unsafe) let thread = thread
    Task(executorPreference: reference) {
      if !thread.isFinished { thread.runEntry() }
    }
    caughtJob = nil
    thread.extras.job = caught
  }
}
