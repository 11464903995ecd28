import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class SelectTests: NetTestCase {
  private func makePairs(_ count: Int) throws -> [(near: GreenSocket, far: GreenSocket)] {
    try (0..<count).map { _ in try GreenSocket.pair() }
  }

  private func close(_ pairs: [(near: GreenSocket, far: GreenSocket)]) {
    for pair in pairs { pair.near.close(); pair.far.close() }
  }

  // Eventlet: GM8
  func testAllThatAreReadyAreTold() throws {
    let pairs = try makePairs(5)
    defer { close(pairs) }
    for index in [1, 3] { try pairs[index].far.sendAll("x") }
    let near = pairs.map(\.near)
    _ = try fill(near[4])
    let ready = try assertDoesNotSwitch { try GreenSocket.select(reading: near, writing: near) }
    XCTAssertEqual(ready.reading.map(\.fileDescriptor), [1, 3].map { near[$0].fileDescriptor })
    XCTAssertEqual(ready.writing.map(\.fileDescriptor), near[..<4].map(\.fileDescriptor))
    XCTAssertEqual(ready.exceptional.count, 0)
  }

  // Eventlet: GM8
  func testAllThatBecomeReadyInOneTurnAreTold() throws {
    let pairs = try makePairs(5)
    defer { close(pairs) }
    for round in 0..<3 {
      let waiter = spawn {
        try GreenSocket.select(reading: pairs.map(\.near), timeout: .seconds(100))
      }
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertFalse(waiter.isFinished)
      for index in [4, 2] { try pairs[index].far.sendAll("x") }
      let ready = try waiter.wait().reading
      XCTAssertEqual(
        ready.map(\.fileDescriptor), [2, 4].map { pairs[$0].near.fileDescriptor }, "\(round)")
      for socket in ready { XCTAssertEqual(try socket.receive(upTo: 10), [120]) }
    }
  }

  func testEndsErrorsAndRoomCount() throws {
    let pairs = try makePairs(3)
    defer { close(pairs) }
    _ = try fill(pairs[2].near)
    let waiter = spawn {
      try GreenSocket.select(
        reading: [pairs[0].near], writing: [pairs[2].near], timeout: .seconds(9))
    }
    try GreenThread.yield()
    XCTAssertFalse(waiter.isFinished)
    pairs[0].far.close()
    XCTAssertEqual(try waiter.wait().reading.count, 1)
    _ = try drain(pairs[2].far)
    XCTAssertEqual(try GreenSocket.select(writing: [pairs[2].near]).writing.count, 1)
    XCTAssertEqual(try GreenSocket.select(exceptional: [pairs[0].near]).exceptional.count, 1)
  }

  // Eventlet: GM6
  func testNumbersSocketsAndReadersMayBeMixed() throws {
    let pairs = try makePairs(2)
    defer { close(pairs) }
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer { for end in ends { Glibc.close(end) } }
    let items: [any Selectable] = [ends[0], pairs[0].near, pairs[1].near.reader, listener]
    let waiter = spawn { try GreenSocket.select(reading: items).reading }
    try GreenThread.yield()
    XCTAssertFalse(waiter.isFinished)
    let client = try connectedDescriptor(to: listener.localAddress)
    defer { Glibc.close(client) }
    XCTAssertEqual(write(ends[1], "x", 1), 1)
    let ready = try waiter.wait()
    XCTAssertEqual(ready.map(\.selectedDescriptor), [ends[0], listener.fileDescriptor])
    XCTAssertEqual(
      try GreenSocket.select(reading: [ends[0]], writing: [ends[1]]).writing, [ends[1]])
    try listener.accept().socket.close()
  }

  func testAReaderThatHoldsBytesIsReady() throws {
    let pairs = try makePairs(2)
    defer { close(pairs) }
    let reader = pairs[0].near.reader
    try pairs[0].far.sendAll("one\ntwo\n")
    XCTAssertEqual(try reader.readLine(), "one")
    // The other is looked at, too.
    try pairs[1].far.sendAll("x")
    let readers = [pairs[1].near.reader, reader]
    XCTAssertEqual(
      try assertDoesNotSwitch { try GreenSocket.select(reading: readers) }.reading.count, 2)
    XCTAssertEqual(
      try GreenSocket.select(reading: [pairs[0].near], timeout: .seconds(1)).reading.count, 0,
      "the socket itself has nothing")
    XCTAssertEqual(try reader.readLine(), "two")
    XCTAssertTrue(try GreenSocket.select(reading: [reader], timeout: .seconds(1)).isEmpty)
    XCTAssertEqual(try GreenSocket.poll([PollItem(reader, .readable)], timeout: .zero).count, 0)
    try pairs[0].far.shutdown(.writing)
    XCTAssertNil(try reader.readLine())
    XCTAssertEqual(try GreenSocket.select(reading: [reader]).reading.count, 1)
  }

  // Eventlet: GM7
  func testZeroLooksAndLetsReadyWorkRun() throws {
    let pairs = try makePairs(2)
    defer { close(pairs) }
    let near = pairs.map(\.near)
    let start = clock.elapsed
    XCTAssertTrue(try GreenSocket.select(reading: near, timeout: .zero).isEmpty)
    GreenThread.spawnDiscarding { try pairs[0].far.sendAll("x") }
    XCTAssertEqual(try GreenSocket.select(reading: near, timeout: .zero).reading.count, 1)
    XCTAssertEqual(try GreenSocket.select(reading: near, timeout: .zero).reading.count, 1)
    XCTAssertEqual(clock.elapsed, start)
  }

  func testOneThatAlwaysFindsSomethingLetsOthersRun() throws {
    let pairs = try makePairs(1)
    defer { close(pairs) }
    var others = 0
    let other = spawn { while true { others += 1; try GreenThread.yield() } }
    for _ in 0..<1000 { _ = try GreenSocket.select(writing: [pairs[0].near]) }
    XCTAssertGreaterThan(others, 5)
    try other.kill()
  }

  func testTheTimeIsForTheWholeCall() throws {
    let pairs = try makePairs(1)
    defer { close(pairs) }
    let start = clock.elapsed
    XCTAssertTrue(try GreenSocket.select(reading: [pairs[0].near], timeout: .seconds(7)).isEmpty)
    XCTAssertEqual(clock.elapsed - start, .seconds(7))
    XCTAssertTrue(try GreenSocket.select(reading: [GreenSocket](), timeout: .seconds(7)).isEmpty)
    XCTAssertEqual(clock.elapsed - start, .seconds(14))
  }

  // Eventlet: GM9
  func testAClosedDescriptorIsAnError() throws {
    let pairs = try makePairs(2)
    defer { close(pairs) }
    let closed = dup(0)
    Glibc.close(closed)
    pairs[1].near.close()
    for call in [
      { _ = try GreenSocket.select(reading: [closed]) },
      { _ = try GreenSocket.select(writing: [-1 as Int32]) },
      { _ = try GreenSocket.select(reading: [pairs[0].near, pairs[1].near]) },
      { _ = try GreenSocket.poll([PollItem(pairs[1].near, .writable)]) },
    ] as [() throws -> Void] {
      assertThrows(SystemError.self, call) { XCTAssertEqual($0.errno, EBADF) }
    }
  }

  // Eventlet: GM9
  func testOneThatIsClosedMeanwhileIsAnError() throws {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer { for end in ends { Glibc.close(end) } }
    let pairs = try makePairs(2)
    defer { close(pairs) }
    let socketWaiter = spawn { try GreenSocket.select(reading: pairs.map(\.near)) }
    let pipeWaiter = spawn { try GreenSocket.poll([PollItem(ends[0], .readable)]) }
    try GreenThread.yield()
    let number = pairs[1].near.fileDescriptor
    pairs[1].near.close()
    // The number is another's before the waiter looks.
    let reused = try GreenSocket.pair()
    Hub.current.notifyOpened(ends[0])
    for (failed, number) in [
      ({ _ = try socketWaiter.wait() }, number), ({ _ = try pipeWaiter.wait() }, ends[0]),
    ] as [(() throws -> Void, Int32)] {
      assertThrows(HubError.self, failed) {
        guard case .closedWhileWaiting(let descriptor) = $0 else { return XCTFail("\($0)") }
        XCTAssertEqual(descriptor, number)
      }
    }
    reused.0.close()
    reused.1.close()
  }

  // Eventlet: GM10
  func testInACallbackOfTheHubItIsAnError() throws {
    let pairs = try makePairs(1)
    defer { close(pairs) }
    var errors: [any Error] = []
    Hub.current.schedule(after: .zero) {
      for call in [
        { _ = try GreenSocket.select(reading: [pairs[0].near], timeout: .zero) },
        { _ = try GreenSocket.poll([PollItem(pairs[0].near, .readable)]) },
      ] as [() throws -> Void] {
        do { try call() } catch { errors.append(error) }
      }
    }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(errors.count, 2)
    for error in errors {
      guard case HubError.blockingCallInHub = error else { return XCTFail("\(error)") }
    }
  }

  func testASecondReaderIsRefusedAndTheFirstNotDisturbed() throws {
    let pairs = try makePairs(2)
    defer { close(pairs) }
    let first = spawn { try pairs[0].near.receive(upTo: 1) }
    try GreenThread.yield()
    assertThrows(HubError.self) {
      _ = try GreenSocket.select(reading: [pairs[1].near, pairs[0].near])
    }
    XCTAssertEqual(Hub.current.statistics.descriptorWaits, 1)
    try pairs[0].far.sendAll("x")
    XCTAssertEqual(try first.wait(), [120])
    // Writing is another direction.
    XCTAssertEqual(try GreenSocket.select(writing: [pairs[0].near]).writing.count, 1)
  }

  func testPollTellsWhatHasHappened() throws {
    let pairs = try makePairs(3)
    defer { close(pairs) }
    try pairs[0].far.sendAll("x")
    try pairs[1].far.shutdown(.writing)
    let found = try GreenSocket.poll([
      PollItem(pairs[0].near, [.readable, .writable]), PollItem(pairs[1].near, .readable),
      PollItem(pairs[2].near, .readable), PollItem(pairs[2].near, .writable),
      PollItem(pairs[1].near, .hangUp), PollItem(pairs[0].near, .hangUp),
    ])
    XCTAssertEqual(
      found.map(\.events),
      [[.readable, .writable], [.readable, .hangUp], .writable, .hangUp])
    XCTAssertEqual(
      found.map(\.item.fileDescriptor), [0, 1, 2, 1].map { pairs[$0].near.fileDescriptor })
    let mixed: [PollItem<any Selectable>] = [
      PollItem(pairs[0].near.reader, .readable), PollItem(pairs[1].near.fileDescriptor, .hangUp),
    ]
    XCTAssertEqual(try GreenSocket.poll(mixed).map(\.events), [.readable, .hangUp])
    XCTAssertEqual("\(found[1].events)", "[readable, hangUp]")
    let waiter = spawn { try GreenSocket.poll([PollItem(pairs[2].near, .hangUp)]) }
    try GreenThread.yield()
    try pairs[2].far.sendAll("no hang-up")
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertFalse(waiter.isFinished)
    pairs[2].far.close()
    XCTAssertEqual(try waiter.wait().map(\.events), [.hangUp])
  }

  /// Doubling the number doubles the work: what is counted are the steps of the kernel and ours, by
  /// the processor time of a large call beside a small one.
  func testThousandsInOneCall() throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let count = min(4000, Int(limit.rlim_cur) - 200)
    try XCTSkipIf(count < 500, "too few descriptors are allowed")
    let (near, far) = try GreenSocket.pair()
    defer { near.close(); far.close() }
    let copies = try (0..<count).map { _ in try near.duplicate() }
    defer { for copy in copies { copy.close() } }
    let waiter = spawn { try GreenSocket.select(reading: copies, writing: []) }
    try GreenThread.yield()
    try far.sendAll("x")
    XCTAssertEqual(try waiter.wait().reading.count, count)
    XCTAssertEqual(Hub.current.statistics.descriptorWaits, 0)
  }

  // MARK: Interruption

  func testAnInterruptionLosesNothing() throws {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer { for end in ends { Glibc.close(end) } }
    struct Over: TimeoutError {}
    for means in Interruption.allCases {
      for isReady in [false, true] {
        let pairs = try makePairs(2)
        let items: [any Selectable] = [pairs[0].near, pairs[1].near, ends[0]]
        let before = HubHoldings()
        func makeReady() throws { try pairs[1].far.sendAll("x") }
        var found = 0
        if isReady, means != .kill { Hub.current.schedule(after: .seconds(1)) { try makeReady() } }
        let victim = means.spawnVictim { limit in
          found = try GreenSocket.select(reading: items, exceptional: items, timeout: limit).reading
            .count
          if found == 0 { throw Over() }
        }
        try GreenThread.yield()
        XCTAssertEqual(Hub.current.statistics.descriptorWaits, 6)
        if means == .kill {
          if isReady {
            try makeReady()
            while Hub.current.statistics.ready == 0 { try GreenThread.yield() }
          }
          try victim.kill()
        } else {
          try GreenThread.sleep(for: .seconds(2))
        }
        XCTAssertTrue(victim.isFinished)
        if isReady, means == .own {
          try victim.wait()
          XCTAssertEqual(found, 1)
        } else {
          XCTAssertThrowsError(try victim.wait())
        }
        XCTAssertEqual(HubHoldings().descriptorWaits, before.descriptorWaits)
        XCTAssertEqual(HubHoldings().timers, before.timers)
        if !isReady { try makeReady() }
        XCTAssertEqual(try pairs[1].near.receive(upTo: 10), [120])
        close(pairs)
      }
    }
  }

  func testANumberThatIsAnothersIsNotSelected() throws {
    let (ours, theirs) = try GreenSocket.pair()
    defer { ours.close(); theirs.close() }
    Hub.current.notifyOpened(ours.fileDescriptor)
    XCTAssertEqual(ours.selectedDescriptor, -1)
    Glibc.close(ours.fileDescriptor)
  }
}
