internal import CEventletCore

/// What comes to the process's main thread from outside: jobs of the main actor, and blocks of the
/// main dispatch queue.
enum MainQueue {
  case untried
  case unavailable
  case attached(descriptor: Int32)
  /// A green thread runs what the queue has; `again`: more came meanwhile.
  case draining(descriptor: Int32, again: Bool)
}

extension Hub {
  /// Of what a main thread has by custom; only the pages that are touched take memory.
  static let mainActorStackSize = 8 << 20

  /// Takes the main actor's jobs, if this is the hub of the process's main thread.
  func takeOverMainActor() {
    // In a task: that of an `async` main.
    guard configuration.drainsMainQueue, ev_is_main_thread(),
      !ev_thread_is_in_task(thread) || ev_async_main_is_ours()
    else {
      mainQueue = .unavailable
      return
    }
    watchesMainQueue = true
    MainActorExecutor.shared.go(to: mailbox)
  }

  /// Watches the main queue from the first look at descriptors on.
  func attachMainQueue() {
    guard case .untried = mainQueue else { return }
    mainQueue = .unavailable
    watchesMainQueue = false
    let descriptor = ev_main_queue_descriptor()
    guard descriptor >= 0 else { return }
    do {
      try poller.watch(descriptor, tag: mainQueueTag)
      watchesMainQueue = true
      mainQueue = .attached(descriptor: descriptor)
      // What came before anybody watched.
      drainMainQueue()
    } catch { report(error, origin: "the main dispatch queue, which green threads go without") }
  }

  func giveBackMainActor() {
    MainActorExecutor.shared.goBack(from: mailbox)
    mainQueue = .unavailable
  }

  /// Whether async code on another OS thread may still have something for the main actor.
  var mayBeWokenByMainQueue: Bool {
    switch mainQueue {
    case .untried, .unavailable: false
    case .attached, .draining:
      Int(ev_os_thread_count()) - IdleWorkers.totalCount - Watchers.count > 1
    }
  }

  /// All green threads wait, and only async code elsewhere may still wake one.
  ///
  /// That cannot be told from a deadlock: after a while, standard error says what it looks like.
  func waitForMainQueue() {
    let patience: Nanoseconds = 10_000_000_000
    let start = monotonicNow()
    poll(timeout: hasSaidThatItMayBeStuck ? -1 : patience)
    if hasSaidThatItMayBeStuck || monotonicNow() - start < patience { return }
    hasSaidThatItMayBeStuck = true
    writeToStandardError(
      "eventlet: all green threads have waited for 10 seconds, and only async code on another OS "
        + "thread could wake one:\n\(report())\n")
  }

  /// On a green thread, because a block may wait greenly; one at a time, because the queue is serial.
  func drainMainQueue() {
    switch mainQueue {
    case .untried, .unavailable: break
    case .draining(let descriptor, _): mainQueue = .draining(descriptor: descriptor, again: true)
    case .attached(let descriptor):
      mainQueue = .draining(descriptor: descriptor, again: true)
      GreenThread.spawnDiscarding(name: "main queue", stackSize: Self.mainActorStackSize) {
        [unowned self] in
        while case .draining(_, again: true) = mainQueue {
          mainQueue = .draining(descriptor: descriptor, again: false)
          ev_eventfd_clear(descriptor)
          ev_main_queue_drain()
        }
      }.link { [unowned self] _ in
        if case .draining = mainQueue { mainQueue = .attached(descriptor: descriptor) }
      }
    }
  }
}
