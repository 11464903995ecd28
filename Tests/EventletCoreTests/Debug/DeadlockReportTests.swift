import EventletCore
import Testing

/// A program whose green threads all wait for each other says who they are, and ends.
// Eventlet: DG11
@Suite struct DeadlockReportTests {
  @Test func namesEachOneWithItsSpawnSiteItsWaitAndItsCalls() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      onAnotherOSThread { deadlock() }
    }
    let output = text(try #require(result))
    #expect(output.contains("deadlock: no green thread can ever run again"), "\(output)")
    #expect(output.contains("'main' (main:0): waits for green thread 2 since "), "\(output)")
    #expect(output.contains("'left' (Table/Left.swift:1): waits for a semaphore since "))
    #expect(output.contains("'right' (Table/Right.swift:2): waits for a semaphore since "))
    #expect(output.contains("Semaphore.acquire"), "\(output)")
    #expect(output.contains("dine(_:_:) at DeadlockReportTests.swift:"), "\(output)")
    // The main green thread's calls are there too.
    #expect(output.contains("deadlock() at DeadlockReportTests.swift:"), "\(output)")
    #expect(!output.contains("fiberMain"), "\(output)")
  }
}

/// On an OS thread of its own: in a task of Swift Concurrency the task holds the hub's reference.
@inline(never)
private func deadlock() {
  do {
    var configuration = Hub.Configuration()
    // The report is made on the hub's own stack, which is as small as the others.
    configuration.stackSize = 64 * 1024
    try Hub.use(configuration)
    let forks = [Semaphore(value: 1), Semaphore(value: 1)]
    let left = spawn(name: "left", file: "Table/Left.swift", line: 1) {
      try dine(forks[0], forks[1])
    }
    spawn(name: "right", file: "Table/Right.swift", line: 2) { try dine(forks[1], forks[0]) }
    try left.wait()
  } catch { fatalError("\(error)") }
}

@inline(never)
private func dine(_ first: Semaphore, _ second: Semaphore) throws {
  try first.acquire()
  try GreenThread.yield()
  try second.acquire()
}
