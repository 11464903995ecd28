import EventletCore
import EventletTesting
import XCTest

private enum Trace {
  @TaskLocal static var id = 0
}

private actor Ledger {
  private let executor: HubReference
  private var entries: [Int] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(on executor: HubReference) { self.executor = executor }

  func enter(_ number: Int) throws -> Int {
    try GreenThread.sleep(for: .milliseconds(1))
    entries.append(number)
    return entries.count
  }

  func threadIsTheHubs(_ hub: HubReference) -> Bool { Hub.current.reference === hub }
}

final class HubExecutorTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  func testATaskOnTheHubMayBlockGreenly() throws {
    let hub = Hub.current.executor
    let tasks = (0..<50).map { number in
      Task(executorPreference: hub) { () throws -> Int in
        try GreenThread.sleep(for: .milliseconds(10))
        await Task.yield()
        try GreenThread.sleep(for: .milliseconds(10))
        return number
      }
    }
    let start = ContinuousClock.now
    let sum = try GreenThread.awaiting {
      var sum = 0
      for task in tasks { sum += try await task.value }
      return sum
    }
    XCTAssertEqual(sum, 1225)
    // One after the other they would take a second.
    XCTAssertLessThan(start.duration(to: .now), .milliseconds(900))
  }

  func testGreenThreadsRunBetweenTheJobsOfATask() throws {
    var order: [String] = []
    let done = Event<Void>()
    nonisolated(unsafe) let log = { order.append($0) }
    nonisolated(unsafe) let finished = done
    Task(executorPreference: Hub.current.executor) {
      log("task 1")
      await Task.yield()
      log("task 2")
      finished.send(())
    }
    spawn { log("green") }
    try done.wait()
    XCTAssertEqual(order, ["task 1", "green", "task 2"])
  }

  func testAnActorOnAHubMayBlockGreenly() throws {
    let ledger = Ledger(on: Hub.current.executor)
    let reference = Hub.current.reference
    let counts = try GreenThread.awaiting {
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<20 { group.addTask { try await ledger.enter(number) } }
        var counts: [Int] = []
        for try await count in group { counts.append(count) }
        return counts.sorted()
      }
    }
    XCTAssertEqual(counts, Array(1...20))
    XCTAssertTrue(
      try GreenThread.awaiting {
        await Task.detached { await ledger.threadIsTheHubs(reference) }.value
      })
  }

  // Eventlet: A5
  func testCancellingATaskEndsItsGreenWait() throws {
    let outcome = Event<(any Error)?>()
    let again = Event<(any Error)?>()
    nonisolated(unsafe) let (first, second) = (outcome, again)
    let task = Task(executorPreference: Hub.current.executor) {
      do {
        try GreenThread.sleep(for: .seconds(60))
        first.send(nil)
      } catch { first.send(error) }
      do {
        try GreenThread.sleep(for: .seconds(60))
        second.send(nil)
      } catch { second.send(error) }
    }
    try GreenThread.yield()
    try GreenThread.yield()
    task.cancel()
    XCTAssertTrue(try outcome.wait() is CancellationError)
    XCTAssertTrue(try again.wait() is CancellationError, "a cancelled task does not wait any more")
  }

  func testATaskCancelledByAnotherOSThreadEndsItsGreenWait() throws {
    let outcome = Event<(any Error)?>()
    nonisolated(unsafe) let first = outcome
    let task = Task(executorPreference: Hub.current.executor) {
      do {
        try GreenThread.sleep(for: .seconds(60))
        first.send(nil)
      } catch { first.send(error) }
    }
    try GreenThread.yield()
    onAnotherOSThread { task.cancel() }
    XCTAssertTrue(try outcome.wait() is CancellationError)
  }

  func testJobsOfAHubThatIsGoneRunElsewhere() throws {
    let gate = Gate()
    let task = OnceSet<Task<Int, Never>>()
    onAnotherOSThread {
      task.set(
        Task(executorPreference: Hub.current.executor) {
          await gate.wait()
          return 5
        })
      do {
        try GreenThread.yield()
        try Hub.current.destroy()
      } catch { fatalError("\(error)") }
    }
    gate.open()
    XCTAssertEqual(try GreenThread.awaiting { await task.value.value }, 5)
  }

  func testATaskThatHadNotBegunWhenItsHubWentRunsElsewhere() throws {
    let task = OnceSet<Task<Int, Never>>()
    onAnotherOSThread {
      task.set(Task(executorPreference: Hub.current.executor) { 6 })
      do { try Hub.current.destroy() } catch { fatalError("\(error)") }
    }
    XCTAssertEqual(try GreenThread.awaiting { await task.value.value }, 6)
  }
}
