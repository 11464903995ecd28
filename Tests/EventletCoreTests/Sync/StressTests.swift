import EventletCore
import EventletTesting
import XCTest

final class StressTests: GreenTestCase {
  override var timeLimit: Duration { .seconds(120) }

  // Eventlet: Q14, Q17, Q25, S11, S20
  func testRandomOperationsWithRandomKillsLoseAndDoubleNothing() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let world = World(seed: seed, operations: 100_000)
    try world.run(workers: 50)
    let problems = world.problems()
    XCTAssertEqual(problems, [], "seed \(seed)")
  }
}

private final class World: StressWorld {
  private let queues = [0, 1, 3, nil].map { Queue<Int>(maxSize: $0) }
  private let semaphore = Semaphore(value: 3)
  private let bounded = BoundedSemaphore(value: 2)
  private let capped = [0, 1, 4].map { CappedSemaphore(count: 0, limit: $0) }
  private var cappedFree = [0, 0, 0]
  private var nextItem = 0
  private var stored: Set<Int> = []
  private var received: Set<Int> = []
  private var doubled: [Int] = []
  private var putCounts = [0, 0, 0, 0]

  override func step() throws {
    let limit = Duration.microseconds(random.pick(50))
    do {
      switch random.pick(12) {
      case 0, 1, 2: try put(limit)
      case 3, 4, 5: try get(limit)
      case 6: try hold(semaphore, limit)
      case 7: try hold(bounded, limit)
      case 8:
        let index = random.pick(3)
        if try within(limit, { try capped[index].acquire(timeout: $0) }) { cappedFree[index] -= 1 }
      case 9:
        let index = random.pick(3)
        if try within(limit, { try capped[index].release(timeout: $0) }) { cappedFree[index] += 1 }
      case 10: try killSomebody()
      default: try GreenThread.yield()
      }
    } catch is Timeout {} catch is QueueError {}
  }

  private func put(_ limit: Duration) throws {
    let item = nextItem
    nextItem += 1
    let index = random.pick(queues.count)
    try within(limit) { try queues[index].put(item, timeout: $0) }
    stored.insert(item)
    putCounts[index] += 1
  }

  private func get(_ limit: Duration) throws {
    let index = random.pick(queues.count)
    receive(try within(limit) { try queues[index].get(timeout: $0) })
  }

  private func receive(_ item: Int) {
    if !received.insert(item).inserted { doubled.append(item) }
  }

  private func hold(_ semaphore: EventletCore.Semaphore, _ limit: Duration) throws {
    guard try within(limit, { try semaphore.acquire(timeout: $0) }) else { return }
    defer { semaphore.release() }
    try GreenThread.sleep(for: .microseconds(random.pick(5)))
  }

  func problems() -> [String] {
    for (index, queue) in queues.enumerated() {
      while let item = try? queue.getNoWait() { receive(item) }
      if queue.gettingCount + queue.puttingCount + queue.count != 0 {
        found.append("queue \(index) is not empty")
      }
      if queue.unfinishedCount != putCounts[index] {
        found.append("queue \(index): \(queue.unfinishedCount) ≠ \(putCounts[index]) unfinished")
      }
    }
    let lost = stored.subtracting(received).count
    let invented = received.subtracting(stored).count
    if lost + invented + doubled.count > 0 {
      found.append("lost \(lost), invented \(invented), doubled \(doubled.count)")
    }
    if semaphore.freeCount != 3 { found.append("semaphore: \(semaphore.freeCount)") }
    if bounded.freeCount != 2 { found.append("bounded semaphore: \(bounded.freeCount)") }
    for (index, limit) in [0, 1, 4].enumerated()
    where capped[index].balance != 2 * cappedFree[index] - limit {
      found.append("capped \(limit): \(capped[index].balance), free \(cappedFree[index])")
    }
    if kills < 1000 { found.append("only \(kills) kills") }
    return found
  }
}
