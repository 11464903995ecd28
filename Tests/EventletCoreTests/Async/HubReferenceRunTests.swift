import EventletCore
import EventletTesting
import XCTest

final class HubReferenceRunTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  func testAsyncCodeElsewhereGetsTheResult() throws {
    let reference = Hub.current.reference
    let result = try GreenThread.awaiting {
      try await Task.detached {
        try await reference.run { () throws -> Int in
          try GreenThread.sleep(for: .milliseconds(1))
          return Hub.current.reference === reference ? 9 : 0
        }
      }.value
    }
    XCTAssertEqual(result, 9)
  }

  func testErrorsComeBack() throws {
    let reference = Hub.current.reference
    let outcome = try GreenThread.awaiting {
      await Task.detached { try await reference.run { throw Failure("there") } }.result
    }
    XCTAssertThrowsError(try outcome.get()) { XCTAssertEqual($0 as? Failure, Failure("there")) }
  }

  // Eventlet: A5
  func testCancellingTheTaskKillsTheGreenThread() throws {
    let reference = Hub.current.reference
    let hasBegun = Event<Void>()
    nonisolated(unsafe) let begun = hasBegun
    let task = Task.detached {
      try await reference.run {
        begun.send(())
        try GreenThread.sleep(for: .seconds(60))
      }
    }
    try hasBegun.wait()
    task.cancel()
    let outcome = try GreenThread.awaiting { await task.result }
    XCTAssertThrowsError(try outcome.get()) { XCTAssertTrue($0 is CancellationError) }
  }

  func testACancelledTaskStartsNothing() throws {
    let reference = Hub.current.reference
    let gate = Gate()
    let task = Task.detached { () throws -> Bool in
      await gate.wait()
      return try await reference.run { true }
    }
    task.cancel()
    gate.open()
    let outcome = try GreenThread.awaiting { await task.result }
    XCTAssertThrowsError(try outcome.get()) { XCTAssertTrue($0 is CancellationError) }
  }

  func testAHubThatIsGoneIsAnError() throws {
    let gone = OnceSet<HubReference>()
    onAnotherOSThread { gone.set(Hub.current.reference) }
    let outcome = try GreenThread.awaiting { await Task { try await gone.value.run { 1 } }.result }
    XCTAssertThrowsError(try outcome.get()) {
      guard case HubError.hubDestroyed = $0 else { return XCTFail("\($0)") }
    }
    XCTAssertFalse(gone.value.spawn {})
  }

  func testSpawnReachesAHubFromAnotherOSThread() throws {
    let reference = Hub.current.reference
    let hasRun = Event<Void>()
    nonisolated(unsafe) let event = hasRun
    onAnotherOSThread { XCTAssertTrue(reference.spawn { event.send(()) }) }
    try hasRun.wait()
  }
}
