extension HubReference {
  /// Spawns a green thread on the hub and waits for its result, from async code anywhere.
  ///
  /// ```swift
  /// let total = try await reference.run { try Ledger.current.total() }
  /// ```
  ///
  /// Cancelling the task kills the green thread.
  /// - Parameters:
  ///   - name: For reports.
  ///   - stackSize: As for ``spawn(name:stackSize:file:line:_:)``.
  ///   - file: For reports.
  ///   - line: For reports.
  ///   - body: Runs on the hub.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; `CancellationError` if the green thread was
  ///   killed; ``HubError/hubDestroyed`` if the hub was gone before it began.
  public func run<Success>(
    name: String = "", stackSize: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: sending @escaping () throws -> sending Success
  ) async throws -> sending Success {
    let call = RemoteCall(body)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        call.continuation = continuation
        let delivery = Delivery(of: call)
        post { delivery.call.start(name: name, stackSize: stackSize, file: file, line: line) }
      }
    } onCancel: {
      post { call.cancel() }
    }
    return try call.takeOutcome()
  }

  /// Spawns a green thread on the hub, from any OS thread.
  ///
  /// Returns at once. An error that leaves the body is reported to
  /// ``Hub/onUncaughtError`` of that hub.
  /// - Parameters:
  ///   - name: For reports.
  ///   - stackSize: As for ``spawn(name:stackSize:file:line:_:)``.
  ///   - file: For reports.
  ///   - line: For reports.
  ///   - body: Runs on the hub.
  /// - Returns: false when the hub is gone and the body will not run.
  @discardableResult
  public func spawn(
    name: String = "", stackSize: Int? = nil, file: StaticString = #fileID, line: UInt = #line,
    _ body: sending @escaping () throws -> Void
  ) -> Bool {
    // Runs once, on the hub.
    nonisolated(unsafe) let body = body
    return post {
      GreenThread.spawnDiscarding(
        name: name, stackSize: stackSize, file: file, line: line, body)
    }
  }
}

/// A call of ``HubReference/run(name:stackSize:file:line:_:)``.
///
/// `@unchecked Sendable` because its fields are touched by the hub's OS thread alone: what comes
/// before is ordered by the mailbox's lock, and what comes after by the continuation.
private final class RemoteCall<Success>: @unchecked Sendable {
  private var body: (() throws -> Success)?
  private var outcome: Result<Success, any Error>?
  private var thread: AnyGreenThread?
  private var isCancelled = false
  private var hasStarted = false
  var continuation: UnsafeContinuation<Void, Never>?

  init(_ body: sending @escaping () throws -> Success) { self.body = body }

  func start(name: String, stackSize: Int?, file: StaticString, line: UInt) {
    hasStarted = true
    guard let body, !isCancelled else {
      finish(.failure(CancellationError()))
      return
    }
    self.body = nil
    let thread = EventletCore.spawn(
      name: name, stackSize: stackSize, file: file, line: line, body)
    self.thread = thread
    thread.link { [self] _ in
      finish(Result { try thread.outcome() })
      self.thread = nil
    }
  }

  /// The hub is gone, or went without having looked at the call.
  func wasDropped() {
    if !hasStarted { finish(.failure(HubError.hubDestroyed)) }
  }

  func cancel() {
    isCancelled = true
    thread?.killFromOutside()
  }

  private func finish(_ outcome: Result<Success, any Error>) {
    self.outcome = outcome
    continuation?.resume()
    continuation = nil
  }

  func takeOutcome() throws -> sending Success {
    do {
      // Nobody else has it: the call goes with this.
      nonisolated(unsafe) let value = try outcome.unsafelyUnwrapped.get()
      return value
    } catch is GreenThreadExit {
      throw CancellationError()
    }
  }
}

/// A call on its way to the hub, which may go before it arrives.
private final class Delivery<Success>: Sendable {
  let call: RemoteCall<Success>
  init(of call: RemoteCall<Success>) { self.call = call }
  deinit { call.wasDropped() }
}
