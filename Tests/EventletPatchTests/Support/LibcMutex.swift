import Glibc

/// A mutex of libc's, which stays where it is.
///
/// `@unchecked Sendable` because it is made for several OS threads.
final class LibcMutex: @unchecked Sendable {
  let address = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init(_ kind: Int = Int(PTHREAD_MUTEX_NORMAL)) {
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(kind))
    pthread_mutex_init(address, &attributes)
  }

  deinit {
    pthread_mutex_destroy(address)
    address.deallocate()
  }

  /// 0, or the error.
  @discardableResult func lock() -> Int32 { pthread_mutex_lock(address) }
  @discardableResult func unlock() -> Int32 { pthread_mutex_unlock(address) }
  func tryLock() -> Int32 { pthread_mutex_trylock(address) }
}

/// A condition of libc's, which stays where it is.
///
/// `@unchecked Sendable` because it is made for several OS threads.
final class LibcCondition: @unchecked Sendable {
  private let address = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() { pthread_cond_init(address, nil) }

  deinit {
    pthread_cond_destroy(address)
    address.deallocate()
  }

  func wait(with mutex: LibcMutex) { pthread_cond_wait(address, mutex.address) }
  func signal() { pthread_cond_signal(address) }
}
