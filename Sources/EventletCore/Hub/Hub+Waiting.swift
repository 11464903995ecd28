internal import CEventletCore

extension Hub {
  /// The hub's clock in nanoseconds since some fixed point.
  ///
  /// In Python: `hub.clock()`.
  package var now: Nanoseconds {
    if let clock { return clock.now }
    return monotonicNow()
  }

  @usableFromInline
  package func deadline(after timeout: Duration?) -> Nanoseconds {
    guard let timeout else { return .never }
    let wait = timeout.nanoseconds
    let (sum, overflow) = now.addingReportingOverflow(wait)
    return overflow ? .never : sum
  }

  /// The place in line of the running green thread.
  @usableFromInline
  package var currentNode: WaitQueue.Node {
    running.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.fiber.unsafelyUnwrapped.node }
  }

  /// Throws if the caller must not or cannot wait: it runs on the hub's own stack, or a kill or
  /// timeout is due to it.
  ///
  /// Comes first in every blocking call, before the call has taken anything.
  @usableFromInline @inline(__always)
  package func checkBeforeWaiting(_ call: StaticString) throws {
    if isInHub { throw HubError.blockingCallInHub("\(call)") }
    let me = running.unsafelyUnwrapped
    if me._withUnsafeGuaranteedRef({ $0.isInterrupted }) {
      if isRunningEnded { throw HubError.blockingCallInHub("\(call)") }
      try me._withUnsafeGuaranteedRef { try throwPending(of: $0) }
    }
    if ev_thread_is_in_task(thread) { try checkTask() }
  }

  /// Whether what runs is a link, or a report of an error, of a green thread that has ended.
  var isRunningEnded: Bool {
    !isInHub && running.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.isFinished }
  }

  /// Parks the running green thread until it is woken or `deadline` passes.
  ///
  /// The caller has put it where somebody will find it. On an error it must take
  /// it out again, or pass on what it was chosen for.
  /// - Returns: false when the deadline passed first.
  /// - Throws: the error of a kill or timeout that arrived meanwhile.
  @usableFromInline
  package func park(
    _ reason: AnyGreenThread.WaitReason, subject: Int = 0, until deadline: Nanoseconds = .never
  ) throws -> Bool {
    if ev_thread_is_in_task(thread) {
      return try parkInTask(reason, subject: subject, until: deadline)
    }
    return try parkNow(reason, subject: subject, until: deadline)
  }

  @inline(__always)
  private func parkNow(
    _ reason: AnyGreenThread.WaitReason, subject: Int, until deadline: Nanoseconds
  ) throws -> Bool {
    try running.unsafelyUnwrapped._withUnsafeGuaranteedRef { me in
      if me.isInterrupted { try throwPending(of: me) }
      me.state = .parked
      let fiber = me.fiber.unsafelyUnwrapped
      fiber.pointee.waitReason = reason
      fiber.pointee.waitSubject = subject
      fiber.pointee.waitingSince = turnTime
      guard deadline != .never else {
        switchAway()
        if me.isInterrupted { try throwPending(of: me) }
        return true
      }
      me.timedOut = false
      let timer = fiber.pointee.waitTimer ?? makeWaitTimer(of: me)
      arm(timer, at: deadline)
      switchAway()
      if timer.isPending { disarm(timer) }
      if me.isInterrupted { try throwPending(of: me) }
      return !me.timedOut
    }
  }

  /// In a job of Swift Concurrency: cancelling the task ends the wait.
  @inline(never)
  private func parkInTask(
    _ reason: AnyGreenThread.WaitReason, subject: Int, until deadline: Nanoseconds
  ) throws -> Bool {
    let me = running.unsafelyUnwrapped.takeUnretainedValue()
    guard let job = me as? JobGreenThread else {
      return try parkNow(reason, subject: subject, until: deadline)
    }
    let watch = TaskCancellationWatch(over: job)
    defer { watch.end() }
    return try parkNow(reason, subject: subject, until: deadline)
  }

  /// A task that is cancelled does not wait greenly any more.
  @inline(never)
  private func checkTask() throws {
    guard running.unsafelyUnwrapped.takeUnretainedValue() is JobGreenThread else { return }
    if Task.isCancelled { throw CancellationError() }
  }

  private func makeWaitTimer(of thread: AnyGreenThread) -> HubTimer {
    let timer = HubTimer(hub: self, action: .wake(.passUnretained(thread)))
    thread.fiber?.pointee.waitTimer = timer
    return timer
  }

  /// Lets everything ready now, and one poll, run before the caller goes on.
  @inline(__always)
  func yieldCurrent() throws {
    if isInHub { return }
    try running.unsafelyUnwrapped._withUnsafeGuaranteedRef { me in
      if me.isInterrupted { try throwPending(of: me) }
      me.state = .ready
      pushReady(me)
      switchAway()
      if me.isInterrupted { try throwPending(of: me) }
    }
  }

  // MARK: Errors that arrive from outside

  /// Has `thread` throw `error` where it waits, or at its next wait.
  func interrupt(
    _ thread: AnyGreenThread, with error: any Error,
    source: AnyGreenThread.PendingError.Source? = nil
  ) {
    thread.pendingErrors.append(.init(error: error, source: source))
    thread.isInterrupted = true
    guard thread.state == .parked else { return }
    wake(thread)
    thread.isAwakeForErrorOnly = true
  }

  /// Takes back an error that was not thrown yet.
  func withdraw(_ source: ObjectIdentifier, from thread: AnyGreenThread) {
    guard thread.isInterrupted else { return }
    thread.pendingErrors.removeAll { $0.source?.timeout == source }
    thread.isInterrupted = !thread.pendingErrors.isEmpty
    if !thread.isInterrupted, thread.isAwakeForErrorOnly {
      thread.isAwakeForErrorOnly = false
      removeReady(thread)
      thread.state = .parked
    }
  }

  /// Has the running green thread throw `error` at its next wait: it arrived in a wait that had
  /// already been satisfied.
  ///
  /// Called before anything can switch after the throw, whose source it restores: the limit can
  /// still take it back.
  @usableFromInline
  func postpone(_ error: any Error) {
    let me = running.unsafelyUnwrapped.takeUnretainedValue()
    me.pendingErrors.insert(.init(error: error, source: lastThrownSource), at: 0)
    me.isInterrupted = true
    me.countInterruption(from: lastThrownSource, by: -1)
  }

  @inline(never)
  private func throwPending(of thread: AnyGreenThread) throws {
    // It has ended, and runs a link or the like.
    if thread.isFinished { throw HubError.blockingCallInHub("a wait") }
    thread.isAwakeForErrorOnly = false
    let pending = thread.pendingErrors.removeFirst()
    thread.isInterrupted = !thread.pendingErrors.isEmpty
    lastThrownSource = pending.source
    thread.countInterruption(from: pending.source, by: 1)
    throw pending.error
  }
}

/// Not a method: a metatype costs, at this rate.
@usableFromInline
func yieldRunning() throws {
  guard let hub = ev_current_hub() else {
    try yieldOnNewHub()
    return
  }
  // SAFETY: the record of the OS thread retains it.
  try Unmanaged<Hub>.fromOpaque(hub)._withUnsafeGuaranteedRef { try $0.yieldCurrent() }
}

@inline(never)
private func yieldOnNewHub() throws { try Hub.makeCurrent().yieldCurrent() }

extension AnyGreenThread {
  /// Has this green thread throw `error` where it waits, or at its next wait.
  ///
  /// The caller goes on.
  package final func interruptLater(_ error: any Error) {
    if !isFinished { hub.interrupt(self, with: error) }
  }
}

extension Hub {
  /// Hands an error that nobody can catch to ``onUncaughtError``.
  package func report(_ error: any Error, origin: String) {
    UncaughtError.report(error, origin: origin)
  }
}
