package import CEventletCore

// Waits of code that knows nothing of green threads and cannot be unwound: C that calls what it
// takes for libc. What a kill or timeout throws is kept, and thrown at the next wait of Swift code.
extension Hub {
  /// How a wait of foreign code ended.
  package enum ForeignEnd: Sendable {
    /// What was waited for has happened.
    case ready
    case timedOut
    /// A descriptor was closed meanwhile, or is not open.
    case closed
    /// By a kill or timeout.
    case interrupted
    /// The kernel takes no such descriptor.
    case unpollable
    /// The running code may not wait greenly: it is a callback of the hub, or what follows a green
    /// thread's end.
    case mustNot
  }

  /// Waits for one of several descriptors.
  ///
  /// Other green threads may wait for the same, whatever ``preventsMultipleReaders`` says: the
  /// kernel does not mind either.
  /// - Parameters:
  ///   - waits: Those that were the reason for the end are marked. Stays where it is.
  ///   - deadline: Of the hub's clock.
  /// - Returns: how it ended.
  package func waitAsForeignCode(
    for waits: UnsafeMutableBufferPointer<ev_wait>, until deadline: Nanoseconds
  ) -> ForeignEnd {
    asForeignCode { [self] in
      var lines = ForeignLines(waits)
      defer { lines.free() }
      do {
        guard try lines.enter(self) else {
          _ = lines.leave(self)
          return .unpollable
        }
      } catch {
        // One of them is not open: the call finds that out.
        _ = lines.leave(self)
        return .closed
      }
      let isInTime: Bool
      do {
        isInTime = try park(
          lines.isForWriting ? .writable : .readable, subject: lines.subject, until: deadline)
      } catch {
        _ = lines.leave(self)
        throw error
      }
      return lines.leave(self) ?? (isInTime ? .ready : .timedOut)
    }
  }

  /// Sleeps, or yields when `deadline` has passed.
  package func sleepAsForeignCode(until deadline: Nanoseconds) -> ForeignEnd {
    asForeignCode { [self] in
      if deadline <= now { try yieldCurrent() } else { _ = try park(.sleep, until: deadline) }
      return .ready
    }
  }

  /// Runs a wait, and keeps what it throws because of a kill or timeout.
  package func asForeignCode(_ wait: () throws -> ForeignEnd) -> ForeignEnd {
    if mustNotWait || isRunningEnded { return .mustNot }
    do {
      try checkBeforeWaiting("a patched call")
    } catch {
      keep(error)
      // It was told before, and waits again: in a loop, perhaps, that ends by what a sibling does.
      yieldUninterrupted()
      return .interrupted
    }
    do { return try wait() } catch {
      keep(error)
      return .interrupted
    }
  }

  /// Parks, whatever arrives meanwhile: that is thrown at the next wait.
  ///
  /// - Returns: false when the deadline passed first.
  package func parkUninterruptedAsForeignCode(until deadline: Nanoseconds) -> Bool {
    uninterruptedAsForeignCode { (try? $0.park(.outside, until: deadline)) ?? true }
  }

  /// Runs `wait` so that nothing ends it that throws; it is thrown at the next wait.
  package func uninterruptedAsForeignCode<Result>(_ wait: (Hub) -> Result) -> Result {
    let me = running.unsafelyUnwrapped.takeUnretainedValue()
    let shieldDepth = me.shieldDepth
    me.extras.shieldDepth = Interruption.uninterruptible
    me.findWhetherInterrupted()
    defer {
      me.extras.shieldDepth = shieldDepth
      me.findWhetherInterrupted()
    }
    return wait(self)
  }

  private func keep(_ error: any Error) {
    // A cancelled task is so for good, and each of its waits finds that out.
    if !(error is CancellationError) { postpone(error, hasFailedCall: true) }
  }

  private func yieldUninterrupted() { uninterruptedAsForeignCode { try? $0.yieldCurrent() } }
}

/// The places in line of a wait for descriptors.
private struct ForeignLines {
  private let waits: UnsafeMutableBufferPointer<ev_wait>
  private let nodes: UnsafeMutablePointer<WaitNode>
  private let capacity: Int
  private var count = 0

  /// For reports, which tell of one.
  var subject: Int { Int(waits.first?.fd ?? -1) }
  var isForWriting: Bool { waits.first?.wanted == UInt32(EV_WRITABLE) }

  // SAFETY: the nodes stay where they are until they are in no line any more.
  init(_ waits: UnsafeMutableBufferPointer<ev_wait>) {
    self.waits = waits
    // One that asks for no event at all waits for errors, which all lines hear of.
    capacity = waits.reduce(0) { $0 + max(1, $1.wanted.nonzeroBitCount) }
    nodes = .allocate(capacity: capacity)
    nodes.initialize(repeating: WaitNode(thread: GreenThread.current), count: capacity)
  }

  func free() {
    nodes.deinitialize(count: capacity)
    nodes.deallocate()
  }

  /// - Returns: false if one of them is not for waiting.
  mutating func enter(_ hub: Hub) throws -> Bool {
    for wait in waits {
      var bits = Self.lines(of: wait)
      while let bit = Self.takeBit(&bits) {
        let isPollable = try hub.enterLine(
          of: wait.fd, Self.direction(bit), nodes + count, isShared: true)
        count += 1
        if !isPollable { return false }
      }
    }
    return true
  }

  /// Out of all lines that were entered.
  /// - Returns: whether one was closed meanwhile, or the reason for a wake-up.
  mutating func leave(_ hub: Hub) -> Hub.ForeignEnd? {
    var end: Hub.ForeignEnd?
    var index = 0
    for place in waits.indices {
      var bits = Self.lines(of: waits[place])
      while index < count, let bit = Self.takeBit(&bits) {
        let node = nodes + index
        index += 1
        let state = node.pointee.state
        if state == .queued {
          hub.leaveLine(of: waits[place].fd, Self.direction(bit), node)
        } else {
          hub.forgetIfUnused(waits[place].fd)
        }
        node.pointee.state = .idle
        if state == .rejected { end = .closed }
        if state == .chosen {
          waits[place].happened |= bit
          if end == nil { end = .ready }
        }
      }
    }
    count = 0
    return end
  }

  // A line for each bit.

  private static func lines(of wait: ev_wait) -> UInt32 {
    wait.wanted == 0 ? UInt32(EV_HANGUP) : wait.wanted
  }

  private static func takeBit(_ bits: inout UInt32) -> UInt32? {
    guard bits != 0 else { return nil }
    let bit = bits & ~(bits - 1)
    bits &= ~bit
    return bit
  }

  private static func direction(_ bit: UInt32) -> DescriptorRecord.Direction {
    switch bit {
    case UInt32(EV_READABLE): .reading
    case UInt32(EV_WRITABLE): .writing
    case UInt32(EV_URGENT): .urgent
    default: .hangUp
    }
  }
}
