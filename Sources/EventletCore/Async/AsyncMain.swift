internal import CEventletCore
internal import Glibc

/// Called on the main thread of a program whose main is `async`, when that main suspends for the
/// first time.
///
/// Swift's runtime would end the main thread and have any OS thread run the main actor, so that a hub
/// had neither. Instead the hub of the main thread runs from here on, and the rest of the main, jobs
/// of the main actor, on its green threads. The end of the main ends the process.
///
/// Returns if that hub is not to run the main actor.
@_cdecl("ev_drain_async_main")
func drainAsyncMain() {
  let hub = Hub.current
  guard hub.watchesMainQueue else { return }
  // Who suspended may be resumed from anywhere.
  let reference = hub.reference
  do { try hub.waitForEver() } catch {
    // As for an error that leaves a synchronous main.
    UncaughtError.report(error, origin: "the main green thread")
    withExtendedLifetime(reference) { exit(1) }
  }
}

extension Hub {
  fileprivate func waitForEver() throws { while true { _ = try park(.task) } }
}
