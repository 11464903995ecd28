/// A limit of time for whatever its green thread does: an error that is thrown
/// where that green thread waits, when the time is over.
///
/// ```swift
/// let timeout = Timeout(after: .seconds(5))
/// defer { timeout.cancel() }
/// do { try talk(to: peer) } catch let error as Timeout where error === timeout { giveUp() }
/// ```
///
/// Compared by identity: of several nested timeouts one knows which it was. It
/// fires only while its green thread waits; code that never waits is not
/// interrupted. It ends with its green thread. ``withTimeout(_:throwing:_:)``
/// does the bookkeeping.
///
/// In Python: `eventlet.Timeout`.
public final class Timeout: TimeoutError, CustomStringConvertible, @unchecked Sendable {
  // @unchecked Sendable because every Error must be; a Timeout that has been
  // carried to another OS thread can only be compared and printed there: what
  // touches the hub checks that it is its own.

  /// The limit; nil never fires.
  public let duration: Duration?
  let isSilent: Bool
  /// Thrown in its place.
  ///
  /// Dropped when the limit is cancelled, so that a handle that is kept does not keep the
  /// error.
  private var replacement: (any Error)?
  private var timer: HubTimer?
  /// How many shields are around it.
  private(set) var depth = 0
  /// Who was interrupted, until the limit is cancelled or started again.
  private var interrupted: AnyGreenThread?

  /// Creates a limit for the running green thread and starts it.
  ///
  /// Traps in a hub callback, which has no green thread.
  /// - Parameters:
  ///   - duration: From now. nil never fires; zero or less fires at the next wait.
  ///   - error: Thrown instead of the timeout itself.
  public convenience init(after duration: Duration?, throwing error: (any Error)? = nil) {
    self.init(duration: duration, replacement: error, isSilent: false)
    start()
  }

  init(duration: Duration?, replacement: (any Error)?, isSilent: Bool) {
    self.duration = duration
    self.replacement = replacement
    self.isSilent = isSilent
  }

  /// Whether it is running: started, not fired, not cancelled.
  ///
  /// In Python: `pending`.
  public var isPending: Bool { timer?.isPending ?? false }

  /// Starts it again, with the whole duration, for the running green thread.
  ///
  /// Traps while it is pending, and in a hub callback.
  public func start() {
    require(!isPending, "Timeout: started while it is pending")
    takeBack()
    guard let duration else { return }
    let hub = Hub.current
    require(!hub.isInHub, "Timeout: started in a hub callback, which has no green thread")
    // What a green thread leaves behind cannot wait, so there is nothing to limit.
    if hub.isRunningEnded { return }
    let thread = hub.running.unsafelyUnwrapped
    // Retained by the timer while it is armed: a limit that nobody keeps fires
    // all the same.
    let timer = HubTimer(hub: hub, action: .limit(self, thread))
    depth = thread._withUnsafeGuaranteedRef { $0.shieldDepth }
    timer.attach(to: thread.takeUnretainedValue())
    self.timer = timer
    hub.arm(timer, at: hub.deadline(after: duration))
  }

  func fire(in thread: AnyGreenThread) {
    let started = timer?.sequence ?? 0
    timer = nil
    interrupted = thread
    thread.hub.interrupt(
      thread, with: replacement ?? self,
      source: .init(owner: ObjectIdentifier(self), started: started), depth: depth)
  }

  /// Stops it.
  ///
  /// One that has fired but whose error was not thrown yet takes it back. May be called at any
  /// time.
  public func cancel() {
    takeBack()
    timer?.cancel()
    timer = nil
    replacement = nil
  }

  /// At the end of a scope: what was due to be thrown in the middle of foreign code, which has failed for
  /// it, is thrown now.
  @usableFromInline
  func throwIfForeignCallHasFailed() throws {
    guard let thread = interrupted, !thread.isFinished else { return }
    try thread.hub.throwFailureOfCall(by: ObjectIdentifier(self), in: thread)
  }

  private func takeBack() {
    guard let thread = interrupted else { return }
    interrupted = nil
    if !thread.isFinished { thread.hub.withdraw(ObjectIdentifier(self), from: thread) }
  }

  /// The duration, and what becomes of it: `0.5 seconds`, `1 second (silent)`.
  public var description: String {
    guard let duration else { return "" }
    let seconds = duration / .seconds(1)
    let number = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    let unit = seconds == 1 ? "second" : "seconds"
    let note = isSilent ? " (silent)" : replacement.map { " (\($0))" } ?? ""
    return "\(number) \(unit)\(note)"
  }
}
