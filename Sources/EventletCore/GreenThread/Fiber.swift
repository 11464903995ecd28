internal import CEventletCore

/// A stack and what is needed to run and to wait on it.
///
/// A green thread has one from its first switch to its end. Then the fiber goes on in
/// ``fiberMain(_:)`` for the next green thread; while there is none it waits there, among the free
/// stacks of its pool. So in a busy program a green thread begins and ends by a call and a return.
///
/// Lies at the stack's high end, in the page that is touched anyway, and never moves: a parked green
/// thread costs that page and its object.
struct Fiber {
  var context = ev_context()
  var node: WaitNode
  /// nil for the OS thread's own stack.
  var pool: OpaquePointer?
  // What the green thread waits for, while it is parked; for reports.
  var waitReason = AnyGreenThread.WaitReason.none
  var waitSubject = 0
  var waitingSince: Nanoseconds = 0
  /// Ends a wait that has a deadline; made at the first one.
  var waitTimer: HubTimer?
  /// Those that the green thread's end cancels.
  var localTimers: Unmanaged<HubTimer>?
}

extension UnsafeMutablePointer<Fiber> {
  init(_ context: UnsafeMutablePointer<ev_context>) {
    // SAFETY: the context is the first field of a Fiber, for which its stack has room.
    self = UnsafeMutableRawPointer(context).assumingMemoryBound(to: Fiber.self)
  }

  var context: UnsafeMutablePointer<ev_context> {
    // SAFETY: as above.
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: ev_context.self)
  }

  var node: WaitQueue.Node {
    // SAFETY: stored fields of a plain struct have an offset.
    (UnsafeMutableRawPointer(self) + MemoryLayout<Fiber>.offset(of: \.node).unsafelyUnwrapped)
      .assumingMemoryBound(to: WaitNode.self)
  }

  /// For a stack that is new, or whose memory was given back.
  fileprivate func prepare(pool: OpaquePointer, hub: Hub) {
    require(
      MemoryLayout<Fiber>.size <= Int(EV_STACK_HEADER_BYTES),
      "the header of a stack has outgrown its room")
    // The context as it is: the pool has said which stack this is.
    initialize(
      to: Fiber(context: context.pointee, node: WaitNode(thread: hub.main), pool: pool))
    ev_context_prepare(
      context, context, { fiberMain($0) }, Unmanaged.passUnretained(hub).toOpaque())
  }

  /// Makes it the stack of `thread`.
  @inline(__always)
  fileprivate func bind(_ thread: AnyGreenThread) {
    node.pointee.thread = .passUnretained(thread)
    let context = context
    context.pointee.identifier = thread.id
    thread.spawnFile.withUTF8Buffer { file in
      // SAFETY: a StaticString lives as long as the program.
      context.pointee.spawn_file = UnsafeRawPointer(file.baseAddress)?
        .assumingMemoryBound(to: CChar.self)
      context.pointee.spawn_file_length = file.count
    }
    context.pointee.spawn_line = UInt32(truncatingIfNeeded: thread.spawnLine)
    context.pointee.name = nil
    thread.fiber = self
    if thread.hasExtras { thread.publishName() }
  }
}

extension Hub {
  /// Gives a green thread its stack, at its first switch: one that is cancelled
  /// before costs none.
  /// - Returns: nil when there is no memory; the green thread then ends with that
  ///   error, in the hub's next turn.
  func start(_ thread: AnyGreenThread) -> UnsafeMutablePointer<Fiber>? {
    let pool = thread.hasExtras ? stacks(for: thread) : defaultStacks
    guard let header = ev_stack_take(pool) else {
      thread.state = .scheduled  // not in the ready queue, that is
      unstartable.append(thread)
      return nil
    }
    thread.hasStarted = true
    let fiber = UnsafeMutablePointer<Fiber>(header)
    if header.pointee.stack_pointer == nil { fiber.prepare(pool: pool, hub: self) }
    fiber.bind(thread)
    return fiber
  }
}

extension Hub {
  /// Where a green thread's stack comes from, if it may have asked for a size of its own.
  private func stacks(for thread: AnyGreenThread) -> OpaquePointer {
    let size = thread.extras.stackSize
    guard size > 0 else { return defaultStacks }
    if let pool = stackPools[size] { return pool }
    // Running out of memory for the few hundred bytes of a pool is not an error
    // to go on from; running out for its stacks is, and comes later.
    guard let pool = ev_stack_pool_create(size, false) else {
      fatalError("no memory for a pool of stacks")
    }
    stackPools[size] = pool
    return pool
  }
}

/// The first Swift frame of every stack.
private func fiberMain(_ opaque: UnsafeMutableRawPointer?) {
  // The frame outlives every green thread and is dropped without unwinding with
  // the stack's memory: a reference that it held would never be released. So
  // all references live and die in the call, and pointers remain.
  guard let opaque else { return }
  while true {
    let last = runToEnd(opaque)
    if last.to != last.from { ev_context_switch(last.thread, last.from, last.to) }
  }
}

/// The switch that leaves an ended green thread for good, in plain pointers.
struct LastSwitch {
  let thread: UnsafeMutablePointer<ev_thread>
  let from: UnsafeMutablePointer<ev_context>
  let to: UnsafeMutablePointer<ev_context>
}

@inline(never)
private func runToEnd(_ opaque: UnsafeMutableRawPointer) -> LastSwitch {
  // SAFETY: the hub outlives its stacks.
  Unmanaged<Hub>.fromOpaque(opaque)._withUnsafeGuaranteedRef { hub in
    // `enroll` retained it, and `end` releases it.
    let thread = hub.running.unsafelyUnwrapped
    thread._withUnsafeGuaranteedRef { $0.runBody() }
    return hub.end(thread)
  }
}
