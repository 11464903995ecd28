internal import Glibc
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
    /// Somebody is about to reject it: for a few instructions.
    static let rejecting: UInt8 = 4
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
    while true {
      let (isFirst, end) = phase.compareExchange(
        expected: Phase.waiting, desired: Phase.abandoned, ordering: .acquiringAndReleasing)
      if isFirst { mailbox = nil }
      if end != Phase.rejecting { return end }
      sched_yield()
    }
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
  final func finish() -> Bool {
    guard claim(as: Phase.finished) else { return false }
    tell()
    return true
  }

  /// Has the waiter throw `error`.
  /// - Returns: false when nobody waits any more.
  @discardableResult
  final func reject(throwing error: any Error) -> Bool {
    guard claim(as: Phase.rejecting) else { return false }
    rejection = error
    phase.store(Phase.rejected, ordering: .releasing)
    tell()
    return true
  }

  /// - Returns: true for the first one alone.
  private func claim(as next: UInt8) -> Bool {
    phase.compareExchange(
      expected: Phase.waiting, desired: next, ordering: .acquiringAndReleasing
    ).exchanged
  }

  private func tell() {
    // The hub may be gone; then it has killed the waiter.
    mailbox.take()?.post { self.deliver() }
  }

  /// For reports.
  @usableFromInline var waitDescription: String { "another OS thread" }
}

extension OutsideWait: WaitSubject {}

extension AnyGreenThread {
  /// Whether it waits for another OS thread.
  final var isWaitingOutside: Bool { state == .parked && fiber?.pointee.waitReason == .outside }
}
