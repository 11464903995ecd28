import EventletCore
import EventletTesting
import XCTest

final class EventTests: GreenTestCase {
  private struct Refused: Error {}

  // Eventlet: E1
  func testWaitReturnsTheValueAndThenReturnsItAtOnceEachTime() throws {
    let event = Event<Int>()
    spawn { event.send(7) }
    XCTAssertEqual(try assertSwitches { try event.wait() }, 7)
    for _ in 0..<3 { XCTAssertEqual(try assertDoesNotSwitch { try event.wait() }, 7) }
  }

  // Eventlet: E2, E3
  func testAllWaitersGetTheValueInTheOrderInWhichTheyBegan() throws {
    let event = Event<String>()
    var log: [String] = []
    for index in 0..<5 { spawn { log.append("\(index) \(try event.wait())") } }
    try GreenThread.yield()
    XCTAssertEqual(event.waitingCount, 5)
    event.send("x")
    XCTAssertEqual(event.waitingCount, 0)
    try GreenThread.yield()
    XCTAssertEqual(log, (0..<5).map { "\($0) x" })
  }

  // Eventlet: E4
  func testAWaiterThatThrowsDoesNotKeepTheOthersAsleep() throws {
    let event = Event<Int>()
    var woken: [Int] = []
    let threads = (0..<3).map { index in
      spawn {
        _ = try event.wait()
        woken.append(index)
        if index == 0 { throw Refused() }
      }
    }
    try GreenThread.yield()
    event.send(1)
    XCTAssertThrowsError(try threads[0].wait()) { XCTAssert($0 is Refused) }
    try threads[1].wait()
    try threads[2].wait()
    XCTAssertEqual(woken, [0, 1, 2])
  }

  // Eventlet: E5
  func testSendNeverSwitchesAndWaitersRunAfterAYield() throws {
    let event = Event<Int>()
    var received = 0
    spawn { received = try event.wait() }
    try GreenThread.yield()
    assertDoesNotSwitch { event.send(3) }
    XCTAssertEqual(received, 0)
    try GreenThread.yield()
    XCTAssertEqual(received, 3)
  }

  // Eventlet: E8
  func testAfterAResetAnotherValueCanBeSent() throws {
    let event = Event<Int>()
    event.send(1)
    event.reset()
    XCTAssertFalse(event.isReady)
    event.send(2)
    XCTAssertEqual(try event.wait(), 2)
  }

  // Eventlet: E9
  func testAnErrorIsThrownByPresentAndFutureWaits() throws {
    let event = Event<Int>()
    let waiting = spawn { try event.wait() }
    try GreenThread.yield()
    event.send(throwing: Refused())
    XCTAssertThrowsError(try waiting.wait()) { XCTAssert($0 is Refused) }
    XCTAssertThrowsError(try event.wait()) { XCTAssert($0 is Refused) }
    XCTAssertThrowsError(try event.wait(timeout: .seconds(1))) { XCTAssert($0 is Refused) }
  }

  // Eventlet: E10
  func testAResetForgetsTheError() throws {
    let event = Event<Int>()
    event.send(throwing: Refused())
    event.reset()
    XCTAssertNil(try event.wait(timeout: .seconds(1)))
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: E11
  func testAResetBeforeTheWaitersResumedTakesNothingAway() throws {
    let event = Event<Int>()
    let waiting = spawn { try event.wait() }
    try GreenThread.yield()
    event.send(1)
    event.reset()
    event.send(2)
    XCTAssertEqual(try waiting.wait(), 1)
    XCTAssertEqual(try event.wait(), 2)
  }

  // Eventlet: E12
  func testAWaitThatTimesOutReturnsNilAndASentNilIsTold() throws {
    let event = Event<Int?>()
    let nothing = try event.wait(timeout: .seconds(2))
    if case .some = nothing { XCTFail("nothing was sent") }
    XCTAssertEqual(clock.elapsed, .seconds(2))
    event.send(nil)
    guard case .some(.none) = try event.wait(timeout: .seconds(2)) else {
      return XCTFail("a sent nil looks like a timeout")
    }
  }

  // Eventlet: E13
  func testAWaitWithATimeoutReturnsAValueThatComesEarlier() throws {
    let event = Event<Int>()
    spawn(after: .seconds(1)) { event.send(5) }
    XCTAssertEqual(try event.wait(timeout: .seconds(2)), 5)
    XCTAssertEqual(clock.elapsed, .seconds(1))
  }

  // Eventlet: E14
  func testAnInterruptedWaiterHasLeftTheEvent() throws {
    let (first, second) = (Event<Int>(), Event<Int>())
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { try first.wait() }) {
      XCTAssert($0 is Timeout)
    }
    XCTAssertEqual(first.waitingCount, 0)
    spawn {
      first.send(1)
      try GreenThread.sleep(for: .seconds(1))
      second.send(2)
    }
    XCTAssertEqual(try second.wait(), 2)
  }

  // Eventlet: E15, E16
  func testPollAndTheStateTellWhatWasSent() throws {
    let event = Event<Int>()
    XCTAssertNil(try event.poll())
    XCTAssertEqual([event.isReady, event.hasResult, event.hasError], [false, false, false])
    event.send(4)
    XCTAssertEqual(try assertDoesNotSwitch { try event.poll() }, 4)
    XCTAssertEqual([event.isReady, event.hasResult, event.hasError], [true, true, false])
    event.reset()
    event.send(throwing: Refused())
    XCTAssertThrowsError(try event.poll()) { XCTAssert($0 is Refused) }
    XCTAssertEqual([event.isReady, event.hasResult, event.hasError], [true, false, true])
  }

  // Eventlet: E17
  func testAResetLetsTheErrorGo() {
    final class Held: Error {}
    let event = Event<Int>()
    weak var kept: Held?
    do {
      let error = Held()
      kept = error
      event.send(throwing: error)
    }
    XCTAssertNotNil(kept)
    event.reset()
    XCTAssertNil(kept)
  }

  func testSendWorksInAHubCallbackAndWaitDoesNot() throws {
    let event = Event<Int>()
    var failure: (any Error)?
    Hub.current.schedule(after: .seconds(1)) {
      do { _ = try event.wait() } catch { failure = error }
      event.send(1)
    }
    XCTAssertEqual(try event.wait(), 1)
    guard case HubError.blockingCallInHub? = failure else {
      return XCTFail("\(String(describing: failure))")
    }
  }
}
