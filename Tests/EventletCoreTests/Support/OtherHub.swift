import EventletCore
import Glibc
import Synchronization

/// A hub on an OS thread of its own that runs until it is stopped.
final class OtherHub: Sendable {
  private struct Parts: Sendable {
    let reference: HubReference
    let stop: @Sendable () -> Void
  }

  private let parts = OnceSet<Parts>()
  private let thread: OSThread

  init() {
    let parts = parts
    let started = Latch()
    thread = OSThread {
      let stop = Event<Void>()
      nonisolated(unsafe) let event = stop
      parts.set(Parts(reference: Hub.current.reference, stop: { event.send(()) }))
      started.open()
      do {
        try stop.wait()
        try Hub.current.destroy()
      } catch { fatalError("\(error)") }
    }
    started.wait()
  }

  var reference: HubReference { parts.value.reference }

  /// Ends the hub and its OS thread.
  func stop() {
    parts.value.reference.post(parts.value.stop)
    thread.join()
  }
}

/// Holds up OS threads until it is opened.
final class Latch: @unchecked Sendable {
  // @unchecked because the semaphore is made for use by several OS threads.
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }
  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }
  func open() { sem_post(semaphore) }
  func wait() { while sem_wait(semaphore) != 0 {} }
}
