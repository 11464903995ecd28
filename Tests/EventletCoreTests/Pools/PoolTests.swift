import EventletCore
import EventletTesting
import XCTest

final class PoolTests: GreenTestCase {
  /// A pool of numbers, made from 0 on.
  private func numbers(
    minSize: Int = 0, maxSize: Int = 4, order: Pool<Int>.Order = .fifo
  ) throws -> Pool<Int> {
    var next = 0
    return try Pool(minSize: minSize, maxSize: maxSize, order: order) {
      defer { next += 1 }
      return next
    }
  }

  // Eventlet: P1
  func testTheFirstItemsAreMadeAtOnce() throws {
    var made = 0
    let pool = try Pool(minSize: 2) {
      made += 1
      return made
    }
    XCTAssertEqual(made, 2)
    XCTAssertEqual([pool.freeCount, pool.maxSize], [4, 4])
    XCTAssertEqual([try pool.get(), try pool.get()], [1, 2])
    XCTAssertEqual(made, 2)
    XCTAssertEqual(try pool.get(), 3)
  }

  // Eventlet: P1, P4
  func testAnErrorOfTheFirstItemsComesOutOfTheInitializer() {
    let before = Canary.alive
    var made = 0
    XCTAssertThrowsError(
      try Pool(minSize: 3) {
        made += 1
        if made == 3 { throw Failure() }
        return Canary()
      }
    ) { XCTAssertEqual($0 as? Failure, Failure()) }
    XCTAssertEqual(Canary.alive, before)
  }

  // Eventlet: P2
  func testGetTakesAFreeItemThenMakesOneThenWaits() throws {
    let pool = try numbers(maxSize: 2)
    XCTAssertEqual(try assertDoesNotSwitch { try pool.get() }, 0)
    pool.put(0)
    XCTAssertEqual(try assertDoesNotSwitch { try pool.get() }, 0)
    XCTAssertEqual(try assertDoesNotSwitch { try pool.get() }, 1)
    spawn {
      try GreenThread.sleep(for: .seconds(1))
      pool.put(1)
    }
    XCTAssertEqual(try assertSwitches { try pool.get() }, 1)
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: P3
  func testAnItemCountsBeforeItIsMade() throws {
    var made = 0
    let pool = try Pool(maxSize: 4) {
      made += 1
      try GreenThread.sleep(for: .milliseconds(1))
      return made
    }
    let getters = (0..<100).map { _ in
      spawn { try pool.withItem { _ in try GreenThread.sleep(for: .milliseconds(1)) } }
    }
    for getter in getters { try getter.wait() }
    XCTAssertEqual(made, 4)
    XCTAssertEqual([pool.freeCount, pool.waitingCount], [4, 0])
  }

  // Eventlet: P4
  func testAFailedCreationCostsNoPlace() throws {
    var fails = true
    let pool = try Pool(maxSize: 1) {
      if fails { throw Failure() }
      return 1
    }
    XCTAssertThrowsError(try pool.get()) { XCTAssertEqual($0 as? Failure, Failure()) }
    XCTAssertEqual(pool.freeCount, 1)
    fails = false
    XCTAssertEqual(try pool.get(), 1)
  }

  // Eventlet: P4, P17
  func testAKilledCreationCostsNoPlace() throws {
    var made = 0
    let pool = try Pool(maxSize: 1) {
      made += 1
      if made == 1 { try GreenThread.sleep(for: .seconds(9)) }
      return made
    }
    let victim = spawn { try pool.get() }
    let next = spawn { try pool.get() }
    try GreenThread.yield()
    XCTAssertEqual([pool.freeCount, pool.waitingCount], [0, 1])
    try victim.kill()
    XCTAssertEqual(try next.wait(), 2)
    XCTAssertEqual(pool.freeCount, 0)
  }

  // Eventlet: P5
  func testItemsAreUsedInTurn() throws {
    let pool = try numbers(minSize: 3)
    let items = try (0..<3).map { _ in try pool.get() }
    XCTAssertEqual(items, [0, 1, 2])
    for item in [1, 0, 2] { pool.put(item) }
    XCTAssertEqual(try (0..<3).map { _ in try pool.get() }, [1, 0, 2])
  }

  // Eventlet: P5
  func testAsAStackTheLastPutBackComesFirst() throws {
    let pool = try numbers(minSize: 3, order: .lifo)
    XCTAssertEqual(pool.order, .lifo)
    let items = try (0..<3).map { _ in try pool.get() }
    XCTAssertEqual(items, [2, 1, 0])
    for item in [1, 0, 2] { pool.put(item) }
    XCTAssertEqual(try (0..<3).map { _ in try pool.get() }, [2, 0, 1])
  }

  // Eventlet: P6, P15
  func testWaitersAreServedInTurnAndCannotBePassed() throws {
    let pool = try numbers(maxSize: 2)
    _ = try (0..<2).map { _ in try pool.get() }
    var log: [String] = []
    let getters = (0..<3).map { index in
      spawn { log.append("\(index) \(try pool.get())") }
    }
    try GreenThread.yield()
    pool.put(1)
    pool.put(0)
    // Both belong to those in line, who have not run yet.
    XCTAssertEqual([pool.freeCount, pool.waitingCount], [0, 1])
    XCTAssertThrowsError(try pool.get(timeout: .zero)) {
      XCTAssertEqual($0 as? PoolError, .exhausted)
    }
    XCTAssertEqual(log, ["0 1", "1 0"])
    pool.put(7)
    try getters[2].wait()
    XCTAssertEqual(log, ["0 1", "1 0", "2 7"])
  }

  // Eventlet: P7
  func testPutNeverSwitchesThoughEveryWaiterIsAboutToLeave() throws {
    let pool = try numbers(maxSize: 1)
    let item = try pool.get()
    let getters = (0..<3).map { _ in spawn { try pool.get(timeout: .seconds(1)) } }
    // Armed before theirs, and due with them.
    Hub.current.schedule(after: .seconds(1)) {
      for getter in getters { try getter.kill() }
      assertDoesNotSwitch { pool.put(item) }
    }
    for getter in getters {
      XCTAssertThrowsError(try getter.wait()) { XCTAssert($0 is GreenThreadExit) }
    }
    XCTAssertEqual([pool.freeCount, pool.waitingCount], [1, 0])
    XCTAssertEqual(try pool.get(), item)
  }

  // Eventlet: P7
  func testAnItemWhoseOnlyWaiterWasKilledIsTheNextToBeHad() throws {
    for order in [Pool<Int>.Order.fifo, .lifo] {
      let pool = try numbers(maxSize: 2, order: order)
      _ = try (0..<2).map { _ in try pool.get() }
      let getter = spawn { try pool.get() }
      try GreenThread.yield()
      pool.put(1)
      pool.put(0)
      try getter.kill()
      XCTAssertEqual(pool.freeCount, 2)
      XCTAssertEqual(try (0..<2).map { _ in try pool.get() }, [1, 0])
    }
  }

  // Eventlet: P8, P9
  func testAfterShrinkingPutDropsWhatIsTooMuch() throws {
    let before = Canary.alive
    let pool = try Pool(maxSize: 4) { Canary() }
    var items = try (0..<4).map { _ in try pool.get() }
    assertDoesNotSwitch { pool.resize(to: 2) }
    XCTAssertEqual(pool.freeCount, -2)
    pool.put(items.removeLast())
    XCTAssertEqual([pool.freeCount, Canary.alive - before], [-1, 3])
    pool.put(items.removeLast())
    XCTAssertEqual([pool.freeCount, Canary.alive - before], [0, 2])
    pool.put(items.removeLast())
    XCTAssertEqual([pool.freeCount, Canary.alive - before], [1, 2])
    pool.put(items.removeLast())
    XCTAssertEqual([pool.freeCount, Canary.alive - before], [2, 2])
  }

  // Eventlet: P8
  func testAfterShrinkingAWaiterGetsNothingUntilEnoughWereDropped() throws {
    let pool = try numbers(maxSize: 2)
    let items = try (0..<2).map { _ in try pool.get() }
    pool.resize(to: 1)
    let getter = spawn { try pool.get() }
    try GreenThread.yield()
    pool.put(items[0])
    try GreenThread.yield()
    XCTAssertFalse(getter.isFinished)
    pool.put(items[1])
    XCTAssertEqual(try getter.wait(), items[1])
  }

  // Eventlet: P9, P10
  func testGrowingLetsWaitersMakeItems() throws {
    let pool = try numbers(maxSize: 1)
    _ = try pool.get()
    let getters = (0..<3).map { _ in spawn { try pool.get() } }
    try GreenThread.yield()
    assertDoesNotSwitch { pool.resize(to: 3) }
    XCTAssertEqual([pool.freeCount, pool.waitingCount], [0, 1])
    XCTAssertEqual(try getters[0].wait(), 1)
    XCTAssertEqual(try getters[1].wait(), 2)
    XCTAssertFalse(getters[2].isFinished)
    pool.resize(to: 5)
    XCTAssertEqual(try getters[2].wait(), 3)
    XCTAssertEqual([pool.freeCount, pool.waitingCount], [1, 0])
  }

  // Eventlet: P11
  func testTheCountOfWaitersIsNeverNegative() throws {
    let pool = try numbers(maxSize: 1)
    XCTAssertEqual(pool.waitingCount, 0)
    _ = try pool.get()
    let getters = (0..<3).map { _ in spawn { try pool.get(timeout: .seconds(1)) } }
    try GreenThread.yield()
    XCTAssertEqual(pool.waitingCount, 3)
    pool.put(0)
    XCTAssertEqual(pool.waitingCount, 2)
    try getters[1].kill()
    XCTAssertEqual(pool.waitingCount, 1)
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(pool.waitingCount, 0)
    XCTAssertThrowsError(try getters[2].wait())
  }

  func testReportsSayWhoWaitsForAnItem() throws {
    let pool = TokenPool(maxSize: 0)
    let getter = spawn(name: "getter") { try pool.get() }
    try GreenThread.yield()
    let report = Hub.current.report()
    XCTAssertTrue(report.contains("waits for an item of a pool"), report)
    try getter.kill()
  }

  // Eventlet: P13
  func testWithItemPutsBackOnEveryWayOut() throws {
    let pool = try numbers(maxSize: 1)
    XCTAssertEqual(try pool.withItem { $0 + 5 }, 5)
    XCTAssertEqual(pool.freeCount, 1)
    XCTAssertThrowsError(try pool.withItem { _ in throw Failure() })
    XCTAssertEqual(pool.freeCount, 1)
    let victim = spawn { try pool.withItem { _ in try GreenThread.sleep(for: .seconds(9)) } }
    try GreenThread.yield()
    XCTAssertEqual(pool.freeCount, 0)
    XCTAssertThrowsError(try pool.withItem(timeout: .zero) { _ in XCTFail("got it") }) {
      XCTAssertEqual($0 as? PoolError, .exhausted)
    }
    try victim.kill()
    XCTAssertEqual(pool.freeCount, 1)
  }

  // Eventlet: P14
  func testGetGivesUpAfterItsTimeout() throws {
    let pool = try numbers(maxSize: 1)
    let item = try pool.get()
    XCTAssertThrowsError(try pool.get(timeout: .seconds(2))) {
      XCTAssertTrue($0 is any TimeoutError)
      XCTAssertEqual("\($0)", "no item of the pool became free in time")
    }
    XCTAssertEqual(clock.elapsed, .seconds(2))
    XCTAssertEqual([pool.freeCount, pool.waitingCount], [0, 0])
    pool.put(item)
    XCTAssertEqual(try pool.get(timeout: .zero), item)
  }

  // Eventlet: P16
  func testAnyItemMayBePut() throws {
    let pool = try numbers(maxSize: 1)
    pool.put(9)
    XCTAssertEqual(pool.freeCount, 2)
    XCTAssertEqual(try pool.get(), 9)
  }

  // Eventlet: P17
  func testAFailedCreationLetsTheNextInLineTry() throws {
    var made = 0
    let pool = try Pool(maxSize: 1) {
      made += 1
      let mine = made
      try GreenThread.sleep(for: .seconds(1))
      if mine < 3 { throw Failure("\(mine)") }
      return mine
    }
    let getters = (0..<3).map { _ in spawn { try pool.get() } }
    XCTAssertThrowsError(try getters[0].wait()) { XCTAssertEqual($0 as? Failure, Failure("1")) }
    XCTAssertThrowsError(try getters[1].wait()) { XCTAssertEqual($0 as? Failure, Failure("2")) }
    XCTAssertEqual(try getters[2].wait(), 3)
    XCTAssertEqual([pool.freeCount, pool.waitingCount], [0, 0])
  }

  func testADiscardedItemMakesRoomForAnother() throws {
    let pool = try numbers(maxSize: 1)
    let item = try pool.get()
    let getter = spawn { try pool.get() }
    try GreenThread.yield()
    assertDoesNotSwitch { pool.discard(item) }
    XCTAssertEqual(try getter.wait(), 1)
    pool.discard(1)
    XCTAssertEqual(pool.freeCount, 1)
  }

  func testGettingInAHubCallback() throws {
    let pool = try numbers(maxSize: 1)
    var log: [String] = []
    Hub.current.schedule(after: .zero) {
      log.append("\(try pool.get())")
      do { _ = try pool.get() } catch HubError.blockingCallInHub(let call) { log.append(call) }
    }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(log, ["0", "Pool.get"])
  }

  func testTokensAreUniqueAndTakenInTurn() throws {
    let pool = TokenPool(maxSize: 2)
    let first = try pool.get()
    let second = try pool.get()
    XCTAssertNotEqual(first, second)
    XCTAssertEqual(Set([first, second, first]).count, 2)
    XCTAssertThrowsError(try pool.get(timeout: .zero))
    pool.put(second)
    XCTAssertEqual(try pool.get(), second)
    XCTAssertEqual(TokenPool().maxSize, 4)
  }
}
