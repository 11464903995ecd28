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
    if liveCount > peakLiveCount { peakLiveCount = liveCount }
  }

  /// Gives a green thread its stack, at its first switch: one that is cancelled
  /// before costs none.
  /// - Returns: false when there is no memory; the green thread has ended with
  ///   that error.
  func start(_ thread: AnyGreenThread) -> Bool {
    thread.hasStarted = true
    if thread.hasExtras { thread.startTimer = nil }
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
    if thread.hasExtras { thread.publishName() }
    ev_context_prepare(
      block, context, { greenThreadMain($0) }, Unmanaged.passUnretained(thread).toOpaque())
  }

  /// Gives everything back.
  ///
  /// Called on the ending thread's own stack.
  func end(_ thread: Unmanaged<AnyGreenThread>) -> LastSwitch {
    let (context, stack) = thread._withUnsafeGuaranteedRef { thread in
      thread.finish()
      defer {
        thread.context = nil
        thread.node = nil
        thread.stack = nil
      }
      return (thread.context.unsafelyUnwrapped, thread.stack)
    }
    // Balances the retain of `enroll`. A result's deinit may run now, on a
    // stack that belongs to nobody any more: it must not wait.
    isInHub = true
    thread.release()
    isInHub = false
    // Before the stack goes: a green thread that starts now must get another.
    let next = nextAfterEnd()
    ev_context_destroy(context)
    // Free from here on although we still stand on it: nobody can take it before
    // the last switch, since there is one OS thread.
    if let stack { ev_stack_give_back(defaultStacks, stack) }
    if peakLiveCount > 1000, liveCount < peakLiveCount / 8 { giveMemoryBackAfterBurst() }
    return LastSwitch(thread: self.thread, from: context, to: next)
  }

  /// The stacks' pages went back as they became free; the objects of so many
  /// green threads are free inside malloc, which keeps what lies below the top.
  @inline(never)
  private func giveMemoryBackAfterBurst() {
    peakLiveCount = liveCount
    ev_trim_heap()
  }

  func checkAfterSwitch() throws {
    try checkBeforeWaiting("kill")
  }
}

/// The switch that leaves an ended green thread for good, in plain pointers.
struct LastSwitch {
  let thread: UnsafeMutablePointer<ev_thread>
  let from: UnsafeMutablePointer<ev_context>
  let to: UnsafeMutablePointer<ev_context>
}

/// The first Swift frame of every green thread.
private func greenThreadMain(_ opaque: UnsafeMutableRawPointer?) {
  guard let opaque else { return }
  // Nothing returns to this frame: a reference that it held would never be
  // released. So all references live and die in the call, and pointers remain.
  let last = runToEnd(opaque)
  ev_context_leave(last.thread, last.from, last.to)
}

@inline(never)
private func runToEnd(_ opaque: UnsafeMutableRawPointer) -> LastSwitch {
  // SAFETY: `enroll` retained it, and `end` releases it.
  let thread = Unmanaged<AnyGreenThread>.fromOpaque(opaque)
  let hub = thread._withUnsafeGuaranteedRef { thread in
    thread.runBody()
    return Unmanaged.passUnretained(thread.hub)
  }
  return hub._withUnsafeGuaranteedRef { $0.end(thread) }
}

extension AnyGreenThread {
  fileprivate final func runBody() {
    if isInterrupted, let first = pendingErrors.first {
      error = first.error
      state = .failed
      dropBody()
    } else {
      entry?(self)
    }
  }

  /// Releases what the body captured without running it.
  final func dropBody() {
    entry = nil
    releaseBody()
  }

  /// The part of the end that has nothing to do with stacks: timers, links, waiters.
  ///
  /// The state is set and the result stored.
  final func finish() {
    hub.unlinkLive(self)
    isInterrupted = false
    // Retained meanwhile: the heap may hold the only reference, and lets go.
    while let timer = localTimers?.takeUnretainedValue() { timer.cancel() }
    if waitTimer != nil { waitTimer = nil }
    if hasExtras {
      pendingErrors = []
      locals = [:]
    }
    if isDiscarding, state == .failed, let error, !(error is GreenThreadExit) {
      isErrorObserved = true
      UncaughtError.report(error, of: self)
    }
    if hasExtras { runLinks() }
    if !joiners.isEmpty {
      isErrorObserved = true
      while joiners.choose() != nil {}
    }
  }
}
