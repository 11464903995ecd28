internal import CEventletCore
internal import Glibc

/// What a hub knows of one descriptor: who waits for it, and, if it is owned,
/// what the kernel said last.
///
/// An owned descriptor is registered once, edge-triggered: the kernel reports a
/// change, and ``isReadable`` remembers it until a call finds nothing there. So
/// a wait costs no system call of its own.
package final class DescriptorRecord {
  package enum Direction: Sendable {
    case reading
    case writing
    /// Urgent data.
    case urgent
    /// That the peer sends no more, or is gone.
    case hangUp

    var name: String {
      switch self {
      case .reading: "read"
      case .writing: "write"
      case .urgent: "wait for urgent data"
      case .hangUp: "wait for the peer's end"
      }
    }
  }

  /// Those who wait for what is neither data nor room: rare, so not part of every record.
  private final class WatcherLine {
    @exclusivity(unchecked) var queue = WaitQueue()
    /// How many of them wait for what.
    @exclusivity(unchecked) var urgent = 0
    @exclusivity(unchecked) var hangUp = 0
  }

  package let descriptor: Int32
  let isOwned: Bool
  private let generation: UInt32
  private unowned(unsafe) let hub: Hub
  // Without checks of exclusivity, each of which would cost as much as what it guards: nothing here
  // calls foreign code while it changes one of them.
  @exclusivity(unchecked) private var readers = WaitQueue()
  @exclusivity(unchecked) private var writers = WaitQueue()
  @exclusivity(unchecked) private var watchers: WatcherLine?
  @exclusivity(unchecked) private var isRegistered = false
  /// Regular files cannot be polled and are always ready.
  @exclusivity(unchecked) private(set) var isAlwaysReady = false
  /// The last events of the kernel not yet used up.
  ///
  /// Optimistic at first: a call is tried before anything is waited for.
  @exclusivity(unchecked) private var readable = true
  @exclusivity(unchecked) private var writable = true
  /// The peer will send no more.
  ///
  /// Then reading never waits: there is an end of stream to be read, and no further edge would
  /// announce it.
  @exclusivity(unchecked) private var isHungUp = false
  /// The kernel stops a call at the place where urgent data was: one that received less than it
  /// might has not emptied the kernel's buffer.
  ///
  /// Once and for all: whoever sends such does not need to be fast. Only known where the kernel
  /// tells of changes alone, and needed only there.
  @exclusivity(unchecked) private var hadUrgentData = false
  /// Closed here, or given up with its hub.
  @exclusivity(unchecked) private var closed = false
  /// The open file may have other descriptors, here or in another process: then closing this one
  /// does not end its registration.
  @exclusivity(unchecked) package var mayHaveDuplicates = false
  /// Closed here: the number may be somebody else's since.
  private var isDetached = false

  // Other modules ask by these: for a stored property of another module the compiler checks the
  // exclusivity whatever is said here, and that costs more than the call.

  /// Whether a call may find something to read.
  package var isReadable: Bool { readable }
  /// Whether a call may find room to write.
  package var isWritable: Bool { writable }
  /// Whether there has ever been urgent data.
  package var hasHadUrgentData: Bool { hadUrgentData }
  /// Whether it is closed here, or given up with its hub.
  package var isClosed: Bool { closed }

  init(_ descriptor: Int32, isOwned: Bool, hub: Hub) {
    self.descriptor = descriptor
    self.isOwned = isOwned
    self.hub = hub
    hub.descriptorGeneration &+= 1
    generation = hub.descriptorGeneration
  }

  var tag: UInt64 { makeTag(descriptor, generation: generation) }

  private var hasWaiters: Bool {
    !readers.isEmpty || !writers.isEmpty || watchers.map { !$0.queue.isEmpty } ?? false
  }

  private var interest: UInt32 {
    let interest =
      (readers.isEmpty ? 0 : UInt32(EV_READABLE)) | (writers.isEmpty ? 0 : UInt32(EV_WRITABLE))
    guard let watchers else { return interest }
    return interest | (watchers.urgent == 0 ? 0 : UInt32(EV_URGENT))
      | (watchers.hangUp == 0 ? 0 : UInt32(EV_HANGUP))
  }

  // MARK: What the kernel says

  func receive(_ events: UInt32) {
    let failed = events & UInt32(EV_HANGUP | EV_ERROR | EV_INVALID) != 0
    if failed { isHungUp = true }
    if events & UInt32(EV_URGENT) != 0 { hadUrgentData = true }
    // An error or hang-up is news for both directions.
    if failed || events & UInt32(EV_READABLE) != 0 {
      readable = true
      wake(.reading)
    }
    if events & UInt32(EV_WRITABLE | EV_ERROR | EV_INVALID) != 0 || failed {
      writable = true
      wake(.writing)
    }
    if watchers != nil, failed || events & UInt32(EV_URGENT) != 0 { wake(.urgent) }
    announceWaits()
    if !isOwned, hasWaiters { try? arm() }
  }

  private func wake(_ direction: Direction, as state: WaitNode.State = .chosen) {
    switch direction {
    case .reading: while readers.choose(as: state) != nil { hub.descriptorWaits -= 1 }
    case .writing: while writers.choose(as: state) != nil { hub.descriptorWaits -= 1 }
    case .urgent, .hangUp:
      guard let watchers else { return }
      while watchers.queue.choose(as: state) != nil { hub.descriptorWaits -= 1 }
      watchers.urgent = 0
      watchers.hangUp = 0
    }
  }

  /// A call found nothing to read; the kernel will tell of the next change.
  package func usedUpReading() { if !isHungUp, !isAlwaysReady { readable = false } }
  /// A call found no room to write.
  package func usedUpWriting() { if !isAlwaysReady { writable = false } }

  // MARK: Waiting

  /// Waits until the kernel reports `direction`; for the rare ones, until there is a reason to ask it.
  /// - Returns: false when `deadline` passed first.
  package func wait(
    for direction: Direction, until deadline: Nanoseconds
  ) throws -> Bool {
    let hub = hub
    try hub.checkBeforeWaiting(direction == .writing ? "wait to write" : "wait to read")
    require(
      Hub.ifPresent === hub,
      "descriptor \(descriptor) belongs to another OS thread's hub")
    if isClosed { throw SystemError(call: direction.name, errno: EBADF, subject: label) }
    try refuseSecondWaiter(direction)
    let node = hub.currentNode
    enter(node, direction)
    let woken: Bool
    do {
      try prepare()
      if isAlwaysReady {
        leave(node, direction)
        try hub.yieldCurrent()
        return true
      }
      woken = try hub.park(
        direction == .writing ? .writable : .readable, subject: Int(descriptor), until: deadline)
    } catch {
      if node.pointee.state == .queued {
        leave(node, direction)
        disarmIfUnused()
      }
      node.pointee.state = .idle
      throw error
    }
    let state = node.pointee.state
    if state == .queued {
      leave(node, direction)
      disarmIfUnused()
    }
    node.pointee.state = .idle
    if state == .rejected { throw HubError.closedWhileWaiting(descriptor: descriptor) }
    return woken || state == .chosen
  }

  private var label: String { "descriptor \(descriptor)" }

  /// Those in line, for listings; who waits for what is rare, among those that read.
  func waiters(for direction: Direction) -> [AnyGreenThread] {
    let lines =
      direction == .reading ? [readers.first, watchers?.queue.first] : [writers.first]
    var waiters: [AnyGreenThread] = []
    for var next in lines {
      while let node = next {
        waiters.append(node.pointee.thread.takeUnretainedValue())
        next = node.pointee.next
      }
    }
    return waiters
  }

  private func refuseSecondWaiter(_ direction: Direction) throws {
    guard hub.preventsMultipleReaders else { return }
    let line: WaitQueue
    switch direction {
    case .reading: line = readers
    case .writing: line = writers
    // They take nothing from each other.
    case .urgent, .hangUp: return
    }
    guard let first = line.first else { return }
    throw HubError.second(
      direction, of: descriptor, after: first.pointee.thread.takeUnretainedValue())
  }

  /// Enters the line without parking; ``leave(_:_:)`` is for who was not chosen.
  ///
  /// `isShared`: whether there may be a second waiter although the hub prevents those.
  func enterLine(
    _ node: WaitQueue.Node, _ direction: Direction, isShared: Bool = false
  ) throws {
    if isClosed { throw SystemError(call: direction.name, errno: EBADF, subject: label) }
    if !isShared { try refuseSecondWaiter(direction) }
    enter(node, direction)
    do { try prepare() } catch {
      leave(node, direction)
      disarmIfUnused()
      throw error
    }
  }

  /// Nothing is remembered of a foreign descriptor that nobody waits for any more.
  func disarmIfUnused() {
    guard !isOwned, !hasWaiters, !closed else { return }
    hub.poller.forget(descriptor)
    hub.forget(self)
  }

  private func enter(_ node: WaitQueue.Node, _ direction: Direction) {
    // Once for all that follows: each look at it would count references.
    let hub = hub
    // The set of descriptors in the kernel is the parent's until then.
    hub.rebuildIfForked()
    switch direction {
    case .reading: readers.append(node)
    case .writing: writers.append(node)
    case .urgent, .hangUp:
      let line = watchers ?? WatcherLine()
      watchers = line
      line.queue.append(node)
      if direction == .urgent { line.urgent += 1 } else { line.hangUp += 1 }
    }
    hub.descriptorWaits += 1
    announceWaits()
  }

  func leave(_ node: WaitQueue.Node, _ direction: Direction) {
    switch direction {
    case .reading: readers.remove(node)
    case .writing: writers.remove(node)
    case .urgent, .hangUp:
      watchers?.queue.remove(node)
      if direction == .urgent { watchers?.urgent -= 1 } else { watchers?.hangUp -= 1 }
    }
    hub.descriptorWaits -= 1
    announceWaits()
  }

  private func announceWaits() {
    if hub.pollerTracksWaits { hub.poller.setWaits(descriptor, interest: interest, tag: tag) }
  }

  private func prepare() throws {
    if !isOwned {
      try arm()
    } else if !isRegistered, !isAlwaysReady {
      isAlwaysReady = try !hub.poller.register(descriptor, tag: tag)
      isRegistered = true
    }
  }

  private func arm() throws {
    isAlwaysReady = try !hub.poller.armOnce(descriptor, interest: interest, tag: tag)
  }

  func registerAgain() throws {
    guard !closed else { return }
    if isOwned {
      guard isRegistered else { return }
      isAlwaysReady = try !hub.poller.register(descriptor, tag: tag)
      announceWaits()
    } else if hasWaiters {
      try arm()
    }
  }

  // MARK: Operations

  // Of several waits perhaps, one at a time in each direction. For owned descriptors.
  //
  // SAFETY: Whoever is in an operation lives; it ends the operation on every way out.

  /// Who is in the middle of an operation and lets others run meanwhile.
  ///
  /// Stored by what may switch: an operation that does not is over before anybody could see it.
  @exclusivity(unchecked) private var receiver: Unmanaged<AnyGreenThread>?
  @exclusivity(unchecked) private var sender: Unmanaged<AnyGreenThread>?

  /// Begins an operation, unless somebody else is in the middle of one in that direction.
  package func begin(_ direction: Direction) throws {
    guard let first = direction == .reading ? receiver : sender, hub.preventsMultipleReaders else {
      return
    }
    throw HubError.second(direction, of: descriptor, after: first.takeUnretainedValue())
  }

  /// Before anything in an operation that may switch.
  package func keepOthersOut(_ direction: Direction) {
    guard hub.preventsMultipleReaders else { return }
    if direction == .reading { receiver = hub.running } else { sender = hub.running }
  }

  /// Ends what ``begin(_:)`` began.
  package func end(_ direction: Direction) {
    guard let user = direction == .reading ? receiver : sender,
      user.toOpaque() == hub.running?.toOpaque()
    else { return }
    if direction == .reading { receiver = nil } else { sender = nil }
  }

  // MARK: The end

  /// Wakes every waiter with an error and forgets the descriptor, without closing it.
  ///
  /// The number may be released after that, not before: a waiter must never find somebody
  /// else's file under it.
  /// - Parameter leavesOpen: Whether the descriptor will not be closed.
  /// - Returns: false when that has happened before: then the number has a new owner, or had one,
  ///   and is not the caller's to close.
  @discardableResult
  package func detach(leavesOpen: Bool = false) -> Bool {
    guard !isDetached else { return false }
    isDetached = true
    // Given up with its hub, the number is its owner's all the same.
    guard !closed else { return true }
    hub.rebuildIfForked()
    closed = true
    wake(.reading, as: .rejected)
    wake(.writing, as: .rejected)
    wake(.hangUp, as: .rejected)
    announceWaits()
    // The kernel forgets what is closed by itself, but not as long as the file is open elsewhere:
    // it would go on waking the hub.
    if !isOwned || isRegistered && (leavesOpen || mayHaveDuplicates) {
      hub.poller.forget(descriptor)
    }
    hub.forget(self)
    return true
  }

  /// The hub goes; nobody waits any more.
  func abandon() { closed = true }
}

extension HubError {
  /// For the caller, who came second.
  package static func second(
    _ direction: DescriptorRecord.Direction, of descriptor: Int32, after first: AnyGreenThread
  ) -> HubError {
    let second = Hub.current.isInHub ? "a callback of the hub" : "\(GreenThread.current)"
    return .secondWaiter(
      direction: direction.name, descriptor: descriptor, first: "\(first)", second: second)
  }
}
