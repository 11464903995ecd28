/// A counter that stays between zero and a limit: acquire waits at zero, release
/// waits at the limit.
///
/// With limit 0 the two meet: each waits for the other. Both lines are first
/// come, first served. Not `Sendable`.
///
/// ```swift
/// let credit = CappedSemaphore(count: 10, limit: 10)
/// try credit.acquire()
/// try credit.release()
/// ```
///
/// In Python: `eventlet.semaphore.CappedSemaphore`.
public final class CappedSemaphore {
  /// The most permits that can be free.
  public let limit: Int
  @exclusivity(unchecked) private var counter: Int
  @exclusivity(unchecked) private var acquirers = WaitQueue()
  @exclusivity(unchecked) private var releasers = WaitQueue()

  /// Creates a semaphore with `count` free permits out of at most `limit`.
  ///
  /// Traps when `count` is negative or greater than `limit`.
  public init(count: Int, limit: Int) {
    require(count >= 0, "CappedSemaphore: count \(count) is negative")
    require(count <= limit, "CappedSemaphore: count \(count) is greater than limit \(limit)")
    self.limit = limit
    counter = count
  }

  /// What can be acquired less what can be released, waiters included: the
  /// limit when full, minus the limit when empty.
  public var balance: Int {
    (counter - acquirers.count) - (limit - counter - releasers.count)
  }
  /// Whether an acquire would wait.
  ///
  /// In Python: `locked`.
  public var isLocked: Bool { counter <= 0 }
  /// Whether a release would wait.
  ///
  /// In Python: `bounded()`.
  public var isBounded: Bool { counter >= limit }

  /// Takes a permit; waits at most `timeout` for one.
  /// - Parameter timeout: nil waits for ever; zero lets ready work run once.
  /// - Returns: false when the time passed first.
  /// - Throws: what a kill or timeout throws; the counter is as before then. One
  ///   that comes after the call was satisfied, and when that can no longer be
  ///   undone, is thrown at the next wait instead.
  @discardableResult
  public func acquire(timeout: Duration? = nil) throws -> Bool {
    if acquireNoWait() { return true }
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("CappedSemaphore.acquire")
    acquirers.append(node)
    defer { node.pointee.state = .idle }
    do {
      _ = try hub.park(.semaphore, until: hub.deadline(after: timeout))
    } catch {
      switch node.pointee.state {
      case .queued: acquirers.remove(node)
      case .chosen where !giveUnit():
        // It has happened and cannot be taken back.
        hub.postpone(error)
        return true
      default: break
      }
      throw error
    }
    if node.pointee.state == .queued { acquirers.remove(node) }
    return node.pointee.state == .chosen
  }

  /// Takes a permit if there is one, or a release that waits.
  ///
  /// Never switches.
  /// - Returns: whether there was one.
  public func acquireNoWait() -> Bool {
    if counter > 0 {
      counter -= 1
      // The room goes to the first who waits to release.
      if releasers.choose() != nil { counter += 1 }
      return true
    }
    // Only with limit 0: a waiting releaser and an acquire meet.
    return releasers.choose() != nil
  }

  /// Gives a permit back; waits at most `timeout` while the counter is at its limit.
  /// - Parameter timeout: nil waits for ever; zero lets ready work run once.
  /// - Returns: false when the time passed first.
  /// - Throws: what a kill or timeout throws; the counter is as before then. One
  ///   that comes after the call was satisfied, and when that can no longer be
  ///   undone, is thrown at the next wait instead.
  @discardableResult
  public func release(timeout: Duration? = nil) throws -> Bool {
    if releaseNoWait() { return true }
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("CappedSemaphore.release")
    releasers.append(node)
    defer { node.pointee.state = .idle }
    do {
      _ = try hub.park(.semaphore, until: hub.deadline(after: timeout))
    } catch {
      switch node.pointee.state {
      case .queued: releasers.remove(node)
      case .chosen where !takeUnit():
        // It has happened and cannot be taken back.
        hub.postpone(error)
        return true
      default: break
      }
      throw error
    }
    if node.pointee.state == .queued { releasers.remove(node) }
    return node.pointee.state == .chosen
  }

  /// Gives a permit back if there is room, or an acquire that waits.
  ///
  /// Never switches.
  /// - Returns: whether there was.
  ///
  /// In Python: `release(blocking=False)`.
  public func releaseNoWait() -> Bool {
    if acquirers.choose() != nil { return true }
    guard counter < limit else { return false }
    counter += 1
    return true
  }

  /// Returns the unit of an acquirer that was killed after it was chosen.
  /// - Returns: false if nobody waits for it and there is no room for it.
  private func giveUnit() -> Bool {
    if acquirers.choose() != nil { return true }
    guard counter < limit else { return false }
    counter += 1
    return true
  }

  /// Takes back the unit of a releaser that was killed after it was chosen.
  /// - Returns: false if it is in use by now.
  private func takeUnit() -> Bool {
    if releasers.choose() != nil { return true }
    guard counter > 0 else { return false }
    counter -= 1
    return true
  }
}
