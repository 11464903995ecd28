import EventletCore
import EventletTesting
import XCTest

final class LockStressTests: GreenTestCase {
  override var timeLimit: Duration { .seconds(120) }

  // Eventlet: M5, M6
  func testRandomOperationsWithRandomKillsLoseAndDoubleNothing() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let world = World(seed: seed, operations: 60_000)
    try world.run(workers: 50)
    let problems = world.problems()
    XCTAssertEqual(problems, [], "seed \(seed)")
  }
}

private final class World: StressWorld {
  private let lock = Lock()
  private let rlock = RLock()
  private let rwlock = RWLock()
  private var inside = 0
  private var insideR = 0
  private var readers = 0
  private var writers = 0
  /// Counts tokens: lost notifications leave a taker asleep beside a token.
  private let condition = Condition()
  private var tokens = 0
  private var made = 0
  private var taken = 0
  private let group = WaitGroup()
  private var sawZero = 0
  private let barrier = Barrier(parties: 3)
  private var passed = 0

  override func look() {
    barrier.reset()
    // Nobody is on the way from a notification to its token.
    if !condition.lock.isLocked, tokens > 0, condition.waitingCount > 0 {
      found.append("a notification was lost")
    }
  }

  override func step() throws {
    let limit = Duration.microseconds(random.pick(50))
    do {
      switch random.pick(14) {
      case 0, 1: try hold(limit)
      case 2, 3: try holdAgain(limit)
      case 4, 5: try read(limit)
      case 6: try write(limit)
      case 7, 8: try makeToken()
      case 9, 10: try takeToken(limit)
      case 11: try group(limit)
      case 12: if try within(limit, { try barrier.wait(timeout: $0) }) != nil { passed += 1 }
      default: try killSomebody()
      }
    } catch is Timeout {} catch is BarrierError {}
  }

  private func pause() throws { try GreenThread.sleep(for: .microseconds(random.pick(5))) }

  private func hold(_ limit: Duration) throws {
    guard try within(limit, { try lock.acquire(timeout: $0) }) else { return }
    defer { lock.release() }
    if inside != 0 { found.append("two hold the lock") }
    inside += 1
    defer { inside -= 1 }
    try pause()
  }

  private func holdAgain(_ limit: Duration) throws {
    guard try within(limit, { try rlock.acquire(timeout: $0) }) else { return }
    defer { rlock.release() }
    try rlock.withLock {
      if insideR != 0 { found.append("two hold the re-entrant lock") }
      insideR += 1
      defer { insideR -= 1 }
      try pause()
    }
  }

  private func read(_ limit: Duration) throws {
    guard try within(limit, { try rwlock.acquireRead(timeout: $0) }) else { return }
    defer { rwlock.releaseRead() }
    if writers != 0 { found.append("a reader beside a writer") }
    readers += 1
    defer { readers -= 1 }
    try pause()
  }

  private func write(_ limit: Duration) throws {
    guard try within(limit, { try rwlock.acquireWrite(timeout: $0) }) else { return }
    defer { rwlock.releaseWrite() }
    if writers + readers != 0 { found.append("a writer beside somebody") }
    writers += 1
    defer { writers -= 1 }
    try pause()
  }

  private func makeToken() throws {
    try condition.lock.withLock {
      // With the lock held over a wait, so that takers stand in line for it.
      try pause()
      tokens += 1
      made += 1
      condition.notify()
    }
  }

  private func takeToken(_ limit: Duration) throws {
    try condition.lock.withLock {
      defer {
        if !condition.lock.isHeldByCurrent { found.append("a condition let go of its lock") }
      }
      guard try within(limit, { try condition.wait(timeout: $0) { tokens > 0 } }) else { return }
      tokens -= 1
      taken += 1
    }
  }

  private func group(_ limit: Duration) throws {
    if random.pick(3) == 0 {
      if try within(limit, { try group.wait(timeout: $0) }) { sawZero += 1 }
      return
    }
    group.add()
    defer { group.done() }
    try pause()
  }

  func problems() -> [String] {
    if lock.isLocked || lock.waitingCount > 0 { found.append("the lock is held") }
    if rlock.isLocked || rlock.waitingCount > 0 { found.append("the re-entrant lock is held") }
    if rwlock.isWriting || rwlock.readerCount + rwlock.waitingCount > 0 {
      found.append("the readers' and writers' lock is held")
    }
    if condition.lock.isLocked || condition.waitingCount > 0 {
      found.append("the condition's lock is held")
    }
    if made - taken != tokens { found.append("tokens: \(made) - \(taken) ≠ \(tokens)") }
    if group.count > 0 || group.waitingCount > 0 { found.append("group: \(group.count)") }
    if barrier.waitingCount > 0 { found.append("barrier: \(barrier.waitingCount)") }
    if min(passed * 10, taken, kills, sawZero) < 100 {
      found.append("only \(passed) passed, \(taken) taken, \(kills) kills, \(sawZero) zeros")
    }
    return found
  }
}
