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
    if mustNotWait { throw HubError.blockingCallInHub("\(call)") }
    let me = running.unsafelyUnwrapped
    if me._withUnsafeGuaranteedRef({ $0.isInterrupted }) {
      if isRunningEnded { throw HubError.blockingCallInHub("\(call)") }
      try me._withUnsafeGuaranteedRef { try throwInterruption(of: $0) }
    }
    if ev_thread_is_in_task(thread) { try checkTask() }
  }

  /// Whether what runs is a link, or a report of an error, of a green thread that has ended.
  var isRunningEnded: Bool {
    if isInHub { return false }
    return mustNotWait || running.unsafelyUnwrapped._withUnsafeGuaranteedRef { $0.isFinished }
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
      if me.isInterrupted { try throwInterruption(of: me) }
      me.state = .parked
      let fiber = me.fiber.unsafelyUnwrapped
      fiber.pointee.waitReason = reason
      fiber.pointee.waitSubject = subject
      fiber.pointee.waitingSince = turnTime
      guard deadline != .never else {
        switchAway()
        if me.isInterrupted { try throwInterruption(of: me) }
        return true
      }
      me.timedOut = false
      let timer = fiber.pointee.waitTimer ?? makeWaitTimer(of: me)
      arm(timer, at: deadline)
      switchAway()
      if timer.isPending { disarm(timer) }
      if me.isInterrupted { try throwInterruption(of: me) }
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
    let me = running.unsafelyUnwrapped.takeUnretainedValue()
    guard me is JobGreenThread, me.shieldDepth == 0 else { return }
    if Task.isCancelled { throw CancellationError() }
  }

  /// Parks until somebody takes `node` out of its line, whatever arrives meanwhile: that is thrown
  /// at the next wait.
  func parkUninterrupted(
    _ node: WaitQueue.Node, _ reason: AnyGreenThread.WaitReason, subject: Int
  ) {
    let me = running.unsafelyUnwrapped.takeUnretainedValue()
    let shieldDepth = me.shieldDepth
    me.extras.shieldDepth = Interruption.uninterruptible
    me.findWhetherInterrupted()
    // Throws nothing at that depth.
    while node.pointee.state == .queued {
      _ = try? parkNow(reason, subject: subject, until: .never)
    }
    me.extras.shieldDepth = shieldDepth
    me.findWhetherInterrupted()
  }

  private func makeWaitTimer(of thread: AnyGreenThread) -> HubTimer {
    let timer = HubTimer(hub: self, action: .wake(.passUnretained(thread)))
    thread.fiber?.pointee.waitTimer = timer
    return timer
  }

  /// Lets everything ready now, and one poll, run before the caller goes on.
  @inline(__always)
  func yieldCurrent() throws {
    if mustNotWait { return }
    try running.unsafelyUnwrapped._withUnsafeGuaranteedRef { me in
      if me.isInterrupted { try throwInterruption(of: me) }
      me.state = .ready
      pushReady(me)
      switchAway()
      if me.isInterrupted { try throwInterruption(of: me) }
    }
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

extension Hub {
  /// Hands an error that nobody can catch to ``onUncaughtError``.
  package func report(_ error: any Error, origin: String) {
    UncaughtError.report(error, origin: origin)
  }
}
