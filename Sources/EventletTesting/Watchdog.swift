internal import EventletCore
internal import Glibc
internal import Synchronization

/// Ends the process with a report instead of letting a test hang.
///
/// An OS thread of its own watches; when the time is over it prints the label
/// and, if the hub still answers, who waits for what, and aborts.
///
/// ```swift
/// let watchdog = Watchdog(limit: .seconds(30), label: "download")
/// defer { watchdog.stop() }
/// ```
public final class Watchdog: Sendable {
  /// How many OS threads watch.
  package static var watchingCount: Int { watching.load(ordering: .relaxed) }
  private static let watching = Atomic<Int>(0)

  private let isDone = Atomic<Bool>(false)
  private let hasReported = Atomic<Bool>(false)
  private let limit: Duration
  private let label: String
  // Not the hub's reference: a hub that somebody outside can reach is never dead-locked. Weak: its
  // descriptor closes with the hub.
  private struct WeakHub {
    weak var mailbox: Mailbox?
  }

  private let hub: Mutex<WeakHub>

  /// Starts watching the hub of this OS thread.
  /// - Parameters:
  ///   - limit: Of real time.
  ///   - label: What is being watched, such as the test's name.
  public init(limit: Duration, label: String) {
    self.limit = limit
    self.label = label
    hub = Mutex(WeakHub(mailbox: Hub.current.mailbox))
    start()
  }

  /// Stops watching.
  ///
  /// May be called on any OS thread, and more than once.
  public func stop() { isDone.store(true, ordering: .releasing) }

  private func start() {
    var thread = pthread_t()
    let me = Unmanaged.passRetained(self).toOpaque()
    let failed = pthread_create(
      &thread, nil,
      { opaque in
        guard let opaque else { return nil }
        Unmanaged<Watchdog>.fromOpaque(opaque).takeRetainedValue().watch()
        Watchdog.watching.subtract(1, ordering: .relaxed)
        return nil
      }, me)
    guard failed == 0 else { return }
    Self.watching.add(1, ordering: .relaxed)
    pthread_detach(thread)
  }

  private func watch() {
    let step = 10
    var left = Int(limit / .milliseconds(step))
    while left > 0 {
      if isDone.load(ordering: .acquiring) { return }
      usleep(UInt32(step * 1000))
      left -= 1
    }
    if isDone.load(ordering: .acquiring) { return }
    writeToStandardError("watchdog: \(label): still running after \(limit)\n")
    hub.withLock { $0.mailbox }?.post {
      writeToStandardError(Hub.current.report() + "\n")
      self.hasReported.store(true, ordering: .releasing)
    }
    for _ in 0..<50 where !hasReported.load(ordering: .acquiring) { usleep(10_000) }
    if !hasReported.load(ordering: .acquiring) {
      writeToStandardError("watchdog: the hub does not answer: a green thread blocks it\n")
    }
    abort()
  }
}
