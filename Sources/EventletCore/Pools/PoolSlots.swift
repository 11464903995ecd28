/// The slots of a ``GreenPool``: how many green threads may run, how many do, and who waits.
///
/// Apart from the pool because its green threads keep it alive, and because ``GreenPile`` and
/// ``GreenMap`` are told of the ends of theirs themselves.
@usableFromInline
final class PoolSlots: EndObserver {
  @exclusivity(unchecked) @usableFromInline var size: Int
  /// Slots in use; those handed to a spawner that has not resumed yet are.
  @exclusivity(unchecked) @usableFromInline var taken = 0
  // While anybody is in line, all slots are taken: a free one is handed over at once.
  @exclusivity(unchecked) var spawners = WaitQueue()
  @exclusivity(unchecked) private var joiners = WaitQueue()

  init(size: Int) { self.size = size }

  override var slots: PoolSlots? { self }

  override func greenThreadEnded(_ thread: AnyGreenThread) { release() }

  /// Takes a slot; waits for one if there is none.
  /// - Returns: false if the caller is of the pool and no slot is free: what it wants to run, it must
  ///   run itself, since it might wait for its own slot.
  @inlinable
  func take() throws -> Bool {
    guard taken < size else { return try waitForSlot() }
    taken += 1
    return true
  }

  /// Takes a slot if there is one.
  func takeNoWait() -> Bool {
    guard taken < size else { return false }
    taken += 1
    return true
  }

  @usableFromInline
  func waitForSlot() throws -> Bool {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("GreenPool.spawn")
    if isMember(node) { return false }
    spawners.append(node)
    do { _ = try hub.park(.poolSlot) } catch {
      let state = node.pointee.state
      if state == .queued {
        spawners.remove(node)
        wakeJoinersIfIdle()
      }
      node.pointee.state = .idle
      if state == .chosen { release() }
      throw error
    }
    node.pointee.state = .idle
    return true
  }

  /// Gives a slot back: to the first in line, unless there are more slots in use than there should be.
  func release() {
    if taken <= size, spawners.choose() != nil { return }
    taken -= 1
    wakeJoinersIfIdle()
  }

  func resize(to newSize: Int) {
    size = newSize
    while taken < size, spawners.choose() != nil { taken += 1 }
  }

  /// Waits until no slot is in use and nobody waits for one.
  /// - Returns: false when the time passed first.
  func waitUntilIdle(timeout: Duration?) throws -> Bool {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("GreenPool.waitAll")
    if isMember(node) {
      let caller = node.pointee.thread.takeUnretainedValue()
      throw HubError.selfWait("in waitAll of its own pool, \(caller)")
    }
    if isIdle { return true }
    joiners.append(node)
    defer { node.pointee.state = .idle }
    do {
      _ = try hub.park(.poolMembers, until: hub.deadline(after: timeout))
    } catch {
      if node.pointee.state == .queued { joiners.remove(node) }
      throw error
    }
    if node.pointee.state == .queued { joiners.remove(node) }
    return node.pointee.state == .chosen || isIdle
  }

  private var isIdle: Bool { taken == 0 && spawners.isEmpty }

  private func wakeJoinersIfIdle() {
    if isIdle { while joiners.choose() != nil {} }
  }

  private func isMember(_ node: WaitQueue.Node) -> Bool {
    node.pointee.thread._withUnsafeGuaranteedRef { isMember($0) }
  }

  /// Whether `thread`, which has not ended, has one of the slots.
  func isMember(_ thread: AnyGreenThread) -> Bool { thread.observer?.slots === self }
}
