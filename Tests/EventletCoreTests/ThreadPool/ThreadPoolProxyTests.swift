import CEventletCore
import EventletCore
import EventletTesting
import Glibc
import Synchronization
import XCTest

final class ThreadPoolProxyTests: ThreadPoolTestCase {
  /// Not `Sendable`.
  private final class Account {
    var balance = 0
    var threads: Set<Int32> = []

    func deposit(_ amount: Int) -> Int {
      threads.insert(ev_gettid())
      balance += amount
      return balance
    }
  }

  // Eventlet: TP15
  func testCallsRunInThePool() throws {
    let account = ThreadPool.Proxy(Account(), pool: makePool(1))
    XCTAssertEqual(try account.execute { $0.deposit(5) }, 5)
    XCTAssertEqual(try account.execute { $0.deposit(7) }, 12)
    XCTAssertFalse(try account.execute { $0.threads }.contains(ev_gettid()))
    XCTAssertThrowsError(try account.execute { _ in throw Failure() }) {
      XCTAssertTrue($0 is Failure)
    }
  }

  // Eventlet: TP15
  func testTheValueMayBeChangedAndReplaced() throws {
    let words = ThreadPool.Proxy(["a"], pool: makePool())
    try words.execute { $0.append("b") }
    XCTAssertEqual(try words.execute { $0[1] }, "b")
    try words.execute { $0 = ["c"] }
    XCTAssertEqual(try words.execute { $0.count }, 1)
  }

  // Eventlet: TP15
  func testAValueMadeInThePool() throws {
    let pool = makePool()
    let account = try ThreadPool.Proxy(pool.execute { Account() }, pool: pool)
    XCTAssertEqual(try account.execute { $0.deposit(1) }, 1)
  }

  // Eventlet: TP17
  func testEachStepOfAnIteratorRunsInThePool() throws {
    var countdown = 3
    let numbers = ThreadPool.Proxy(
      AnyIterator { () -> Int? in
        countdown -= 1
        return countdown < 0 ? nil : countdown
      }, pool: makePool())
    var seen: [Int] = []
    while let number = try numbers.execute({ $0.next() }) { seen.append(number) }
    XCTAssertEqual(seen, [2, 1, 0])
  }

  // Eventlet: TP16
  func testWithValueRunsHere() throws {
    let account = ThreadPool.Proxy(Account(), pool: makePool())
    XCTAssertEqual(try assertDoesNotSwitch { try account.withValue { $0.deposit(1) } }, 1)
    XCTAssertEqual(try account.withValue { $0.threads }, [ev_gettid()])
    XCTAssertThrowsError(try account.withValue { _ in throw Failure() })
    XCTAssertEqual(try account.execute { $0.deposit(1) }, 2)
  }

  func testOneUsesTheValueAtATimeInTheOrderTheyCame() throws {
    let pool = makePool(4)
    let gate = OSGate()
    let log = ThreadPool.Proxy([Int](), pool: pool)
    let blocked = spawn { try log.execute { _ in gate.pass() } }
    try wait { gate.arrivalCount == 1 }
    let threads = (1...6).map { number in
      spawn {
        if number % 3 == 0 {
          try log.withValue { $0.append(number) }
        } else {
          try log.execute { $0.append(number) }
        }
      }
    }
    try GreenThread.yield()
    // Who waits for the value takes no thread of the pool.
    XCTAssertEqual([pool.runningCount, pool.waitingCount], [1, 0])
    XCTAssertEqual(try pool.execute { 1 }, 1)
    gate.open()
    try blocked.wait()
    for thread in threads { try thread.wait() }
    XCTAssertEqual(try log.execute { $0 }, Array(1...6))
  }

  func testSeveralHubsUseTheValueOneAfterTheOther() throws {
    let account = ThreadPool.Proxy(Account(), pool: makePool(4))
    let problems = SharedLog<String>()
    let callers = (0..<3).map { _ in
      OSThread {
        do {
          let threads = (0..<5).map { number in
            spawn {
              for _ in 0..<50 {
                _ =
                  number == 0
                  ? try account.withValue { $0.deposit(1) } : try account.execute { $0.deposit(1) }
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
    XCTAssertEqual(try account.execute { $0.balance }, 3 * 5 * 50)
  }

  func testInsideAJobOfThePoolTheCallRunsDirectly() throws {
    let pool = makePool(1)
    let account = ThreadPool.Proxy(Account(), pool: pool)
    let balance = try pool.execute {
      try account.execute { $0.deposit(1) } + (try account.execute { $0.deposit(1) })
    }
    XCTAssertEqual(balance, 3)
    XCTAssertEqual(try account.execute { $0.threads.count }, 1)
  }

  func testACallInsideACallGetsAnError() throws {
    let account = ThreadPool.Proxy(Account(), pool: makePool(2))
    func expectSelfWait(_ body: () throws -> Void) {
      XCTAssertThrowsError(try body()) { error in
        guard case HubError.selfWait = error else { return XCTFail("\(error)") }
      }
    }
    expectSelfWait { try account.execute { _ in try account.execute { _ in } } }
    expectSelfWait { try account.execute { _ in try account.withValue { _ in } } }
    expectSelfWait { try account.withValue { _ in try account.execute { _ in } } }
    expectSelfWait { try account.withValue { _ in try account.withValue { _ in } } }
    XCTAssertEqual(try account.execute { $0.deposit(1) }, 1)
  }

  func testWithSizeZeroCallsRunHere() throws {
    let pool = makePool(0)
    let account = ThreadPool.Proxy(Account(), pool: pool)
    XCTAssertEqual(try assertDoesNotSwitch { try account.execute { $0.deposit(1) } }, 1)
    XCTAssertThrowsError(
      try account.execute { _ in
        try account.execute { _ in }
      })
    XCTAssertEqual(try account.execute { $0.deposit(1) }, 2)
    XCTAssertEqual(pool.threadCount, 0)
  }

  func testACallInLineIsPerformedThoughTheSizeBecomesZero() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let account = ThreadPool.Proxy(Account(), pool: pool)
    let blocked = spawn { try account.execute { _ in gate.pass() } }
    try wait { gate.arrivalCount == 1 }
    let next = spawn { try account.execute { $0.deposit(1) } }
    try GreenThread.yield()
    pool.size = 0
    gate.open()
    try blocked.wait()
    XCTAssertEqual(try next.wait(), 1)
    XCTAssertFalse(try account.withValue { $0.threads }.contains(ev_gettid()))
    try wait { pool.threadCount == 0 }
  }

  // MARK: Kills, timeouts and the end

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

  func testAShutDownFinishesThoseInLine() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let log = ThreadPool.Proxy([Int](), pool: pool)
    let blocked = spawn { try log.execute { _ in gate.pass() } }
    try wait { gate.arrivalCount == 1 }
    let threads = (0..<3).map { number in spawn { try log.execute { $0.append(number) } } }
    try GreenThread.yield()
    let closer = spawn { try pool.shutDown() }
    try GreenThread.yield()
    XCTAssertThrowsError(try log.execute { _ in }) {
      XCTAssertEqual($0 as? ThreadPoolError, .shutDown)
    }
    gate.open()
    XCTAssertTrue(try closer.wait())
    XCTAssertEqual(pool.threadCount, 0)
    try blocked.wait()
    for thread in threads { try thread.wait() }
    XCTAssertEqual(try log.execute { $0 }, [0, 1, 2])
  }

  func testAShutDownWhoseLimitPassesRejectsThoseInLine() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let log = ThreadPool.Proxy([String](), pool: pool)
    let other = ThreadPool.Proxy([String](), pool: pool)
    let threads = [
      spawn {
        try log.execute {
          gate.pass()
          $0.append("late")
        }
      },
      spawn { try log.execute { $0.append("in line") } },
      spawn { try log.withValue { $0.append("in line") } },
      spawn { try other.execute { $0.append("in the pool's line") } },
      spawn { try other.execute { $0.append("behind it") } },
    ]
    try wait { gate.arrivalCount == 1 && pool.waitingCount == 1 }
    try GreenThread.yield()
    XCTAssertFalse(try pool.shutDown(within: .seconds(1)))
    for thread in threads {
      XCTAssertThrowsError(try thread.wait()) {
        XCTAssertEqual($0 as? ThreadPoolError, .shutDown)
      }
    }
    XCTAssertEqual(try other.execute { $0 }, [])
    // Still in use by the thread that was left to itself.
    let later = spawn { try log.execute { $0 } }
    try GreenThread.yield()
    gate.open()
    XCTAssertEqual(try later.wait(), ["late"])
  }
}
