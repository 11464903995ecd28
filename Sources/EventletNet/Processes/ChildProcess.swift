internal import CEventletCore
internal import EventletCore
internal import Glibc
internal import Synchronization

/// A child of this process, from its start until it is reaped, as its hub sees it.
///
/// A green thread of its own waits for its end, whether anybody else does or not: so there are no
/// zombies.
final class ChildProcess {
  let pid: Int32
  let command: [String]
  let leadsGroup: Bool
  /// Whether what is left of its group is ended with it.
  var endsGroup = false
  /// -1 without one.
  private var descriptor: Int32
  let ended = Event<ExitStatus>()
  private var hasBegun = false
  /// Once an OS thread has it.
  private var left: LeftProcess?

  init(_ started: StartedProcess, command: [String]) {
    (pid, descriptor) = started.take()
    leadsGroup = started.leadsGroup
    self.command = command
  }

  // The reaper of a hub that goes may not have begun.
  deinit { leaveToAnOSThread() }

  /// Begins to wait for its end.
  func watch() {
    let reaper = GreenThread.spawnDiscarding(
      name: "reaper of process \(pid) (\(command.first ?? "adopted"))"
    ) { [self] in
      hasBegun = true
      // Nobody kills it but a hub that is destroyed.
      try withShield { try reapAtTheEnd() }
    }
    Reapers.add(reaper)
    // Runs for one too that was killed before it could shield itself.
    reaper.link { [self] reaper in
      Reapers.remove(reaper)
      leaveToAnOSThread()
      if !hasBegun {
        ended.send(throwing: SystemError(call: "wait", errno: ECHILD, subject: subject))
      }
    }
  }

  private func reapAtTheEnd() throws {
    if descriptor < 0 {
      while try !reap() {
        let pid = pid
        try Self.waiters.execute { _ = ev_process_wait(pid) }
      }
      return
    }
    let record = Hub.current.own(descriptor)
    defer {
      record.detach()
      closeDescriptor()
    }
    while true {
      _ = try record.wait(for: .reading, until: .max)
      if try reap() { return }
      record.usedUpReading()
    }
  }

  /// Without process descriptors each child holds an OS thread while it runs: not of the pool that
  /// everything else uses.
  private static let waiters = ThreadPool(size: 1 << 20, name: "children")

  /// - Returns: false when it has not ended.
  private func reap() throws -> Bool {
    guard !ended.isReady else { return true }
    // Its number, and so that of its group, is nobody else's until it is reaped.
    if endsGroup, leadsGroup, ev_process_has_ended(pid) { _ = Glibc.kill(-pid, SIGKILL) }
    var (kind, value): (Int32, Int32) = (0, 0)
    switch ev_process_reap(descriptor, pid, &kind, &value) {
    case 0: return false
    case 1: ended.send(ExitStatus(kind: kind, value: value))
    // ECHILD: somebody else was faster.
    default: ended.send(.unknown)
    }
    return true
  }

  private func closeDescriptor() {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
    descriptor = -1
  }

  /// The hub goes, and the child goes on.
  private func leaveToAnOSThread() {
    closeDescriptor()
    guard !ended.isReady, left == nil else { return }
    left = LeftProcess(pid, endsGroup: endsGroup && leadsGroup)
  }

  /// Sends a signal, to the whole group if it leads one.
  /// - Returns: false when it has ended, and the others of its group are out of reach: nothing
  ///   keeps their number from going to a stranger.
  func kill(_ signal: Signal) throws -> Bool {
    let result: Int32
    if let left {
      result = left.kill(signal, wholeGroup: leadsGroup)
    } else if ended.isReady {
      return false
    } else if leadsGroup {
      // Not reaped, so the number is still its own.
      result = Glibc.kill(-pid, signal.rawValue)
    } else {
      result = ev_process_signal(descriptor, pid, signal.rawValue)
    }
    if result == 0 { return true }
    if ev_errno() == ESRCH { return false }
    throw SystemError(call: "kill", subject: subject)
  }

  private var subject: String { "process \(pid) (\(command.first ?? "adopted"))" }
}

/// A child that nobody owns yet; ended if nobody comes to do so.
final class StartedProcess: @unchecked Sendable {
  // @unchecked Sendable because an OS thread of the pool makes it, and then one hub has it.

  private var pid: Int32
  private var descriptor: Int32
  let leadsGroup: Bool

  init(pid: Int32, descriptor: Int32, leadsGroup: Bool) {
    self.pid = pid
    self.descriptor = descriptor
    self.leadsGroup = leadsGroup
  }

  /// What the caller owns from now on.
  func take() -> (pid: Int32, descriptor: Int32) {
    defer { pid = -1 }
    return (pid, descriptor)
  }

  deinit {
    guard pid > 0 else { return }
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
    _ = Glibc.kill(leadsGroup ? -pid : pid, SIGKILL)
    _ = LeftProcess(pid, endsGroup: leadsGroup)
  }
}

/// A child that no hub waits for: an OS thread does.
final class LeftProcess: Sendable {
  private let pid: Int32
  private let endsGroup: Bool
  private let isReaped = Mutex(false)
  /// Those for which no OS thread was to be had, and who are looked for when there is another.
  private static let unwatched = Mutex<[LeftProcess]>([])

  init(_ pid: Int32, endsGroup: Bool) {
    self.pid = pid
    self.endsGroup = endsGroup
    let failed = tryToStartWatcher { [self] in
      _ = ev_process_wait(pid)
      _ = reap()
    }
    let others = Self.unwatched.withLock { all in
      if failed != 0 { all.append(self) }
      defer { all = [] }
      return all
    }
    let rest = others.filter { !$0.reap() }
    Self.unwatched.withLock { $0 += rest }
  }

  /// - Returns: false when it has not ended.
  private func reap() -> Bool {
    isReaped.withLock { isReaped in
      if isReaped { return true }
      if endsGroup, ev_process_has_ended(pid) { _ = Glibc.kill(-pid, SIGKILL) }
      var (kind, value): (Int32, Int32) = (0, 0)
      isReaped = ev_process_reap(-1, pid, &kind, &value) != 0
      return isReaped
    }
  }

  /// As kill(2).
  func kill(_ signal: Signal, wholeGroup: Bool) -> Int32 {
    isReaped.withLock { isReaped in
      if isReaped {
        ev_set_errno(ESRCH)
        return -1
      }
      return Glibc.kill(wholeGroup ? -pid : pid, signal.rawValue)
    }
  }
}

/// The green threads that wait for the ends of children, of all hubs: whoever ends a program in an
/// orderly way does not wait for those.
enum Reapers {
  private static let all = Mutex<Set<ObjectIdentifier>>([])

  static func add(_ thread: AnyGreenThread) {
    let identifier = ObjectIdentifier(thread)
    all.withLock { _ = $0.insert(identifier) }
  }

  static func remove(_ thread: AnyGreenThread) {
    let identifier = ObjectIdentifier(thread)
    all.withLock { _ = $0.remove(identifier) }
  }

  static func contains(_ thread: AnyGreenThread) -> Bool {
    let identifier = ObjectIdentifier(thread)
    return all.withLock { $0.contains(identifier) }
  }
}
