import CEventletCore
import EventletCore
import EventletTesting
import Glibc
import Synchronization
import XCTest

/// A forked child has one OS thread, and none of a pool.
final class ThreadPoolForkTests: ThreadPoolTestCase {
  override func setUp() async throws {
    try XCTSkipIf(Sanitizer.isThread, "it ends a child that makes OS threads")
  }

  private func isLost(_ body: () throws -> Void) -> Bool {
    do { try body() } catch HubError.lostInFork { return true } catch { return false }
    return false
  }

  func testWhoWaitsForAJobHearsOfTheFork() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let runs = try spawnBlocked(in: pool, at: gate)
    let queued = spawn { try pool.execute {} }
    let closer = spawn { try pool.shutDown() }
    try GreenThread.yield()
    try ForkedChild.run {
      isLost { try runs.wait() } && isLost { try queued.wait() }
        && isLost { _ = try closer.wait() }
    }
    gate.open()
    try runs.wait()
    try queued.wait()
    XCTAssertTrue(try closer.wait())
  }

  func testWhoWaitsInAShieldHearsOfTheFork() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let runs = spawn { try withShield { try pool.execute { gate.pass() } } }
    try wait { gate.arrivalCount == 1 }
    try ForkedChild.run { isLost { try runs.wait() } }
    gate.open()
    try runs.wait()
  }

  func testAChildThatLeavesAProxysValueStartsNothing() throws {
    let pool = makePool(1)
    let log = ThreadPool.Proxy([String](), pool: pool)
    nonisolated(unsafe) var child: pid_t = -1
    nonisolated(unsafe) var inLine: GreenThread<Void>?
    try log.withValue { _ in
      inLine = spawn { try log.execute { $0.append("in line") } }
      try GreenThread.yield()
      child = try ForkedChild.fork()
    }
    if child == 0 {
      ForkedChild.end { ev_os_thread_count() == 1 && isLost { try inLine?.wait() } }
    }
    ForkedChild.expectSuccess(of: child)
    try inLine?.wait()
    XCTAssertEqual(try log.execute { $0 }, ["in line"])
  }

  func testThePoolMakesNewThreadsInTheChild() throws {
    let pool = makePool(3)
    let gate = OSGate()
    let runs = try spawnBlocked(in: pool, at: gate)
    try ForkedChild.run {
      guard pool.size == 3, pool.threadCount == 0, try pool.execute({ 42 }) == 42 else {
        return false
      }
      return try pool.shutDown()
    }
    gate.open()
    try runs.wait()
    XCTAssertEqual(try pool.execute { 1 }, 1)
  }

  func testAProxyIsOfNoUseInTheChild() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let numbers = ThreadPool.Proxy([1, 2], pool: pool)
    let runs = spawn { try numbers.execute { _ in gate.pass() } }
    try wait { gate.arrivalCount == 1 }
    let inLine = [
      spawn { try numbers.execute { $0.count } }, spawn { try numbers.withValue { $0.count } },
    ]
    try GreenThread.yield()
    try ForkedChild.run {
      for thread in inLine where !isLost({ _ = try thread.wait() }) { return false }
      return isLost { _ = try numbers.execute { $0.count } }
        && isLost { _ = try numbers.withValue { $0.count } }
    }
    gate.open()
    try runs.wait()
    XCTAssertEqual(try inLine.map { try $0.wait() }, [2, 2])
  }

  func testLocksThatOtherThreadsHoldAtTheForkHoldNobodyUpInTheChild() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let runs = try spawnBlocked(in: pool, at: gate)
    let isOver = Shared(false)
    let hub = Hub.current.reference
    let busy = (0..<2).map { _ in
      OSThread {
        while !isOver.value.load(ordering: .relaxed) {
          for _ in 0..<100 { _ = pool.waitingCount }
          hub.post {}
        }
      }
    }
    for _ in 0..<20 {
      try GreenThread.yield()
      try ForkedChild.run {
        guard isLost({ try runs.wait() }) else { return false }
        return try pool.execute { 42 } == 42
      }
    }
    isOver.value.store(true, ordering: .relaxed)
    for thread in busy { thread.join() }
    gate.open()
    try runs.wait()
  }

  func testIdleThreadsAreNobodyWhoCouldWakeTheMainThread() throws {
    // In a child, because Dispatch has threads in the process of the tests.
    try ForkedChild.run {
      try Hub.use(Hub.Configuration())
      // Both are kept: a thread that is about to end still counts as somebody.
      let pools = [ThreadPool(size: 1), ThreadPool(size: 2)]
      for pool in pools {
        let gate = OSGate()
        let size = pool.size
        let threads = try (0..<size).map { _ in try spawnBlocked(in: pool, at: gate) }
        gate.open(size)
        for thread in threads { try thread.wait() }
        do { try Event<Void>().wait() } catch HubError.deadlock { continue }
        return false
      }
      return true
    }
  }
}
