import EventletCore
import EventletTesting
import Synchronization
import XCTest

/// On one hub, in virtual time: the rules of the line.
final class ChannelTests: GreenTestCase {
  func testElementsComeOutInTheOrderSent() throws {
    let channel = Channel<Int>(capacity: nil)
    try assertDoesNotSwitch { for number in 0..<10 { try channel.send(number) } }
    XCTAssertEqual(channel.count, 10)
    try assertDoesNotSwitch {
      for number in 0..<10 { XCTAssertEqual(try channel.receive(), number) }
    }
  }

  func testSendingWaitsForRoom() throws {
    let channel = Channel<Int>(capacity: 2)
    var sent = 0
    let sender = spawn {
      for number in 0..<4 {
        try channel.send(number)
        sent += 1
      }
    }
    try GreenThread.yield()
    XCTAssertEqual(sent, 2)
    XCTAssertEqual(channel.sendingCount, 1)
    XCTAssertEqual(try (0..<4).map { _ in try channel.receive() }, [0, 1, 2, 3])
    try sender.wait()
    XCTAssertEqual(channel.count, 0)
  }

  func testCapacityZeroMeetsAReceiver() throws {
    let channel = Channel<Int>(capacity: 0)
    XCTAssertThrowsError(try channel.sendNoWait(1)) { XCTAssertEqual($0 as? ChannelError, .full) }
    let sender = spawn { try channel.send(1) }
    try GreenThread.yield()
    XCTAssertFalse(sender.isFinished)
    XCTAssertEqual(try channel.receive(), 1)
    try sender.wait()

    let receiver = spawn { try channel.receive() }
    try GreenThread.yield()
    try assertDoesNotSwitch { try channel.send(2) }
    XCTAssertEqual(try receiver.wait(), 2)
  }

  func testReceiversAreServedInTheOrderInWhichTheyCame() throws {
    let channel = Channel<Int>(capacity: 0)
    var log: [String] = []
    let receivers = (0..<3).map { index in
      spawn { log.append("\(index) got \(try channel.receive() ?? -1)") }
    }
    try GreenThread.yield()
    for number in 0..<3 { try channel.send(number) }
    for receiver in receivers { try receiver.wait() }
    XCTAssertEqual(log, ["0 got 0", "1 got 1", "2 got 2"])
  }

  func testSendersAreServedInTheOrderInWhichTheyCame() throws {
    let channel = Channel<Int>(capacity: 1)
    let senders = (0..<4).map { number in spawn { try channel.send(number) } }
    try GreenThread.yield()
    XCTAssertEqual(try (0..<4).map { _ in try channel.receive() }, [0, 1, 2, 3])
    for sender in senders { try sender.wait() }
  }

  func testTimesPassAndLeaveNothing() throws {
    let channel = Channel<Int>(capacity: 0)
    XCTAssertThrowsError(try channel.receive(timeout: .seconds(5))) {
      XCTAssertEqual($0 as? ChannelError, .empty)
    }
    XCTAssertThrowsError(try channel.send(1, timeout: .seconds(5))) {
      XCTAssertEqual($0 as? ChannelError, .full)
    }
    XCTAssertEqual(clock.elapsed, .seconds(10))
    XCTAssertEqual(channel.sendingCount + channel.receivingCount, 0)
    XCTAssertThrowsError(try channel.receiveNoWait()) {
      XCTAssertEqual($0 as? ChannelError, .empty)
    }
  }

  func testCloseEndsReceiversAfterWhatIsLeft() throws {
    let channel = Channel<Int>(capacity: 3)
    let early = (0..<2).map { _ in spawn { try channel.receive() } }
    try GreenThread.yield()
    for number in 0..<3 { try channel.send(number) }
    channel.close()
    channel.close()
    XCTAssertEqual(try early.map { try $0.wait() }, [0, 1])
    XCTAssertEqual(try channel.receive(), 2)
    XCTAssertNil(try channel.receive())
    XCTAssertNil(try channel.receiveNoWait())
    XCTAssertTrue(channel.isClosed)
  }

  func testCloseWakesEveryReceiver() throws {
    let channel = Channel<Int>(capacity: 0)
    let receivers = (0..<5).map { _ in spawn { try channel.receive() } }
    try GreenThread.yield()
    channel.close()
    for receiver in receivers { XCTAssertNil(try receiver.wait()) }
  }

  func testCloseRefusesSendersThatWaitAndThoseThatCome() throws {
    let channel = Channel<Int>(capacity: 1)
    try channel.send(0)
    let senders = (1..<4).map { number in spawn { try channel.send(number) } }
    try GreenThread.yield()
    channel.close()
    for sender in senders {
      XCTAssertThrowsError(try sender.wait()) { XCTAssertEqual($0 as? ChannelError, .closed) }
    }
    XCTAssertThrowsError(try channel.send(9)) { XCTAssertEqual($0 as? ChannelError, .closed) }
    XCTAssertThrowsError(try channel.sendNoWait(9)) { XCTAssertEqual($0 as? ChannelError, .closed) }
    XCTAssertEqual(try channel.receive(), 0)
    XCTAssertNil(try channel.receive())
  }

  func testForEachEndsWithTheChannel() throws {
    let channel = Channel<Int>(capacity: 1)
    var sum = 0
    let reader = spawn { try channel.forEach { sum += $0 } }
    for number in 1...10 { try channel.send(number) }
    channel.close()
    try reader.wait()
    XCTAssertEqual(sum, 55)
  }

  // MARK: Kills

  func testAReceiverThatWasChosenAndIsKilledPassesOn() throws {
    let channel = Channel<Int>(capacity: 1)
    let victim = spawn { _ = try channel.receive() }
    let next = spawn { try channel.receive() }
    try GreenThread.yield()
    try channel.send(7)
    try victim.kill()
    XCTAssertEqual(try next.wait(), 7)
  }

  func testOrderIsKeptWhenAChosenReceiverIsKilled() throws {
    let channel = Channel<Int>(capacity: 2)
    let victim = spawn { _ = try channel.receive() }
    let next = spawn { [try channel.receive(), try channel.receive()] }
    try GreenThread.yield()
    try channel.send(1)
    try channel.send(2)
    try victim.kill()
    XCTAssertEqual(try next.wait(), [1, 2])
  }

  /// Of two receivers one is promised the last element; the other learns of the end only when
  /// nothing can become its own any more.
  func testTheEndIsNotToldWhileAPromisedElementMayBePassedOn() throws {
    let channel = Channel<Int>(capacity: 1)
    let victim = spawn { _ = try channel.receive() }
    let next = spawn { try channel.receive() }
    let last = spawn { try channel.receive() }
    try GreenThread.yield()
    try channel.send(7)
    channel.close()
    try victim.kill()
    XCTAssertEqual(try next.wait(), 7)
    XCTAssertNil(try last.wait())
  }

  func testAKilledSenderTakesItsElementAway() throws {
    let channel = Channel<Int>(capacity: 0)
    let victim = spawn { try channel.send(1) }
    let other = spawn { try channel.send(2) }
    try GreenThread.yield()
    try victim.kill()
    XCTAssertEqual(try channel.receive(), 2)
    try other.wait()
    XCTAssertEqual(channel.sendingCount, 0)
  }

  func testASenderWhoseElementWasTakenReturnsAndIsKilledAtItsNextWait() throws {
    let channel = Channel<Int>(capacity: 0)
    var hasReturned = false
    let victim = spawn {
      try channel.send(1)
      hasReturned = true
      try GreenThread.yield()
      XCTFail("survived")
    }
    try GreenThread.yield()
    XCTAssertEqual(try channel.receive(), 1)
    try victim.kill()
    XCTAssertTrue(hasReturned)
    XCTAssertThrowsError(try victim.wait()) { XCTAssert($0 is GreenThreadExit) }
  }

  func testATimeoutOutsideIsTakenBackWhenTheElementHasGone() throws {
    let channel = Channel<Int>(capacity: 0)
    let sender = spawn {
      try withTimeout(.seconds(1)) { try channel.send(1) }
      try GreenThread.sleep(for: .seconds(5))
    }
    try GreenThread.sleep(for: .milliseconds(999))
    clock.advance(by: .milliseconds(1))
    XCTAssertEqual(try channel.receive(), 1)
    try sender.wait()
  }

  // MARK: Elements and their lives

  private final class Precious: Sendable {
    static let alive = Atomic<Int>(0)
    init() { Self.alive.add(1, ordering: .relaxed) }
    /// Asks the channel something, which would dead-lock under its lock.
    let channel = Mutex<Channel<Precious>?>(nil)
    deinit {
      Self.alive.subtract(1, ordering: .relaxed)
      _ = channel.withLock { $0 }?.count
    }
  }

  func testElementsThatAreNotSentOrNotReceivedAreReleasedOutsideTheLock() throws {
    func make(_ channel: Channel<Precious>?) -> Precious {
      let precious = Precious()
      precious.channel.withLock { $0 = channel }
      return precious
    }
    do {
      let channel = Channel<Precious>(capacity: 1)
      try channel.send(make(nil))
      XCTAssertThrowsError(try channel.send(make(channel), timeout: .zero))
      XCTAssertThrowsError(try channel.sendNoWait(make(channel)))
      let victim = spawn { try channel.send(make(channel)) }
      try GreenThread.yield()
      try victim.kill()
      let refused = spawn { try channel.send(make(channel)) }
      try GreenThread.yield()
      XCTAssertEqual(Precious.alive.load(ordering: .relaxed), 2)
      channel.close()
      XCTAssertThrowsError(try refused.wait())
      XCTAssertEqual(Precious.alive.load(ordering: .relaxed), 1)
    }
    XCTAssertEqual(Precious.alive.load(ordering: .relaxed), 0)
  }

  // MARK: Fairness, reports, hubs

  func testWhoNeverHasToWaitLetsOthersRunAllTheSame() throws {
    let channel = Channel<Int>(capacity: nil)
    var others = 0
    let other = spawn { while true { try GreenThread.yield(); others += 1 } }
    for number in 0..<1024 { try channel.send(number) }
    for _ in 0..<1024 { _ = try channel.receive() }
    XCTAssertGreaterThanOrEqual(others, 6)
    try other.kill()
  }

  func testTheReportNamesTheWait() throws {
    let channel = Channel<Int>(capacity: 0)
    let waiter = spawn { try channel.receive() }
    try GreenThread.yield()
    XCTAssert(Hub.current.report().contains("waits for a channel"), Hub.current.report())
    channel.close()
    _ = try waiter.wait()
  }

  func testBlockingInAHubCallbackIsAnError() throws {
    let channel = Channel<Int>(capacity: 0)
    let done = Event<Int>()
    Hub.current.schedule(after: .zero) {
      var errors = 0
      do { _ = try channel.receive() } catch HubError.blockingCallInHub { errors += 1 } catch {}
      do { try channel.send(1) } catch HubError.blockingCallInHub { errors += 1 } catch {}
      do { try channel.sendNoWait(1) } catch ChannelError.full { errors += 1 } catch {}
      done.send(errors)
    }
    XCTAssertEqual(try done.wait(), 3)
  }
}
