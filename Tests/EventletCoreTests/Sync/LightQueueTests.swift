import EventletCore
import EventletTesting
import XCTest

final class LightQueueTests: GreenTestCase {
  private func assertEmpty(_ body: () throws -> Void, line: UInt = #line) {
    XCTAssertThrowsError(try body(), line: line) {
      XCTAssertEqual($0 as? QueueError, .empty, line: line)
    }
  }

  private func assertFull(_ body: () throws -> Void, line: UInt = #line) {
    XCTAssertThrowsError(try body(), line: line) {
      XCTAssertEqual($0 as? QueueError, .full, line: line)
    }
  }

  // Eventlet: Q1
  func testWithoutAMaximumOrWithANegativeOneAQueueIsNeverFull() throws {
    for queue in [LightQueue<Int>(), LightQueue<Int>(maxSize: -1)] {
      XCTAssertNil(queue.maxSize)
      for item in 0..<1000 { try assertDoesNotSwitch { try queue.put(item) } }
      XCTAssertFalse(queue.isFull)
      XCTAssertEqual(queue.count, 1000)
    }
  }

  // Eventlet: Q3, Q6, Q24
  func testPutWaitsWhileTheQueueIsFullAndAGetReleasesItInALaterTurn() throws {
    let queue = LightQueue<Int>(maxSize: 2)
    var isThrough = false
    spawn {
      for item in 0..<3 { try queue.put(item) }
      isThrough = true
    }
    try GreenThread.yield()
    XCTAssertEqual(queue.count, 2)
    XCTAssertTrue(queue.isFull)
    XCTAssertEqual(queue.puttingCount, 1)
    XCTAssertEqual(try assertDoesNotSwitch { try queue.get() }, 0)
    XCTAssertEqual(queue.puttingCount, 0)
    XCTAssertFalse(isThrough)
    try GreenThread.yield()
    XCTAssertTrue(isThrough)
    XCTAssertEqual([try queue.get(), try queue.get()], [1, 2])
  }

  // Eventlet: Q4, Q5
  func testItemsComeOutInTheOrderPutWithoutASwitch() throws {
    let queue = LightQueue<Int>(maxSize: 3)
    try assertDoesNotSwitch {
      for item in 0..<3 { try queue.put(item) }
      XCTAssertEqual([try queue.get(), try queue.get(), try queue.get()], [0, 1, 2])
    }
    XCTAssertTrue(queue.isEmpty)
  }

  // Eventlet: Q7
  func testATimeThatPassesMeansFullOrEmpty() throws {
    let queue = LightQueue<Int>(maxSize: 1)
    assertEmpty { _ = try queue.get(timeout: .seconds(1)) }
    XCTAssertEqual(clock.elapsed, .seconds(1))
    try queue.put(1)
    assertFull { try queue.put(2, timeout: .seconds(2)) }
    XCTAssertEqual(clock.elapsed, .seconds(3))
    XCTAssertEqual(queue.puttingCount, 0)
    XCTAssertEqual(try queue.get(), 1)
    assertEmpty { _ = try queue.getNoWait() }
    XCTAssertEqual(queue.gettingCount, 0)
  }

  // Eventlet: Q8
  func testATimeoutOfZeroLetsReadyWorkRunOnce() throws {
    let queue = LightQueue<Int>(maxSize: 1)
    spawn { try queue.put(1) }
    XCTAssertEqual(try queue.get(timeout: .zero), 1)
    assertEmpty { _ = try queue.get(timeout: .zero) }
    try queue.put(2)
    spawn { XCTAssertEqual(try queue.get(), 2) }
    try queue.put(3, timeout: .zero)
    assertFull { try queue.put(4, timeout: .zero) }
    XCTAssertEqual(clock.elapsed, .zero)
  }

  // Eventlet: Q9
  func testTheVariantsThatDoNotWaitNeitherWaitNorSwitch() throws {
    let queue = LightQueue<Int>(maxSize: 1)
    try assertDoesNotSwitch {
      assertEmpty { _ = try queue.getNoWait() }
      try queue.putNoWait(1)
      assertFull { try queue.putNoWait(2) }
      XCTAssertEqual(try queue.getNoWait(), 1)
    }
  }

  // Eventlet: Q12
  func testTheVariantsThatDoNotWaitWorkInHubCallbacks() throws {
    let queue = LightQueue<Int>(maxSize: 1)
    let taken = LightQueue<Int>()
    spawn { for item in 0..<3 { try queue.put(item) } }
    for second in 1...3 {
      Hub.current.schedule(after: .seconds(second)) { try taken.putNoWait(try queue.getNoWait()) }
    }
    for item in 0..<3 { XCTAssertEqual(try taken.get(), item) }
    try GreenThread.yield()
  }

  // Eventlet: Q13, Q14, Q24
  func testWaitingGettersAreServedFirstComeFirstServed() throws {
    let queue = LightQueue<Int>()
    var log: [String] = []
    for index in 0..<4 { spawn { log.append("\(index) \(try queue.get())") } }
    try GreenThread.yield()
    XCTAssertEqual(queue.gettingCount, 4)
    for item in 0..<4 {
      try queue.put(item)
      XCTAssertEqual(queue.gettingCount, 3 - item)
    }
    try GreenThread.yield()
    XCTAssertEqual(log, ["0 0", "1 1", "2 2", "3 3"])
    XCTAssertTrue(queue.isEmpty)
  }

  // Eventlet: Q13, Q14
  func testWaitingPuttersAreServedFirstComeFirstServed() throws {
    let queue = LightQueue<Int>(maxSize: 1)
    var log: [Int] = []
    for item in 0..<4 {
      spawn {
        try queue.put(item)
        log.append(item)
      }
    }
    try GreenThread.yield()
    for item in 0..<4 { XCTAssertEqual(try queue.get(), item) }
    try GreenThread.yield()
    XCTAssertEqual(log, [0, 1, 2, 3])
  }

  // Eventlet: Q17, Q18, Q19
  func testAGetterThatLeftReceivesNothingAndTheNextDoes() throws {
    let queue = LightQueue<Int>()
    let killed = spawn { try queue.get() }
    let late = spawn { try queue.get(timeout: .seconds(1)) }
    let alive = spawn { try queue.get() }
    try GreenThread.yield()
    try killed.kill()
    assertEmpty { _ = try late.wait() }
    try queue.put(1)
    XCTAssertEqual(try alive.wait(), 1)
    let another = spawn { try queue.get() }
    try GreenThread.yield()
    try another.kill()
    try queue.put(2)
    XCTAssertEqual(try queue.get(), 2)
  }

  // Eventlet: Q22
  func testMoreRoomReleasesWaitingPutters() throws {
    let queue = LightQueue<Int>(maxSize: 1)
    var done: [Int] = []
    for item in 0..<5 {
      spawn {
        try queue.put(item)
        done.append(item)
      }
    }
    try GreenThread.yield()
    XCTAssertEqual(done, [0])
    queue.resize(to: 3)
    XCTAssertEqual(queue.maxSize, 3)
    try GreenThread.yield()
    XCTAssertEqual(done, [0, 1, 2])
    queue.resize(to: nil)
    try GreenThread.yield()
    XCTAssertEqual(done, [0, 1, 2, 3, 4])
    for item in 0..<5 { XCTAssertEqual(try queue.get(), item) }
  }

  // Eventlet: Q23
  func testLessRoomKeepsTheItems() throws {
    let queue = LightQueue<Int>(maxSize: 4)
    for item in 0..<4 { try queue.put(item) }
    queue.resize(to: 2)
    XCTAssertTrue(queue.isFull)
    XCTAssertEqual(queue.count, 4)
    XCTAssertEqual(try queue.get(), 0)
    assertFull { try queue.putNoWait(9) }
    XCTAssertEqual([try queue.get(), try queue.get()], [1, 2])
    try queue.putNoWait(4)
    XCTAssertEqual([try queue.get(), try queue.get()], [3, 4])
  }

  // Eventlet: Q31
  func testAnErrorThrownByAGetterRightAfterItsItemComesThrough() throws {
    struct Quit: Error {}
    let queue = LightQueue<Int>()
    let getter = spawn {
      _ = try queue.get()
      throw Quit()
    }
    try GreenThread.yield()
    try queue.put(1)
    XCTAssertThrowsError(try getter.wait()) { XCTAssert($0 is Quit) }
  }

  // Eventlet: Q32
  func testTwoThatPutWhatTheyGotDoNotStarveOthers() throws {
    let queue = LightQueue<Int>()
    var passes = 0
    let pair = (0..<2).map { _ in
      spawn {
        while true {
          let item = try queue.get()
          passes += 1
          try queue.put(item)
        }
      }
    }
    try GreenThread.yield()
    try queue.put(1)
    for _ in 0..<10 { try GreenThread.yield() }
    XCTAssertGreaterThanOrEqual(passes, 10)
    for thread in pair { try thread.kill() }
    XCTAssertEqual(try queue.get(), 1)
  }

  func testItemsGoWhenTheQueueGoes() throws {
    final class Item {}
    weak var stored: Item?
    do {
      let queue = LightQueue<Item>()
      let item = Item()
      stored = item
      try queue.put(item)
    }
    XCTAssertNil(stored)
  }

  func testAnOfferThatIsWithdrawnReleasesItsItem() throws {
    final class Item {}
    let queue = LightQueue<Item>(maxSize: 0)
    weak var offered: Item?
    let putter = spawn {
      let item = Item()
      offered = item
      try queue.put(item)
    }
    try GreenThread.yield()
    XCTAssertNotNil(offered)
    try putter.kill()
    XCTAssertNil(offered)
  }
}
