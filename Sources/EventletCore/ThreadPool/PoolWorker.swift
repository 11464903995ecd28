internal import CEventletCore
internal import Glibc
internal import Synchronization

/// One OS thread of a pool.
final class PoolWorker: @unchecked Sendable {
  // @unchecked Sendable because `current` is guarded by the lock of the pool.

  private let core: PoolCore
  /// Of the pool, when the worker was made: another one has written it off.
  let epoch: Int
  /// What it does, or will do when it wakes.
  ///
  /// Written with the lock of the pool held; while the worker sleeps by others, else by itself.
  var current: PoolJob?
  private let semaphore = OSThreadSemaphore()

  init(core: PoolCore, epoch: Int) {
    self.core = core
    self.epoch = epoch
  }

  /// Starts the OS thread.
  /// - Returns: an error number, or 0.
  func start() -> Int32 {
    var thread = pthread_t()
    let me = Unmanaged.passRetained(self)
    let status = pthread_create(
      &thread, nil,
      { opaque in
        if let opaque { Unmanaged<PoolWorker>.fromOpaque(opaque).takeRetainedValue().run() }
        return nil
      }, me.toOpaque())
    if status != 0 { me.release() }
    return status
  }

  /// Has the worker, which is idle, look for what to do.
  func wake() { semaphore.post() }

  // MARK: The OS thread

  /// The worker whose OS thread this is.
  static var running: PoolWorker? {
    pthread_getspecific(key).map { Unmanaged.fromOpaque($0).takeUnretainedValue() }
  }

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    require(pthread_key_create(&key, nil) == 0, "no thread-local storage for thread pools")
    return key
  }()

  /// Whether it performs a job that has `turn`; asked on its own OS thread.
  func isUsing(_ turn: PoolTurn) -> Bool {
    // Only this OS thread changes it while it performs a job.
    current?.turn === turn
  }

  /// Whether it is one of `core`'s.
  func belongs(to core: PoolCore) -> Bool { self.core === core }

  private func run() {
    ev_set_thread_name(core.name.isEmpty ? "ThreadPool" : core.name)
    pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
    var step = core.nextStep(of: self)
    loop: while true {
      switch step {
      case .perform(let job) where job.turn?.begin(job) == false:
        step = core.nextStep(of: self)
      case .perform(let job):
        job.perform()
        require(core.isOfThisProcess, "a forked child must not return from a job of a thread pool")
        if ev_current_hub() != nil { Self.endHub() }
        let next = job.turn?.advance()
        // Free again before the caller hears of it: his next job finds this worker idle, and not
        // even asleep.
        step = core.nextStep(of: self, after: job, adding: next)
        // If nobody waits any more, what the job made goes with it.
        job.finish()
      case .sleep:
        semaphore.wait()
        step = current.map { .perform($0) } ?? core.nextStep(of: self)
      case .end(let closers):
        for closer in closers { closer.finish() }
        break loop
      }
    }
    pthread_setspecific(Self.key, nil)
  }

  private static let hasWarned = Atomic<Bool>(false)

  /// The job used green primitives, which made a hub on this OS thread.
  ///
  /// It goes with the job: whatever the job left behind would wait for a hub that nobody runs.
  private static func endHub() {
    #if DEBUG
    if !hasWarned.exchange(true, ordering: .relaxed) {
      writeToStandardError(
        "eventlet: a job of a thread pool used green threads or what they wait for; that works, "
          + "on a hub of its own, but holds a thread of the pool while it waits\n")
    }
    #endif
    do { try Hub.ifPresent?.destroy() } catch {
      UncaughtError.report(error, origin: "a job of a thread pool")
    }
  }
}
