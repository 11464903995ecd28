extension GreenThread where Success == Never {
  /// Runs async code and waits greenly for its end.
  ///
  /// ```swift
  /// let page = try GreenThread.awaiting { try await client.get(url) }
  /// ```
  ///
  /// The code runs on this hub, see ``HubReference``, unless it is isolated to an
  /// actor; it begins at once, on the caller's green thread, and one that never
  /// suspends costs no switch. Task locals are the caller's.
  /// - Parameter body: May use green objects: it stays on this OS thread.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws. A kill or timeout of the caller cancels the task
  ///   and is thrown at once; the task goes on to its end by itself.
  ///
  /// In Python: `eventlet.asyncio.spawn_for_awaitable(…).wait()`.
  public static func awaiting<Result>(
    _ body: @escaping () async throws -> Result
  ) throws -> Result {
    let hub = Hub.current
    try hub.checkBeforeWaiting("GreenThread.awaiting")
    let call = AwaitedCall(body)
    call.start(on: hub)
    return try call.wait(on: hub)
  }
}

/// A call of ``GreenThread/awaiting(_:)``, between its green thread and its task.
private final class AwaitedCall<Value> {
  private let body: () async throws -> Value
  private var outcome: Result<Value, any Error>?
  private var waiters = WaitQueue()
  private var task: Task<Void, Never>?

  init(_ body: @escaping () async throws -> Value) { self.body = body }

  func start(on hub: Hub) {
    // Not Sendable, and need not be: the task prefers this hub, whose OS thread
    // we are on, and leaves it only inside `body`, for what is isolated elsewhere.
    nonisolated(unsafe) let call = self
    task = Task.immediate(executorPreference: hub.executor) { await call.run() }
  }

  private func run() async {
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    finish(outcome)
  }

  private func finish(_ outcome: Result<Value, any Error>) {
    self.outcome = outcome
    while waiters.choose() != nil {}
  }

  func wait(on hub: Hub) throws -> Value {
    if outcome == nil {
      let node = hub.currentNode
      waiters.append(node)
      defer {
        if node.pointee.state == .queued { waiters.remove(node) }
        node.pointee.state = .idle
      }
      do { _ = try hub.park(.task) } catch {
        task?.cancel()
        throw error
      }
    }
    return try outcome.unsafelyUnwrapped.get()
  }
}
