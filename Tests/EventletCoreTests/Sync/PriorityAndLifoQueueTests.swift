import EventletCore
import EventletTesting
import XCTest

final class PriorityAndLifoQueueTests: GreenTestCase {
  private struct Job: Comparable {
    let rank: Int
    let name: String
    static func < (left: Job, right: Job) -> Bool { left.rank < right.rank }
    static func == (left: Job, right: Job) -> Bool { left.rank == right.rank }
  }

  // Eventlet: Q30
  func testAPriorityQueueGivesTheSmallestFirst() throws {
    let queue = PriorityQueue<Int>()
    for item in [5, 1, 4, 2, 3] { try queue.put(item) }
    for item in 1...5 { XCTAssertEqual(try queue.get(), item) }
  }

  // Eventlet: Q30
  func testAmongEqualsAPriorityQueueGivesTheOnePutFirst() throws {
    let queue = PriorityQueue<Job>()
    for index in 0..<20 { try queue.put(Job(rank: index % 2, name: "\(index)")) }
    var names: [String] = []
    for _ in 0..<20 { names.append(try queue.get().name) }
    let (even, odd) = (stride(from: 0, to: 20, by: 2), stride(from: 1, to: 20, by: 2))
    XCTAssertEqual(names, even.map { "\($0)" } + odd.map { "\($0)" })
  }

  // Eventlet: Q30
  func testALifoQueueGivesTheNewestFirst() throws {
    let queue = LifoQueue<Int>()
    for item in 1...4 { try queue.put(item) }
    for item in (1...4).reversed() { XCTAssertEqual(try queue.get(), item) }
  }

  // Eventlet: Q30, Q3
  func testBothTakeAMaximum() throws {
    let smallest = PriorityQueue<Int>(maxSize: 2)
    let newest = LifoQueue<Int>(maxSize: 2)
    spawn { for item in [3, 2, 1] { try smallest.put(item) } }
    spawn { for item in [3, 2, 1] { try newest.put(item) } }
    try GreenThread.yield()
    XCTAssertEqual([smallest.count, smallest.puttingCount], [2, 1])
    XCTAssertEqual([newest.count, newest.puttingCount], [2, 1])
    XCTAssertEqual([try smallest.get(), try smallest.get(), try smallest.get()], [2, 1, 3])
    XCTAssertEqual([try newest.get(), try newest.get(), try newest.get()], [2, 1, 3])
    try GreenThread.yield()
  }

  // Eventlet: Q30, Q27
  func testBothCountTasks() throws {
    let queue = PriorityQueue<Int>()
    try queue.put(1)
    XCTAssertEqual(queue.unfinishedCount, 1)
    spawn {
      _ = try queue.get()
      try queue.taskDone()
    }
    XCTAssertTrue(try queue.join())
  }
}
