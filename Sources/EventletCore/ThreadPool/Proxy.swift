extension ThreadPool {
  /// A value that is used on the OS threads of a pool, by one of them at a time.
  ///
  /// ```swift
  /// let database = try ThreadPool.Proxy(ThreadPool.execute { try Database(path: "shop.db") })
  /// let rows = try database.execute { try $0.query("SELECT * FROM orders") }
  /// ```
  ///
  /// For an object that blocks, such as a connection of a C library, and is not made for several OS
  /// threads: it need not be `Sendable`, and the compiler sees to it that nothing but the closures
  /// given here ever uses it. They do so one after the other, in the order in which they were
  /// called, whichever hub calls. Only those of a job of the same pool come before others that have
  /// not begun, which may need the OS thread that the job holds.
  ///
  /// Python's proxy forwards each method call to the pool; here a closure says what is to be done
  /// there, and several calls in one closure cost one round trip. What is returned leaves the value
  /// for good: the compiler refuses to return a part of it. A reference that is to be used in turn
  /// with it, such as a cursor beside its connection, goes into the proxy's value too.
  ///
  /// The value is destroyed where the last reference to the proxy goes. A proxy does not survive a
  /// fork: the child gets ``HubError/lostInFork(_:)``.
  ///
  /// In Python: `eventlet.tpool.Proxy`.
  public final class Proxy<Value: ~Copyable>: @unchecked Sendable {
    // @unchecked Sendable because who touches the value has the turn.

    /// Where the value is used.
    public let pool: ThreadPool
    @usableFromInline let turn: PoolTurn
    @usableFromInline let value: UnsafeMutablePointer<Value>

    /// Takes over `value`, which the caller cannot use any more.
    /// - Parameters:
    ///   - value: Used on the pool's OS threads.
    ///   - pool: ``ThreadPool/shared`` by default.
    public init(_ value: consuming sending Value, pool: ThreadPool = .shared) {
      self.pool = pool
      turn = PoolTurn(core: pool.core)
      self.value = .allocate(capacity: 1)
      self.value.initialize(to: value)
    }

    deinit {
      turn.close()
      value.deinitialize(count: 1)
      value.deallocate()
    }

    /// Has `body` use the value on one of the pool's OS threads, and waits for it.
    ///
    /// When called by a job of the same pool, and when its size is 0, as ``withValue(_:)``.
    /// - Parameter body: May change the value, and replace it.
    /// - Returns: What `body` returns.
    /// - Throws: As ``ThreadPool/execute(_:)-swift.method``; ``HubError/selfWait(_:)`` when called
    ///   inside another call of the same proxy, by the same green thread or job;
    ///   ``HubError/lostInFork(_:)``. After a kill or timeout of the caller others get the value only
    ///   when `body`, if it has begun, has ended.
    @inlinable
    public func execute<Result: ~Copyable>(
      _ body: sending @escaping (inout Value) throws -> sending Result
    ) throws -> sending Result {
      if pool.isCalledByItsJob { return try withValue(body) }
      let turn = try usableTurn()
      if try pool.core.runsCallsInCaller() { return try withValue(body) }
      // The job keeps the proxy, and so the value: the caller may be killed meanwhile.
      let job = TypedPoolJob<Result> { try body(&self.value.pointee) }
      try pool.core.execute(job, inTurn: turn)
      return try job.takeOutcome()
    }

    /// Has `body` use the value on the calling OS thread.
    ///
    /// For what does not block, and is not worth a round trip to the pool. Waits if somebody uses
    /// the value, for its turn.
    /// - Parameter body: Must not wait for this proxy, not even by a job of another pool that does;
    ///   what waits for anything else keeps others from the value meanwhile.
    /// - Returns: What `body` returns.
    /// - Throws: what `body` throws; ``HubError/selfWait(_:)`` when called inside another call of
    ///   the same proxy, by the same green thread or job; ``HubError/lostInFork(_:)``; while it waits
    ///   for its turn, ``ThreadPoolError/shutDown`` when the pool is shut down and leaves behind the
    ///   job that uses the value, and what a kill or timeout throws: then the turn goes to the next
    ///   in line; ``HubError/blockingCallInHub(_:)`` when it had to wait in a hub callback.
    ///
    /// In Python: a call with `nonblocking=True`.
    @inlinable
    public func withValue<Result: ~Copyable>(
      _ body: sending (inout Value) throws -> sending Result
    ) throws -> sending Result {
      let turn = try usableTurn()
      try turn.hold()
      defer { turn.leave() }
      return try body(&value.pointee)
    }

    @usableFromInline
    func usableTurn() throws -> PoolTurn {
      if !turn.isOfThisProcess { throw HubError.lostInFork("a ThreadPool.Proxy") }
      return turn
    }
  }
}
