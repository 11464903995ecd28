extension GreenThread where Success == Never {
  /// Runs async code and waits greenly for its end.
  ///
  /// ```swift
  /// let page = try GreenThread.awaiting { try await client.get(url) }
  /// ```
  ///
  /// The code runs on this hub, see ``HubReference``, unless it is isolated to an
  /// actor; it begins at once, on the caller's green thread, and one that never
  /// suspends costs no switch. Task locals are the caller's; a ``GreenLocal`` is only until the
  /// code first suspends.
  ///
  /// Code of the main actor runs on the hub of the main thread, between green threads. With
  /// ``Hub/Configuration/drainsMainQueue`` off it does not run while the main thread waits greenly:
  /// what is awaited there must not need the main actor, or the call never returns.
  /// - Parameter body: May use green objects: it stays on this OS thread.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws. A kill or timeout of the caller cancels the task
  ///   and is thrown at once; the task goes on to its end by itself. One that comes
  ///   when `body` has ended is thrown at the next wait.
  ///
  /// In Python: `eventlet.asyncio.spawn_for_awaitable(…).wait()`.
  @inlinable
  public static func awaiting<Result>(
    _ body: @escaping () async throws -> Result
  ) throws -> Result {
    var outcome: Swift.Result<Result, any Error>?
    try AwaitedCall {
      do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    }.run()
    return try outcome.unsafelyUnwrapped.get()
  }
}

/// A call of ``GreenThread/awaiting(_:)``, between its green thread and its task.
///
/// Not generic: methods of generic classes run unspecialised.
@usableFromInline
final class AwaitedCall {
  private let body: () async -> Void
  private var hasEnded = false
  private var waiters = WaitQueue()

  @usableFromInline
  init(_ body: @escaping () async -> Void) { self.body = body }

  /// Returns when the body has ended.
  @usableFromInline
  func run() throws {
    let hub = Hub.current
    try hub.checkBeforeWaiting("GreenThread.awaiting")
    // Not Sendable, and need not be: the task prefers this hub, whose OS thread
    // we are on, and leaves it only inside `body`, for what is isolated elsewhere.
    nonisolated(unsafe) let call = self
    let task = Task.immediate(executorPreference: hub.executor) {
      await call.body()
      call.finish()
    }
    if hasEnded { return }
    let node = hub.currentNode
    waiters.append(node)
    defer {
      if node.pointee.state == .queued { waiters.remove(node) }
      node.pointee.state = .idle
    }
    do { _ = try hub.park(.task) } catch {
      guard hasEnded else {
        task.cancel()
        throw error
      }
      // It has happened, and its result would be lost.
      hub.postpone(error)
    }
  }

  private func finish() {
    hasEnded = true
    while waiters.choose() != nil {}
  }
}
