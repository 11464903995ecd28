internal import CEventletCore
internal import Glibc
internal import Synchronization

/// OS threads for calls that would block the hub: files, name resolution, databases, computing.
///
/// ```swift
/// let names = try ThreadPool.execute { try FileManager.default.contentsOfDirectory(atPath: "/") }
///
/// let hashing = ThreadPool(size: 4, name: "hashing")
/// let digest = try hashing.execute { slowHash(password) }
/// ```
///
/// A call blocks the calling green thread alone; others of its hub run meanwhile. Jobs begin in the
/// order in which they came, at most ``size`` run at once, and one pool serves the hubs of any
/// number of OS threads. OS threads are made when they are first needed, and reused.
///
/// What the closure captures is sent to the pool and what it returns is sent back, and the compiler
/// checks both: neither needs to be `Sendable`, but the caller must not use what it captured any
/// more, nor may the closure return what it captured. For an object that stays, see ``Proxy``.
///
/// Jobs should not use green threads, locks, queues, sockets and sleeps of this library. It works:
/// such a job gets a hub of its own, which ends with it. But while it waits there it holds a thread
/// of the pool; debug builds say so once.
///
/// A pool that nobody holds any more ends its threads. At the end of the process nobody waits for
/// jobs: call ``shutDown(within:)`` for that.
///
/// In Python: `eventlet.tpool`.
public final class ThreadPool: Sendable {
  /// The pool of `ThreadPool.execute`: 20 threads, or as many as the environment variable
  /// `EVENTLET_THREADPOOL_SIZE` says when it is first used.
  public static let shared = ThreadPool(size: sizeFromEnvironment(), name: "shared")

  /// For reports and as the name of its OS threads, cut after 15 bytes.
  public let name: String
  // Retained. Changes in a forked child, which has none of the threads.
  private let currentCore: Atomic<Unmanaged<PoolCore>>

  /// Creates a pool; no thread is made yet.
  /// - Parameters:
  ///   - size: The most threads, 20 by default; see ``size``.
  ///   - name: For reports; empty by default.
  public init(size: Int = 20, name: String = "") {
    require(size >= 0, "ThreadPool: size \(size) is negative")
    self.name = name
    currentCore = Atomic(.passRetained(PoolCore(size: size, name: name)))
  }

  deinit {
    let core = currentCore.load(ordering: .acquiring).takeRetainedValue()
    // After a fork its lock may be held for ever.
    if core.isOfThisProcess { core.resize(to: 0) }
  }

  private static func sizeFromEnvironment() -> Int {
    guard let value = getenv("EVENTLET_THREADPOOL_SIZE") else { return 20 }
    let text = String(cString: value)
    guard let size = Int(text), size >= 0 else {
      // Silently going on with another size than was asked for would be worse.
      fatalError("EVENTLET_THREADPOOL_SIZE=\(text): must be a number of threads, 0 or more")
    }
    return size
  }

  @usableFromInline
  var core: PoolCore {
    // SAFETY: retained by the pool.
    let core = currentCore.load(ordering: .acquiring).takeUnretainedValue()
    return core.isOfThisProcess ? core : coreAfterFork(core)
  }

  /// The old one is left alone for good: its lock may be held by a thread that is not there.
  private func coreAfterFork(_ old: PoolCore) -> PoolCore {
    let fresh = Unmanaged.passRetained(PoolCore(size: old.size, name: name))
    let (isFirst, current) = currentCore.compareExchange(
      expected: .passUnretained(old), desired: fresh, ordering: .acquiringAndReleasing)
    if !isFirst { fresh.release() }
    // SAFETY: retained by the pool.
    return isFirst ? fresh.takeUnretainedValue() : current.takeUnretainedValue()
  }

  // MARK: Jobs

  /// Runs `body` on one of the pool's OS threads, and waits for it.
  ///
  /// ```swift
  /// let text = try pool.execute { try String(contentsOfFile: "/etc/hosts", encoding: .utf8) }
  /// ```
  ///
  /// Runs it directly when called by a job of the same pool, and when ``size`` is 0.
  /// - Returns: What `body` returns.
  /// - Throws: what `body` throws; ``ThreadPoolError/shutDown``; a ``SystemError`` when there is no
  ///   thread and none can be made; ``HubError/blockingCallInHub(_:)`` in a hub callback; what a
  ///   kill or timeout of the caller throws, at once: a job that has not begun never will then, and
  ///   one that runs goes on while its result is dropped.
  ///
  /// In Python: `eventlet.tpool.execute`.
  @inlinable
  public func execute<Result: ~Copyable>(
    _ body: sending @escaping () throws -> sending Result
  ) throws -> sending Result {
    if isCalledByItsJob { return try body() }
    let job = TypedPoolJob<Result>(body)
    guard try core.execute(job) else { return try job.runHere() }
    return try job.takeOutcome()
  }

  /// Runs `body` on an OS thread of the ``shared`` pool, and waits for it.
  ///
  /// ```swift
  /// let host = try ThreadPool.execute { gethostbyname("example.org") != nil }
  /// ```
  ///
  /// As for a pool of one's own in all else.
  ///
  /// In Python: `eventlet.tpool.execute`.
  @inlinable
  public static func execute<Result: ~Copyable>(
    _ body: sending @escaping () throws -> sending Result
  ) throws -> sending Result { try shared.execute(body) }

  /// Whether the caller is a job of this pool.
  @usableFromInline
  var isCalledByItsJob: Bool { PoolWorker.running?.belongs(to: core) ?? false }

  // MARK: Size

  /// The most OS threads; may be changed at any time, on any OS thread.
  ///
  /// A greater size takes effect at once; with a smaller one, threads end as they become idle. With
  /// 0 jobs run on the calling OS thread and block all its green threads, of which a line on
  /// standard error warns once. Must not be negative.
  ///
  /// In Python: `eventlet.tpool.set_num_threads`, `EVENTLET_THREADPOOL_SIZE`.
  public var size: Int {
    get { core.size }
    set {
      require(newValue >= 0, "ThreadPool: size \(newValue) is negative")
      core.resize(to: newValue)
    }
  }

  /// How many OS threads there are, busy and idle.
  public var threadCount: Int { core.threadCount }
  /// How many jobs run.
  public var runningCount: Int { core.runningCount }
  /// How many jobs wait for a thread.
  public var waitingCount: Int { core.waitingCount }

  // MARK: The end

  /// Has the jobs that were accepted finish, at most for `limit`, and ends the OS threads.
  ///
  /// Calls of a proxy were accepted too while they wait for its value. So whoever uses the value must
  /// not call this without a limit.
  ///
  /// Meanwhile no job is accepted. Afterwards the pool may be used as before, with new threads.
  /// - Parameter limit: nil is as long as it takes, which is the default. When it passes first, those
  ///   who wait for jobs get ``ThreadPoolError/shutDown``; jobs that have not begun never will, and
  ///   what still runs is left to itself, since nothing can end an OS thread from outside.
  /// - Returns: false when the limit passed first.
  /// - Throws: what a kill or timeout of the caller throws: then the pool goes on finishing, without
  ///   a limit; ``HubError/selfWait(_:)`` when called by a job of the pool.
  ///
  /// In Python: `eventlet.tpool.killall`.
  @discardableResult
  public func shutDown(within limit: Duration? = nil) throws -> Bool {
    try core.shutDown(within: limit)
  }
}
