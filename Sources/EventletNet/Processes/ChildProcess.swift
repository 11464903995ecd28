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
  /// -1 without one.
  private var descriptor: Int32
  let ended = Event<ExitStatus>()
  /// Whether an OS thread has it now.
  private var isLeft = false

  init(_ started: StartedProcess, command: [String], leadsGroup: Bool) {
    (pid, descriptor) = started.take()
    self.command = command
    self.leadsGroup = leadsGroup
  }

  // The reaper of a hub that goes may not have begun.
  deinit { leaveToAnOSThread() }

  /// Begins to wait for its end.
  func watch() {
    let reaper = GreenThread.spawnDiscarding(
      name: "reaper of process \(pid) (\(command.first ?? "adopted"))"
    ) { [self] in
      Reapers.add(GreenThread.current)
      defer { Reapers.remove(GreenThread.current) }
      // Nobody kills it but a hub that is destroyed.
      do { try withShield { try reapAtTheEnd() } } catch {
        leaveToAnOSThread()
        throw error
      }
    }
    Reapers.add(reaper)
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
    guard !ended.isReady, !isLeft else { return }
    isLeft = true
    StartedProcess.reapElsewhere(pid)
  }

  /// Sends a signal, to the whole group if it leads one.
  /// - Returns: false when it has ended.
  func kill(_ signal: Signal) throws -> Bool {
    let result: Int32
    if leadsGroup {
      // Others of the group may live on after its leader, and as long as one does, nobody else gets
      // its number.
      result = Glibc.kill(-pid, signal.rawValue)
    } else {
      // Not reaped, so the number is still its own.
      if ended.isReady || isLeft { return false }
      result = ev_process_signal(descriptor, pid, signal.rawValue)
    }
    if result == 0 { return true }
    if ev_errno() == ESRCH { return false }
    throw SystemError(call: "kill", subject: "process \(pid) (\(command.first ?? "adopted"))")
  }
}

/// A child that nobody owns yet; ended if nobody comes to do so.
final class StartedProcess: @unchecked Sendable {
  // @unchecked Sendable because an OS thread of the pool makes it, and then one hub has it.

  private var pid: Int32
  private var descriptor: Int32

  init(pid: Int32, descriptor: Int32) {
    self.pid = pid
    self.descriptor = descriptor
  }

  /// What the caller owns from now on.
  func take() -> (pid: Int32, descriptor: Int32) {
    defer { pid = -1 }
    return (pid, descriptor)
  }

  deinit {
    guard pid > 0 else { return }
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
    _ = Glibc.kill(pid, SIGKILL)
    Self.reapElsewhere(pid)
  }

  static func reapElsewhere(_ pid: Int32) {
    startWatcher {
      var (kind, value): (Int32, Int32) = (0, 0)
      _ = ev_process_wait(pid)
      _ = ev_process_reap(-1, pid, &kind, &value)
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
