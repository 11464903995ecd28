import CEventletCore
import EventletCore
import EventletTesting
import Synchronization
import XCTest

/// One pool, several OS threads with a hub each.
final class ThreadPoolHubsTests: ThreadPoolTestCase {
  // Eventlet: TP13 [!]
  func testEachResultGoesBackToItsOwnHub() throws {
    let pool = makePool(3)
    let problems = SharedLog<String>()
    let callers = (0..<4).map { caller in
      OSThread {
        let me = ev_gettid()
        do {
          let threads = (0..<10).map { number in
            spawn {
              for round in 0..<50 {
                let expected = caller * 1_000_000 + number * 1000 + round
                let result = try pool.execute { (expected, ev_gettid()) }
                if result.0 != expected || result.1 == me || ev_gettid() != me {
                  problems.append("\(expected): \(result)")
                }
              }
            }
          }
          for thread in threads { try thread.wait() }
          try Hub.current.destroy()
        } catch { problems.append("\(error)") }
      }
    }
    for caller in callers { caller.join() }
    XCTAssertEqual(problems.entries, [])
    XCTAssertLessThanOrEqual(pool.threadCount, 3)
  }

  // Eventlet: TP3, TP13 [!]
  func testJobsOfAllHubsStandInOneLine() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let blocked = try spawnBlocked(in: pool, at: gate)
    let order = SharedLog<Int>()
    var callers: [OSThread] = []
    for number in 0..<3 {
      callers.append(
        OSThread {
          do {
            try pool.execute { order.append(number) }
            try Hub.current.destroy()
          } catch { order.append(-1) }
        })
      try wait { pool.waitingCount == number + 1 }
    }
    gate.open()
    try blocked.wait()
    for caller in callers { caller.join() }
    XCTAssertEqual(order.entries, [0, 1, 2])
  }

  // Eventlet: TP7, TP10, TP13 [!]
  func testRandomUseByManyHubsWithKillsResizesAndShutDowns() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let pool = makePool(3)
    let proxy = ThreadPool.Proxy(Counter(), pool: pool)
    let problems = SharedLog<String>()
    let done = Shared(0)
    let calls = Shared(0)
    let callers = (0..<3).map { caller in
      OSThread {
        do {
          let user = User(
            seed: seed &+ UInt64(caller), pool: pool, proxy: proxy, done: done, calls: calls)
          try user.run(rounds: 200)
          for problem in user.problems { problems.append(problem) }
          try Hub.current.destroy()
        } catch { problems.append("\(error)") }
      }
    }
    for caller in callers { caller.join() }
    XCTAssertEqual(problems.entries, [], "seed \(seed)")
    XCTAssertGreaterThan(done.value.load(ordering: .relaxed), 500)
    pool.size = 3
    try wait { pool.runningCount + pool.waitingCount == 0 }
    // Each call that began has counted, whether or not somebody waited for it.
    XCTAssertEqual(try proxy.execute { $0.count }, calls.value.load(ordering: .relaxed))
    try wait { PoolCanary.count == 0 }
  }
}

/// Not made for several OS threads at once.
private final class Counter {
  var count = 0
  var isBusy = false
}

private final class User {
  private var random: SplitMix64
  private let pool: ThreadPool
  private let proxy: ThreadPool.Proxy<Counter>
  private let done: Shared<Int>
  private let calls: Shared<Int>
  private(set) var problems: [String] = []

  init(
    seed: UInt64, pool: ThreadPool, proxy: ThreadPool.Proxy<Counter>, done: Shared<Int>,
    calls: Shared<Int>
  ) {
    random = SplitMix64(seed: seed)
    self.pool = pool
    self.proxy = proxy
    self.done = done
    self.calls = calls
  }

  func run(rounds: Int) throws {
    for _ in 0..<rounds {
      let workers = (0..<10).map { _ in spawn { [unowned self] in try work() } }
      for _ in 0..<random.pick(4) { try GreenThread.yield() }
      for _ in 0..<random.pick(4) { try workers[random.pick(10)].kill() }
      if random.pick(10) == 0 { pool.size = random.pick(4) }
      if random.pick(15) == 0 { try pool.shutDown(within: .milliseconds(random.pick(3))) }
      for worker in workers {
        do { try worker.wait() } catch is GreenThreadExit {
        } catch is Timeout {} catch ThreadPoolError.shutDown {} catch {
          problems.append("\(error)")
        }
      }
    }
  }

  private func work() throws {
    for _ in 0..<3 {
      let number = random.pick(1000)
      let limit: Duration? = random.pick(5) == 0 ? .microseconds(random.pick(200)) : nil
      try withTimeout(limit) {
        switch random.pick(5) {
        case 0, 1:
          let result = try pool.execute { PoolCanary(number) }
          if result.number != number { problems.append("\(result.number) ≠ \(number)") }
        case 2:
          let calls = calls
          try proxy.execute { try $0.use(calls) }
        case 3:
          let calls = calls
          let proxy = proxy
          try pool.execute { try proxy.execute { try $0.use(calls) } }
        default:
          let calls = calls
          try proxy.withValue { try $0.use(calls) }
        }
      }
      done.value.add(1, ordering: .relaxed)
    }
  }
}

extension Counter {
  fileprivate func use(_ calls: Shared<Int>) throws {
    guard !isBusy else { throw Failure("two use the value") }
    isBusy = true
    calls.value.add(1, ordering: .relaxed)
    count += 1
    isBusy = false
  }
}
