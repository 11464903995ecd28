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

  /// Has a child run `body`, which says whether all is well.
  private func inChild(_ body: () throws -> Bool) throws {
    typealias Fork = @convention(c) () -> pid_t
    guard let symbol = dlsym(nil, "fork") else { throw XCTSkip("no fork") }
    let child = unsafeBitCast(symbol, to: Fork.self)()
    if child == 0 {
      do { _exit(try body() ? 0 : 1) } catch {
        writeToStandardError("child: \(error)\n")
        _exit(2)
      }
    }
    var status: Int32 = -1
    XCTAssertEqual(waitpid(child, &status, 0), child)
    XCTAssertEqual(status, 0)
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
    try inChild {
      isLost { try runs.wait() } && isLost { try queued.wait() }
        && isLost { _ = try closer.wait() }
    }
    gate.open()
    try runs.wait()
    try queued.wait()
    XCTAssertTrue(try closer.wait())
  }

  func testThePoolMakesNewThreadsInTheChild() throws {
    let pool = makePool(3)
    let gate = OSGate()
    let runs = try spawnBlocked(in: pool, at: gate)
    try inChild {
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
    try inChild {
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
      try inChild {
        alarm(20)
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
    try inChild {
      alarm(9)
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
