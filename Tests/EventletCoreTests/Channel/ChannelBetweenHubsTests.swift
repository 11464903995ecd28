import EventletCore
import EventletTesting
import Glibc
import Synchronization
import XCTest

final class ChannelBetweenHubsTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  private struct Pair {
    let requests: Channel<Int>
    let answers: Channel<Int>
    init(_ capacity: Int?) {
      requests = Channel(capacity: capacity)
      answers = Channel(capacity: capacity)
    }
  }

  func testAnotherHubAnswers() throws {
    for capacity in [0, 1, 10, nil] as [Int?] {
      let pair = Pair(capacity)
      let other = try HubThread.start {
        while let number = try pair.requests.receive() { try pair.answers.send(number + 1) }
        pair.answers.close()
      }
      for number in 0..<1000 {
        try pair.requests.send(number)
        XCTAssertEqual(try pair.answers.receive(), number + 1)
      }
      pair.requests.close()
      XCTAssertNil(try pair.answers.receive())
      try other.join()
    }
  }

  func testTheOtherGreenThreadsOfAWaitingHubGoOn() throws {
    let channel = Channel<Int>(capacity: 0)
    let turns = Atomic<Int>(0)
    let other = spawn {
      while true {
        try GreenThread.yield()
        turns.add(1, ordering: .relaxed)
      }
    }
    let sender = OSThread {
      while turns.load(ordering: .relaxed) < 10 { sched_yield() }
      try? channel.send(1)
    }
    XCTAssertEqual(try channel.receive(), 1)
    sender.join()
    try other.kill()
  }

  func testAPlainOSThreadSendsWithoutAHub() throws {
    let channel = Channel<Int>(capacity: nil)
    let thread = OSThread {
      for number in 0..<1000 { try? channel.sendNoWait(number) }
      channel.close()
    }
    var received: [Int] = []
    try channel.forEach { received.append($0) }
    XCTAssertEqual(received, Array(0..<1000))
    thread.join()
  }

  func testAPlainOSThreadMayBlock() throws {
    let pair = Pair(0)
    let thread = OSThread {
      do {
        while let number = try pair.requests.receive() { try pair.answers.send(-number) }
      } catch { pair.answers.close() }
    }
    for number in 0..<100 {
      try pair.requests.send(number)
      XCTAssertEqual(try pair.answers.receive(), -number)
    }
    pair.requests.close()
    thread.join()
  }

  func testAHubThatWaitsForAChannelAloneIsNotDeadlocked() throws {
    let channel = Channel<Int>(capacity: 0)
    let started = OSGate()
    // Nobody holds this hub's reference.
    let waiter = OSThread {
      started.open()
      XCTAssertEqual(try? channel.receive(), 5)
    }
    started.pass()
    while channel.receivingCount == 0 { try GreenThread.yield() }
    try channel.send(5)
    waiter.join()
  }

  func testAHubThatIsDestroyedLeavesTheLines() throws {
    let channel = Channel<Int>(capacity: 0)
    let full = Channel<Int>(capacity: 0)
    let other = try HubThread.start {
      for _ in 0..<5 { GreenThread.spawnDiscarding { _ = try channel.receive() } }
      for _ in 0..<5 { GreenThread.spawnDiscarding { try full.send(1) } }
      try GreenThread.yield()
    }
    try other.join()
    XCTAssertEqual(channel.receivingCount + full.sendingCount, 0)
    XCTAssertThrowsError(try channel.sendNoWait(1)) { XCTAssertEqual($0 as? ChannelError, .full) }
    XCTAssertThrowsError(try full.receiveNoWait()) { XCTAssertEqual($0 as? ChannelError, .empty) }
  }

  /// The element is promised to a green thread of a hub that has not yet looked, and goes.
  func testADestroyedHubPassesOnWhatItsWaitersWereChosenFor() throws {
    let channel = Channel<Int>(capacity: 1)
    let (waits, sent) = (OSGate(), OSGate())
    let other = try HubThread.start {
      GreenThread.spawnDiscarding { _ = try channel.receive() }
      try GreenThread.yield()
      waits.open()
      sent.pass()
    }
    waits.pass()
    try channel.send(3)
    sent.open()
    try other.join()
    XCTAssertEqual(try channel.receive(timeout: .seconds(5)), 3)
  }

  /// As above, but the waiter is killed, and waits again elsewhere with its wake still in the mail.
  func testAStaleWakeWakesNobody() throws {
    let (first, second) = (Channel<Int>(capacity: 1), Channel<Int>(capacity: 1))
    let (waits, sent) = (OSGate(), OSGate())
    let answers = Channel<String>(capacity: nil)
    let other = try HubThread.start {
      let victim = spawn {
        do { _ = try first.receive() } catch { try answers.send("killed") }
        try answers.send("got \(try second.receive() ?? -1)")
      }
      try GreenThread.yield()
      waits.open()
      sent.pass()
      try victim.kill()
      try victim.wait()
    }
    waits.pass()
    try first.send(1)
    sent.open()
    XCTAssertEqual(try answers.receive(), "killed")
    XCTAssertEqual(try first.receive(timeout: .seconds(5)), 1)
    XCTAssertThrowsError(try answers.receive(timeout: .milliseconds(20)))
    try second.send(2)
    XCTAssertEqual(try answers.receive(), "got 2")
    try other.join()
  }

  /// While this hub does not look, one of its receivers is chosen, another takes the element, and the
  /// sender whose element is left for the chosen one goes too.
  func testAReceiverWhoseSenderHasLeftKeepsItsPlaceInLine() throws {
    let channel = Channel<Int>(capacity: 0)
    let answers = Channel<String>(capacity: nil)
    let (ready, gate) = (OSGate(), Channel<Void>(capacity: 0))
    let receiver = spawn { try answers.send("first: \(try channel.receive() ?? -1)") }
    try GreenThread.yield()
    let other = try HubThread.start {
      try channel.sendNoWait(0)
      let sender = spawn { try channel.send(0) }
      try GreenThread.yield()
      XCTAssertEqual(channel.sendingCount, 1)
      XCTAssertEqual(try channel.receiveNoWait(), 0)
      let second = spawn { try answers.send("second: \(try channel.receive() ?? -1)") }
      try GreenThread.yield()
      XCTAssertEqual(channel.receivingCount, 1)
      try sender.kill()
      ready.open()
      _ = try gate.receive()
      try second.wait()
    }
    ready.pass()
    while channel.receivingCount < 2 { try GreenThread.yield() }
    try channel.send(1)
    // Two chosen receivers on two hubs take the elements in the order in which their hubs get there.
    try receiver.wait()
    try channel.send(2)
    gate.close()
    try other.join()
    XCTAssertEqual(
      Set([try answers.receive(), try answers.receive()]), ["first: 1", "second: 2"])
  }

  func testCloseReachesAllHubs() throws {
    let channel = Channel<Int>(capacity: 0)
    let others = try (0..<3).map { _ in
      try HubThread.start {
        let receivers = (0..<10).map { _ in spawn { try channel.receive() } }
        for receiver in receivers { XCTAssertNil(try receiver.wait()) }
      }
    }
    while channel.receivingCount < 30 { try GreenThread.yield() }
    channel.close()
    for other in others { try other.join() }
  }

  func testOneThatNeverWaitsLetsItsHubServeOthers() throws {
    let numbers = Channel<Int>(capacity: 1000)
    let producer = try HubThread.start {
      var number = 0
      while true {
        try numbers.send(number)
        number += 1
      }
    }
    var ticks = 0
    let ticker = spawn { while true { try GreenThread.sleep(for: .milliseconds(1)); ticks += 1 } }
    while ticks < 3 { _ = try numbers.receive() }
    try ticker.kill()
    producer.stop()
    numbers.close()
    do { try producer.join() } catch ChannelError.closed {}
  }
}
