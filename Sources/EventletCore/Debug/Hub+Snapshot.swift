internal import CEventletCore

extension Hub {
  /// What each green thread is at, main first, the others in spawning order.
  ///
  /// Never switches. A stack costs half a microsecond here, and its names are looked up later, if at
  /// all.
  /// - Parameter stacks: Whether to copy the return addresses of their stacks.
  /// - Returns: One value for each.
  public func snapshot(stacks: Bool = false) -> [GreenThreadInfo] {
    let time = now
    return (CollectionOfOne(main) + greenThreads).map { thread in
      GreenThreadInfo(thread, at: time, stack: stacks ? stackAddresses(of: thread) : [])
    }
  }

  /// The calls of what runs now.
  func runningStack() -> [UInt] {
    let capacity = 64
    return [UInt](unsafeUninitializedCapacity: capacity) { buffer, count in
      if let start = buffer.baseAddress { count = ev_frames_here(start, capacity) }
    }
  }

  private func stackAddresses(of green: AnyGreenThread) -> [UInt] {
    guard let fiber = green.fiber else { return [] }
    let capacity = 128
    return [UInt](unsafeUninitializedCapacity: capacity) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      // What runs has its registers in use; what is parked has left them on its stack.
      count =
        fiber.context == thread.pointee.current
        ? ev_frames_here(start, capacity)
        : ev_thread_frames(thread, fiber.context, start, capacity)
    }
  }
}

extension GreenThreadInfo {
  init(_ thread: AnyGreenThread, at time: Nanoseconds, stack: [UInt]) {
    id = thread.id
    name = thread.name
    spawnFile = "\(thread.spawnFile)"
    spawnLine = thread.spawnLine
    label = thread.description
    stateDescription = thread.stateDescription(at: time)
    stackAddresses = stack
    var waiting: Fiber?
    switch thread.state {
    case .scheduled: state = .scheduled
    // Ended ones are in no list; one that is ending just now runs.
    case .running, .succeeded, .failed: state = .running
    case .ready: state = .ready
    case .parked:
      state = .waiting
      waiting = thread.fiber?.pointee
    }
    waitsFor = waiting?.waitDescription
    waitingTime = waiting.map { .nanoseconds(max(0, time - $0.waitingSince)) }
  }
}
