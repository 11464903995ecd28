internal import CEventletCore

/// What a hub has done and holds, at one moment.
public struct HubStatistics: Sendable {
  /// Green threads that have not ended, the main one not counted.
  public let greenThreads: Int
  /// Green threads ready to run.
  public let ready: Int
  /// Timers armed, waits with a timeout included.
  public let timers: Int
  /// Green threads that wait for descriptors.
  public let descriptorWaits: Int
  /// Descriptors that the hub knows, owned ones and foreign ones waited for.
  public let descriptors: Int
  /// Turns of the loop.
  public let turns: UInt64
  /// Times the kernel was asked.
  public let polls: UInt64
  /// Green threads spawned so far.
  public let spawned: UInt64
  /// Switches to green threads so far.
  public let switches: UInt64
  /// Stacks in use, the hub's own included.
  public let stacksInUse: Int
  /// Free stacks that keep their memory.
  public let stacksCached: Int
}

extension Hub {
  /// A snapshot of counters and sizes.
  public var statistics: HubStatistics {
    var inUse = 0
    var cached = 0
    for pool in [defaultStacks] + stackPools.values {
      let stacks = ev_stack_pool_statistics(pool)
      inUse += stacks.in_use
      cached += stacks.cached
    }
    return HubStatistics(
      greenThreads: liveCount, ready: readyCount, timers: timers.count,
      descriptorWaits: descriptorWaits, descriptors: descriptors.count { $0 != nil },
      turns: counters.turns, polls: counters.polls, spawned: counters.spawned,
      switches: thread.pointee.switches, stacksInUse: inUse, stacksCached: cached)
  }

  /// All green threads that have not ended, in spawning order, without main.
  public var greenThreads: [AnyGreenThread] {
    var all: [AnyGreenThread] = []
    var next = liveHead
    while let thread = next?.takeUnretainedValue() {
      all.append(thread)
      next = thread.liveNext
    }
    return all
  }

  /// Who waits for what since when, one line each.
  ///
  /// ``dump(hidingLibraryFrames:)`` adds each one's calls.
  public func report() -> String {
    let time = now
    var lines = (CollectionOfOne(main) + greenThreads).map { thread in
      "  \(thread): \(thread.stateDescription(at: time))"
    }
    lines.append("  " + summary)
    return lines.joined(separator: "\n")
  }

  var summary: String { "timers: \(timers.count), descriptor waits: \(descriptorWaits)" }
}

extension AnyGreenThread {
  func stateDescription(at time: Nanoseconds) -> String {
    switch state {
    case .scheduled: return "not started, scheduled"
    case .ready: return hasStarted ? "ready" : "ready, not started"
    case .running: return "running"
    case .succeeded, .failed: return "ended"
    case .parked:
      let wait = fiber.unsafelyUnwrapped.pointee
      let milliseconds = max(0, time - wait.waitingSince) / 1_000_000
      return "waits for \(wait.waitDescription) since \(milliseconds) ms"
    }
  }
}

extension Fiber {
  var waitDescription: String {
    switch waitReason {
    case .none: "a wake-up"
    case .sleep: "time to pass"
    case .event: "an event"
    case .queueGet: "an item of a queue"
    case .queuePut: "room in a queue"
    case .queueJoin: "the tasks of a queue"
    case .semaphore: "a semaphore"
    case .greenThread: "green thread \(waitSubject)"
    case .task: "async code"
    case .first: "the first of several things"
    case .channel: "a channel"
    case .readable: "descriptor \(waitSubject) to be readable"
    case .writable: "descriptor \(waitSubject) to be writable"
    case .subject, .outside: subjectDescription
    case .poolSlot: "a slot of a pool"
    case .poolMembers: "the green threads of a pool to end"
    case .poolItem: "an item of a pool"
    }
  }
}
