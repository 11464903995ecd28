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

  func testAJobOfThePoolGoesBeforeACallThatWaitsForItsThread() throws {
    let pool = makePool(1)
    let gate = OSGate()
    let account = ThreadPool.Proxy(Account(), pool: pool)
    let job = spawn {
      try pool.execute {
        gate.pass()
        return try account.execute { $0.deposit(1) } + (try account.withValue { $0.deposit(1) })
      }
    }
    try wait { gate.arrivalCount == 1 }
    let call = spawn { try account.execute { $0.deposit(10) } }
    let next = spawn { try account.execute { $0.deposit(10) } }
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 1)
    gate.open()
    XCTAssertEqual(try job.wait(), 1 + 2)
    XCTAssertEqual(try [call, next].map { try $0.wait() }, [12, 22])
  }

  func testJobsOfThePoolComeFirstInTheLine() throws {
    let pool = makePool(2)
    let inside = OSGate()
    let log = ThreadPool.Proxy([String](), pool: pool)
    let user = spawn {
      try log.execute {
        $0.append("user")
        inside.pass()
      }
    }
    try wait { inside.arrivalCount == 1 }
    let thread = Shared<Int32>(0)
    let first = spawn {
      try pool.execute {
        thread.value.store(ev_gettid(), ordering: .releasing)
        try log.execute { $0.append("first") }
      }
    }
    let call = spawn { try log.execute { $0.append("call") } }
    let second = spawn { try pool.execute { try log.execute { $0.append("second") } } }
    try wait { thread.value.load(ordering: .acquiring) != 0 && pool.waitingCount == 1 }
    // In a thread of the pool, for the value.
    waitUntilAsleep(thread.value.load(ordering: .acquiring))
    inside.open()
    for thread in [user, first, call, second] { try thread.wait() }
    XCTAssertEqual(try log.execute { Array($0.prefix(2)) }, ["user", "first"])
    XCTAssertEqual(try log.execute { Set($0) }, ["user", "first", "second", "call"])
  }

  func testACallInsideACallGetsAnErrorOnAnOSThreadThatHadNoHub() throws {
    let account = ThreadPool.Proxy(Account(), pool: makePool(1))
    let problems = SharedLog<String>()
    onAnotherOSThread {
      do {
        try account.withValue { _ in
          try GreenThread.yield()
          do {
            try account.withValue { _ in }
            problems.append("no error")
          } catch HubError.selfWait {}
        }
        try Hub.current.destroy()
      } catch { problems.append("\(error)") }
    }
    XCTAssertEqual(problems.entries, [])
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

  func testWithSizeZeroCallsWaitForTheValueAndRunHere() throws {
    let pool = makePool(0)
    let account = ThreadPool.Proxy(Account(), pool: pool)
    nonisolated(unsafe) let release = Event<Void>()
    let holder = spawn { try account.withValue { _ in try release.wait() } }
    try GreenThread.yield()
    let call = spawn { try account.execute { $0.deposit(1) } }
    try GreenThread.yield()
    XCTAssertFalse(call.isFinished)
    release.send(())
    XCTAssertEqual(try call.wait(), 1)
    try holder.wait()
    XCTAssertEqual(try account.withValue { $0.threads }, [ev_gettid()])
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
}
