import EventletCore
import EventletNet
import Glibc

/// Look-ups that an OS thread is held in until the test lets it through, and what was asked for.
final class SlowLookUps: @unchecked Sendable {
  // @unchecked Sendable because the lock guards what changes.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let isOpened = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var permits = 0
  private var asked: [String] = []

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(isOpened, nil)
  }

  deinit {
    pthread_cond_destroy(isOpened)
    pthread_mutex_destroy(mutex)
    isOpened.deallocate()
    mutex.deallocate()
  }

  private func withLock<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// What look-ups have begun, in their order.
  var begun: [String] { withLock { asked } }

  func letThrough(_ count: Int = 1) {
    withLock { permits += count }
    pthread_cond_broadcast(isOpened)
  }

  private func pass(_ name: String) {
    withLock {
      asked.append(name)
      while permits == 0 { pthread_cond_wait(isOpened, mutex) }
      permits -= 1
    }
  }

  /// Every name has the address 192.0.2.1, but that those with `missing` in them do not exist.
  var lookUp: SystemLookUp {
    SystemLookUp(
      entry: { name, _ in
        self.pass(name.text)
        if name.text.contains("missing") { throw NameError(name.text, .notFound) }
        return HostEntry(name: name.text, addresses: ["192.0.2.1"])
      },
      name: { address in
        self.pass("\(address)")
        return "host.test"
      })
  }
}
