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
    readyCount &+= 1
  }

  @inline(__always)
  func popReady() -> Unmanaged<AnyGreenThread>? {
    guard let head = readyHead else { return nil }
    let next = head._withUnsafeGuaranteedRef { $0.readyNext }
    readyHead = next
    if let next {
      next._withUnsafeGuaranteedRef { $0.readyPrevious = nil }
    } else {
      readyTail = nil
    }
    readyCount &-= 1
    return head
  }

  func removeReady(_ thread: AnyGreenThread) {
    let (next, previous) = (thread.readyNext, thread.readyPrevious)
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
    readyCount -= 1
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
  @inline(never)
  func switchAway() {
    let me = running.unsafelyUnwrapped
    var next: Unmanaged<AnyGreenThread>?
    if batch > 0, let head = popReady() {
      batch &-= 1
      next = head
    } else {
      next = beginBatch()
    }
    guard let next else {
      enterHub(from: me)
      return
    }
    if next.toOpaque() == me.toOpaque() {
      me._withUnsafeGuaranteedRef { $0.state = .running }
      return
    }
    resume(next, leaving: me)
  }

  /// Starts a new batch without a turn of the hub, if a turn would find nothing to do.
  ///
  /// nil: the hub must have its turn.
  @inline(__always)
  private func beginBatch() -> Unmanaged<AnyGreenThread>? {
    guard readyCount > 0, !isNested, descriptorWaits == 0, !mailbox.hasMail else { return nil }
    if !timers.isEmpty, timers.nextDeadline <= now { return nil }
    batch = readyCount &- 1
    return popReady()
  }

  @inline(__always)
  private func resume(_ next: Unmanaged<AnyGreenThread>, leaving me: Unmanaged<AnyGreenThread>) {
    let from = me._withUnsafeGuaranteedRef { $0.context.unsafelyUnwrapped }
    guard let to = activate(next) else {
      switchAwayAgain()
      return
    }
    ev_context_switch(thread, from, to)
  }

  /// For the rare case that a green thread could not be started.
  @inline(never)
  private func switchAwayAgain() { switchAway() }

  /// Makes `next` the running one and returns its context.
  ///
  /// nil: it could not get a stack, and has ended with that error.
  @inline(__always)
  private func activate(_ next: Unmanaged<AnyGreenThread>) -> UnsafeMutablePointer<ev_context>? {
    next._withUnsafeGuaranteedRef { next in
      if next.context == nil, !start(next) { return nil }
      next.state = .running
      running = .passUnretained(next)
      counters.switches &+= 1
      return next.context
    }
  }

  @inline(never)
  private func enterHub(from me: Unmanaged<AnyGreenThread>) {
    batch = 0
    let from = me._withUnsafeGuaranteedRef { $0.context.unsafelyUnwrapped }
    ev_context_switch(thread, from, hubContext)
  }

  /// Runs `next` from the hub's own stack; returns when the hub gets its turn.
  func runFromHub(_ next: Unmanaged<AnyGreenThread>) {
    guard let to = activate(next) else { return }
    isInHub = false
    ev_context_switch(thread, hubContext, to)
    isInHub = true
  }

  /// Runs `target`, which is in no queue, at once, and the caller later.
  func runNow(_ target: AnyGreenThread) {
    let target = Unmanaged.passUnretained(target)
    if isInHub {
      // What the target wakes must wait for the batch to come: with no batch,
      // the target comes back here when it parks.
      let saved = batch
      batch = 0
      nestedRun(target)
      batch = saved
      return
    }
    let me = running.unsafelyUnwrapped
    me._withUnsafeGuaranteedRef {
      $0.state = .ready
      pushReady($0)
    }
    resume(target, leaving: me)
  }

  private func nestedRun(_ target: Unmanaged<AnyGreenThread>) {
    guard let to = activate(target) else { return }
    // The hub's stack is in the middle of a callback and must be the next to
    // run: `isNested` keeps `beginBatch` from starting anything else.
    isNested = true
    isInHub = false
    ev_context_switch(thread, hubContext, to)
    isInHub = true
    isNested = false
  }

  /// What runs after a green thread that has ended: the next of the batch, or
  /// the hub.
  func nextAfterEnd() -> UnsafeMutablePointer<ev_context> {
    while true {
      var next: Unmanaged<AnyGreenThread>?
      if batch > 0, let head = popReady() {
        batch &-= 1
        next = head
      } else {
        next = beginBatch()
      }
      guard let next else {
        batch = 0
        return hubContext
      }
      if let to = activate(next) { return to }
    }
  }
}
