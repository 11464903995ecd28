internal import EventletCore
internal import Synchronization

/// Holds OS threads up, and with them all their green threads.
package final class OSGate: Sendable {
  private let arrivals = Atomic<Int>(0)
  private let semaphore = OSThreadSemaphore()

  package init() {}

  /// Lets as many through.
  package func open(_ count: Int = 1) { for _ in 0..<count { semaphore.post() } }

  /// Blocks the OS thread until it is let through.
  package func pass() {
    arrivals.add(1, ordering: .releasing)
    semaphore.wait()
  }

  /// How many have come so far, whether or not they were let through.
  package var arrivalCount: Int { arrivals.load(ordering: .acquiring) }
}
