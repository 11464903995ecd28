/// A value or an error that is sent once and that any number of green threads
/// may wait for.
///
/// ```swift
/// let ready = Event<Int>()
/// spawn { ready.send(42) }
/// print(try ready.wait())
/// ```
///
/// Not `Sendable`: send and wait on the same OS thread; another one posts the
/// sending, see ``HubReference``.
///
/// In Python: `eventlet.event.Event`.
public final class Event<Value> {
  @exclusivity(unchecked) @usableFromInline var outcome: Result<Value, any Error>?
  @exclusivity(unchecked) @usableFromInline var waiters = WaitQueue()

  /// Creates an event that was not sent.
  @inlinable public init() {}

  /// Whether a value or an error was sent.
  ///
  /// In Python: `ready`.
  @inlinable public var isReady: Bool { outcome != nil }

  /// Whether a value was sent.
  ///
  /// In Python: `has_result`.
  @inlinable public var hasResult: Bool {
    if case .success = outcome { return true }
    return false
  }

  /// Whether an error was sent.
  ///
  /// In Python: `has_exception`.
  @inlinable public var hasError: Bool {
    if case .failure = outcome { return true }
    return false
  }

  /// How many green threads wait.
  @inlinable public var waitingCount: Int { waiters.count }

  /// Sends the value.
  ///
  /// Never switches: those who wait resume later, in the order in which they began.
  ///
  /// Traps if something was sent before without a ``reset()``.
  ///
  /// In Python: `send`.
  @inlinable public func send(_ value: Value) { deliver(.success(value)) }

  /// Sends an error, which all present and later waits throw.
  ///
  /// Traps as ``send(_:)``.
  ///
  /// In Python: `send_exception`.
  @inlinable public func send(throwing error: any Error) { deliver(.failure(error)) }

  @inlinable
  func deliver(_ result: Result<Value, any Error>) {
    require(outcome == nil, "Event: sent twice without a reset")
    outcome = result
    while let node = waiters.choose() {
      // Each waiter gets its copy now: a reset before it resumes takes nothing away.
      node.pointee.payload.unsafelyUnwrapped
        .assumingMemoryBound(to: Result<Value, any Error>?.self).pointee = result
    }
  }

  /// Makes the event as new.
  ///
  /// Those who wait already get what was sent. Traps if nothing was sent.
  ///
  /// In Python: `reset`.
  @inlinable
  public func reset() {
    require(outcome != nil, "Event: reset before anything was sent")
    outcome = nil
  }

  /// The value if one was sent; nil otherwise.
  ///
  /// Never switches.
  /// - Throws: the error, if one was sent.
  ///
  /// In Python: `poll`.
  @inlinable
  public func poll() throws -> Value? { try outcome?.get() }

  /// Waits for the value; returns it at once if it was sent already.
  /// - Throws: the error that was sent; what a kill or timeout throws, and then
  ///   nothing is left behind.
  ///
  /// In Python: `wait`.
  @inlinable
  public func wait() throws -> Value {
    if let outcome { return try outcome.get() }
    // Never nil without a deadline.
    return try waitForDelivery(until: .never).unsafelyUnwrapped
  }

  /// Waits for the value, at most `timeout`.
  /// - Parameter timeout: nil waits for ever; zero lets ready work run once.
  /// - Returns: the value, or nil when the time passed first.
  /// - Throws: as ``wait()``.
  @inlinable
  public func wait(timeout: Duration?) throws -> Value? {
    if let outcome { return try outcome.get() }
    return try waitForDelivery(until: CurrentHub().deadline(after: timeout))
  }

  @inlinable
  func waitForDelivery(until deadline: Nanoseconds) throws -> Value? {
    let hub = CurrentHub()
    let node = try hub.nodeForWaiting("Event.wait")
    return try withUnsafeTemporaryAllocation(of: Result<Value, any Error>?.self, capacity: 1) {
      let delivery = $0.baseAddress.unsafelyUnwrapped
      delivery.initialize(to: nil)
      defer {
        delivery.deinitialize(count: 1)
        if node.pointee.state == .queued { waiters.remove(node) }
        node.pointee.state = .idle
        node.pointee.payload = nil
      }
      node.pointee.payload = UnsafeMutableRawPointer(delivery)
      waiters.append(node)
      _ = try hub.park(.event, until: deadline)
      return try delivery.pointee?.get()
    }
  }
}
