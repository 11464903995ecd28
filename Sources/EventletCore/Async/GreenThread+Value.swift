extension GreenThread {
  /// The body's result, for async code on the same hub.
  ///
  /// ```swift
  /// Task(executorPreference: Hub.current.executor) {
  ///   let thread = spawn { try fetch(url) }
  ///   print(try await thread.value)
  /// }
  /// ```
  ///
  /// Suspends the task, so that it holds no green thread. Cancelling the task
  /// kills the green thread. Async code elsewhere cannot have a green thread of
  /// this hub; it takes ``HubReference/run(name:stackSize:file:line:_:)``.
  /// - Throws: the error that ended the body; `CancellationError` if it was killed.
  ///
  /// In Python: `await green_thread`.
  public nonisolated(nonsending) var value: Success {
    get async throws {
      Hub.current.requireOwnership(of: self)
      if !isFinished { await untilFinished() }
      do { return try outcome() } catch is GreenThreadExit { throw CancellationError() }
    }
  }

  private nonisolated(nonsending) func untilFinished() async {
    let reference = hub.reference
    // Not Sendable, and need not be: `post` runs the call on the green thread's own hub.
    nonisolated(unsafe) let thread = self
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        thread.link { _ in continuation.resume() }
      }
    } onCancel: {
      reference.post { thread.killFromOutside() }
    }
  }
}

extension AnyGreenThread {
  /// On the hub's stack, where nothing can be thrown.
  final func killFromOutside() {
    if isFinished { return }
    do { try kill() } catch { UncaughtError.report(error, origin: "a kill of \(self)") }
  }
}
