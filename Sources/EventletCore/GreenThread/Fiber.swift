internal import CEventletCore

/// A stack and what is needed to run on it.
///
/// A green thread has one from its first switch to its end. Then the fiber goes on in
/// ``fiberMain(_:)`` for the next green thread; while there is none it waits there, among the free
/// stacks of its pool. So in a busy program a green thread begins and ends by a call and a return.
struct Fiber {
  let header: UnsafeMutablePointer<Header>

  /// Lies at the stack's high end, in the page that is touched anyway: a parked green thread costs
  /// that page and its object.
  struct Header {
    var context: ev_context
    var node: WaitNode
    var pool: OpaquePointer
  }

  static func at(_ context: UnsafeMutablePointer<ev_context>) -> Fiber {
    // SAFETY: the context is the first field of the header, for which its stack has room.
    Fiber(header: UnsafeMutableRawPointer(context).assumingMemoryBound(to: Header.self))
  }

  var context: UnsafeMutablePointer<ev_context> {
    // SAFETY: as above.
    UnsafeMutableRawPointer(header).assumingMemoryBound(to: ev_context.self)
  }

  private var node: UnsafeMutablePointer<WaitNode> {
    // SAFETY: stored fields of a plain struct have an offset.
    (UnsafeMutableRawPointer(header) + MemoryLayout<Header>.offset(of: \.node).unsafelyUnwrapped)
      .assumingMemoryBound(to: WaitNode.self)
  }

  var pool: OpaquePointer { header.pointee.pool }

  /// For a stack that is new, or whose memory was given back.
  func prepare(pool: OpaquePointer, hub: Hub) {
    require(
      MemoryLayout<Header>.size <= Int(EV_STACK_HEADER_BYTES),
      "the header of a stack has outgrown its room")
    // All zeros is a valid `ev_context`; its two fields that are not were set by the pool.
    (UnsafeMutableRawPointer(header) + MemoryLayout<Header>.offset(of: \.pool).unsafelyUnwrapped)
      .initializeMemory(as: OpaquePointer.self, to: pool)
    UnsafeMutableRawPointer(node).initializeMemory(
      as: WaitNode.self, to: WaitNode(thread: hub.main))
    ev_context_prepare(
      context, context, { fiberMain($0) }, Unmanaged.passUnretained(hub).toOpaque())
  }

  /// Makes it the stack of `thread`.
  @inline(__always)
  func bind(_ thread: AnyGreenThread) {
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
    thread.context = context
    thread.node = node
    if thread.hasExtras { thread.publishName() }
  }
}

extension Hub {
  /// Where a green thread's stack comes from, if it may have asked for a size of its own.
  func stacks(for thread: AnyGreenThread) -> OpaquePointer {
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
