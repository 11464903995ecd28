internal import CEventletCore
internal import DequeModule

/// The main actor's executor in a program whose main thread has a hub: each job runs on a green
/// thread of that hub.
///
/// Not by way of the main dispatch queue, which is serial: a job that waits greenly would hold up
/// the main actor, and with it much of a `main.swift`, whose closures belong to it.
///
/// In a program whose main is `async` the main actor is Swift's to run, by way of that queue. But
/// not while a hub holds the main thread up: then the hub takes the jobs. So each goes to both, and
/// whoever comes first runs it.
final class MainActorExecutor: SerialExecutor {
  static let shared = MainActorExecutor()

  private struct State {
    var hub: Mailbox?
    var isShared = false
    // While it is shared:
    var jobs: Deque<UnownedJob> = []
    /// Whether the hub will look at the jobs: one that is not entered for long is not to collect
    /// calls.
    var isHubTold = false
  }

  private let state = LockedState(State())

  /// Once in a process: the main actor can have one executor.
  private static let isInstalled = ev_main_actor_set_executor(
    unsafeBitCast(shared.asUnownedSerialExecutor(), to: ev_executor.self))

  // `isShared`: the main queue runs jobs too.
  func go(to mailbox: Mailbox, isShared: Bool) {
    state.withLock { state in
      state.hub = mailbox
      state.isShared = isShared
      state.isHubTold = false
    }
    _ = Self.isInstalled
  }

  func move(from old: Mailbox, to mailbox: Mailbox) {
    state.withLock { state in
      guard state.hub === old else { return }
      state.hub = mailbox
      state.isHubTold = false
    }
  }

  func goBack(from mailbox: Mailbox) {
    state.withLock { if $0.hub === mailbox { $0.hub = nil } }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let (hub, isShared, isHubTold) = state.withLock { state in
      let isHubTold = state.isHubTold
      if state.hub != nil, state.isShared {
        state.jobs.append(job)
        state.isHubTold = true
      }
      return (state.hub, state.isShared, isHubTold)
    }
    guard let hub else { return sendToMainQueue(job) }
    guard isShared else { return hub.take(job, of: .mainActor) }
    if !isHubTold { hub.post { self.runSharedJobs() } }
    let isSent = ev_main_queue_send(nil) { _ in
      if let job = MainActorExecutor.shared.takeSharedJob() { MainActorExecutor.run(job) }
    }
    require(isSent, "the main actor has no main queue to run on")
  }

  private func takeSharedJob() -> UnownedJob? { state.withLock { $0.jobs.popFirst() } }

  /// On the hub.
  private func runSharedJobs() {
    let jobs = state.withLock { state in
      state.isHubTold = false
      defer { state.jobs = [] }
      return state.jobs
    }
    let hub = Hub.current
    for job in jobs { hub.begin(job, of: .mainActor) }
  }

  private static func run(_ job: UnownedJob) {
    job.runSynchronously(on: shared.asUnownedSerialExecutor())
  }

  /// While the main thread has no hub, the main queue is where the job would have gone.
  func sendToMainQueue(_ job: UnownedJob) {
    let isSent = ev_main_queue_send(unsafeBitCast(job, to: UnsafeMutableRawPointer.self)) { job in
      if let job { MainActorExecutor.run(unsafeBitCast(job, to: UnownedJob.self)) }
    }
    require(isSent, "the main actor has neither a hub nor a main queue to run on")
  }

  func checkIsolated() {
    require(ev_is_main_thread(), "the main actor: called off the main thread")
  }

  func isIsolatingCurrentContext() -> Bool? { ev_is_main_thread() }
}
