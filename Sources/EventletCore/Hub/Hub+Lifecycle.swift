internal import CEventletCore

extension Hub {
  /// Ends this hub: kills its green threads, drops its timers, closes its
  /// descriptors' registrations, gives its memory back.
  ///
  /// Call it from the main green thread of the hub's own OS thread. A hub is
  /// destroyed by itself when its OS thread ends. The next use makes a new one.
  ///
  /// A green thread that survives a kill is killed again, after those that are ready have run. One
  /// that is still there after more than a thousand kills is a trap: it catches
  /// ``GreenThreadExit`` and waits again, or ``Condition/wait(timeout:)`` has to take the lock again
  /// before it can end, and the lock's holder does not release it, because it is the caller or has
  /// ended.
  /// - Throws: ``HubError/blockingCallInHub(_:)`` in a callback of the hub;
  ///   ``HubError/invalidArgument(_:)`` on another green thread than main.
  ///
  /// In Python: `hub.abort(wait=True)`.
  public func destroy() throws {
    guard Hub.ifPresent === self else { throw HubError.hubDestroyed }
    if mustNotWait { throw HubError.blockingCallInHub("Hub.destroy") }
    guard running?.toOpaque() == Unmanaged.passUnretained(main).toOpaque() else {
      throw HubError.invalidArgument("Hub.destroy: only the main green thread may destroy its hub")
    }
    tearDown()
  }

  func destroyAtThreadExit() {
    ev_registry_remove(thread)
    // The OS thread ended inside a green thread (pthread_exit): its stack
    // is the one we run on, and nothing can be unwound any more.
    guard running?.toOpaque() == Unmanaged.passUnretained(main).toOpaque() else { return }
    tearDown()
  }

  private func tearDown() {
    ev_registry_remove(thread)
    giveBackMainActor()
    // Released outside the mailbox's lock, since a captured object's deinit may
    // post; and the jobs must run, or their tasks would never end.
    Self.runElsewhere(mailbox.shutDown())
    killAll()
    letGoOfResidents()
    while let timer = timers.first {
      disarm(timer)
      timer.action = .none
    }
    // The handler may hold the hub.
    onUncaughtError = nil
    for case let record? in descriptors { record.abandon() }
    descriptors = []
    ev_thread_detach()
    ev_overflow_stack_release()
    // Balances the retain of the OS thread's record.
    Unmanaged.passUnretained(self).release()
  }

  /// Nothing waits any more, and what they close in their end still belongs to a hub.
  private func letGoOfResidents() {
    let residents = residents
    self.residents = [:]
    withExtendedLifetime(residents) {}
  }

  /// What came too late.
  ///
  /// Released outside the mailbox's lock, since a captured object's deinit may post; and the jobs
  /// must run, or their tasks would never end.
  static func runElsewhere(_ mail: [Mailbox.Mail]) {
    for case .job(let job, let home) in mail { JobGreenThread.runElsewhere(job, of: home) }
  }

  /// Every stack must be unwound before it goes: what lies on it holds
  /// references and open accesses.
  private func killAll() {
    var attempts = 0
    while let victim = liveHead {
      attempts += 1
      let thread = victim.takeUnretainedValue()
      // The main green thread cannot be killed, and goes on after each kill.
      main.interruptions = []
      main.isInterrupted = false
      try? thread.kill(throwing: GreenThreadExit(), depth: Interruption.irresistible)
      if !thread.isFinished {
        unlinkLive(thread)
        linkLive(thread)
        // Foreign code waits for a lock that others have, which no kill ends: until they give it back.
        if thread.shieldDepth == Interruption.uninterruptible, remoteWaits > 0 {
          attempts -= 1
          _ = try? park(.outside, until: deadline(after: .milliseconds(5)))
          continue
        }
        // A kill does not reach one that takes its condition's lock again; it runs when a kill of
        // the holder has given it the lock.
        try? yieldCurrent()
        require(
          attempts < 1000 + 100 * liveCount,
          "Hub.destroy: \(thread) survives every kill: it catches GreenThreadExit and waits again, "
            + "or waits for its condition's lock, which the holder does not release")
      }
    }
  }

  // MARK: The list of all green threads that have not ended

  func linkLive(_ thread: AnyGreenThread) {
    let entry = Unmanaged.passUnretained(thread)
    thread.liveNext = nil
    thread.livePrevious = liveTail
    if let liveTail {
      liveTail._withUnsafeGuaranteedRef { $0.liveNext = entry }
    } else {
      liveHead = entry
    }
    liveTail = entry
    liveCount &+= 1
  }

  func unlinkLive(_ thread: AnyGreenThread) {
    let (next, previous) = (thread.liveNext, thread.livePrevious)
    if let previous {
      previous._withUnsafeGuaranteedRef { $0.liveNext = next }
    } else {
      liveHead = next
    }
    if let next {
      next._withUnsafeGuaranteedRef { $0.livePrevious = previous }
    } else {
      liveTail = previous
    }
    liveCount &-= 1
  }
}
