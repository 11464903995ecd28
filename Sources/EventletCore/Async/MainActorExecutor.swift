internal import CEventletCore
internal import Synchronization

/// The main actor's executor in a program whose main thread has a hub: each job runs on a green
/// thread of that hub.
///
/// Not by way of the main dispatch queue, which is serial: a job that waits greenly would hold up
/// the main actor, and with it much of a `main.swift`, whose closures belong to it.
final class MainActorExecutor: SerialExecutor {
  static let shared = MainActorExecutor()

  /// Unretained, since a reference that is held outside says that the hub may still be woken.
  private let hub = Mutex<Unretained?>(nil)

  private struct Unretained: @unchecked Sendable {
    // @unchecked because the hub clears it before it lets go of the reference.
    let reference: Unmanaged<HubReference>
  }

  /// Once in a process: the main actor can have one executor.
  private static let isInstalled = ev_main_actor_set_executor(
    unsafeBitCast(shared.asUnownedSerialExecutor(), to: ev_executor.self))

  func go(to reference: HubReference) {
    hub.withLock { $0 = Unretained(reference: .passUnretained(reference)) }
    _ = Self.isInstalled
  }

  func goBack(from reference: HubReference) {
    hub.withLock { hub in
      if hub?.reference.toOpaque() == Unmanaged.passUnretained(reference).toOpaque() { hub = nil }
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if let reference = hub.withLock({ $0?.reference.takeUnretainedValue() }) {
      reference.take(job, of: .mainActor)
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
