internal import CEventletCore

/// The main actor's executor in a program whose main thread has a hub: each job runs on a green
/// thread of that hub.
///
/// Not by way of the main dispatch queue, which is serial: a job that waits greenly would hold up
/// the main actor, and with it much of a `main.swift`, whose closures belong to it.
final class MainActorExecutor: SerialExecutor {
  static let shared = MainActorExecutor()

  private let hub = LockedState<Mailbox?>(nil)

  /// Once in a process: the main actor can have one executor.
  private static let isInstalled = ev_main_actor_set_executor(
    unsafeBitCast(shared.asUnownedSerialExecutor(), to: ev_executor.self))

  func go(to mailbox: Mailbox) {
    hub.withLock { $0 = mailbox }
    _ = Self.isInstalled
  }

  /// In a forked child, for the hub made anew: whoever held the lock is not there.
  func goInChild(from old: Mailbox, to mailbox: Mailbox) {
    hub.renewLockInChild()
    hub.withLock { if $0 === old { $0 = mailbox } }
  }

  func goBack(from mailbox: Mailbox) {
    hub.withLock { if $0 === mailbox { $0 = nil } }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if let mailbox = hub.withLock({ $0 }) {
      mailbox.take(job, of: .mainActor)
    } else {
      sendToMainQueue(job)
    }
  }

  /// While the main thread has no hub, the main queue is where the job would have gone.
  func sendToMainQueue(_ job: UnownedJob) {
    let isSent = ev_main_queue_send(unsafeBitCast(job, to: UnsafeMutableRawPointer.self)) { job in
      guard let job else { return }
      unsafeBitCast(job, to: UnownedJob.self)
        .runSynchronously(on: MainActorExecutor.shared.asUnownedSerialExecutor())
    }
    require(isSent, "the main actor has neither a hub nor a main queue to run on")
  }

  func checkIsolated() {
    require(ev_is_main_thread(), "the main actor: called off the main thread")
  }

  func isIsolatingCurrentContext() -> Bool? { ev_is_main_thread() }
}
