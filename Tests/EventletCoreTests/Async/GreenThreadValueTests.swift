import EventletCore
import EventletTesting
import XCTest

final class GreenThreadValueTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  // Eventlet: A4
  func testGivesTheResultWhetherItHasEndedOrNot() throws {
    try GreenThread.awaiting {
      let thread = spawn { () throws -> Int in
        try GreenThread.sleep(for: .milliseconds(1))
        return 3
      }
      let first = try await thread.value
      let second = try await thread.value
      XCTAssertEqual([first, second], [3, 3])
    }
  }

  // Eventlet: A4
  func testThrowsTheErrorOfTheBody() throws {
    try GreenThread.awaiting {
      let thread = spawn { () throws -> Int in throw Failure("body") }
      do {
        _ = try await thread.value
        XCTFail("no error")
      } catch { XCTAssertEqual(error as? Failure, Failure("body")) }
    }
  }

  // Eventlet: A5
  func testCancellingTheTaskKillsTheGreenThread() throws {
    let thread = spawn { try GreenThread.sleep(for: .seconds(60)) }
    nonisolated(unsafe) let awaited = thread
    let task = Task(executorPreference: Hub.current.executor) { try await awaited.value }
    try GreenThread.yield()
    try GreenThread.yield()
    task.cancel()
    XCTAssertThrowsError(try thread.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
    let outcome = try GreenThread.awaiting { await task.result }
    XCTAssertThrowsError(try outcome.get()) { XCTAssertTrue($0 is CancellationError) }
  }

  // Eventlet: A6
  func testAKillOfTheGreenThreadIsACancellationToTheAwaitingSide() throws {
    let thread = spawn { try GreenThread.sleep(for: .seconds(60)) }
    nonisolated(unsafe) let awaited = thread
    let task = Task(executorPreference: Hub.current.executor) { try await awaited.value }
    try GreenThread.yield()
    try GreenThread.yield()
    try thread.kill()
    let outcome = try GreenThread.awaiting { await task.result }
    XCTAssertThrowsError(try outcome.get()) { XCTAssertTrue($0 is CancellationError) }
  }
}
