import EventletCore
import EventletTesting
import XCTest

final class ChannelAsyncTests: GreenTestCase {
  override var time: GreenTest.Time { .real }

  func testAsyncAndGreenCodeTalk() throws {
    for capacity in [0, 1, nil] as [Int?] {
      let requests = Channel<Int>(capacity: capacity)
      let answers = Channel<Int>(capacity: capacity)
      let task = Task.detached {
        for try await number in requests { try await answers.send(number * 2) }
        answers.close()
      }
      for number in 0..<200 {
        try requests.send(number)
        XCTAssertEqual(try answers.receive(), number * 2)
      }
      requests.close()
      XCTAssertNil(try answers.receive())
      try GreenThread.awaiting { try await task.value }
    }
  }

  func testAsyncWaitersAreServedInTheOrderInWhichTheyCame() throws {
    let channel = Channel<Int>(capacity: 0)
    try GreenThread.awaiting {
      var tasks: [Task<Int?, any Error>] = []
      for index in 0..<5 {
        tasks.append(Task.detached { try await channel.receive() })
        while channel.receivingCount <= index { await Task.yield() }
      }
      for (index, task) in tasks.enumerated() {
        try await channel.send(index)
        let received = try await task.value
        XCTAssertEqual(received, index)
      }
    }
  }

  func testACancelledReceiverLeavesTheLine() throws {
    let channel = Channel<Int>(capacity: 1)
    try GreenThread.awaiting {
      let task = Task.detached { try await channel.receive() }
      while channel.receivingCount == 0 { await Task.yield() }
      task.cancel()
      do {
        _ = try await task.value
        XCTFail("not cancelled")
      } catch is CancellationError {}
      XCTAssertEqual(channel.receivingCount, 0)
      try await channel.send(1)
      let received = try await channel.receive()
      XCTAssertEqual(received, 1)
    }
  }

  func testACancelledSenderTakesItsElementAway() throws {
    let channel = Channel<Int>(capacity: 0)
    try GreenThread.awaiting {
      let task = Task.detached { try await channel.send(1) }
      while channel.sendingCount == 0 { await Task.yield() }
      task.cancel()
      do {
        _ = try await task.value
        XCTFail("not cancelled")
      } catch is CancellationError {}
    }
    XCTAssertThrowsError(try channel.receiveNoWait())
    XCTAssertEqual(channel.sendingCount, 0)
  }

  func testATaskThatIsCancelledBeforeTakesNothing() throws {
    let channel = Channel<Int>(capacity: 1)
    try channel.send(1)
    try GreenThread.awaiting {
      let gate = Gate()
      let task = Task.detached {
        await gate.wait()
        return try await channel.receive()
      }
      task.cancel()
      gate.open()
      do {
        _ = try await task.value
        XCTFail("not cancelled")
      } catch is CancellationError {}
    }
    XCTAssertEqual(try channel.receive(), 1)
  }

  /// On a hub's executor the receiver is chosen, and cancelled before it can go on.
  func testAChosenReceiverThatIsCancelledPassesOn() throws {
    let channel = Channel<Int>(capacity: 1)
    let task = Task(executorPreference: Hub.current.executor) { try await channel.receive() }
    while channel.receivingCount == 0 { try GreenThread.yield() }
    try channel.sendNoWait(1)
    task.cancel()
    XCTAssertThrowsError(try GreenThread.awaiting { try await task.value }) {
      XCTAssert($0 is CancellationError)
    }
    XCTAssertEqual(try channel.receive(timeout: .seconds(5)), 1)
  }

  func testCloseReachesAsyncCode() throws {
    let channel = Channel<Int>(capacity: 0)
    let empty = Channel<Int>(capacity: 0)
    try GreenThread.awaiting {
      let sender = Task.detached { try await channel.send(1) }
      let receiver = Task.detached { try await empty.receive() }
      while channel.sendingCount + empty.receivingCount < 2 { await Task.yield() }
      channel.close()
      empty.close()
      do {
        try await sender.value
        XCTFail("sent")
      } catch ChannelError.closed {}
      let received = try await receiver.value
      XCTAssertNil(received)
      do {
        try await channel.send(2)
        XCTFail("sent")
      } catch ChannelError.closed {}
    }
  }

  func testALoopStaysOnItsActor() throws {
    let channel = Channel<Int>(capacity: 1)
    let total = Channel<Int>(capacity: 1)
    let ledger = Ledger(executor: Hub.current.executor)
    Task { try await total.send(try await ledger.sum(of: channel)) }
    for number in 1...100 { try channel.send(number) }
    channel.close()
    XCTAssertEqual(try total.receive(), 5050)
  }

  private actor Ledger {
    let executor: HubReference
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    init(executor: HubReference) { self.executor = executor }

    func sum(of channel: Channel<Int>) async throws -> Int {
      var sum = 0
      for try await number in channel {
        executor.checkIsolated()
        sum += number
      }
      return sum
    }
  }
}
