internal import DequeModule

/// The green threads of a scope, see ``withGreenGroup(of:_:)``.
///
/// Of use only inside the scope. Not `Sendable`.
public final class GreenGroup<Child> {
  private let owner: AnyGreenThread
  private let shieldDepth: Int
  private let started: UInt64
  private let keepsResults: Bool
  private var running: [ObjectIdentifier: GreenThread<Child>] = [:]
  /// In the order in which they were spawned; only if results are kept.
  private var all: [GreenThread<Child>] = []
  /// In the order in which they ended.
  private var ended = Deque<GreenThread<Child>>()
  private var waiters = WaitQueue()
  private var failure: (any Error)?
  private var isCancelled = false
  private var isOpen = true

  init(keepsResults: Bool) {
    owner = GreenThread.current
    shieldDepth = owner.shieldDepth
    started = owner.hub.timerSequence
    self.keepsResults = keepsResults
  }

  /// How many children have not ended.
  public var runningCount: Int { running.count }

  /// Starts a child.
  ///
  /// Does not switch. In a group that has been ended the child never begins.
  /// - Parameters:
  ///   - name: For reports.
  ///   - stackSize: As for ``spawn(name:stackSize:file:line:_:)``.
  ///   - file: For reports.
  ///   - line: For reports.
  ///   - body: What it runs. An error that it throws ends the group.
  /// - Returns: The child, which may be killed by itself.
  @discardableResult
  public func spawn(
    name: String = "", stackSize: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping () throws -> Child
  ) -> GreenThread<Child> {
    require(isOpen, "GreenGroup: used after its scope has ended")
    let child = EventletCore.spawn(
      name: name, stackSize: stackSize, file: file, line: line, body)
    // The error comes out of the scope: nothing is left to report.
    child.isErrorObserved = true
    let limit = GreenThread.deadline
    if limit != .never { child.extras.inheritedDeadline = limit.time }
    running[ObjectIdentifier(child)] = child
    if keepsResults { all.append(child) }
    child.link { [self] _ in childEnded(child) }
    if isCancelled { child.cancel() }
    return child
  }

  /// Waits for the child that ends next.
  /// - Returns: its result; nil when all results have been given and no child runs.
  ///   A child that was killed gives none. Always nil in a discarding group, when
  ///   no child runs any more.
  /// - Throws: what a kill or timeout throws; no result is lost.
  public func next() throws -> Child? {
    while true {
      while let child = ended.popFirst() {
        if child.state == .succeeded { return child.load() }
      }
      if running.isEmpty { return nil }
      try wait()
    }
  }

  /// Waits for all children.
  /// - Returns: the results in the order of spawning, those that ``next()`` has
  ///   given already included.
  /// - Throws: ``GreenThreadExit`` if a child was killed; what a kill or timeout
  ///   throws.
  public func collect() throws -> [Child] {
    while !running.isEmpty { try wait() }
    return try all.map { try $0.outcome() }
  }

  /// Kills all children that run.
  ///
  /// Those that are spawned later never begin. The scope goes on.
  public func cancelAll() {
    isCancelled = true
    // A link of one may spawn, or kill another.
    for child in running.values.sorted(by: { $0.id < $1.id }) { child.interruptOrCancel() }
  }

  // MARK: The scope

  func run<Result>(_ body: (GreenGroup<Child>) throws -> Result) throws -> Result {
    defer { isOpen = false }
    var outcome: Swift.Result<Result, any Error>
    do {
      outcome = .success(try body(self))
      while !running.isEmpty { try wait() }
    } catch {
      outcome = .failure(error)
      cancelAll()
      try withShield { while !running.isEmpty { try wait() } }
    }
    owner.hub.withdraw(ObjectIdentifier(self), from: owner)
    if let failure { throw failure }
    return try outcome.get()
  }

  private func childEnded(_ child: GreenThread<Child>) {
    running[ObjectIdentifier(child)] = nil
    if child.state == .failed, let error = child.error, !(error is GreenThreadExit), failure == nil
    {
      failure = error
      cancelAll()
      owner.hub.interrupt(
        owner, with: GreenGroupEnded(),
        source: .init(owner: ObjectIdentifier(self), started: started),
        depth: shieldDepth)
    }
    if keepsResults { ended.append(child) }
    while waiters.choose() != nil {}
  }

  /// Until a child ends.
  private func wait() throws {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("GreenGroup.next")
    waiters.append(node)
    defer {
      if node.pointee.state == .queued { waiters.remove(node) }
      node.pointee.state = .idle
    }
    _ = try hub.park(.greenThread)
  }
}

extension AnyGreenThread {
  /// A kill whose target runs later.
  package final func interruptOrCancel() {
    if hasStarted { interruptLater(GreenThreadExit()) } else { cancel() }
  }
}
