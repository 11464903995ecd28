import CPatchProbe
import Synchronization

/// What one OS thread tells another.
final class Flag: Sendable {
  private let number = Atomic<Int32>(0)

  /// The OS thread that has set it; 0 before.
  var thread: Int32 { number.load(ordering: .sequentiallyConsistent) }
  var isSet: Bool { thread != 0 }

  func set() { number.store(probe_thread_number(), ordering: .sequentiallyConsistent) }
}
