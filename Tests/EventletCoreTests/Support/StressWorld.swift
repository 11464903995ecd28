import EventletCore
import EventletTesting

/// Green threads that do random things to what a subclass holds, and kill each other meanwhile.
///
/// A subclass says what one may do by overriding ``step()``, and looks at what is left after
/// ``run(workers:)``.
class StressWorld {
  final var random: SplitMix64
  /// What is wrong so far, a line each.
  final var found: [String] = []
  final private(set) var kills = 0
  final private(set) var left: Int
  private final var workers: [GreenThread<Void>] = []

  init(seed: UInt64, operations: Int) {
    random = SplitMix64(seed: seed)
    left = operations
  }

  /// One operation; only a kill may come out of it.
  func step() throws { fatalError("a stress test without a step") }

  /// Now and then, beside the workers.
  func look() {}

  final func run(workers count: Int) throws {
    for _ in 0..<count { workers.append(start()) }
    while left > 0 {
      try GreenThread.sleep(for: .milliseconds(1))
      look()
    }
    for worker in workers { try worker.kill() }
    // A kill that came too late for one call is thrown at the next, or never.
    for worker in workers { _ = try? worker.wait(timeout: .seconds(60)) }
  }

  private final func start() -> GreenThread<Void> {
    spawn { [unowned self] in
      do {
        while left > 0 {
          left -= 1
          try step()
        }
      } catch is GreenThreadExit {} catch { found.append("\(error)") }
    }
  }

  /// With the call's own limit or one outside.
  final func within<Result>(
    _ limit: Duration, _ body: (Duration?) throws -> Result
  ) throws -> Result {
    if random.pick(2) == 0 { return try body(limit) }
    return try withTimeout(limit) { try body(nil) }
  }

  final func killSomebody() throws {
    let index = random.pick(workers.count)
    let worker = workers[index]
    if worker === GreenThread.current { return }
    kills += 1
    if left > 0 { workers[index] = start() }
    try worker.kill()
  }
}
