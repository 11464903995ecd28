import EventletTesting
import Glibc
import XCTest

@testable import EventletCore

final class WaitForFirstTests: GreenTestCase {
  func testWhatIsThereAlreadyIsTakenWithoutASwitch() throws {
    let queue = LightQueue<Int>()
    try queue.put(4)
    let event = Event<Int>()
    let answer = try assertDoesNotSwitch {
      try waitForFirst(of: .event(event) { -$0 }, .item(of: queue) { $0 })
    }
    XCTAssertEqual(answer, 4)
    event.send(5)
    try queue.put(6)
    XCTAssertEqual(try waitForFirst(of: .event(event) { -$0 }, .item(of: queue) { $0 }), -5)
    XCTAssertEqual(queue.count, 1)
  }

  /// Each case may be the one that happens, and then the others are left alone.
  func testEachCaseMayBeTheFirst() throws {
    for winner in 0..<7 {
      let queue = LightQueue<String>()
      let event = Event<String>()
      let semaphore = Semaphore(value: 0)
      let other = spawn { () throws -> String in
        try GreenThread.sleep(for: winner == 3 ? .seconds(1) : .seconds(9))
        return "end"
      }
      let pipe = try Pipe()
      spawn(after: .seconds(1)) {
        switch winner {
        case 0: try queue.put("item")
        case 1: event.send("event")
        case 2: semaphore.release()
        case 4: try pipe.fill()
        default: break
        }
      }
      let answer = try waitForFirst(
        of: .item(of: queue) { $0 }, .event(event) { $0 }, .permit(of: semaphore) { "permit" },
        .end(of: other) { $0 }, .readable(pipe.readEnd) { "readable" },
        .timeout(winner == 5 ? .seconds(2) : .seconds(5)) { "timeout" },
        .timeout(winner == 6 ? .seconds(3) : .seconds(5)) { "second timeout" })
      let expected = [
        "item", "event", "permit", "end", "readable", "timeout", "second timeout",
      ]
      XCTAssertEqual(answer, expected[winner])
      XCTAssertEqual(queue.gettingCount, 0)
      XCTAssertEqual(event.waitingCount, 0)
      XCTAssertEqual(semaphore.waitingCount, 0)
      XCTAssertTrue(other.joiners.isEmpty)
      XCTAssertEqual(Hub.current.statistics.descriptorWaits, 0)
      try other.kill()
      pipe.close()
    }
  }

  func testOfSeveralThatHappenAtOnceOneIsTakenAndTheOthersAreKept() throws {
    let numbers = LightQueue<Int>()
    let letters = LightQueue<String>()
    let semaphore = Semaphore(value: 0)
    let waiter = spawn {
      try waitForFirst(
        of: .permit(of: semaphore) { "permit" }, .item(of: letters) { $0 },
        .item(of: numbers) { "\($0)" })
    }
    try GreenThread.yield()
    try numbers.put(1)
    try letters.put("a")
    semaphore.release()
    XCTAssertEqual(try waiter.wait(), "permit")
    XCTAssertEqual(semaphore.freeCount, 0)
    XCTAssertEqual(try numbers.getNoWait(), 1)
    XCTAssertEqual(try letters.getNoWait(), "a")
  }

  func testWhatItDeclinesGoesToTheNextInLine() throws {
    let first = LightQueue<Int>()
    let second = LightQueue<Int>()
    let semaphore = Semaphore(value: 0)
    let chooser = spawn {
      try waitForFirst(
        of: .item(of: first) { $0 }, .item(of: second) { $0 }, .permit(of: semaphore) { 0 })
    }
    try GreenThread.yield()
    let getter = spawn { try second.get() }
    let acquirer = spawn { try semaphore.acquire() }
    try GreenThread.yield()
    try second.put(2)
    semaphore.release()
    try first.put(1)
    XCTAssertEqual(try chooser.wait(), 1)
    XCTAssertEqual(try getter.wait(), 2)
    XCTAssertTrue(try acquirer.wait())
  }

  func testARendezvousPutterIsServed() throws {
    let queue = LightQueue<Int>(maxSize: 0)
    let putter = spawn { try queue.put(7) }
    try GreenThread.yield()
    XCTAssertEqual(try waitForFirst(of: .item(of: queue) { $0 }), 7)
    try putter.wait()
    let later = spawn(after: .seconds(1)) { try queue.put(8) }
    XCTAssertEqual(try waitForFirst(of: .item(of: queue) { $0 }), 8)
    try later.wait()
  }

  func testAnEventThatWasResetSinceStillCounts() throws {
    let event = Event<Int>()
    let waiter = spawn { try waitForFirst(of: .event(event) { $0 }) }
    try GreenThread.yield()
    event.send(3)
    event.reset()
    XCTAssertEqual(try waiter.wait(), 3)
  }

  func testErrorsOfEventsAndGreenThreadsAreThrown() throws {
    let event = Event<Int>()
    event.send(throwing: Failure("sent"))
    XCTAssertThrowsError(try waitForFirst(of: .event(event) { $0 })) {
      XCTAssertEqual($0 as? Failure, Failure("sent"))
    }
    let thread = spawn { () throws -> Int in throw Failure("ended") }
    XCTAssertThrowsError(try waitForFirst(of: .end(of: thread) { $0 })) {
      XCTAssertEqual($0 as? Failure, Failure("ended"))
    }
  }

  func testAClosedDescriptorIsAnError() throws {
    let pipe = try Pipe()
    let waiter = spawn { try waitForFirst(of: .readable(pipe.readEnd) { 1 }) }
    try GreenThread.yield()
    Hub.current.notifyClose(pipe.readEnd)
    XCTAssertThrowsError(try waiter.wait()) {
      guard case HubError.closedWhileWaiting = $0 else { return XCTFail("\($0)") }
    }
    pipe.close()
  }

  func testADescriptorThatIsNotOpenIsAnErrorAndLeavesNothing() throws {
    let queue = LightQueue<Int>()
    XCTAssertThrowsError(
      try waitForFirst(of: .item(of: queue) { $0 }, .readable(9999) { 1 })
    ) { XCTAssertTrue($0 is SystemError) }
    XCTAssertEqual(queue.gettingCount, 0)
    XCTAssertEqual(Hub.current.statistics.descriptorWaits, 0)
  }

  /// Before, and after it has been chosen.
  func testAKillOrTimeoutLosesNothing() throws {
    for isChosen in [false, true] {
      for interrupt in [{ try $0.kill() }, { $0.interruptLater(Failure()) }]
        as [(AnyGreenThread) throws -> Void]
      {
        let queue = LightQueue<Int>()
        let semaphore = Semaphore(value: 0)
        let event = Event<Int>()
        let waiter = spawn {
          try waitForFirst(
            of: .item(of: queue) { $0 }, .permit(of: semaphore) { 0 }, .event(event) { $0 })
        }
        try GreenThread.yield()
        if isChosen {
          try queue.put(5)
          semaphore.release()
        }
        try interrupt(waiter)
        XCTAssertThrowsError(try waiter.wait())
        XCTAssertEqual(queue.gettingCount + semaphore.waitingCount + event.waitingCount, 0)
        XCTAssertEqual(queue.count, isChosen ? 1 : 0)
        XCTAssertEqual(semaphore.freeCount, isChosen ? 1 : 0)
        if isChosen { XCTAssertEqual(try queue.getNoWait(), 5) }
      }
    }
  }

  func testIsRefusedInACallbackOfTheHub() throws {
    let refusal = Event<any Error>()
    let queue = LightQueue<Int>()
    Hub.current.schedule(after: .zero) {
      do { _ = try waitForFirst(of: .item(of: queue) { $0 }) } catch { refusal.send(error) }
    }
    XCTAssertTrue(try refusal.wait() is HubError)
  }
}

private struct Pipe {
  let readEnd: Int32
  private let writeEnd: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure("pipe") }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  func fill() throws {
    guard write(writeEnd, "x", 1) == 1 else { throw Failure("write") }
  }

  func close() {
    Hub.current.notifyClose(readEnd)
    _ = Glibc.close(readEnd)
    _ = Glibc.close(writeEnd)
  }
}
