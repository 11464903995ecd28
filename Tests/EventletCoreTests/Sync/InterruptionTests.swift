import EventletCore
import EventletTesting
import XCTest

/// Kills and timeouts at every point where a primitive waits.
final class InterruptionTests: InterruptionTestCase {
  // Eventlet: E14
  func testEventWait() throws {
    try check("Event.wait") {
      let event = Event<Int>()
      return Point(
        kind: .broadcast, victim: { try event.wait(timeout: $0) != nil },
        next: { _ = try event.wait() }, wake: { event.send(1) },
        verify: { _ in XCTAssertEqual(event.waitingCount, 0) })
    }
  }

  private func getPoint<Storage: QueueStorage<Int>>(_ queue: BaseQueue<Storage>) -> Point {
    var put = 0
    var received: [Int] = []
    return Point(
      kind: .passesOn,
      victim: {
        do { received.append(try queue.get(timeout: $0)) } catch QueueError.empty { return false }
        return true
      },
      next: { received.append(try queue.get()) },
      wake: {
        try queue.putNoWait(put)
        put += 1
      },
      verify: {
        XCTAssertEqual(received, $0 ? [0, 1] : [0])
        XCTAssertEqual([queue.count, queue.gettingCount, queue.puttingCount], [0, 0, 0])
        XCTAssertThrowsError(try queue.getNoWait())
      })
  }

  // Eventlet: Q17, Q18
  func testQueueGet() throws {
    try check("get") { getPoint(LightQueue<Int>()) }
    try check("get, maximum 1") { getPoint(LightQueue<Int>(maxSize: 1)) }
    try check("get, rendezvous") { getPoint(LightQueue<Int>(maxSize: 0)) }
    try check("get, tasks") { getPoint(Queue<Int>()) }
    try check("get, priorities") { getPoint(PriorityQueue<Int>()) }
    try check("get, stack") { getPoint(LifoQueue<Int>()) }
  }

  private func putPoint<Storage: QueueStorage<Int>>(
    _ queue: BaseQueue<Storage>, unfinished: @escaping () -> Int? = { nil }
  ) throws -> Point {
    var taken: [Int] = []
    var expected: [Int] = []
    if queue.maxSize == 1 {
      try queue.put(0)
      expected = [0]
    }
    return Point(
      kind: .keeps,
      victim: {
        do { try queue.put(1, timeout: $0) } catch QueueError.full { return false }
        return true
      },
      next: { try queue.put(2) },
      wake: { taken.append(try queue.getNoWait()) },
      verify: {
        while let item = try? queue.getNoWait() { taken.append(item) }
        expected += $0 ? [1, 2] : [2]
        XCTAssertEqual(taken, expected)
        XCTAssertEqual([queue.count, queue.gettingCount, queue.puttingCount], [0, 0, 0])
        if let count = unfinished() { XCTAssertEqual(count, expected.count) }
      })
  }

  // Eventlet: Q21, Q25
  func testQueuePut() throws {
    for maxSize in [0, 1] {
      try check("put, maximum \(maxSize)") { try putPoint(LightQueue<Int>(maxSize: maxSize)) }
      try check("put, tasks, maximum \(maxSize)") {
        let queue = Queue<Int>(maxSize: maxSize)
        return try putPoint(queue) { queue.unfinishedCount }
      }
      try check("put, priorities, maximum \(maxSize)") {
        let queue = PriorityQueue<Int>(maxSize: maxSize)
        return try putPoint(queue) { queue.unfinishedCount }
      }
      try check("put, stack, maximum \(maxSize)") {
        let queue = LifoQueue<Int>(maxSize: maxSize)
        return try putPoint(queue) { queue.unfinishedCount }
      }
    }
  }

  // Eventlet: Q27, Q28
  func testQueueJoin() throws {
    try check("join") {
      let queue = Queue<Int>()
      try queue.put(1)
      return Point(
        kind: .broadcast, victim: { try queue.join(timeout: $0) },
        next: { try queue.join() }, wake: { try queue.taskDone() },
        verify: { _ in XCTAssertEqual(queue.unfinishedCount, 0) })
    }
  }

  // Eventlet: S8, S11
  func testSemaphoreAcquire() throws {
    try check("Semaphore.acquire") {
      let semaphore = Semaphore(value: 0)
      return Point(
        kind: .passesOn, victim: { try semaphore.acquire(timeout: $0) },
        next: { try semaphore.acquire() }, wake: { semaphore.release() },
        verify: { _ in XCTAssertEqual([semaphore.freeCount, semaphore.waitingCount], [0, 0]) })
    }
    try check("BoundedSemaphore.acquire") {
      let semaphore = BoundedSemaphore(value: 2)
      try semaphore.acquire()
      try semaphore.acquire()
      return Point(
        kind: .passesOn, victim: { try semaphore.acquire(timeout: $0) },
        next: { try semaphore.acquire() }, wake: { semaphore.release() },
        verify: { _ in XCTAssertEqual([semaphore.freeCount, semaphore.waitingCount], [0, 0]) })
    }
  }

  // Eventlet: S17, S20
  func testCappedSemaphore() throws {
    for limit in [0, 2] {
      try check("CappedSemaphore.acquire, limit \(limit)") {
        let semaphore = CappedSemaphore(count: 0, limit: limit)
        return Point(
          kind: .passesOn, victim: { try semaphore.acquire(timeout: $0) },
          next: { try semaphore.acquire() },
          wake: { XCTAssertTrue(semaphore.releaseNoWait()) },
          verify: { _ in XCTAssertEqual(semaphore.balance, -limit) })
      }
      try check("CappedSemaphore.release, limit \(limit)") {
        let semaphore = CappedSemaphore(count: limit, limit: limit)
        return Point(
          kind: .passesOn, victim: { try semaphore.release(timeout: $0) },
          next: { try semaphore.release() },
          wake: { XCTAssertTrue(semaphore.acquireNoWait()) },
          verify: { _ in XCTAssertEqual(semaphore.balance, limit) })
      }
    }
  }

  // Eventlet: S11, S14
  func testAPermitWhoseOnlyWaiterWasKilledIsFreeAgain() throws {
    let semaphore = BoundedSemaphore(value: 1)
    try semaphore.acquire()
    let waiter = spawn { try semaphore.acquire() }
    try GreenThread.yield()
    semaphore.release()
    try waiter.kill()
    XCTAssertEqual(semaphore.freeCount, 1)
  }

  // Eventlet: S20
  func testACappedPermitThatCannotBeTakenBackIsKept() throws {
    let semaphore = CappedSemaphore(count: 0, limit: 1)
    let acquirer = spawn {
      let gotIt = try semaphore.acquire()
      XCTAssertThrowsError(try GreenThread.yield()) { XCTAssert($0 is GreenThreadExit) }
      return gotIt
    }
    try GreenThread.yield()
    XCTAssertTrue(semaphore.releaseNoWait())
    XCTAssertTrue(semaphore.releaseNoWait())
    try acquirer.kill()
    XCTAssertTrue(try acquirer.wait())
    XCTAssertEqual(semaphore.balance, 1)
  }

  // Eventlet: S20
  func testACappedReleaseThatCannotBeTakenBackStands() throws {
    let semaphore = CappedSemaphore(count: 1, limit: 1)
    let releaser = spawn { try semaphore.release() }
    try GreenThread.yield()
    XCTAssertTrue(semaphore.acquireNoWait())
    XCTAssertTrue(semaphore.acquireNoWait())
    try releaser.kill()
    XCTAssertTrue(try releaser.wait())
    XCTAssertEqual(semaphore.balance, -1)
  }

  func testAKillAfterThePutHappenedIsThrownAtTheNextWait() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    var log: [String] = []
    let putter = spawn {
      try queue.put(1)
      log.append("put")
      do { try GreenThread.yield() } catch {
        log.append("\(error)")
        throw error
      }
    }
    try GreenThread.yield()
    XCTAssertEqual(try queue.getNoWait(), 1)
    try putter.kill()
    XCTAssertEqual(log, ["put", "green thread killed"])
    XCTAssertThrowsError(try putter.wait()) { XCTAssert($0 is GreenThreadExit) }
  }

  func testATimeoutAfterThePutHappenedEndsWithItsScope() throws {
    struct Late: Error {}
    for error in [nil, Late()] as [(any Error)?] {
      let queue = LightQueue<Int>(maxSize: 0)
      Hub.current.schedule(after: .seconds(1)) { XCTAssertEqual(try queue.getNoWait(), 1) }
      let putter = spawn {
        try withTimeout(.seconds(1), throwing: error) { try queue.put(1) }
        try GreenThread.sleep(for: .seconds(1))
      }
      try putter.wait()
    }
  }

  // Eventlet: Q13, Q18
  func testWhenOneOfTwoPuttersLeavesTheFirstGetterGetsTheOtherItem() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    var log: [String] = []
    let getters = (0..<2).map { index in spawn { log.append("\(index) \(try queue.get())") } }
    try GreenThread.yield()
    let putters = (0..<2).map { item in spawn { try queue.put(item) } }
    try GreenThread.yield()
    try putters[0].kill()
    try GreenThread.yield()
    XCTAssertEqual(log, ["0 1"])
    try queue.put(2)
    try getters[1].wait()
    XCTAssertEqual(log, ["0 1", "1 2"])
  }

  // Eventlet: Q13
  func testGettersWhosePuttersAllLeftKeepTheirOrder() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    var log: [String] = []
    let getters = (0..<3).map { index in spawn { log.append("\(index) \(try queue.get())") } }
    try GreenThread.yield()
    let putters = (0..<3).map { item in spawn { try queue.put(item) } }
    try GreenThread.yield()
    // From the hub: all leave before any getter runs.
    var left = false
    Hub.current.schedule(after: .zero) {
      for putter in putters { try putter.kill() }
      left = true
    }
    for _ in 0..<3 { try GreenThread.yield() }
    XCTAssertTrue(left)
    for item in 0..<3 where queue.gettingCount > 0 { try queue.putNoWait(item) }
    for getter in getters { _ = try? getter.wait(timeout: .seconds(1)) }
    for getter in getters { try getter.kill() }
    XCTAssertEqual(log.count, 3)
    XCTAssertEqual(log.map { $0.prefix(1) }, ["0", "1", "2"])
  }
}
