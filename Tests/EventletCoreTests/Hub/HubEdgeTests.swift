import EventletTesting
import Glibc
import Testing
import XCTest

@testable import EventletCore

private enum Trace {
  @TaskLocal static var id = 0
}

/// What hubs do where few look.
final class HubEdgeTests: GreenTestCase {
  func testAHubMadeInsideABoundTaskLocalKeepsThemApart() {
    onAnotherOSThread {
      Trace.$id.withValue(7) {
        let threads = (1...3).map { number in
          spawn { () throws -> Int in
            try Trace.$id.withValue(number) {
              try GreenThread.yield()
              return Trace.id
            }
          }
        }
        XCTAssertEqual(threads.map { try? $0.wait() }, [1, 2, 3])
        XCTAssertEqual(Trace.id, 7)
        XCTAssertEqual(try? GreenThread.awaiting { Trace.id }, 7)
      }
    }
  }

  func testAHubIsDestroyedOnce() {
    onAnotherOSThread {
      let hub = Hub.current
      do {
        try hub.destroy()
        _ = Hub.current
        try hub.destroy()
        XCTFail("destroyed twice")
      } catch {
        guard case HubError.hubDestroyed = error else { return XCTFail("\(error)") }
      }
    }
  }

  func testAHubThatItsOwnHandlerHoldsGoesAllTheSame() {
    let before = LeakCheck()
    for _ in 0..<5 {
      onAnotherOSThread {
        let hub = Hub.current
        hub.onUncaughtError = { _ in _ = hub.statistics }
      }
    }
    XCTAssertEqual(before.leaks(of: Hub.current), [])
  }

  func testAForeignDescriptorIsForgottenWhenNobodyWaitsForIt() throws {
    var ends: [Int32] = [0, 0]
    XCTAssertEqual(pipe(&ends), 0)
    XCTAssertFalse(try Hub.current.waitUntilReadable(ends[0], timeout: .seconds(1)))
    XCTAssertEqual(Hub.current.statistics.descriptors, 0)
    close(ends[0])
    close(ends[1])
  }

  func testAVariableIsNotTakenForAnotherAtTheSameAddress() {
    for number in 0..<50 {
      let numbers = GreenLocal(0)
      numbers.value = number
      let words = GreenLocal("")
      XCTAssertFalse(words.isSet)
      words.value = "word"
    }
    XCTAssertFalse(GreenLocal("fresh").isSet)
  }

  /// A terabyte at most, which costs nothing that is not touched, or which the system refuses.
  func testAStackOfAnAbsurdSizeOverflowsNoSum() throws {
    try XCTSkipIf(Sanitizer.isAddress, "it clears its shadow, which is an eighth of it")
    let thread = spawn(stackSize: .max) { 1 }
    do {
      let result = try thread.wait()
      XCTAssertEqual(result, 1)
    } catch { XCTAssertEqual((error as? SystemError)?.call, "mmap") }
  }

  func testChildrenOfAGroupAreKilledInTheOrderOfSpawning() throws {
    var order: [Int] = []
    try withDiscardingGreenGroup { group in
      for number in 0..<20 {
        group.spawn {
          defer { order.append(number) }
          try GreenThread.sleep(for: .seconds(60))
        }
      }
      try GreenThread.yield()
      group.cancelAll()
    }
    XCTAssertEqual(order, Array(0..<20))
  }

  func testAWaitThatNothingEndsDoesNotSpinInACancelledTask() throws {
    let condition = Condition()
    let isWaiting = Event<Void>()
    nonisolated(unsafe) let (shared, waiting) = (condition, isWaiting)
    let task = Task(executorPreference: Hub.current.executor) {
      try? shared.lock.withLock {
        waiting.send(())
        _ = try shared.wait()
      }
    }
    try isWaiting.wait()
    try condition.lock.acquire()
    task.cancel()
    for _ in 0..<5 { try GreenThread.yield() }
    let before = Hub.current.statistics.switches
    for _ in 0..<5 { try GreenThread.yield() }
    XCTAssertLessThan(Hub.current.statistics.switches - before, 12)
    condition.lock.release()
    try GreenThread.awaiting { await task.value }
  }
}
