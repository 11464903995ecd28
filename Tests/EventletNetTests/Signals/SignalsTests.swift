import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Signals that this process sends to itself: it must be in Swift's hands what they do.
final class SignalsTests: ProcessTestCase {
  private func send(_ signal: Signal) { XCTAssertEqual(kill(getpid(), signal.rawValue), 0) }

  private func handler(_ signal: Signal) -> UnsafeRawPointer? {
    var action = sigaction()
    sigaction(signal.rawValue, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: UnsafeRawPointer?.self)
  }

  func testWaitingForASignal() throws {
    let signals = try Signals([.user1, .user2])
    let first = spawn { try signals.next() }
    try GreenThread.yield()
    XCTAssertFalse(first.isFinished)
    send(.user2)
    XCTAssertEqual(try first.wait(), .user2)
    XCTAssertNil(try signals.next(timeout: .milliseconds(1)))
    signals.close()
  }

  func testSignalsThatComeBeforeAnybodyWaitsAreKeptAndCoalesced() throws {
    try withSignals([.user1, .user2]) { signals in
      for signal in [Signal.user2, .user1, .user2, .user1] { send(signal) }
      XCTAssertEqual(try signals.next(), .user1)
      XCTAssertEqual(try signals.next(), .user2)
      XCTAssertNil(try signals.next(timeout: .zero))
    }
  }

  func testEveryoneWhoWatchesGetsIt() throws {
    let one = try Signals([.user1])
    let other = try Signals([.user1, .user2])
    let (first, second) = (spawn { try one.next() }, spawn { try other.next() })
    try GreenThread.yield()
    let elsewhere = try HubThread.start {
      try withSignals([.user1]) { signals in
        // As long as it takes the others to send.
        guard try signals.next(timeout: .seconds(20)) == .user1 else { fatalError("no signal") }
      }
    }
    while !(try elsewhere.join(timeout: .milliseconds(10))) { send(.user1) }
    XCTAssertEqual(try first.wait(), .user1)
    XCTAssertEqual(try second.wait(), .user1)
    one.close()
    other.close()
  }

  func testDispositionsComeBack() throws {
    let before = handler(.user1)
    let one = try Signals([.user1])
    let watched = handler(.user1)
    XCTAssertNotEqual(watched, before)
    let two = try Signals([.user1])
    one.close()
    XCTAssertEqual(handler(.user1), watched)
    two.close()
    XCTAssertEqual(handler(.user1), before)

    // But not over what somebody has installed since.
    let three = try Signals([.user1])
    signal(SIGUSR1, SIG_IGN)
    let ignoring = handler(.user1)
    three.close()
    XCTAssertEqual(handler(.user1), ignoring)
    signal(SIGUSR1, SIG_DFL)

    weak var dropped: Signals?
    do {
      let four = try Signals([.user1])
      dropped = four
      XCTAssertNotNil(dropped)
    }
    XCTAssertNil(dropped)
    XCTAssertEqual(handler(.user1), before)
  }

  func testClosingEndsTheWait() throws {
    let signals = try Signals([.user1])
    let waiting = spawn { try signals.next() }
    let selecting = try Signals([.user2])
    let first = spawn { try waitForFirst(of: selecting.waitCase { "\($0)" }) }
    try GreenThread.yield()
    signals.close()
    selecting.close()
    signals.close()
    XCTAssertNil(try waiting.wait())
    assertThrows(HubError.self) { _ = try first.wait() }
    XCTAssertNil(try signals.next())
    XCTAssertTrue(signals.isClosed)
  }

  func testOneOfSeveralThings() throws {
    let signals = try Signals([.user1])
    let queue = LightQueue<Int>()
    func next() throws -> String {
      try waitForFirst(
        of: .item(of: queue) { "item \($0)" }, signals.waitCase { "\($0)" },
        .timeout(.seconds(20)) { "late" })
    }
    let first = spawn { try next() }
    try GreenThread.yield()
    send(.user1)
    XCTAssertEqual(try first.wait(), "SIGUSR1")
    let second = spawn { try next() }
    try GreenThread.yield()
    try queue.put(1)
    send(.user1)
    XCTAssertEqual(try second.wait(), "item 1")
    // It was not taken by the case that did not happen.
    XCTAssertEqual(try next(), "SIGUSR1")
    signals.close()
  }

  func testTheSecondWhoWaitsGetsAnError() throws {
    let signals = try Signals([.user1])
    let first = spawn { try signals.next() }
    try GreenThread.yield()
    assertThrows(HubError.self) { _ = try signals.next() }
    send(.user1)
    XCTAssertEqual(try first.wait(), .user1)
    signals.close()
  }

  func testAnInterruptedWaitLosesNothing() throws {
    for means in Interruption.allCases where means != .own {
      let signals = try Signals([.user1])
      let before = HubHoldings().descriptorWaits
      let victim = means.spawnVictim { _ in try signals.next() }
      try GreenThread.yield()
      if means == .kill {
        send(.user1)
        while Hub.current.statistics.ready == 0 { try GreenThread.yield() }
        XCTAssertFalse(victim.isFinished)
        try victim.kill()
      } else {
        try GreenThread.sleep(for: .milliseconds(1100))
        send(.user1)
      }
      XCTAssertThrowsError(try victim.wait())
      XCTAssertEqual(HubHoldings().descriptorWaits, before)
      XCTAssertEqual(try signals.next(), .user1)
      signals.close()
    }
  }

  func testSignalsThatCannotBeWaitedFor() throws {
    assertThrows(SystemError.self) {
      _ = try Signals([.user1, .kill])
    } check: {
      XCTAssertEqual($0, SystemError(call: "sigaction", errno: EINVAL, subject: "SIGKILL"))
    }
    XCTAssertEqual(handler(.user1), nil)
    assertThrows(HubError.self) { _ = try Signals([]) }
    assertThrows(HubError.self) {
      _ = try Signals([Signal(rawValue: SIGSEGV)])
    } check: {
      XCTAssertTrue("\($0)".contains("SIGSEGV"))
    }
    assertThrows(SystemError.self) { _ = try Signals([Signal(rawValue: 1000)]) }
  }

  func testChildren() throws {
    try withSignals([.child]) { signals in
      let process = try GreenProcess("true")
      XCTAssertEqual(try signals.next(timeout: .seconds(20)), .child)
      XCTAssertEqual(try process.wait(), .exited(0))
    }
  }

  func testWaitsAreIdle() throws {
    try withSignals([.user1]) { signals in
      try assertWaitsIdly("next") { _ = try signals.next(timeout: .milliseconds(250)) }
      send(.user1)
      XCTAssertEqual(try signals.next(), .user1)
      // What was taken does not wake again.
      try assertWaitsIdly("next") { _ = try signals.next(timeout: .milliseconds(250)) }
    }
  }

  func testAForkedChildWatchesItsOwn() throws {
    try XCTSkipIf(Sanitizer.isThread, "it does not follow children")
    let signals = try Signals([.user1])
    try ForkedChild.run {
      kill(getpid(), SIGUSR1)
      return try signals.next(timeout: .seconds(20)) == .user1
    }
    XCTAssertNil(try signals.next(timeout: .zero))
    send(.user1)
    XCTAssertEqual(try signals.next(), .user1)
    signals.close()
  }

  func testNames() {
    XCTAssertEqual("\(Signal.terminate)", "SIGTERM")
    XCTAssertEqual("\(Signal(rawValue: 99))", "signal 99")
    XCTAssertEqual(Signal.hangUp, Signal(rawValue: SIGHUP))
  }
}
