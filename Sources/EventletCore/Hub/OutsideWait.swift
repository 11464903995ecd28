internal import Synchronization

/// One wait of a green thread for something that another OS thread does, and its end.
///
/// Subclassed by what that OS thread works on. Unlike a ``RemoteWaiter``, which is a place in a line
/// and lies on the waiter's stack, it outlives a waiter who is killed: the other OS thread goes on
/// with its work, and finds at its end that nobody waits.
@usableFromInline
package class OutsideWait: @unchecked Sendable {
  // @unchecked Sendable because `phase` says which OS thread may touch what: until it changes, all
  // is the waiter's; who changes it takes the mailbox; and the rest is the hub's alone.

  private enum Phase {
    static let waiting: UInt8 = 0
    /// The other OS thread has done its part.
    static let finished: UInt8 = 1
    /// There will be nothing but an error.
    static let rejected: UInt8 = 2
    /// The waiter was killed or timed out.
    static let abandoned: UInt8 = 3
  }

  private let phase = Atomic<UInt8>(Phase.waiting)
  @exclusivity(unchecked) private var mailbox: Mailbox?
  /// Stored before the phase tells of it.
  @exclusivity(unchecked) private var rejection: (any Error)?
  @exclusivity(unchecked) private var waiter: Unmanaged<AnyGreenThread>?
  @exclusivity(unchecked) private var isDelivered = false

  @usableFromInline init() {}

  // MARK: On the hub

  /// Throws if the caller must not or cannot wait.
  ///
  /// Comes before any other OS thread hears of the wait.
  final func prepareToWait(_ call: StaticString) throws {
    let hub = Hub.current
    try hub.checkBeforeWaiting(call)
    hub.rebuildIfForked()
    mailbox = hub.mailbox
  }

  /// Waits until ``finish()`` or ``reject(throwing:)`` was called, or `deadline` passes.
  /// - Returns: false when the deadline passed first.
  /// - Throws: the error of the rejection; that of a kill or timeout, at once.
  @discardableResult
  final func wait(until deadline: Nanoseconds = .never) throws -> Bool {
    let hub = Hub.current
    hub.remoteWaits += 1
    defer {
      hub.remoteWaits -= 1
      waiter = nil
    }
    waiter = hub.running
    var isInTime = true
    do {
      while !isDelivered, isInTime {
        isInTime = try hub.park(.outside, subject: waitIdentifier, until: deadline)
      }
    } catch {
      isFinishedInVain = abandon() == Phase.finished
      throw error
    }
    let end = isDelivered ? phase.load(ordering: .acquiring) : abandon()
    if end == Phase.rejected, let rejection { throw rejection }
    return end != Phase.waiting
  }

  /// - Returns: the phase until now.
  private func abandon() -> UInt8 {
    let end = phase.exchange(Phase.abandoned, ordering: .acquiringAndReleasing)
    if end == Phase.waiting { mailbox = nil }
    return end
  }

  /// Whether the waiter left although the other OS thread had done its part.
  @exclusivity(unchecked) private(set) var isFinishedInVain = false

  private func deliver() {
    isDelivered = true
    guard let waiter else { return }
    waiter._withUnsafeGuaranteedRef { thread in thread.hub.wake(thread) }
  }

  // MARK: On any OS thread

  /// Whether nobody waits any more.
  final var isOver: Bool { phase.load(ordering: .acquiring) != Phase.waiting }

  /// Wakes the waiter.
  ///
  /// Whatever it is to find is stored before.
  /// - Returns: false when nobody waits any more; then the caller keeps what it has.
  @discardableResult
  final func finish() -> Bool { end(Phase.finished) }

  /// Has the waiter throw `error`.
  ///
  /// Called at most once, while somebody else may call ``finish()``.
  @discardableResult
  final func reject(throwing error: any Error) -> Bool {
    rejection = error
    return end(Phase.rejected)
  }

  private func end(_ how: UInt8) -> Bool {
    let (isFirst, _) = phase.compareExchange(
      expected: Phase.waiting, desired: how, ordering: .acquiringAndReleasing)
    guard isFirst else { return false }
    // The hub may be gone; then it has killed the waiter.
    mailbox.take()?.post { self.deliver() }
    return true
  }

  /// For reports.
  @usableFromInline var waitDescription: String { "another OS thread" }
}

extension OutsideWait: WaitSubject {}

extension AnyGreenThread {
  /// Whether it waits for another OS thread.
  final var isWaitingOutside: Bool { state == .parked && fiber?.pointee.waitReason == .outside }
}
