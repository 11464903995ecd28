internal import CEventletCore
internal import Glibc

/// The main dispatch queue, to which the main actor's jobs come, and the hub of the main thread.
enum MainQueue {
  case untried
  case unavailable
  case attached(descriptor: Int32)
  /// A green thread runs what the queue has; `again`: more came meanwhile.
  case draining(descriptor: Int32, again: Bool)
}

extension Hub {
  /// Watches the main queue from the first real wait of the main thread's hub on.
  ///
  /// Not earlier: an `async` main program gives the main thread to Dispatch, and can be told from
  /// the others by its being in a task.
  func attachMainQueue() {
    guard case .untried = mainQueue else { return }
    mainQueue = .unavailable
    guard configuration.drainsMainQueue, !isMainInTask else { return }
    let descriptor = ev_main_queue_descriptor()
    guard descriptor >= 0 else { return }
    do {
      try poller.watch(descriptor, tag: mainQueueTag)
      mainQueue = .attached(descriptor: descriptor)
    } catch { report(error, origin: "the main dispatch queue, which green threads go without") }
  }

  private var isMainInTask: Bool {
    guard let fiber = main.fiber else { return false }
    let context = fiber.pointee.context
    return context.has_words && context.concurrency.0 != 0
  }

  /// Whether async code on another OS thread may still have something for the main actor.
  var mayBeWokenByMainQueue: Bool {
    switch mainQueue {
    case .untried, .unavailable: false
    case .attached, .draining: ev_os_thread_count() > 1
    }
  }

  /// On a green thread, because a job of the main actor may wait greenly; one at a time, because the
  /// main queue is serial.
  func drainMainQueue() {
    switch mainQueue {
    case .untried, .unavailable: break
    case .draining(let descriptor, _): mainQueue = .draining(descriptor: descriptor, again: true)
    case .attached(let descriptor):
      mainQueue = .draining(descriptor: descriptor, again: true)
      GreenThread.spawnDiscarding(name: "main queue") { [unowned self] in
        while case .draining(_, again: true) = mainQueue {
          mainQueue = .draining(descriptor: descriptor, again: false)
          ev_eventfd_clear(descriptor)
          ev_main_queue_drain()
        }
        mainQueue = .attached(descriptor: descriptor)
      }
    }
  }
}
