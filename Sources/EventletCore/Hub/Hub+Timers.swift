extension Hub {
  /// Has the hub make a call once, no earlier than `delay` from now; zero or less
  /// is its next turn.
  ///
  /// The call is made even when the green thread that scheduled it has ended.
  /// It runs on the hub's own stack and must not block. Timers that are due
  /// together fire in the order of their deadlines, equal ones as scheduled. An
  /// error it throws goes to ``onUncaughtError``.
  ///
  /// In Python: `hub.schedule_call_global`.
  @discardableResult
  public func schedule(after delay: Duration, _ call: @escaping () throws -> Void) -> HubTimer {
    let timer = HubTimer(hub: self, action: .call(call))
    if recordsTimerStacks { timer.armedBy = runningStack() }
    arm(timer, at: deadline(after: delay))
    return timer
  }

  /// As ``schedule(after:_:)``, but cancelled when the running green thread ends.
  ///
  /// In Python: `hub.schedule_call_local`.
  @discardableResult
  public func scheduleLocal(
    after delay: Duration, _ call: @escaping () throws -> Void
  ) -> HubTimer {
    let timer = HubTimer(hub: self, action: .call(call))
    // Its green thread has ended, in whose links and reports this runs.
    if isRunningEnded { return timer }
    if recordsTimerStacks { timer.armedBy = runningStack() }
    if !isInHub { timer.attach(to: running.unsafelyUnwrapped.takeUnretainedValue()) }
    arm(timer, at: deadline(after: delay))
    return timer
  }

  func arm(_ timer: HubTimer, at deadline: Nanoseconds) {
    timer.deadline = deadline
    timerSequence &+= 1
    timer.sequence = timerSequence
    timers.insert(timer)
  }

  func disarm(_ timer: HubTimer) {
    timer.detachFromOwner()
    timers.remove(timer)
  }

  /// Fires what is due at one reading of the clock.
  ///
  /// What is armed meanwhile waits for the next turn, even with no delay at all.
  func fireTimers() {
    guard !timers.isEmpty else { return }
    let lastSequence = timerSequence
    while let timer = timers.popDue(at: turnTime, armedBefore: lastSequence) {
      timer.detachFromOwner()
      switch timer.action {
      case .wake(let thread):
        thread._withUnsafeGuaranteedRef { thread in
          // Woken already by what it waited for: then it was in time.
          guard thread.state == .parked || thread.isAwakeForErrorOnly else { return }
          thread.timedOut = true
          wake(thread)
        }
      case .start(let thread):
        thread._withUnsafeGuaranteedRef { thread in
          thread.startTimer = nil
          thread.state = .ready
          pushReady(thread)
        }
      case .limit(let limit, let thread):
        timer.action = .none
        limit.fire(in: thread.takeUnretainedValue())
      case .call(let call):
        timer.action = .none
        do { try call() } catch {
          UncaughtError.report(error, origin: "a timer of the hub")
        }
      case .none: break
      }
    }
  }
}
