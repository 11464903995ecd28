import EventletTesting
import EventletCore
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
    let started = OSGate()
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
    started.pass()
  }

  var reference: HubReference { parts.value.reference }

  /// Ends the hub and its OS thread.
  func stop() {
    parts.value.reference.post(parts.value.stop)
    thread.join()
  }
}
