internal import CEventletCore

/// One place in a line that several OS threads serve: of a green thread of any hub, or of async
/// code.
///
/// Lies where its waiter keeps it, on the parked green thread's stack or in memory that async code
/// frees when it goes on, so waiting allocates nothing for green threads. Guarded by the lock of
/// what is waited for, but for what is said to be the mailbox's.
@usableFromInline
struct RemoteWaiter {
  @usableFromInline
  enum State: UInt8, Sendable {
    case idle
    /// In a line.
    case queued
    /// Taken out of the line by somebody who gave this waiter what it waits for. If the waiter
    /// leaves before it has taken that, it must pass it on.
    case chosen
    /// Taken out because there is nothing to wait for any more.
    case rejected
  }

  @usableFromInline typealias Pointer = UnsafeMutablePointer<RemoteWaiter>

  var next: Pointer?
  var previous: Pointer?
  /// When it came into its line.
  var ticket: UInt64 = 0
  @usableFromInline var state: State = .idle
  /// Where a waiter that offers something keeps it.
  @usableFromInline var payload: UnsafeMutableRawPointer?

  /// The green thread that waits, and where its hub gets mail; nil for async code.
  let thread: Unmanaged<AnyGreenThread>?
  let mailbox: Unmanaged<Mailbox>?
  /// What resumes async code.
  var continuation: UnsafeContinuation<Void, Never>?

  /// In the list of wakes of the mailbox, whose lock guards the links.
  ///
  /// Set by whoever chose the waiter, before the line's lock is released, and cleared on the hub's
  /// own OS thread.
  var isPosted = false
  fileprivate var nextWake: Pointer?
  fileprivate var previousWake: Pointer?

  init(thread: Unmanaged<AnyGreenThread>?, mailbox: Unmanaged<Mailbox>?) {
    self.thread = thread
    self.mailbox = mailbox
  }
}

/// What is left to do for a chosen waiter, after the lock is released.
@usableFromInline
enum RemoteWakeUp {
  case nothing
  case nudge(Mailbox)
  case resume(UnsafeContinuation<Void, Never>)

  @usableFromInline
  func perform() {
    switch self {
    case .nothing: break
    case .nudge(let mailbox): mailbox.nudge()
    case .resume(let continuation): continuation.resume()
    }
  }
}

/// Waiters of any OS thread, first come, first served.
///
/// A plain value, guarded by its owner's lock.
@usableFromInline
struct RemoteWaitQueue {
  private var first: RemoteWaiter.Pointer?
  private var last: RemoteWaiter.Pointer?
  private var lastTicket: UInt64 = 0
  @usableFromInline private(set) var count = 0

  @usableFromInline init() {}

  @usableFromInline
  mutating func append(_ waiter: RemoteWaiter.Pointer) {
    lastTicket &+= 1
    waiter.pointee.ticket = lastTicket
    insert(waiter, behind: last)
  }

  /// For a waiter that was chosen for something that is gone again: to the place in line that it
  /// had.
  @usableFromInline
  mutating func putBack(_ waiter: RemoteWaiter.Pointer) {
    var previous: RemoteWaiter.Pointer?
    var next = first
    // Only those that were put back before it can be ahead.
    while let other = next, other.pointee.ticket < waiter.pointee.ticket {
      previous = other
      next = other.pointee.next
    }
    insert(waiter, behind: previous)
  }

  private mutating func insert(
    _ waiter: RemoteWaiter.Pointer, behind previous: RemoteWaiter.Pointer?
  ) {
    require(waiter.pointee.state != .queued, "a waiter can be in one line at a time")
    let next = previous == nil ? first : previous?.pointee.next
    waiter.pointee.state = .queued
    waiter.pointee.previous = previous
    waiter.pointee.next = next
    if let previous { previous.pointee.next = waiter } else { first = waiter }
    if let next { next.pointee.previous = waiter } else { last = waiter }
    count += 1
  }

  @usableFromInline
  mutating func remove(_ waiter: RemoteWaiter.Pointer) {
    let (previous, next) = (waiter.pointee.previous, waiter.pointee.next)
    if let previous { previous.pointee.next = next } else { first = next }
    if let next { next.pointee.previous = previous } else { last = previous }
    waiter.pointee.state = .idle
    count -= 1
  }

  /// Takes the longest waiting one, of which there is one, out of the line.
  ///
  /// From here to the release of the lock the waiter stays where it is; `wakeUp` is for
  /// afterwards.
  @usableFromInline
  mutating func choose(
    as state: RemoteWaiter.State, _ wakeUp: inout RemoteWakeUp
  ) -> RemoteWaiter.Pointer {
    let waiter = first.unsafelyUnwrapped
    remove(waiter)
    waiter.pointee.state = state
    guard case .nothing = wakeUp else { fatalError("one waiter is woken under a lock at a time") }
    wakeUp = waiter.wake()
    return waiter
  }
}

extension RemoteWaiter.Pointer {
  /// Under the lock of the line.
  func wake() -> RemoteWakeUp {
    guard let mailbox = pointee.mailbox, let thread = pointee.thread else {
      let continuation = pointee.continuation.unsafelyUnwrapped
      pointee.continuation = nil
      return .resume(continuation)
    }
    return mailbox._withUnsafeGuaranteedRef { mailbox in
      // It may have been waiting since before a fork.
      let mailbox = mailbox.latest
      if let hub = Hub.ifPresent, hub.mailbox === mailbox {
        thread._withUnsafeGuaranteedRef { hub.wake($0) }
        return .nothing
      }
      return mailbox.wakes.append(self) ? .nudge(mailbox) : .nothing
    }
  }

  /// On the waiter's own OS thread, under the lock of the line: whoever chose it has no more to
  /// do with it after this.
  ///
  /// - Returns: What became of it; it is in no line any more.
  @usableFromInline
  func settle(_ line: inout RemoteWaitQueue) -> RemoteWaiter.State {
    let state = pointee.state
    if state == .queued { line.remove(self) }
    leaveWakes()
    pointee.state = .idle
    return state
  }

  /// On the waiter's own OS thread, under the same lock: its hub has not heard of a wake yet, and need
  /// not.
  func leaveWakes() {
    guard pointee.isPosted else { return }
    pointee.mailbox?._withUnsafeGuaranteedRef { $0.latest.wakes.remove(self) }
  }
}

/// The green threads of a hub that other OS threads have woken since its last turn.
///
/// A post without a closure: the waiters themselves are the list, so a wake costs a lock and no
/// allocation. One that leaves before the hub has looked takes itself out.
///
/// `@unchecked Sendable` because the lock guards the list.
final class RemoteWakes: @unchecked Sendable {
  private let lock = BriefLock()
  @exclusivity(unchecked) private var first: RemoteWaiter.Pointer?
  @exclusivity(unchecked) private var last: RemoteWaiter.Pointer?

  /// - Returns: whether the hub may not know yet that there is something here.
  func append(_ waiter: RemoteWaiter.Pointer) -> Bool {
    lock.withLock {
      waiter.pointee.isPosted = true
      waiter.pointee.nextWake = nil
      waiter.pointee.previousWake = last
      if let last { last.pointee.nextWake = waiter } else { first = waiter }
      last = waiter
      return waiter.pointee.previousWake == nil
    }
  }

  func remove(_ waiter: RemoteWaiter.Pointer) {
    lock.withLock {
      let (previous, next) = (waiter.pointee.previousWake, waiter.pointee.nextWake)
      if let previous { previous.pointee.nextWake = next } else { first = next }
      if let next { next.pointee.previousWake = previous } else { last = previous }
      waiter.pointee.isPosted = false
    }
  }

  /// Makes them ready, in the order in which they were woken.
  ///
  /// On the hub's own stack. Waking runs nobody, so none can leave meanwhile.
  func deliver(to hub: Hub) {
    deliver(lock.withLock { takeAll() }, to: hub)
  }

  /// Without the lock, which an OS thread may have had that the child has not.
  func deliverInChild(to hub: Hub) { deliver(takeAll(), to: hub) }

  private func takeAll() -> RemoteWaiter.Pointer? {
    let all = first
    first = nil
    last = nil
    return all
  }

  private func deliver(_ all: RemoteWaiter.Pointer?, to hub: Hub) {
    var next = all
    while let waiter = next {
      next = waiter.pointee.nextWake
      waiter.pointee.isPosted = false
      waiter.pointee.thread?._withUnsafeGuaranteedRef { hub.wake($0) }
    }
  }
}

/// The running green thread while it waits for something that other OS threads may do.
@usableFromInline
struct RemoteWait {
  @usableFromInline let waiter: RemoteWaiter.Pointer
  // The record of the OS thread retains it, and a hub outlives its green threads.
  private let hub: Unmanaged<Hub>

  // The memory is uninitialized, and stays where it is until `end`.
  @usableFromInline
  init(_ call: StaticString, _ memory: RemoteWaiter.Pointer) throws {
    waiter = memory
    hub = try Hub.withCurrent { hub in
      try hub.checkBeforeWaiting(call)
      memory.initialize(
        to: RemoteWaiter(thread: hub.running, mailbox: .passUnretained(hub.mailbox)))
      hub.remoteWaits += 1
      return .passUnretained(hub)
    }
  }

  @usableFromInline
  func end() {
    hub._withUnsafeGuaranteedRef { $0.remoteWaits -= 1 }
    waiter.deinitialize(count: 1)
  }

  /// See ``Hub/park(_:subject:until:)``.
  @usableFromInline
  func park(until deadline: Nanoseconds) throws -> Bool {
    try hub._withUnsafeGuaranteedRef { try $0.park(.channel, until: deadline) }
  }

  /// See ``Hub/postpone(_:)``.
  @usableFromInline
  func postpone(_ error: any Error) { hub._withUnsafeGuaranteedRef { $0.postpone(error) } }

  @usableFromInline
  static func deadline(after timeout: Duration?) -> Nanoseconds {
    guard let timeout else { return .never }
    return Hub.withCurrent { $0.deadline(after: timeout) }
  }

  /// Lets the other green threads run now and then: whoever is fed by another OS thread may never
  /// have to wait.
  ///
  /// Comes before the call has taken anything. Makes no hub where there is none.
  @usableFromInline
  static func letOthersRun() throws {
    guard let hub = ev_current_hub() else { return }
    // SAFETY: the record of the OS thread retains it.
    try Unmanaged<Hub>.fromOpaque(hub)._withUnsafeGuaranteedRef { hub in
      hub.remoteCalls &+= 1
      if hub.remoteCalls % 256 == 0 { try hub.yieldCurrent() }
    }
  }
}
