internal import CEventletCore

// The ready queue and the switch. All of it runs millions of times a second:
// no allocation, no reference counting, no call through a table.
extension Hub {
  @inline(__always)
  func pushReady(_ thread: AnyGreenThread) {
    let entry = Unmanaged.passUnretained(thread)
    thread.readyNext = nil
    thread.readyPrevious = readyTail
    if let readyTail {
      readyTail._withUnsafeGuaranteedRef { $0.readyNext = entry }
    } else {
      readyHead = entry
    }
    readyTail = entry
    readyForNextBatch &+= 1
  }

  /// Takes the next of the batch.
  @inline(__always)
  func popReady() -> Unmanaged<AnyGreenThread>? {
    guard let head = readyHead else { return nil }
    let next = head._withUnsafeGuaranteedRef { $0.readyNext }
    readyHead = next
    // The new head's link back dangles: `removeReady` does not follow it.
    if next == nil { readyTail = nil }
    batch &-= 1
    return head
  }

  func removeReady(_ thread: AnyGreenThread) {
    let isHead = readyHead?.toOpaque() == Unmanaged.passUnretained(thread).toOpaque()
    let next = thread.readyNext
    let previous = isHead ? nil : thread.readyPrevious
    if let previous {
      previous._withUnsafeGuaranteedRef { $0.readyNext = next }
    } else {
      readyHead = next
    }
    if let next {
      next._withUnsafeGuaranteedRef { $0.readyPrevious = previous }
    } else {
      readyTail = previous
    }
    // If it was of the batch after all, the batch takes one more instead.
    if readyForNextBatch > 0 { readyForNextBatch -= 1 } else { batch -= 1 }
  }

  /// Makes a parked green thread ready.
  ///
  /// The caller goes on.
  @usableFromInline
  func wake(_ thread: AnyGreenThread) {
    thread.isAwakeForErrorOnly = false
    guard thread.state == .parked else { return }
    thread.state = .ready
    pushReady(thread)
  }

  func requireOwnership(of thread: AnyGreenThread) {
    require(
      thread.hub === self,
      "\(thread) belongs to another OS thread's hub; reach it through its hub's reference.post")
  }

  /// Leaves the running green thread, whose state the caller has set, and
  /// returns when it is resumed.
  @inline(__always)
  func switchAway() {
    let me = running.unsafelyUnwrapped
    // Inline is the way of nearly all switches: to the next of the batch.
    guard batch > 0 || beginBatch(), let next = readyHead,
      let to = next._withUnsafeGuaranteedRef({ $0.fiber }), next.toOpaque() != me.toOpaque()
    else {
      switchAwayRarely(from: me)
      return
    }
    _ = popReady()
    run(next)
    ev_context_switch(thread, context(of: me), to.context)
  }

  /// To a green thread that has no stack yet, to the hub, or nowhere at all.
  @inline(never)
  private func switchAwayRarely(from me: Unmanaged<AnyGreenThread>) {
    while batch > 0 || beginBatch(), let next = popReady() {
      if next.toOpaque() == me.toOpaque() {
        me._withUnsafeGuaranteedRef { $0.state = .running }
        ev_thread_count_turn(thread)
        return
      }
      if resume(next, leaving: me) { return }
    }
    enterHub(from: me)
  }

  /// Starts a new batch without a turn of the hub, if a turn would find nothing to do.
  ///
  /// false: the hub must have its turn.
  @inline(never)
  private func beginBatch() -> Bool {
    guard readyForNextBatch > 0, !isNested, descriptorWaits == 0, !mailbox.hasMail,
      unstartable.isEmpty
    else { return false }
    // Nothing else looks at the clock between turns; and a look at the main queue
    // is a system call: now and then will do.
    batchesWithoutTurn &+= 1
    if timers.isEmpty {
      if batchesWithoutTurn & 127 == 0 { turnTime = now }
    } else {
      turnTime = now
      if timers.nextDeadline <= turnTime { return false }
    }
    if watchesMainQueue, batchesWithoutTurn >= 4096 { return false }
    startBatch()
    return true
  }

  /// All that is ready now runs before the hub gets its turn again; what becomes
  /// ready meanwhile runs after that.
  func startBatch() {
    batch = readyForNextBatch
    readyForNextBatch = 0
  }

  /// - Returns: false when `next` could not be started.
  @inline(__always)
  private func resume(
    _ next: Unmanaged<AnyGreenThread>, leaving me: Unmanaged<AnyGreenThread>
  ) -> Bool {
    guard let to = activate(next) else { return false }
    ev_context_switch(thread, context(of: me), to)
    return true
  }

  /// Makes `next` the running one and returns its context.
  ///
  /// nil: it could not get a stack; the hub deals with it in its next turn.
  @inline(__always)
  private func activate(_ next: Unmanaged<AnyGreenThread>) -> UnsafeMutablePointer<ev_context>? {
    guard let to = next._withUnsafeGuaranteedRef({ $0.fiber ?? start($0) }) else { return nil }
    run(next)
    return to.context
  }

  @inline(__always)
  private func context(of thread: Unmanaged<AnyGreenThread>) -> UnsafeMutablePointer<ev_context> {
    thread._withUnsafeGuaranteedRef { $0.fiber.unsafelyUnwrapped.context }
  }

  @inline(__always)
  private func run(_ next: Unmanaged<AnyGreenThread>) {
    next._withUnsafeGuaranteedRef { $0.state = .running }
    running = next
    ev_thread_count_switch(thread)
  }

  @inline(never)
  private func enterHub(from me: Unmanaged<AnyGreenThread>) {
    ev_context_switch(thread, context(of: me), hubContext)
  }

  private func switchFromHub(to context: UnsafeMutablePointer<ev_context>) {
    // Another stack's frames would be saved as the hub's.
    require(isInHub, "the hub's stack was left from another stack")
    isInHub = false
    mustNotWait = false
    ev_context_switch(thread, hubContext, context)
    isInHub = true
    mustNotWait = true
  }

  /// Runs `next` from the hub's own stack; returns when the hub gets its turn.
  func runFromHub(_ next: Unmanaged<AnyGreenThread>) {
    guard let to = activate(next) else { return }
    switchFromHub(to: to)
  }

  /// Runs `target`, which is in no queue, at once, and the caller later.
  func runNow(_ target: AnyGreenThread) {
    require(!isTracing, "Hub.onSwitch: a trace must not kill")
    let target = Unmanaged.passUnretained(target)
    if isInHub {
      nestedRun(target)
      return
    }
    let me = running.unsafelyUnwrapped
    me._withUnsafeGuaranteedRef {
      $0.state = .ready
      pushReady($0)
    }
    // It has started, so it has a stack.
    _ = resume(target, leaving: me)
  }

  private func nestedRun(_ target: Unmanaged<AnyGreenThread>) {
    guard let to = activate(target) else { return }
    // The hub's stack is in the middle of a callback and must be the next to
    // run. There is no batch while it runs, and `isNested` keeps `beginBatch`
    // from starting one.
    isNested = true
    switchFromHub(to: to)
    isNested = false
  }

  /// What runs after a green thread that has ended: the next of the batch, or
  /// the hub.
  func nextAfterEnd() -> UnsafeMutablePointer<ev_context> {
    while batch > 0 || beginBatch(), let next = popReady() {
      if let to = activate(next) { return to }
    }
    return hubContext
  }
}
