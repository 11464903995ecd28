internal import CEventletCore

// What runs on the hub's own stack: the only loop.
extension Hub {
  func runLoop() -> Never {
    isInHub = true
    while true {
      turn()
      startBatch()
      if let next = popReady() { runFromHub(next) }
    }
  }

  /// One turn: posted work, timers that are due, one look at the descriptors.
  private func turn() {
    counters.turns &+= 1
    if forkGeneration != ev_fork_generation() { rebuildAfterFork() }
    if !unstartable.isEmpty { endUnstartable() }
    if mailbox.hasMail { takeMail() }
    fireTimers()
    if readyCount > 0 {
      // Without waiters the kernel has nothing to tell.
      if descriptorWaits > 0 { poll(timeout: 0) }
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
      case .job(let job, let isIsolated): begin(job, isIsolated: isIsolated)
      }
    }
  }

  private func waitForEvents() {
    let deadline = timers.nextDeadline
    if deadline == .never, descriptorWaits == 0, remoteWaits == 0,
      isKnownUniquelyReferenced(&mailbox)
    {
      attachMainQueue()
      if !mayBeWokenByMainQueue {
        reportDeadlock()
        return
      }
    }
    if let clock, let idle = clock.idleWait {
      poll(timeout: deadline == .never ? -1 : idle)
      if readyCount == 0, !mailbox.hasMail, deadline != .never { _ = clock.advance(to: deadline) }
      return
    }
    poll(timeout: deadline == .never ? -1 : max(0, deadline - now))
  }

  private func poll(timeout: Nanoseconds) {
    var timeout = timeout
    let mayWait = timeout != 0
    if mayWait {
      attachMainQueue()
      if !mailbox.prepareToWait() { timeout = 0 }
    }
    counters.polls &+= 1
    let count = poller.wait(timeout: timeout)
    if mayWait { mailbox.finishWaiting() }
    let events = poller.events
    for index in 0..<count {
      let event = events[index]
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
    interrupt(main, with: HubError.deadlock(report()))
  }

  /// A child process shares its parent's epoll set and eventfd: events of one
  /// would be lost to the other.
  private func rebuildAfterFork() {
    forkGeneration = ev_fork_generation()
    do {
      let oldPoller = poller
      let oldMailbox = mailbox
      // Those who wait for other OS threads, of which the child has none, still point to it.
      if remoteWaits > 0 { _ = Unmanaged.passRetained(oldMailbox) }
      mailbox = try HubReference()
      poller = try Self.makePoller(configuration.poller, mailbox: mailbox.eventDescriptor)
      oldPoller.close()
      if case .attached(let descriptor) = mainQueue {
        try poller.watch(descriptor, tag: mainQueueTag)
      }
      // What was posted to the parent is the parent's to do.
      _ = oldMailbox.shutDown()
      for case let record? in descriptors { try record.registerAgain() }
    } catch {
      fatalError("cannot rebuild the hub in a forked child: \(error)")
    }
  }
}
