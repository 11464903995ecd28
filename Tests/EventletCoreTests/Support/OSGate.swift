import Glibc
import Synchronization

/// Holds OS threads up, and with them all their green threads.
final class OSGate: @unchecked Sendable {
  // @unchecked Sendable because the semaphore is made for several OS threads.

  private let arrivals = Atomic<Int>(0)
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  /// Lets as many through.
  func open(_ count: Int = 1) { for _ in 0..<count { sem_post(semaphore) } }

  /// Blocks the OS thread until it is let through.
  func pass() {
    arrivals.add(1, ordering: .releasing)
    while sem_wait(semaphore) != 0 {}
  }

  /// How many have come so far, whether or not they were let through.
  var arrivalCount: Int { arrivals.load(ordering: .acquiring) }
}
