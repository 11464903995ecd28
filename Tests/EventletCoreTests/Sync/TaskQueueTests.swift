import EventletCore
import EventletTesting
import XCTest

final class TaskQueueTests: GreenTestCase {
  // Eventlet: Q25
  func testEachItemThatEntersIsCountedAndTaskDoneTakesItOff() throws {
    let queue = Queue<Int>(maxSize: 1)
    try queue.put(1)
    XCTAssertEqual(queue.unfinishedCount, 1)
    let putter = spawn { try queue.put(2) }
    try GreenThread.yield()
    XCTAssertEqual(queue.unfinishedCount, 1)
    XCTAssertEqual(try queue.get(), 1)
    XCTAssertEqual(queue.unfinishedCount, 2)
    try putter.wait()
    try queue.taskDone()
    XCTAssertEqual(queue.unfinishedCount, 1)
    XCTAssertEqual(try queue.get(), 2)
    try queue.taskDone()
    XCTAssertEqual(queue.unfinishedCount, 0)
  }

  // Eventlet: Q25
  func testAnItemHandedOverOnARendezvousIsCountedOnce() throws {
    let queue = Queue<Int>(maxSize: 0)
    let putter = spawn { try queue.put(1) }
    try GreenThread.yield()
    XCTAssertEqual(queue.unfinishedCount, 0)
    XCTAssertEqual(try queue.get(), 1)
    XCTAssertEqual(queue.unfinishedCount, 1)
    try putter.wait()
    let getter = spawn { try queue.get() }
    try GreenThread.yield()
    try queue.putNoWait(2)
    XCTAssertEqual(try getter.wait(), 2)
    XCTAssertEqual(queue.unfinishedCount, 2)
  }

  // Eventlet: Q25, Q21
  func testAPutThatTimedOutIsNotCounted() throws {
    let queue = Queue<Int>(maxSize: 0)
    XCTAssertThrowsError(try queue.put(1, timeout: .seconds(1)))
    XCTAssertEqual(queue.unfinishedCount, 0)
    XCTAssertTrue(try queue.join())
  }

  // Eventlet: Q26
  func testTaskDoneBeyondTheCountThrows() throws {
    let queue = Queue<Int>()
    XCTAssertThrowsError(try queue.taskDone()) {
      XCTAssertEqual($0 as? QueueError, .taskDoneTooOften)
    }
    try queue.put(1)
    try queue.taskDone()
    XCTAssertThrowsError(try queue.taskDone())
    XCTAssertEqual(queue.unfinishedCount, 0)
  }

  // Eventlet: Q27
  func testJoinReturnsAtOnceOnANewQueue() throws {
    let queue = Queue<Int>()
    XCTAssertTrue(try assertDoesNotSwitch { try queue.join() })
  }

  // Eventlet: Q27
  func testJoinWaitsUntilAllIsDone() throws {
    let queue = Queue<Int>()
    for item in 0..<3 { try queue.put(item) }
    spawn {
      for _ in 0..<3 {
        _ = try queue.get()
        try GreenThread.sleep(for: .seconds(1))
        try queue.taskDone()
      }
    }
    XCTAssertFalse(try queue.join(timeout: .seconds(2)))
    XCTAssertTrue(try queue.join())
    XCTAssertEqual(clock.elapsed, .seconds(3))
    XCTAssertEqual(queue.unfinishedCount, 0)
  }

  // Eventlet: Q27
  func testAllJoinersReturnInTheOrderInWhichTheyBegan() throws {
    let queue = Queue<Int>()
    try queue.put(1)
    var log: [Int] = []
    for index in 0..<3 {
      spawn {
        try queue.join()
        log.append(index)
      }
    }
    try GreenThread.yield()
    try queue.taskDone()
    try GreenThread.yield()
    XCTAssertEqual(log, [0, 1, 2])
  }

  // Eventlet: Q28
  func testAJoinerThatWasReleasedReturnsThoughAnItemWasPutSince() throws {
    let queue = Queue<Int>()
    try queue.put(1)
    let joiner = spawn { try queue.join() }
    try GreenThread.yield()
    try queue.taskDone()
    try queue.put(2)
    try GreenThread.yield()
    XCTAssertTrue(joiner.isFinished)
    XCTAssertTrue(try joiner.wait())
    XCTAssertEqual(queue.unfinishedCount, 1)
  }
}
