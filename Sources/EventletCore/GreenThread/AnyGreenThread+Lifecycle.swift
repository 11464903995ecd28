internal import CEventletCore

// From the first switch to a green thread to its end.
extension Hub {
  /// Takes over a green thread that was just made: it is alive until it ends,
  /// whether or not somebody holds the handle.
  @usableFromInline
  func enroll(_ thread: AnyGreenThread) {
    _ = Unmanaged.passRetained(thread)
    counters.spawned &+= 1
    linkLive(thread)
  }

  /// Gives a green thread its stack, at its first switch: one that is cancelled
  /// before costs none.
  /// - Returns: false when there is no memory; the green thread has ended with
  ///   that error.
  func start(_ thread: AnyGreenThread) -> Bool {
    thread.hasStarted = true
    thread.startTimer = nil
    let pool = defaultStacks
    guard let stack = ev_stack_take(pool) else {
      thread.error = SystemError(
        call: "mmap",
        subject: "stack of \(thread) (see the sysctl vm.max_map_count and the limit of memory)")
      thread.state = .failed
      thread.dropBody()
      thread.finish()
      Unmanaged.passUnretained(thread).release()
      return false
    }
    prepare(thread, stack: stack, size: ev_stack_usable(pool))
    return true
  }

  private func prepare(
    _ thread: AnyGreenThread, stack: UnsafeMutablePointer<CChar>, size: Int
  ) {
    // The control block lies at the top of the stack, in the page that is
    // touched anyway: a parked green thread costs that page and its object.
    let node = UnsafeMutableRawPointer(stack + size - MemoryLayout<WaitNode>.stride)
      .alignedDown(toMultipleOf: 16)
    let context = (node - MemoryLayout<ev_context>.stride).alignedDown(toMultipleOf: 16)
    thread.stack = stack
    thread.node = node.initializeMemory(as: WaitNode.self, to: WaitNode(thread: thread))
    let block = context.initializeMemory(as: ev_context.self, to: ev_context())
    thread.context = block
    block.pointee.stack_low = stack
    block.pointee.stack_size = size
    block.pointee.identifier = thread.id
    thread.spawnFile.withUTF8Buffer { file in
      // SAFETY: a StaticString lives as long as the program.
      block.pointee.spawn_file = UnsafeRawPointer(file.baseAddress)?
        .assumingMemoryBound(to: CChar.self)
      block.pointee.spawn_file_length = file.count
    }
    block.pointee.spawn_line = UInt32(truncatingIfNeeded: thread.spawnLine)
    if !thread.name.isEmpty { thread.publishName() }
    ev_context_prepare(
      block, context, { greenThreadMain($0) }, Unmanaged.passUnretained(thread).toOpaque())
  }

  /// Gives everything back and leaves. Called on the ending thread's own stack.
  func end(_ thread: AnyGreenThread) -> Never {
    thread.finish()
    let context = thread.context.unsafelyUnwrapped
    ev_context_destroy(context)
    // The stack is free from here on although we still stand on it: nobody can
    // take it before the switch below, since there is one OS thread.
    if let stack = thread.stack { ev_stack_give_back(defaultStacks, stack) }
    thread.context = nil
    thread.node = nil
    thread.stack = nil
    // Balances the retain of `enroll`. Runs the deinit, if no handle is left.
    Unmanaged.passUnretained(thread).release()
    leave(context)
  }

  func checkAfterSwitch() throws {
    try checkBeforeWaiting("kill")
  }
}

/// The first Swift frame of every green thread.
private func greenThreadMain(_ opaque: UnsafeMutableRawPointer?) {
  guard let opaque else { return }
  // SAFETY: `enroll` retained it, and `end` releases it.
  let thread = Unmanaged<AnyGreenThread>.fromOpaque(opaque)
  let hub = thread._withUnsafeGuaranteedRef { thread in
    if thread.isInterrupted, let first = thread.pendingErrors.first {
      thread.error = first.error
      thread.state = .failed
      thread.dropBody()
    } else {
      thread.entry?(thread)
    }
    return Unmanaged.passUnretained(thread.hub)
  }
  hub._withUnsafeGuaranteedRef { hub in
    hub.end(thread._withUnsafeGuaranteedRef { $0 })
  }
}

extension AnyGreenThread {
  /// Releases what the body captured without running it.
  final func dropBody() {
    entry = nil
    releaseBody()
  }

  /// The part of the end that has nothing to do with stacks: timers, links,
  /// waiters. The state is set and the result stored.
  final func finish() {
    hub.unlinkLive(self)
    pendingErrors = []
    isInterrupted = false
    while let timer = localTimers { timer._withUnsafeGuaranteedRef { $0.cancel() } }
    waitTimer = nil
    if !locals.isEmpty { locals = [:] }
    if isDiscarding, state == .failed, let error, !(error is GreenThreadExit) {
      isErrorObserved = true
      UncaughtError.report(error, of: self)
    }
    runLinks()
    if !joiners.isEmpty {
      isErrorObserved = true
      while joiners.choose() != nil {}
    }
  }
}
