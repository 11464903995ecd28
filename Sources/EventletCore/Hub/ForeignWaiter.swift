internal import CEventletCore

/// A green thread that waits in foreign code until any OS thread wakes it.
///
/// Lies in memory of that code's, on the green thread's stack. Who wakes it holds a lock of that
/// code's, under which the waiter also leaves.
package enum ForeignWaiter {
  /// How much memory one needs, at most.
  package static let size = 128

  private static func waiter(_ memory: UnsafeMutableRawPointer) -> RemoteWaiter.Pointer {
    // SAFETY: `begin` has initialized it.
    memory.assumingMemoryBound(to: RemoteWaiter.self)
  }

  /// Makes the running green thread one.
  ///
  /// - Returns: false if it may not wait greenly here.
  package static func begin(_ memory: UnsafeMutableRawPointer) -> Bool {
    require(MemoryLayout<RemoteWaiter>.size <= size, "a waiter has outgrown its room")
    let hub = Hub.current
    if hub.mustNotWait || hub.isRunningEnded { return false }
    hub.rebuildIfForked()
    memory.assumingMemoryBound(to: RemoteWaiter.self).initialize(
      to: RemoteWaiter(thread: hub.running, mailbox: .passUnretained(hub.mailbox)))
    hub.remoteWaits += 1
    return true
  }

  /// Parks until somebody wakes it, perhaps for no reason; a kill or timeout waits.
  ///
  /// - Returns: false when the deadline passed first.
  package static func park(until deadline: Nanoseconds) -> Bool {
    Hub.current.parkUninterruptedAsForeignCode(until: deadline)
  }

  /// Under the lock: nobody wakes it any more.
  package static func end(_ memory: UnsafeMutableRawPointer) {
    waiter(memory).leaveWakes()
    waiter(memory).deinitialize(count: 1)
    Hub.current.remoteWaits -= 1
  }

  /// Under the lock: makes it ready.
  ///
  /// - Returns: what to give to ``nudge(_:)`` when the lock is released.
  package static func wake(_ memory: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    guard case .nudge(let mailbox) = waiter(memory).wake() else { return nil }
    return Unmanaged.passRetained(mailbox).toOpaque()
  }

  /// Has its hub take a turn.
  package static func nudge(_ mailbox: UnsafeMutableRawPointer) {
    // SAFETY: `wake` has retained it.
    Unmanaged<Mailbox>.fromOpaque(mailbox).takeRetainedValue().nudge()
  }
}
