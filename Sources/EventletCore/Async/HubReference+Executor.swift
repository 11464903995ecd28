internal import CEventletCore

/// A hub as an executor of Swift Concurrency: async code that runs on it may call
/// blocking green functions, and holds up nobody.
///
/// ```swift
/// Task(executorPreference: Hub.current.executor) {
///   let row = try await database.fetch(1)      // async
///   try socket.sendAll(row.text)               // green
/// }
/// ```
///
/// Each job (the part of a task between two suspensions) runs on a green thread
/// of its own, so that it may park while other jobs and green threads run. Jobs
/// begin in the order in which they became ready; priorities are ignored.
///
/// As the executor of an actor it keeps the actor on the hub's OS thread:
///
/// ```swift
/// actor Ledger {
///   let executor: HubReference
///   nonisolated var unownedExecutor: UnownedSerialExecutor {
///     executor.asUnownedSerialExecutor()
///   }
/// }
/// ```
///
/// There a green wait is what an `await` is elsewhere: other calls of the actor
/// may run meanwhile. A task that is cancelled while it waits greenly gets a
/// `CancellationError` there, and at every later green wait.
///
/// After the hub is gone, jobs of tasks go to Swift's global pool. A job of an
/// actor that lives on the hub can go nowhere, and traps.
extension HubReference: TaskExecutor, SerialExecutor {
  /// Takes a job of a task that prefers this executor.
  public func enqueue(_ job: consuming ExecutorJob) {
    take(UnownedJob(job), of: .task)
  }

  /// Takes a job of an actor that lives on the hub.
  ///
  /// Apart from ``enqueue(_:)``, because the runtime is to be told which it was: async code outside
  /// any actor would hop at each call if it ran as isolated to this executor.
  @_implements(SerialExecutor,enqueue(_:))
  public func enqueueIsolated(_ job: consuming ExecutorJob) {
    take(UnownedJob(job), of: .hubActor)
  }

  private func take(_ job: UnownedJob, of home: JobGreenThread.Home) {
    mailbox.take(job, of: home)
  }

  /// Traps unless called on the hub's OS thread.
  public func checkIsolated() {
    require(isOnHub, "an actor of a hub: called on another OS thread")
  }

  /// Whether the caller runs on the hub's OS thread.
  public func isIsolatingCurrentContext() -> Bool? { isOnHub }

  private var isOnHub: Bool { Hub.ifPresent?.mailbox === mailbox }
}

extension Mailbox {
  func take(_ job: UnownedJob, of home: JobGreenThread.Home) {
    if let hub = Hub.ifPresent, hub.mailbox === self {
      if let caught = hub.caughtJob {
        caught.job = job
      } else {
        hub.begin(job, of: home)
      }
    } else if !accept(.job(job, home)) {
      JobGreenThread.runElsewhere(job, of: home)
    }
  }
}

extension Hub {
  /// This hub as an executor of Swift Concurrency.
  ///
  /// While a task prefers it or somebody else holds it, a hub whose green threads all wait is not a
  /// deadlock: a job may still come.
  public var executor: HubReference { reference }
}
