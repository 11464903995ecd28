import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class SystemResolverTests: NetTestCase {
  private let pool = ThreadPool(size: 2, name: "test names")
  private let slow = SlowLookUps()
  private lazy var resolver = SystemResolver(pool: pool, lookUp: slow.lookUp)

  override func invokeTest() {
    super.invokeTest()
    XCTAssertEqual(pool.runningCount + pool.waitingCount, 0, "\(name) left jobs")
    XCTAssertNoThrow(try pool.shutDown())
    XCTAssertNoThrow(try Hub.current.destroy())
  }

  // MARK: By the C library

  func testTheHostsFileIsAsked() throws {
    let entry = try SystemResolver().lookUp("localhost")
    XCTAssertTrue(entry.addresses.allSatisfy(\.isLoopback), "\(entry)")
    XCTAssertEqual(Set(entry.addresses).count, entry.addresses.count)
    XCTAssertEqual(try SystemResolver().resolve("LOCALHOST", family: .ipv4), ["127.0.0.1"])
    XCTAssertEqual(try SystemResolver().names(of: "127.0.0.1", timeout: nil), ["localhost"])
  }

  func testANameThatIsNotThereIsATypedError() throws {
    // RFC 6761: nobody has it. Without a network there is no answer at all.
    assertThrows(NameError.self) {
      _ = try SystemResolver().resolve("missing.invalid")
    } check: {
      XCTAssertEqual($0.name, "missing.invalid")
      XCTAssertTrue($0.reason == .notFound || $0.reason == .temporary, "\($0)")
    }
  }

  func testWhatGetaddrinfoReportsIsTold() {
    for (code, reason, isTemporary, text) in [
      (EAI_NONAME, .notFound, false, "resolve a.test: no such name"),
      (-5, .noData, false, "resolve a.test: the name has no such record"),
      (EAI_AGAIN, .temporary, true, "resolve a.test: temporary failure, no answer now"),
      (EAI_FAIL, .serverFailure, true, "resolve a.test: the name servers failed"),
      (EAI_SERVICE, .unknownService, false, "resolve a.test: no such service"),
      (
        EAI_SYSTEM, .system(errno: EMFILE), true,
        "resolve a.test: getaddrinfo: too many open files (EMFILE)"
      ),
    ] as [(Int32, NameError.Reason, Bool, String)] {
      let error = NameError("a.test", code: code, errno: EMFILE)
      XCTAssertEqual(error.reason, reason)
      XCTAssertEqual(error.isTemporary, isTemporary, "\(error)")
      XCTAssertEqual(error.description, text)
    }
    let other = NameError("a.test", code: EAI_MEMORY, errno: 0)
    XCTAssertEqual(other.description, "resolve a.test: Memory allocation failure")
  }

  // Eventlet: GM5, DNS20
  func testANumericHostIsNotLookedUp() throws {
    for host in ["127.0.0.1", "::1", "fe80::1%lo"] {
      let entry = try assertDoesNotSwitch { try resolver.lookUp(host) }
      XCTAssertEqual(entry.addresses.map(\.description), [host])
      XCTAssertEqual(entry.name, host)
    }
    assertThrows(NameError.self) {
      _ = try resolver.resolve("127.0.0.1", family: .ipv6)
    } check: {
      XCTAssertEqual($0.reason, .noData)
    }
    assertThrows(NameError.self) { _ = try resolver.resolve("fe80::1%nowhere") }
    XCTAssertEqual(slow.begun, [])
  }

  // MARK: Shared calls

  func testThoseWhoAskForOneNameShareOneCall() throws {
    let threads = (0..<10).map { _ in spawn { [resolver] in try resolver.resolve("a.test") } }
    let other = spawn { [resolver] in try resolver.resolve("A.test", family: .ipv4) }
    try wait { slow.begun.count == 2 }
    slow.letThrough(2)
    for thread in threads { XCTAssertEqual(try thread.wait(), ["192.0.2.1"]) }
    XCTAssertEqual(try other.wait(), ["192.0.2.1"])
    // Another question: for one family.
    XCTAssertEqual(slow.begun, ["a.test", "a.test"])
  }

  func testNothingIsKept() throws {
    slow.letThrough(2)
    for _ in 0..<2 { XCTAssertEqual(try resolver.resolve("a.test"), ["192.0.2.1"]) }
    XCTAssertEqual(slow.begun.count, 2)
  }

  // Eventlet: DNS19
  func testAllWhoWaitGetTheError() throws {
    let threads = (0..<3).map { _ in spawn { [resolver] in try resolver.resolve("missing.test") } }
    slow.letThrough()
    for thread in threads {
      assertThrows(NameError.self) {
        _ = try thread.wait()
      } check: {
        XCTAssertEqual($0.description, "resolve missing.test: no such name")
      }
    }
    XCTAssertEqual(slow.begun.count, 1)
  }

  func testOneWhoLeavesDisturbsNobody() throws {
    for means in Interruption.allCases {
      let first = means.spawnVictim { [resolver] in try resolver.resolve("a.test", timeout: $0) }
      let second = spawn { [resolver] in try resolver.resolve("a.test") }
      let before = slow.begun.count
      try wait { slow.begun.count > before }
      if means == .kill { try first.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
      XCTAssertTrue(first.isFinished)
      assertInterrupted(first, by: means)
      XCTAssertFalse(second.isFinished)
      slow.letThrough()
      XCTAssertEqual(try second.wait(), ["192.0.2.1"])
    }
  }

  private func assertInterrupted<Result>(_ thread: GreenThread<Result>, by means: Interruption) {
    XCTAssertThrowsError(try thread.wait()) { error in
      switch means {
      case .kill: XCTAssertTrue(error is GreenThreadExit, "\(error)")
      case .scope: XCTAssertTrue(error is Timeout, "\(error)")
      case .own: XCTAssertEqual("\(error)", "resolve a.test: timed out")
      }
    }
  }

  func testTheLastWhoLeavesLetsTheCallGo() throws {
    for means in Interruption.allCases {
      // Both OS threads are busy, so that the call does not begin.
      let others = (0..<2).map { number in
        spawn { [resolver] in try resolver.resolve("other\(number).test") }
      }
      let busy = slow.begun.count + 2
      try wait { slow.begun.count == busy }
      let holdings = HubHoldings()
      let victims = (0..<2).map { _ in
        means.spawnVictim { [resolver] in try resolver.resolve("a.test", timeout: $0) }
      }
      try wait { pool.waitingCount == 1 }
      if means == .kill {
        try victims[0].kill()
        XCTAssertEqual(pool.waitingCount, 1)
        try victims[1].kill()
      } else {
        try GreenThread.sleep(for: .seconds(2))
      }
      for victim in victims { assertInterrupted(victim, by: means) }
      try GreenThread.yield()
      XCTAssertEqual(pool.waitingCount, 0)
      XCTAssertEqual(HubHoldings(), holdings)
      slow.letThrough(2)
      for other in others { XCTAssertEqual(try other.wait(), ["192.0.2.1"]) }
      XCTAssertFalse(slow.begun.contains("a.test"))
    }
  }

  /// Nothing ends a call that an OS thread has begun: to begin another would fill the pool.
  func testWhoComesAfterAllHaveLeftSharesTheCallThatRuns() throws {
    for means in Interruption.allCases {
      let before = slow.begun.count
      for _ in 0..<3 {
        let victim = means.spawnVictim { [resolver] in try resolver.resolve("a.test", timeout: $0) }
        try wait { slow.begun.count > before }
        if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
        assertInterrupted(victim, by: means)
      }
      let last = spawn { [resolver] in try resolver.resolve("a.test") }
      try GreenThread.yield()
      slow.letThrough()
      XCTAssertEqual(try last.wait(), ["192.0.2.1"])
      XCTAssertEqual(slow.begun.count, before + 1)
    }
  }

  func testACallThatAllHaveLeftEndsByItself() throws {
    let holdings = HubHoldings()
    for name in ["a.test", "missing.test"] {
      let victim = spawn { [resolver] in try resolver.names(of: "192.0.2.1", timeout: nil) }
      let other = spawn { [resolver] in try resolver.resolve(name) }
      let begun = slow.begun.count + 2
      try wait { slow.begun.count == begun }
      try victim.kill()
      try other.kill()
      slow.letThrough(2)
      try wait { HubHoldings() == holdings }
      // Its result was dropped.
      slow.letThrough()
      XCTAssertEqual(try resolver.names(of: "192.0.2.1", timeout: nil), ["host.test"])
      XCTAssertEqual(slow.begun.count, begun + 1)
    }
  }

  /// Somebody who kills all that he finds kills no one who waits for it.
  func testACallThatIsKilledIsATemporaryError() throws {
    for hasBegun in [false, true] {
      let waiter = spawn { [resolver] in try resolver.resolve("a.test") }
      // In line between the waiter and the call that it starts.
      let killer = spawn { [slow] in
        if hasBegun { try self.wait { slow.begun.count == 1 } }
        let call = Hub.current.greenThreads.first { $0.name == "resolve a.test" }
        try XCTUnwrap(call).kill()
      }
      try killer.wait()
      assertThrows(NameError.self) {
        _ = try waiter.wait()
      } check: {
        XCTAssertEqual($0, NameError("a.test", .temporary))
      }
      XCTAssertEqual(slow.begun.count, hasBegun ? 1 : 0)
    }
    slow.letThrough()
    try wait { pool.runningCount == 0 }
  }

  // Eventlet: DNS17
  func testNamesAreLookedUpAtTheSameTime() throws {
    let threads = (0..<2).map { number in
      spawn { [resolver] in try resolver.resolve("host\(number).test") }
    }
    // Neither has ended when the other begins.
    try wait { slow.begun.count == 2 }
    slow.letThrough(2)
    for thread in threads { _ = try thread.wait() }
  }

  // MARK: The hub's resolver

  // Eventlet: GM4
  func testEachHubHasAResolverThatCanBeSet() throws {
    XCTAssertTrue(Hub.current.resolver is SystemResolver)
    XCTAssertTrue(Hub.current.resolver === Hub.current.resolver)
    let fixed = FixedResolver(["a.test": ["192.0.2.7"]])
    Hub.current.resolver = fixed
    XCTAssertTrue(Hub.current.resolver === fixed)
    let other = try HubThread.start { XCTAssertTrue(Hub.current.resolver is SystemResolver) }
    XCTAssertTrue(try other.join())
  }
}

final class HubResolverTests: XCTestCase {
  func testACallThatAllHaveLeftKeepsNoHub() throws {
    let pool = ThreadPool(size: 1, name: "test names")
    let slow = SlowLookUps()
    weak var weakHub: Hub?
    do {
      let resolver = SystemResolver(pool: pool, lookUp: slow.lookUp)
      weakHub = Hub.current
      let victim = spawn { try resolver.resolve("a.test") }
      while slow.begun.isEmpty { try GreenThread.yield() }
      try victim.kill()
    }
    try Hub.current.destroy()
    XCTAssertNil(weakHub)
    XCTAssertEqual(pool.runningCount, 1)
    slow.letThrough()
    try pool.shutDown()
    try Hub.current.destroy()
  }

  func testADestroyedHubLetsGoOfItsResolver() throws {
    weak var weakResolver: FixedResolver?
    weak var weakHub: Hub?
    do {
      let resolver = FixedResolver([:])
      Hub.current.resolver = resolver
      weakResolver = resolver
      weakHub = Hub.current
    }
    XCTAssertNotNil(weakResolver)
    try Hub.current.destroy()
    XCTAssertNil(weakResolver)
    XCTAssertNil(weakHub)
  }
}
