internal import CEventletCore

/// Starts a green thread.
///
/// Does not switch: the body has not begun when `spawn` returns, and green
/// threads begin in the order spawned.
///
/// ```swift
/// let thread = spawn { try GreenThread.sleep(for: .seconds(1)); return 42 }
/// print(try thread.wait())
/// ```
///
/// - Parameters:
///   - name: For reports; empty by default.
///   - stackSize: Usable bytes of its stack, rounded up to pages and at least 16 KiB; nil takes
///     ``Hub/Configuration/stackSize``. Virtual memory: only what is touched counts. Ask for more
///     where a C library or a recursion needs it.
///   - file: Where it was spawned, for reports.
///   - line: Where it was spawned, for reports.
///   - body: Runs on the new green thread. An error it throws comes out of
///     ``GreenThread/wait()``; if the handle goes without anybody having waited,
///     the error is reported to ``Hub/onUncaughtError``.
/// - Returns: The handle. It need not be kept.
///
/// In Python: `eventlet.spawn`.
@inlinable
@discardableResult
public func spawn<Success>(
  name: String = "", stackSize: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
  _ body: consuming @escaping () throws -> Success
) -> GreenThread<Success> {
  let thread = GreenThread<Success>.make(name, stackSize, file, line, body)
  Hub.begin(thread)
  return thread
}

/// Starts a green thread after a delay.
///
/// It starts even when its spawner has ended meanwhile. Cancel it with
/// ``AnyGreenThread/cancel()``.
/// - Parameters:
///   - delay: From now, by the hub's clock. Negative counts as zero.
///   - name: For reports.
///   - stackSize: As for ``spawn(name:stackSize:file:line:_:)``.
///   - file: Where it was spawned, for reports.
///   - line: Where it was spawned, for reports.
///   - body: As for ``spawn(name:stackSize:file:line:_:)``.
/// - Returns: The handle.
///
/// In Python: `eventlet.spawn_after`.
@inlinable
@discardableResult
public func spawn<Success>(
  after delay: Duration, name: String = "", stackSize: Int? = nil,
  file: StaticString = #fileID, line: UInt = #line, _ body: @escaping () throws -> Success
) -> GreenThread<Success> {
  let thread = GreenThread<Success>.make(name, stackSize, file, line, body)
  Hub.begin(thread, after: delay, isLocal: false)
  return thread
}

extension GreenThread where Success == Never {
  /// Starts a green thread after a delay, unless the spawner has ended by then.
  ///
  /// One that never starts because its spawner ended counts as killed. All else is
  /// as with ``spawn(after:name:stackSize:file:line:_:)``.
  ///
  /// In Python: `eventlet.spawn_after_local`.
  @inlinable
  @discardableResult
  public static func spawnLocal<Result>(
    after delay: Duration, name: String = "", stackSize: Int? = nil,
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping () throws -> Result
  ) -> GreenThread<Result> {
    let thread = GreenThread<Result>.make(name, stackSize, file, line, body)
    Hub.begin(thread, after: delay, isLocal: true)
    return thread
  }

  /// Starts a green thread in whose result nobody is interested.
  ///
  /// An error that leaves the body is reported to ``Hub/onUncaughtError`` at
  /// once; a kill is silent.
  /// - Returns: A handle that can be killed and linked to, and has no result.
  ///
  /// In Python: `eventlet.spawn_n`.
  @inlinable
  @discardableResult
  public static func spawnDiscarding(
    name: String = "", stackSize: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping () throws -> Void
  ) -> AnyGreenThread {
    // Here the body is not `consuming`: where one of a concrete type is passed on as
    // one of a generic type, Swift 6.3 releases it once too often (in debug builds).
    let thread = GreenThread<Void>.make(name, stackSize, file, line, body)
    thread.markDiscarding()
    Hub.begin(thread)
    return thread
  }

  /// Starts one that serves many, and has nothing of who happens to need it first: no task locals.
  ///
  /// All else is as with ``spawnDiscarding(name:stackSize:file:line:_:)``.
  package static func spawnServant(
    name: String, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping () throws -> Void
  ) -> AnyGreenThread {
    let thread = GreenThread<Void>.make(name, nil, file, line, body)
    thread.markDiscarding()
    Hub.beginServant(thread)
    return thread
  }
}

extension GreenThread {
  // The body is `consuming` because it moves into the green thread: a copy would
  // cost two atomic operations.
  @inlinable @inline(__always)
  static func make(
    _ name: String, _ stackSize: Int?, _ file: StaticString, _ line: UInt,
    _ body: consuming @escaping () throws -> Success
  ) -> GreenThread {
    let thread = GreenThread(
      body: body, entry: { GreenThread<Success>.run($0) }, file: file, line: line)
    if !name.isEmpty { thread.name = name }
    if let stackSize { thread.askForStack(of: stackSize) }
    return thread
  }
}

extension AnyGreenThread {
  @usableFromInline
  final func markDiscarding() { isDiscarding = true }

  @usableFromInline
  final func askForStack(of size: Int) {
    // Rounded, so that near sizes share a pool; limited, so that sums do not
    // overflow: a terabyte is refused by the system.
    extras.stackSize = (min(max(size, 1), 1 << 40) + 4095) & ~4095
  }
}

extension Hub {
  @usableFromInline
  static func begin(_ thread: AnyGreenThread) {
    withCurrent { hub in
      if ev_thread_has_task_locals(hub.thread) { hub.carryTaskLocals(into: thread) }
      hub.enroll(thread)
      hub.pushReady(thread)
    }
  }

  fileprivate static func beginServant(_ thread: AnyGreenThread) {
    withCurrent { hub in
      hub.enroll(thread)
      hub.pushReady(thread)
    }
  }

  @usableFromInline
  static func begin(_ thread: AnyGreenThread, after delay: Duration, isLocal: Bool) {
    current.begin(thread, after: delay, isLocal: isLocal)
  }

  private func begin(_ thread: AnyGreenThread, after delay: Duration, isLocal: Bool) {
    if ev_thread_has_task_locals(self.thread) { carryTaskLocals(into: thread) }
    enroll(thread)
    thread.state = .scheduled
    // Alive until it has ended, and its end cancels this timer.
    let timer = HubTimer(hub: self, action: .start(.passUnretained(thread)))
    thread.startTimer = timer
    if isLocal, isRunningEnded {
      thread.cancel()
      return
    }
    if isLocal, !isInHub { timer.attach(to: running.unsafelyUnwrapped.takeUnretainedValue()) }
    arm(timer, at: deadline(after: delay))
  }
}
