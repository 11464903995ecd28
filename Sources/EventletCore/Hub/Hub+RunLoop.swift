internal import CEventletCore

// What runs on the hub's own stack: the only loop.
extension Hub {
  func runLoop() -> Never {
    isInHub = true
    mustNotWait = true
    while true {
      turn()
      startBatch()
      if let next = popReady() { runFromHub(next) }
    }
  }

  /// One turn: posted work, timers that are due, one look at the descriptors.
  private func turn() {
    counters.turns &+= 1
    batchesWithoutTurn = 0
    ev_thread_count_turn(thread)
    turnTime = now
    rebuildIfForked()
    if !unstartable.isEmpty { endUnstartable() }
    if mailbox.hasMail { takeMail() }
    fireTimers()
    if readyCount > 0 {
      // Without waiters the kernel has nothing to tell.
      if descriptorWaits > 0 || watchesMainQueue { poll(timeout: 0) }
      return
    }
    waitForEvents()
  }

  private func takeMail() {
    let mail = mailbox.collect()
    mailbox.wakes.deliver(to: self)
    for item in mail {
      switch item {
      case .call(let call): call()
      case .job(let job, let home): begin(job, of: home)
      }
    }
  }

  private func waitForEvents() {
    let deadline = timers.nextDeadline
    if deadline == .never, descriptorWaits == 0, remoteWaits == 0, outsideReference == nil {
      poll(timeout: 0)
      if readyCount > 0 || mailbox.hasMail { return }
      if mayBeWokenByMainQueue { waitForMainQueue() } else { reportDeadlock() }
      return
    }
    if let clock, let idle = clock.idleWait {
      poll(timeout: deadline == .never ? -1 : idle)
      if readyCount == 0, !mailbox.hasMail, deadline != .never { _ = clock.advance(to: deadline) }
      return
    }
    poll(timeout: deadline == .never ? -1 : max(0, deadline - now))
  }

  func poll(timeout: Nanoseconds) {
    var timeout = timeout
    let mayWait = timeout != 0
    if watchesMainQueue {
      attachMainQueue()
      if readyCount > 0 { timeout = 0 }
    }
    // Once for all that follows: each look at it would count references.
    let mailbox = mailbox
    if mayWait, !mailbox.prepareToWait() { timeout = 0 }
    counters.polls &+= 1
    if mayWait { ev_thread_set_polling(thread, true) }
    let events = poller.wait(timeout: timeout)
    if mayWait {
      ev_thread_set_polling(thread, false)
      mailbox.finishWaiting()
      turnTime = now
    }
    for event in events {
      switch event.tag {
      case mailboxTag: ev_eventfd_clear(mailbox.eventDescriptor)
      case mainQueueTag: drainMainQueue()
      default: deliver(event)
      }
    }
  }

  private func deliver(_ event: ev_ready) {
    let descriptor = Int(Int32(truncatingIfNeeded: event.tag))
    guard descriptor < descriptors.count, let record = descriptors[descriptor],
      record.tag == event.tag
    else { return }  // Of a descriptor that was closed since.
    record.receive(event.events)
  }

  private func reportDeadlock() {
    interrupt(main, with: HubError.deadlock(dump()))
  }

  /// A child process shares its parent's epoll set and eventfd: events of one
  /// would be lost to the other.
  func rebuildIfForked() {
    guard forkGeneration != ev_fork_generation() else { return }
    forkGeneration = ev_fork_generation()
    IdleWorkers.forget()
    Watchers.forget()
    do {
      // Kept for good: its lock may have been held by an OS thread that the child
      // does not have. What was posted to the parent is the parent's to do.
      let old = Unmanaged.passRetained(mailbox)
      mailbox = try Mailbox()
      outsideReference = nil
      poller = try Self.makePoller(configuration.poller, mailbox: mailbox.eventDescriptor)
      switch mainQueue {
      case .untried, .unavailable: break
      case .attached(let descriptor), .draining(let descriptor, _):
        try poller.watch(descriptor, tag: mainQueueTag)
      }
      old._withUnsafeGuaranteedRef { old in
        MainActorExecutor.shared.goInChild(from: old, to: mailbox)
        old.retire(for: mailbox)
        // The waiters that were woken have what they wait for in both processes.
        old.wakes.deliverInChild(to: self)
      }
      makeKnown()
      for case let record? in descriptors { try record.registerAgain() }
    } catch {
      fatalError("cannot rebuild the hub in a forked child: \(error)")
    }
    // What other OS threads were to do will not be done: the child has none of them.
    for thread in CollectionOfOne(main) + greenThreads where thread.isWaitingOutside {
      // Through every shield: what it shields will not come.
      interrupt(
        thread, with: HubError.lostInFork(thread.description), depth: Interruption.irresistible)
    }
  }
}
