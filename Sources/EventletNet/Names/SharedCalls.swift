package import EventletCore

/// Calls that several green threads want at the same time, each made once for all of them.
///
/// A call runs in a green thread of its own, so that none of those who wait for it matters more
/// than another: one that is killed or runs out of time leaves, and the last to leave ends the
/// call. One that has begun on an OS thread cannot be ended: it stays known, for who comes later,
/// until it ends by itself. Otherwise those who try again and again would fill the pool.
package final class SharedCalls<Key: Hashable, Value> {
  private final class Call {
    let result = Event<Value>()
    var waitingCount = 0
    var thread: AnyGreenThread?
    /// What it does on a pool; nil when it does all on the hub.
    let poolCall: PoolCall?
    /// Whether it goes on when nobody waits for it.
    var isKept = false

    init(_ poolCall: PoolCall?) { self.poolCall = poolCall }
  }

  private var calls: [Key: Call] = [:]

  /// For those who wait for a call whose green thread somebody kills: they were not killed
  /// themselves.
  private let errorOfKilled: (Key) -> any Error

  /// Creates one without calls.
  package init(errorOfKilled: @escaping (Key) -> any Error) { self.errorOfKilled = errorOfKilled }

  /// How many calls run.
  package var count: Int { calls.count }

  /// The result of the call that runs for `key`, or of `body`, which runs if none does.
  /// - Parameters:
  ///   - key: What the call is for.
  ///   - name: Of the call's green thread, for reports.
  ///   - timeout: For this wait; nil is for ever.
  ///   - body: Runs in a green thread of its own, and is killed when nobody waits any more.
  /// - Returns: nil when the time passed first.
  /// - Throws: What `body` throws; what a kill or timeout of the caller throws.
  package func value(
    for key: Key, name: @autoclosure () -> String, timeout: Duration?,
    _ body: @escaping () throws -> Value
  ) throws -> Value? {
    try wait(for: calls[key] ?? start(key, name(), nil, body), key, timeout)
  }

  /// The result of the call that runs for `key`, or of `body`, which runs if none does, and works
  /// on OS threads.
  ///
  /// If all leave before an OS thread has begun, the call is dropped; if they leave later, it goes
  /// on, whoever asks meanwhile shares it, and its result is dropped if nobody does. It keeps no
  /// hub from being destroyed.
  /// - Parameters:
  ///   - key: What the call is for.
  ///   - name: Of the call's green thread, for reports.
  ///   - timeout: For this wait; nil is for ever.
  ///   - pool: Where it works.
  ///   - body: Runs in a green thread of its own, and does what blocks by what it is given.
  /// - Returns: nil when the time passed first.
  /// - Throws: What `body` throws; what a kill or timeout of the caller throws.
  package func value(
    for key: Key, name: @autoclosure () -> String, timeout: Duration?, on pool: ThreadPool,
    _ body: @escaping (PoolCall) throws -> Value
  ) throws -> Value? {
    if let call = calls[key] { return try wait(for: call, key, timeout) }
    let poolCall = PoolCall(pool)
    return try wait(for: start(key, name(), poolCall) { try body(poolCall) }, key, timeout)
  }

  private func wait(for call: Call, _ key: Key, _ timeout: Duration?) throws -> Value? {
    call.waitingCount += 1
    defer { leave(call, key) }
    return try call.result.wait(timeout: timeout)
  }

  private func start(
    _ key: Key, _ name: String, _ poolCall: PoolCall?, _ body: @escaping () throws -> Value
  ) -> Call {
    let call = Call(poolCall)
    calls[key] = call
    let thread = GreenThread.spawnDiscarding(name: name) { [self] in
      let outcome = Result { try body() }
      if outcome.isKill { return }
      end(call, key, outcome)
    }
    call.thread = thread
    // Killed, perhaps before it began.
    thread.link { [self] _ in end(call, key, .failure(errorOfKilled(key))) }
    return call
  }

  /// Lets the call that runs for `key`, if one does, go on and stay known when all have left.
  package func keep(_ key: Key) { calls[key]?.isKept = true }

  /// Ends all calls that run; who waits for one gets an error instead of its result.
  ///
  /// Never switches.
  /// - Parameter error: For the waiters of each.
  package func endAll(throwing error: (Key) -> any Error) {
    for (key, call) in calls {
      let thread = call.thread
      end(call, key, .failure(error(key)))
      thread?.interruptOrCancel()
    }
  }

  private func leave(_ call: Call, _ key: Key) {
    call.waitingCount -= 1
    guard call.waitingCount == 0, !call.result.isReady, !call.isKept,
      call.poolCall?.hasBegun != true
    else { return }
    let thread = call.thread
    forget(call, key)
    thread?.interruptOrCancel()
  }

  /// Gives those who wait an outcome, unless they had one.
  private func end(_ call: Call, _ key: Key, _ outcome: Result<Value, any Error>) {
    forget(call, key)
    if call.result.isReady { return }
    switch outcome {
    case .success(let value): call.result.send(value)
    case .failure(let error): call.result.send(throwing: error)
    }
  }

  /// Who comes later has it made anew.
  private func forget(_ call: Call, _ key: Key) {
    call.thread = nil
    if calls[key] === call { calls[key] = nil }
  }
}

extension Result where Failure == any Error {
  fileprivate var isKill: Bool {
    if case .failure(let error) = self { return error is GreenThreadExit }
    return false
  }
}
