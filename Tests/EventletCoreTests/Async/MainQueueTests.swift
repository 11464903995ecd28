import Dispatch
import EventletCore
import EventletTesting
import XCTest

@MainActor private final class Counter {
  static let shared = Counter()
  private(set) var value = 0
  func increment() { value += 1 }
  func incrementGreenly() throws {
    try GreenThread.sleep(for: .milliseconds(1))
    value += 1
  }
}

/// XCTest runs its tests on the process's main thread.
final class MainQueueTests: XCTestCase {
  override func setUpWithError() throws { try Hub.use(Hub.Configuration()) }
  override func tearDownWithError() throws { try Hub.current.destroy() }

  func testTheMainActorRunsBetweenGreenThreads() throws {
    var ticks = 0
    let ticker = spawn {
      while true {
        try GreenThread.sleep(for: .milliseconds(1))
        ticks += 1
      }
    }
    let (before, after) = try GreenThread.awaiting {
      let before = await Counter.shared.value
      for _ in 0..<10 {
        await Counter.shared.increment()
        try await Task.sleep(for: .milliseconds(2))
      }
      return (before, await Counter.shared.value)
    }
    XCTAssertEqual(after, before + 10)
    XCTAssertGreaterThan(ticks, 3)
    try ticker.kill()
  }

  func testTheMainActorMayBlockGreenly() throws {
    let grown = try GreenThread.awaiting {
      let before = await Counter.shared.value
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<10 { group.addTask { try await Counter.shared.incrementGreenly() } }
        try await group.waitForAll()
      }
      return await Counter.shared.value - before
    }
    XCTAssertEqual(grown, 10)
  }

  func testAGreenWaitOnTheMainActorDoesNotHoldItUp() throws {
    let event = Event<Int>()
    nonisolated(unsafe) let sent = event
    let waiting = Task { @MainActor in try sent.wait() }
    let sending = Task { @MainActor in
      await Task.yield()
      sent.send(3)
    }
    let (value, _) = try GreenThread.awaiting { (try await waiting.value, await sending.value) }
    XCTAssertEqual(value, 3)
  }

  func testIsolationIsAssumedOnTheMainHub() throws {
    MainActor.assumeIsolated { Counter.shared.increment() }
    try spawn { MainActor.assumeIsolated { Counter.shared.increment() } }.wait()
    try GreenThread.awaiting { await MainActor.run { MainActor.assertIsolated() } }
  }

  func testTheMainActorGoesOnWhenTheHubIsReplaced() throws {
    for _ in 0..<3 {
      try GreenThread.awaiting { await Counter.shared.increment() }
      try Hub.use(Hub.Configuration())
    }
  }

  func testWhatIsDispatchedToTheMainQueueRuns() throws {
    let event = Event<Int>()
    nonisolated(unsafe) let sent = event
    DispatchQueue.global().async { DispatchQueue.main.async { sent.send(4) } }
    XCTAssertEqual(try event.wait(), 4)
  }

  func testWatchersAreNobodyWhoCouldWakeTheMainThread() throws {
    try XCTSkipIf(Sanitizer.isThread, "it ends a child that makes OS threads")
    // In a child, because Dispatch has threads in the process of the tests.
    try ForkedChild.run {
      try Hub.use(Hub.Configuration())
      let detection = Debug.blockingDetection(after: .seconds(60)) { _ in }
      defer { detection.stop() }
      do { try Event<Void>().wait() } catch HubError.deadlock { return true }
      return false
    }
  }
}
