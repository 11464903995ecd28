import Synchronization
import Glibc

/// Holds up OS threads until it is opened.
final class Gate: Sendable {
  private let isOpen = Atomic<Bool>(false)
  private let waiting = Atomic<Int>(0)

  /// How many came so far.
  var count: Int { waiting.load(ordering: .acquiring) }

  func wait() {
    waiting.add(1, ordering: .acquiringAndReleasing)
    while !isOpen.load(ordering: .acquiring) { usleep(200) }
  }

  func open() { isOpen.store(true, ordering: .releasing) }
}
