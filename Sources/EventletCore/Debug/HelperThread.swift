internal import Glibc
internal import Synchronization

/// Runs `body` on an OS thread of its own, with the system's large stack, and returns its result.
///
/// For what needs more stack than a green thread may have: reading debug information. The caller's
/// OS thread waits meanwhile, and no green thread switches.
func onHelperThread<Result>(_ body: () -> Result) -> Result {
  withoutActuallyEscaping(body) { body in
    let work = HelperWork(body)
    var thread = pthread_t()
    let failed = pthread_create(
      &thread, nil,
      { opaque in
        guard let opaque else { return nil }
        // SAFETY: the caller keeps it until this OS thread has ended.
        Unmanaged<HelperWorkBase>.fromOpaque(opaque)._withUnsafeGuaranteedRef { $0.run() }
        return nil
      }, Unmanaged<HelperWorkBase>.passUnretained(work).toOpaque())
    // No OS thread to be had: then on this stack, which mostly is large enough.
    if failed == 0 { pthread_join(thread, nil) } else { work.run() }
    return withExtendedLifetime(work) { work.result.unsafelyUnwrapped }
  }
}

/// OS threads that watch, and have nothing for a hub that waits.
enum Watchers {
  private static let total = Atomic<Int>(0)

  static var count: Int { total.load(ordering: .relaxed) }

  /// In a forked child, which has none of them.
  static func forget() { total.store(0, ordering: .relaxed) }

  fileprivate static func add(_ change: Int) { total.add(change, ordering: .relaxed) }
}

/// Starts an OS thread that runs `body`, which only watches, and is never waited for.
/// - Returns: 0, or an error number when there is no OS thread to be had; then `body` does not run.
package func tryToStartWatcher(_ body: @escaping @Sendable () -> Void) -> Int32 {
  var thread = pthread_t()
  Watchers.add(1)
  let work = Unmanaged<HelperWorkBase>.passRetained(
    HelperWork {
      body()
      Watchers.add(-1)
    })
  let failed = pthread_create(
    &thread, nil,
    { opaque in
      guard let opaque else { return nil }
      Unmanaged<HelperWorkBase>.fromOpaque(opaque).takeRetainedValue().run()
      return nil
    }, work.toOpaque())
  if failed == 0 {
    pthread_detach(thread)
  } else {
    Watchers.add(-1)
    work.release()
  }
  return failed
}

/// As ``tryToStartWatcher(_:)``, where nothing can go on without it.
func startWatcher(_ body: @escaping @Sendable () -> Void) {
  let failed = tryToStartWatcher(body)
  require(failed == 0, "pthread_create: \(SystemError(call: "pthread_create", errno: failed))")
}

private class HelperWorkBase {
  func run() {}
}

private final class HelperWork<Result>: HelperWorkBase {
  private let body: () -> Result
  var result: Result?

  init(_ body: @escaping () -> Result) { self.body = body }

  override func run() { result = body() }
}
