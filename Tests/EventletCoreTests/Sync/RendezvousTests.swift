import EventletCore
import EventletTesting
import XCTest

/// Queues with `maxSize` 0.
final class RendezvousTests: GreenTestCase {
  private func assertEmpty(_ queue: LightQueue<Int>, line: UInt = #line) {
    XCTAssertThrowsError(try queue.getNoWait(), line: line) {
      XCTAssertEqual($0 as? QueueError, .empty, line: line)
    }
  }

  // Eventlet: Q2
  func testPutWaitsUntilAGetHasTakenTheItem() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    XCTAssertTrue(queue.isEmpty)
    XCTAssertTrue(queue.isFull)
    var isThrough = false
    spawn {
      try queue.put(1)
      isThrough = true
    }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertFalse(isThrough)
    XCTAssertTrue(queue.isEmpty)
    XCTAssertTrue(queue.isFull)
    XCTAssertEqual(try queue.get(), 1)
    XCTAssertFalse(isThrough)
    try GreenThread.yield()
    XCTAssertTrue(isThrough)
  }

  // Eventlet: Q10
  func testPutNoWaitNeedsAWaitingGetter() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    XCTAssertThrowsError(try queue.putNoWait(1)) { XCTAssertEqual($0 as? QueueError, .full) }
    let getter = spawn { try queue.get() }
    try GreenThread.yield()
    try assertDoesNotSwitch { try queue.putNoWait(2) }
    XCTAssertThrowsError(try queue.putNoWait(3)) { XCTAssertEqual($0 as? QueueError, .full) }
    XCTAssertEqual(try getter.wait(), 2)
  }

  // Eventlet: Q11, Q12
  func testGetNoWaitTakesFromAWaitingPutterInAGreenThreadAndInTheHub() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    spawn { for item in 1...2 { try queue.put(item) } }
    try GreenThread.yield()
    XCTAssertEqual(try assertDoesNotSwitch { try queue.getNoWait() }, 1)
    let taken = Event<Int>()
    Hub.current.schedule(after: .seconds(1)) { taken.send(try queue.getNoWait()) }
    XCTAssertEqual(try taken.wait(), 2)
    try GreenThread.yield()
  }

  // Eventlet: Q12
  func testPutNoWaitInTheHubGivesToAWaitingGetter() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    Hub.current.schedule(after: .seconds(1)) { try queue.putNoWait(6) }
    XCTAssertEqual(try queue.get(), 6)
  }

  // Eventlet: Q13, Q14
  func testManyPuttersAndGettersPairUpInOrder() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    var log: [String] = []
    let getters = (0..<10).map { index in spawn { log.append("\(index) \(try queue.get())") } }
    let putters = (0..<10).map { item in spawn { try queue.put(item) } }
    for thread in getters + putters { try thread.wait() }
    XCTAssertEqual(log, (0..<10).map { "\($0) \($0)" })
    XCTAssertEqual([queue.count, queue.puttingCount, queue.gettingCount], [0, 0, 0])
  }

  // Eventlet: Q15
  func testTheReceiverRunsBeforeTheSenderGoesOn() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    var log: [String] = []
    let receiver = spawn { for _ in 1...2 { log.append("got \(try queue.get())") } }
    let sender = spawn {
      log.append("sending")
      for item in 1...2 {
        try queue.put(item)
        log.append("sent \(item)")
      }
    }
    try receiver.wait()
    try sender.wait()
    XCTAssertEqual(log, ["sending", "got 1", "sent 1", "got 2", "sent 2"])
  }

  // Q16 of Eventlet, where the sender gets to its second put before the receiver
  // sees item 1, is not taken over: here put returns only once the getter has
  // the item in its hands, so the receiver always sees an item first.
  func testTheMainGreenThreadSeesAnItemBeforeItsSenderGoesOn() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    var log: [String] = []
    let sender = spawn {
      for item in 1...2 {
        try queue.put(item)
        log.append("sent \(item)")
      }
    }
    for _ in 1...2 { log.append("got \(try queue.get())") }
    try sender.wait()
    XCTAssertEqual(log, ["got 1", "sent 1", "got 2", "sent 2"])
  }

  // Eventlet: Q18
  func testIfTheFirstOfTwoGettersDiesTheItemGoesToTheOther() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    let first = spawn { try queue.get() }
    let second = spawn { try queue.get() }
    try GreenThread.yield()
    try first.kill()
    try queue.put(1, timeout: .seconds(1))
    XCTAssertEqual(try second.wait(), 1)
  }

  // Eventlet: Q19
  func testIfAllGettersDieTheOfferStaysForALaterGet() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    let getters = (0..<3).map { _ in spawn { try queue.get() } }
    try GreenThread.yield()
    let putter = spawn { try queue.put(1) }
    for getter in getters { try getter.kill() }
    try GreenThread.yield()
    XCTAssertEqual(try queue.get(), 1)
    try putter.wait()
  }

  // Eventlet: Q20, Q14
  func testDyingGettersBetweenLiveOnesTakeNothingAndHoldNothingUp() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    var taken: [Int] = []
    var dying: [GreenThread<Int>] = []
    for _ in 0..<10 {
      dying.append(spawn { try queue.get() })
      spawn { taken.append(try queue.get()) }
    }
    try GreenThread.yield()
    for thread in dying { try thread.kill() }
    for item in 0..<10 { try queue.put(item, timeout: .seconds(1)) }
    XCTAssertEqual(taken, Array(0..<10))
  }

  // Eventlet: Q21, Q7
  func testAPutThatTimedOutLeavesNothingBehind() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    XCTAssertThrowsError(try queue.put(1, timeout: .seconds(1))) {
      XCTAssertEqual($0 as? QueueError, .full)
    }
    XCTAssertEqual(queue.puttingCount, 0)
    assertEmpty(queue)
  }

  // Eventlet: Q22
  func testResizingToOneTakesTheOfferIn() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    let putter = spawn { try queue.put(1) }
    try GreenThread.yield()
    queue.resize(to: 1)
    try putter.wait()
    XCTAssertEqual(queue.count, 1)
    XCTAssertEqual(try queue.get(), 1)
  }

  // Eventlet: Q24
  func testTheCountsAreOfThoseWhoWait() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    let getters = (0..<2).map { _ in spawn { try queue.get() } }
    try GreenThread.yield()
    XCTAssertEqual(queue.gettingCount, 2)
    try queue.putNoWait(1)
    XCTAssertEqual(queue.gettingCount, 1)
    try queue.putNoWait(2)
    XCTAssertEqual(queue.gettingCount, 0)
    for getter in getters { _ = try getter.wait() }
    let putter = spawn { try queue.put(3) }
    try GreenThread.yield()
    XCTAssertEqual(queue.puttingCount, 1)
    try putter.kill()
    XCTAssertEqual(queue.puttingCount, 0)
  }
}
