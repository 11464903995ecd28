import EventletCore
import EventletTesting
import Synchronization
import XCTest

/// Callers of a proxy that are killed.
final class ThreadPoolProxyInterruptionTests: ThreadPoolTestCase {
  func testWhoIsKilledInLineLeavesIt() throws {
    for victimStays in [true, false] {
      let pool = makePool(2)
      let gate = OSGate()
      let log = ThreadPool.Proxy([String](), pool: pool)
      let blocked = spawn { try log.execute { _ in gate.pass() } }
      try wait { gate.arrivalCount == 1 }
      let victim = spawn {
        let captured = PoolCanary()
        if victimStays {
          try log.withValue { $0.append("here") }
        } else {
          try log.execute { value in withExtendedLifetime(captured) { value.append("there") } }
        }
      }
      let next = spawn { try log.execute { $0.append("next") } }
      try GreenThread.yield()
      try victim.kill()
      XCTAssertTrue(victim.isFinished)
      XCTAssertEqual(PoolCanary.count, 0)
      gate.open()
      try blocked.wait()
      try next.wait()
      XCTAssertEqual(try log.execute { $0 }, ["next"])
    }
  }

  func testWhoIsKilledWhileHisCallRunsKeepsOthersAway() throws {
    let pool = makePool(2)
    let gate = OSGate()
    let log = ThreadPool.Proxy([String](), pool: pool)
    let victim = spawn {
      try log.execute {
        gate.pass()
        $0.append("victim")
      }
    }
    try wait { gate.arrivalCount == 1 }
    let next = spawn { try log.execute { $0.append("next") } }
    try GreenThread.yield()
    try victim.kill()
    try GreenThread.yield()
    XCTAssertFalse(next.isFinished)
    gate.open()
    try next.wait()
    XCTAssertEqual(try log.execute { $0 }, ["victim", "next"])
  }

  func testWhoIsKilledInThePoolsLinePassesTheTurnOn() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let log = ThreadPool.Proxy([String](), pool: pool)
    let blocked = try spawnBlocked(in: pool, at: gate)
    let victim = spawn { try log.execute { $0.append("victim") } }
    let next = spawn { try log.execute { $0.append("next") } }
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 1)
    try victim.kill()
    XCTAssertEqual(pool.waitingCount, 1)
    gate.open()
    try blocked.wait()
    try next.wait()
    XCTAssertEqual(try log.execute { $0 }, ["next"])
  }

  func testWhoIsKilledWithTheTurnInHandPassesItOn() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let log = ThreadPool.Proxy([String](), pool: pool)
    let blocked = spawn { try log.execute { _ in gate.pass() } }
    try wait { gate.arrivalCount == 1 }
    let victim = spawn { try log.withValue { $0.append("victim") } }
    let next = spawn { try log.execute { $0.append("next") } }
    try GreenThread.yield()
    // The turn arrives while this green thread holds the hub up.
    gate.open()
    while pool.runningCount > 0 {}
    try victim.kill()
    try blocked.wait()
    try next.wait()
    XCTAssertEqual(try log.execute { $0 }, ["next"])
  }

  func testTheValueLivesAsLongAsACallNeedsIt() throws {
    let pool = makePool(1)
    let gate = OSGate()
    var proxy: ThreadPool.Proxy<PoolCanary>? = ThreadPool.Proxy(PoolCanary(7), pool: pool)
    let seen = Shared(0)
    let victim = spawn { [proxy] in
      try proxy?.execute {
        gate.pass()
        seen.value.store($0.number, ordering: .releasing)
      }
    }
    try wait { gate.arrivalCount == 1 }
    try victim.kill()
    proxy = nil
    XCTAssertEqual(PoolCanary.count, 1)
    gate.open()
    try wait { seen.value.load(ordering: .acquiring) == 7 && PoolCanary.count == 0 }
  }

  func testWhoIsKilledAfterAJobOfThePoolWentBeforeHimIsInNoLine() throws {
    let pool = makePool(1)
    let (gate, inside) = (OSGate(), OSGate())
    let log = ThreadPool.Proxy([String](), pool: pool)
    let job = spawn {
      try pool.execute {
        gate.pass()
        try log.execute {
          inside.pass()
          $0.append("job")
        }
      }
    }
    try wait { gate.arrivalCount == 1 }
    let victim = spawn { try log.execute { $0.append("victim") } }
    let next = spawn { try log.execute { $0.append("next") } }
    try GreenThread.yield()
    gate.open()
    try wait { inside.arrivalCount == 1 }
    try victim.kill()
    inside.open()
    try job.wait()
    try next.wait()
    XCTAssertEqual(try log.execute { $0 }, ["job", "next"])
  }
}
