internal import CEventletCore

// From the first switch to a green thread to its end.
extension Hub {
  /// Takes over a green thread that was just made: it is alive until it ends,
  /// whether or not somebody holds the handle.
  @usableFromInline
  func enroll(_ thread: AnyGreenThread) {
    _ = Unmanaged.passRetained(thread)
    counters.spawned &+= 1
    linkLive(thread)
    if liveCount > peakLiveCount { peakLiveCount = liveCount }
  }

  /// Ends the green threads for which there was no stack.
  ///
  /// On the hub's own stack, since their links are user's code that needs one.
  func endUnstartable() {
    while !unstartable.isEmpty {
      let thread = unstartable.removeFirst()
      // Killed since?
      if thread.isFinished { continue }
      thread.fail(
        SystemError(
          call: "mmap",
          subject: "stack of \(thread) (see the sysctl vm.max_map_count and the limit of memory)"))
    }
  }

  /// Gives everything back and chooses who goes on.
  ///
  /// Called on the ending thread's own stack.
  func end(_ thread: Unmanaged<AnyGreenThread>) -> LastSwitch {
    let fiber = thread._withUnsafeGuaranteedRef { thread in
      // Only now: what its body left behind may have waited until here.
      thread.state = thread.error == nil ? .succeeded : .failed
      thread.finish(on: self)
      let fiber = thread.fiber.unsafelyUnwrapped
      thread.fiber = nil
      return fiber
    }
    // Balances the retain of `enroll`. A result's deinit may run now, on a
    // stack that belongs to nobody any more: it must not wait.
    running = .passUnretained(main)
    mustNotWait = true
    thread.release()
    mustNotWait = false
    ev_context_renew(self.thread)
    // Free from here on although we still stand on it. If the next green thread
    // is one that has yet to start, it is given this very stack, and there is
    // nothing to switch to.
    ev_stack_give_back(fiber.pointee.pool.unsafelyUnwrapped, fiber.context)
    if peakLiveCount > 1000, liveCount < peakLiveCount / 8 { giveMemoryBackAfterBurst() }
    if ev_thread_is_traced(self.thread) { return lastSwitchTraced(from: fiber) }
    return LastSwitch(thread: self.thread, from: fiber.context, to: nextAfterEnd())
  }

  @inline(never)
  private func lastSwitchTraced(from fiber: UnsafeMutablePointer<Fiber>) -> LastSwitch {
    let ended = fiber.context.pointee.identifier
    let to = nextAfterEnd()
    traceEnd(of: ended, to: to)
    // The stack may be another green thread's by now, and its switch is told of here.
    isTracingEnd = to != fiber.context && switchTrace != nil
    return LastSwitch(thread: thread, from: fiber.context, to: to)
  }

  /// The stacks' pages went back as they became free; the objects of so many
  /// green threads are free inside malloc, which keeps what lies below the top.
  @inline(never)
  private func giveMemoryBackAfterBurst() {
    peakLiveCount = liveCount
    ev_trim_heap()
  }

  func checkAfterSwitch() throws {
    try checkBeforeWaiting("kill")
  }
}

extension AnyGreenThread {
  /// Ends it before its body has begun.
  final func fail(_ error: any Error) {
    self.error = error
    state = .failed
    releaseBody()
    finish(on: hub)
    // Balances the retain of `enroll`.
    Unmanaged.passUnretained(self).release()
  }

  /// The part of the end that has nothing to do with stacks: timers, links, waiters.
  ///
  /// The state is set and the result stored.
  final func finish(on hub: Hub) {
    hub.unlinkLive(self)
    // Until the end is over, every wait goes the way of the interrupted ones, and
    // is refused there.
    isInterrupted = true
    if let fiber { dropTimers(of: fiber) }
    if hasExtras {
      interruptions = []
      locals = [:]
      extras.job?.abandon(on: hub)
      extras.job = nil
    }
    if isDiscarding, state == .failed, let error, !(error is GreenThreadExit) {
      isErrorObserved = true
      UncaughtError.report(error, of: self)
    }
    tellObserver()
    if hasExtras { runLinks() }
    while joiners.choose() != nil {}
    // What the links and reports armed in its name.
    if let fiber { dropTimers(of: fiber) }
  }

  private final func dropTimers(of fiber: UnsafeMutablePointer<Fiber>) {
    // Retained meanwhile: the heap may hold the only reference, and lets go.
    while let timer = fiber.pointee.localTimers?.takeUnretainedValue() {
      if case .start(let thread) = timer.action {
        thread._withUnsafeGuaranteedRef { $0.endUnstarted(GreenThreadExit()) }
      } else {
        timer.cancel()
      }
    }
    if fiber.pointee.waitTimer != nil { fiber.pointee.waitTimer = nil }
  }
}
