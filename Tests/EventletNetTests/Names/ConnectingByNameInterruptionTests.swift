import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Kills and times out a green thread at every point where connecting by name waits: no descriptor
/// and no green thread may be left.
final class ConnectingByNameInterruptionTests: NetTestCase {
  private func check(
    _ means: Interruption, waits: Int, waitingFor time: Duration,
    preparing prepare: () throws -> Void = {},
    _ connect: @escaping (Duration?) throws -> GreenSocket
  ) throws {
    let before = HubHoldings()
    let sockets = LeakCheck()
    let victim = means.spawnVictim(of: connect)
    try GreenThread.sleep(for: time)
    XCTAssertEqual(Hub.current.statistics.descriptorWaits, waits, "\(means)")
    try prepare()
    XCTAssertFalse(victim.isFinished)
    if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
    // Killed, it still waits for its attempts to end.
    XCTAssertThrowsError(try victim.wait()) { error in
      switch means {
      case .kill: XCTAssertTrue(error is GreenThreadExit, "\(error)")
      case .scope: XCTAssertTrue(error is Timeout, "\(error)")
      case .own: XCTAssertTrue(error is IOTimeout, "\(error)")
      }
    }
    XCTAssertEqual(HubHoldings(), before)
    XCTAssertEqual(sockets.leaks(of: Hub.current).filter { $0.contains("socket:") }, [])
  }

  func testWhileTheNameIsLookedUp() throws {
    for means in Interruption.allCases {
      try check(means, waits: 0, waitingFor: .zero) {
        try GreenSocket.connect(
          toHost: "peer.test", port: 1,
          resolver: SleepingResolver(.seconds(10), addresses: ["127.0.0.1"]), timeout: $0)
      }
    }
  }

  func testWhileAnyNumberOfAttemptsWaits() throws {
    let silent = try (0..<3).map { _ in try makeSilentListener() }
    defer {
      for (listener, clients) in silent { for socket in clients + [listener] { socket.close() } }
    }
    let candidates = try silent.map { try $0.listener.localAddress }
    for means in Interruption.allCases {
      for count in 1...3 {
        let time = Duration.milliseconds(250 * (count - 1) + 1)
        try check(means, waits: count, waitingFor: time) {
          try GreenSocket.connect(toFirstOf: candidates, timeout: $0)
        }
      }
      try check(means, waits: 1, waitingFor: .zero) {
        try GreenSocket.connect(toFirstOf: [candidates[0]], timeout: $0)
      }
    }
  }

  /// The kernel has made the connection, or its green thread has even handed it in, but who asked
  /// for it has not resumed.
  func testWhenAnAttemptHasSucceeded() throws {
    let (silent, clients) = try makeSilentListener()
    defer { for socket in clients + [silent] { socket.close() } }
    for turns in 0..<8 {
      let before = HubHoldings()
      let sockets = LeakCheck()
      let listener = try GreenSocket.listen(on: loopback)
      let candidates = [try listener.localAddress, try silent.localAddress]
      let victim = spawn { try GreenSocket.connect(toFirstOf: candidates) }
      for _ in 0..<turns { try GreenThread.yield() }
      let wasFinished = victim.isFinished
      try victim.kill()
      if wasFinished { try victim.wait().close() } else { XCTAssertThrowsError(try victim.wait()) }
      // Whether it was connected or not, nothing of it is open.
      if let server = try? listener.accept(timeout: .zero).socket {
        XCTAssertEqual(try server.receive(upTo: 1), [])
        server.close()
      }
      listener.close()
      XCTAssertEqual(HubHoldings(), before, "\(turns)")
      XCTAssertEqual(sockets.leaks(of: Hub.current).filter { $0.contains("socket:") }, [])
    }
  }

  /// Two attempts succeed in one turn: one is the winner, the other is closed.
  func testTwoThatSucceedAtOnce() throws {
    let before = HubHoldings()
    let first = try GreenSocket.listen(on: loopback)
    let second = try GreenSocket.listen(on: loopback)
    let candidates = [try first.localAddress, try second.localAddress]
    let client = try GreenSocket.connect(toFirstOf: candidates, attemptDelay: .zero)
    var ends = 0
    for listener in [first, second] {
      guard let server = try? listener.accept(timeout: .zero).socket else { continue }
      if try client.remoteAddress == listener.localAddress {
        try client.sendAll("x")
        XCTAssertEqual(try server.receive(upTo: 1), Array("x".utf8))
        ends += 1
      } else {
        XCTAssertEqual(try server.receive(upTo: 1), [])
      }
      server.close()
    }
    XCTAssertEqual(ends, 1)
    for socket in [client, first, second] { socket.close() }
    XCTAssertEqual(HubHoldings(), before)
  }
}
