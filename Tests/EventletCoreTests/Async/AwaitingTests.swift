import EventletCore
import EventletTesting
import XCTest

final class AwaitingTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  // Eventlet: A1
  func testReturnsWhatTheAsyncCodeReturns() throws {
    XCTAssertEqual(try GreenThread.awaiting { 7 }, 7)
    XCTAssertEqual(try GreenThread.awaiting { await Task.detached { 8 }.value }, 8)
    let sum = try GreenThread.awaiting {
      async let one = 1
      await Task.yield()
      return await one + 1
    }
    XCTAssertEqual(sum, 2)
  }

  // Eventlet: A1
  func testThrowsWhatTheAsyncCodeThrows() throws {
    XCTAssertThrowsError(try GreenThread.awaiting { throw Failure("now") }) {
      XCTAssertEqual($0 as? Failure, Failure("now"))
    }
    XCTAssertThrowsError(
      try GreenThread.awaiting {
        await Task.yield()
        throw Failure("later")
      }
    ) { XCTAssertEqual($0 as? Failure, Failure("later")) }
  }

  func testCodeThatNeverSuspendsCostsNoSwitch() throws {
    XCTAssertEqual(try assertDoesNotSwitch { try GreenThread.awaiting { 7 } }, 7)
  }

  func testOthersRunMeanwhile() throws {
    let gate = Gate()
    let waiter = spawn { try GreenThread.awaiting { await gate.wait() } }
    try GreenThread.yield()
    XCTAssertFalse(waiter.isFinished)
    spawn { gate.open() }
    try waiter.wait()
  }

  func testAsyncCodeMayUseGreenObjectsOfTheCaller() throws {
    let queue = LightQueue<Int>()
    let reader = spawn { try queue.get() }
    try GreenThread.awaiting {
      await Task.yield()
      try queue.put(5)
      try GreenThread.sleep(for: .milliseconds(1))
    }
    XCTAssertEqual(try reader.wait(), 5)
  }

  // Eventlet: A3
  func testAKillOfTheCallerCancelsTheTask() throws {
    let gate = Gate()
    let sawCancellation = Event<Bool>()
    let waiter = spawn {
      try GreenThread.awaiting {
        await gate.wait()
        sawCancellation.send(Task.isCancelled)
      }
    }
    try GreenThread.yield()
    try waiter.kill()
    XCTAssertTrue(waiter.isFinished)
    gate.open()
    XCTAssertTrue(try sawCancellation.wait())
  }

  func testAKillThatComesAfterTheEndLosesNoResult() throws {
    let gate = Gate()
    let caller = OnceSet<Int>()
    var waiter: AnyGreenThread?
    let thread = spawn {
      let number = try GreenThread.awaiting {
        await gate.wait()
        return 6
      }
      caller.set(number)
      try GreenThread.yield()
    }
    waiter = thread
    try GreenThread.yield()
    spawn {
      // In the same turn as the end of the async code, and behind it.
      try GreenThread.yield()
      waiter?.interruptLater(Failure())
    }
    gate.open()
    XCTAssertThrowsError(try thread.wait()) { XCTAssertEqual($0 as? Failure, Failure()) }
    XCTAssertEqual(caller.value, 6)
  }

  func testATimeoutOfTheCallerCancelsTheTask() throws {
    let ended = Event<Bool>()
    XCTAssertThrowsError(
      try withTimeout(.milliseconds(5)) {
        try GreenThread.awaiting {
          do { try await Task.sleep(for: .seconds(60)) } catch { ended.send(Task.isCancelled) }
        }
      }
    ) { XCTAssertTrue($0 is Timeout) }
    XCTAssertTrue(try ended.wait())
  }

  func testAKillBeforeTheCallStartsNothing() throws {
    var hasBegun = false
    let thread = spawn {
      do { try GreenThread.sleep(for: .seconds(60)) } catch {
        GreenThread.current.interruptLater(Failure("second"))
      }
      try GreenThread.awaiting { hasBegun = true }
    }
    try GreenThread.yield()
    try thread.kill()
    XCTAssertThrowsError(try thread.wait()) { XCTAssertEqual($0 as? Failure, Failure("second")) }
    XCTAssertFalse(hasBegun)
  }

  func testIsRefusedInACallbackOfTheHub() throws {
    let refusal = Event<(any Error)?>()
    Hub.current.schedule(after: .zero) {
      do {
        try GreenThread.awaiting {}
        refusal.send(nil)
      } catch { refusal.send(error) }
    }
    XCTAssertTrue(try refusal.wait() is HubError)
  }

  /// A wait for async code is a wait for somebody outside.
  func testIsNoDeadlock() throws {
    try GreenThread.awaiting { try await Task.sleep(for: .milliseconds(30)) }
  }

  func testManyAtOnce() throws {
    let threads = (0..<1000).map { number in
      spawn { try GreenThread.awaiting { await Task.detached { number }.value } }
    }
    XCTAssertEqual(try threads.map { try $0.wait() }, Array(0..<1000))
  }
}
