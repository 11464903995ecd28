/// An error that comes to a green thread from outside: a kill, a timeout.
struct Interruption {
  let error: any Error
  /// What may take it back; nil for a kill.
  let source: Source?
  /// How many shields it was inside of from the start: it passes those, and waits for the end of
  /// deeper ones.
  let depth: Int
  /// Whether a call of foreign code has failed for it already, which cannot throw.
  var hasFailedCall = false

  /// The depth of what passes every shield.
  static let irresistible = Int.max - 1
  /// The depth of a wait that nothing ends.
  static let uninterruptible = Int.max

  struct Source {
    /// A Timeout, or a group.
    let owner: ObjectIdentifier
    /// When it was started, by the hub's count of timers.
    let started: UInt64
  }
}

// How interruptions reach a wait.
extension Hub {
  /// Has `thread` throw `error` where it waits, or at its next wait.
  /// - Returns: false when a shield holds it up.
  @discardableResult
  func interrupt(
    _ thread: AnyGreenThread, with error: any Error, source: Interruption.Source? = nil,
    depth: Int = 0
  ) -> Bool {
    thread.interruptions.append(Interruption(error: error, source: source, depth: depth))
    guard depth >= thread.shieldDepth else { return false }
    thread.isInterrupted = true
    guard thread.state == .parked else { return true }
    wake(thread)
    thread.isAwakeForErrorOnly = true
    return true
  }

  /// Takes back an error that was not thrown yet.
  func withdraw(_ owner: ObjectIdentifier, from thread: AnyGreenThread) {
    guard thread.hasExtras else { return }
    thread.interruptions.removeAll { $0.source?.owner == owner }
    thread.findWhetherInterrupted()
    if !thread.isInterrupted, thread.isAwakeForErrorOnly {
      thread.isAwakeForErrorOnly = false
      removeReady(thread)
      thread.state = .parked
    }
  }

  /// Has the running green thread throw `error` at its next wait: it arrived in a wait that had
  /// already been satisfied.
  ///
  /// Called before anything can switch after the throw, whose source it restores: the limit can
  /// still take it back.
  @usableFromInline
  func postpone(_ error: any Error) { postpone(error, hasFailedCall: false) }

  func postpone(_ error: any Error, hasFailedCall: Bool) {
    let me = running.unsafelyUnwrapped.takeUnretainedValue()
    let (source, depth) = lastThrown
    me.interruptions.insert(
      Interruption(error: error, source: source, depth: depth, hasFailedCall: hasFailedCall), at: 0)
    me.findWhetherInterrupted()
    me.countInterruption(from: source, by: -1)
  }

  /// Throws what `owner` has put into `thread` and a call of foreign code has failed for.
  func throwFailureOfCall(by owner: ObjectIdentifier, in thread: AnyGreenThread) throws {
    guard thread.hasExtras,
      let place = thread.interruptions.firstIndex(where: {
        $0.source?.owner == owner && $0.hasFailedCall
      })
    else { return }
    let interruption = thread.interruptions.remove(at: place)
    thread.findWhetherInterrupted()
    thread.countInterruption(from: interruption.source, by: 1)
    throw interruption.error
  }

  @inline(never)
  func throwInterruption(of thread: AnyGreenThread) throws {
    // It has ended, and runs a link or the like.
    if thread.isFinished { throw HubError.blockingCallInHub("a wait") }
    thread.isAwakeForErrorOnly = false
    let shieldDepth = thread.shieldDepth
    let first = thread.interruptions.firstIndex { $0.depth >= shieldDepth }.unsafelyUnwrapped
    let interruption = thread.interruptions.remove(at: first)
    thread.findWhetherInterrupted()
    lastThrown = (interruption.source, interruption.depth)
    thread.countInterruption(from: interruption.source, by: 1)
    throw interruption.error
  }
}

/// What a call puts into the green thread that makes it, while it lasts.
///
/// The errors get through the shields that are around the call, and not through deeper ones.
package final class Interrupter {
  private let target: AnyGreenThread
  private let depth: Int
  private let started: UInt64

  /// For the running green thread.
  package convenience init() { self.init(of: GreenThread.current) }

  /// For a green thread that is in the call.
  package init(of target: AnyGreenThread) {
    self.target = target
    depth = target.shieldDepth
    started = target.hub.timerSequence
  }

  /// As ``AnyGreenThread/interruptLater(_:)``.
  package func interruptLater(_ error: any Error) {
    if target.isFinished { return }
    target.hub.interrupt(
      target, with: error, source: .init(owner: ObjectIdentifier(self), started: started),
      depth: depth)
  }

  /// Takes back what was not thrown yet: due at the end of the call.
  /// - Returns: whether there was something.
  @discardableResult
  package func withdraw() -> Bool {
    guard target.hasExtras else { return false }
    let owner = ObjectIdentifier(self)
    let isPending = target.interruptions.contains { $0.source?.owner == owner }
    target.hub.withdraw(owner, from: target)
    return isPending
  }
}

extension AnyGreenThread {
  /// Has this green thread throw `error` where it waits, or at its next wait.
  ///
  /// The caller goes on.
  package final func interruptLater(_ error: any Error) {
    if !isFinished { hub.interrupt(self, with: error) }
  }

  /// After a change of what is due to it, or of its shields.
  final func findWhetherInterrupted() {
    let shieldDepth = shieldDepth
    isInterrupted = interruptions.contains { $0.depth >= shieldDepth }
  }
}
