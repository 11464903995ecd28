internal import Glibc

/// A semaphore for OS threads, which it blocks.
package final class OSThreadSemaphore: @unchecked Sendable {
  // @unchecked Sendable because sem_t is made for use by several OS threads.
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  package init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  package func post() { sem_post(semaphore) }

  package func wait() {
    // EINTR: a signal was handled on this OS thread.
    while sem_wait(semaphore) != 0 {}
  }

  /// - Returns: false when the time passed first.
  func wait(timeout: Duration) -> Bool {
    // The wall clock: glibc before 2.30 has no wait by the other one. Who sets the
    // clock meanwhile has us wait too long or too short, once.
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let nanoseconds = timeout.nanoseconds.addingReportingOverflow(Nanoseconds(time.tv_nsec))
    let sum = nanoseconds.overflow ? Nanoseconds.never : nanoseconds.partialValue
    time.tv_sec += Int(sum / 1_000_000_000)
    time.tv_nsec = Int(sum % 1_000_000_000)
    while sem_timedwait(semaphore, &time) != 0 {
      if errno != EINTR { return false }
    }
    return true
  }
}
