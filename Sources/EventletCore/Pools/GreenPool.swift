/// Runs green threads, at most so many at a time.
///
/// ```swift
/// let pool = GreenPool(size: 200)
/// for url in urls { try pool.spawn { try fetch(url) } }
/// try pool.waitAll()
/// ```
///
/// A spawn beyond the size waits for a green thread of the pool to end, first come, first served. A
/// slot is free again however its green thread ends, by a kill before its start too.
///
/// ## A pool that spawns on itself
///
/// A green thread of the pool that spawns on its own pool while that is full would wait for a slot
/// that it holds itself. So the body runs at once, in the caller, and `spawn` returns a handle that
/// is finished; an error of the body is in the handle. There is no other green thread then:
///
/// - ``GreenThread/current`` is the caller, and so is what a kill of it ends. A kill, or a timeout that
///   was set outside the body, is thrown through the body and then by `spawn` itself, so that it
///   reaches what it was meant for.
/// - Every ``GreenLocal`` starts anew in the body, and the caller's values are back afterwards.
/// - The name and stack size that were asked for are not used: the body stands on the caller's stack.
///   A recursion that spawns goes deeper with each level; give the green threads of its pool room.
/// - Local timers that the body sets live as long as the caller.
///
/// Not `Sendable`.
///
/// In Python: `eventlet.GreenPool`.
public final class GreenPool {
  @usableFromInline let slots: PoolSlots

  /// Creates a pool.
  ///
  /// Traps when `size` is negative.
  /// - Parameter size: How many green threads may run at a time. With 0 none may until
  ///   ``resize(to:)`` makes room.
  public init(size: Int = 1000) {
    require(size >= 0, "GreenPool: size \(size) is negative")
    slots = PoolSlots(size: size)
  }

  /// How many green threads may run at a time.
  public var size: Int { slots.size }

  /// How many green threads of the pool have not ended, counted from the spawn.
  ///
  /// In Python: `running`.
  public var runningCount: Int { slots.taken }

  /// How many more can be spawned without waiting; negative while more run than the size allows.
  ///
  /// In Python: `free`.
  public var freeCount: Int { slots.size - slots.taken }

  /// How many green threads wait to spawn.
  ///
  /// In Python: `waiting`.
  public var waitingCount: Int { slots.spawners.count }

  /// Changes how many green threads may run at a time.
  ///
  /// More room wakes those who wait to spawn. With less, those that run go on, and nobody spawns
  /// until enough of them have ended. Never switches. Traps when `size` is negative.
  ///
  /// In Python: `resize`.
  public func resize(to size: Int) {
    require(size >= 0, "GreenPool.resize: size \(size) is negative")
    slots.resize(to: size)
  }

  /// Starts a green thread of the pool; waits for a slot if none is free.
  ///
  /// With a free slot it does not switch, as ``/EventletCore/spawn(name:stackSize:file:line:_:)``. Called
  /// by a green thread of the pool while the pool is full, it runs the body itself, see
  /// ``GreenPool``.
  ///
  /// ```swift
  /// let page = try pool.spawn { try fetch(url) }
  /// print(try page.wait())
  /// ```
  /// - Parameters:
  ///   - name: For reports; empty by default.
  ///   - stackSize: Usable bytes of its stack; nil takes ``Hub/Configuration/stackSize``.
  ///   - file: Where it was spawned, for reports.
  ///   - line: Where it was spawned, for reports.
  ///   - body: Runs on the new green thread. An error it throws comes out of ``GreenThread/wait()``.
  /// - Returns: The handle. It need not be kept.
  /// - Throws: what a kill or timeout throws while it waits; nothing was spawned then. With a free
  ///   slot, nothing. In a hub callback without one, ``HubError/blockingCallInHub(_:)``.
  ///
  /// In Python: `GreenPool.spawn`.
  @inlinable
  @discardableResult
  public func spawn<Success>(
    name: String = "", stackSize: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: consuming @escaping () throws -> Success
  ) throws -> GreenThread<Success> {
    let hasSlot = try slots.take()
    let thread = GreenThread<Success>.make(name, stackSize, file, line, body)
    if hasSlot { Hub.begin(thread, observer: slots) } else { try thread.runInline() }
    return thread
  }

  /// Starts a green thread of the pool in whose result nobody is interested; waits for a slot if none
  /// is free.
  ///
  /// An error that leaves the body is reported to ``Hub/onUncaughtError`` at once; a kill is silent.
  /// In all else as ``spawn(name:stackSize:file:line:_:)``.
  /// - Returns: A handle that can be killed and linked to, and has no result.
  /// - Throws: as ``spawn(name:stackSize:file:line:_:)``.
  ///
  /// In Python: `GreenPool.spawn_n`.
  @inlinable
  @discardableResult
  public func spawnDiscarding(
    name: String = "", stackSize: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping () throws -> Void
  ) throws -> AnyGreenThread {
    // The body is not `consuming` for the reason given at `GreenThread.spawnDiscarding`.
    let hasSlot = try slots.take()
    let thread = GreenThread<Void>.make(name, stackSize, file, line, body)
    thread.markDiscarding()
    if hasSlot { Hub.begin(thread, observer: slots) } else { try thread.runInline() }
    return thread
  }

  /// Waits until no green thread of the pool runs and nobody waits to spawn.
  ///
  /// Returns at once when that is so already. Once it has been so it returns, even if somebody
  /// spawned before it resumed. Any number may wait; all return.
  /// - Parameter timeout: At most this long; nil waits for ever.
  /// - Returns: false when the time passed first.
  /// - Throws: what a kill or timeout throws; ``HubError/selfWait(_:)`` in a green thread of the
  ///   pool, which would wait for its own end.
  ///
  /// In Python: `waitall`.
  @discardableResult
  public func waitAll(timeout: Duration? = nil) throws -> Bool {
    try slots.waitUntilIdle(timeout: timeout)
  }

  /// Kills all green threads of the pool.
  ///
  /// Those that have not started never will. The others get the error where they wait, and their
  /// clean-up has run when `killAll` returns, unless it waits itself: ``waitAll(timeout:)`` waits for
  /// that. Those who wait to spawn are not of the pool yet, and go on. A caller that is of the pool
  /// is killed last: the error is thrown here. In a hub callback or a link they run after it.
  /// - Parameter error: What is thrown into them.
  /// - Throws: `error`, if the caller is of the pool; what a kill or timeout of the caller throws
  ///   meanwhile, and then all are killed nevertheless.
  public func killAll(throwing error: any Error = GreenThreadExit()) throws {
    let hub = Hub.current
    let caller = hub.isInHub ? nil : hub.running?.takeUnretainedValue()
    for thread in hub.greenThreads where slots.isMember(thread) && thread !== caller {
      // All at once, and then one switch: a kill of the caller cannot leave half of them alive.
      thread.cancel(throwing: error)
      thread.interruptLater(error)
    }
    // A link's green thread has ended and cannot wait.
    if hub.isRunningEnded { return }
    try hub.yieldCurrent()
    if let caller, slots.isMember(caller) { throw error }
  }
}
