import Glibc

/// A value that several OS threads use in turn.
///
/// As `Mutex`, but the thread sanitizer sees this one.
final class Guarded<Value: Sendable>: @unchecked Sendable {
  // @unchecked Sendable because the lock guards the value.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var value: Value

  init(_ value: Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value)
  }
}
