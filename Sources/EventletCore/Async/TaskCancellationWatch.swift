internal import CEventletCore

/// Ends the green wait of a job when its task is cancelled.
final class TaskCancellationWatch {
  private let job: JobGreenThread
  private let mailbox: Mailbox
  private let cancellation = UnsafeMutablePointer<ev_cancellation>.allocate(capacity: 1)

  init(over job: JobGreenThread) {
    self.job = job
    mailbox = job.hub.mailbox
    job.cancellationWatch = ObjectIdentifier(self)
    cancellation.initialize(
      to: ev_cancellation(
        call: { argument in
          guard let argument else { return }
          // SAFETY: the watch lives until `end` has returned.
          Unmanaged<TaskCancellationWatch>.fromOpaque(argument)._withUnsafeGuaranteedRef {
            $0.taskWasCancelled()
          }
        }, argument: Unmanaged.passUnretained(self).toOpaque(), record: nil))
    ev_cancellation_watch(cancellation)
  }

  deinit { cancellation.deallocate() }

  /// On whatever OS thread cancels the task.
  private func taskWasCancelled() {
    let identity = ObjectIdentifier(self)
    // Touched on the hub's OS thread only.
    nonisolated(unsafe) let job = job
    mailbox.post {
      // Not in a later wait, nor when the job is over.
      guard job.cancellationWatch == identity else { return }
      job.hub.interrupt(job, with: CancellationError())
    }
  }

  func end() {
    ev_cancellation_unwatch(cancellation)
    job.cancellationWatch = nil
  }
}
