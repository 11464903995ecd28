import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletDNS

/// Several who ask at the same time, some of whom leave.
final class DNSSharingTests: DNSTestCase {
  private let zone: [WireRecord] = [.a("a.test", "127.0.0.1"), .a("a.test", "::1")]

  /// A server that answers when it is told to.
  private func makeSlowServer() throws -> (server: DNSTestServer, gate: Event<Void>) {
    let gate = Event<Void>()
    let server = try makeServer { [zone] query in
      try gate.wait()
      return [DNSTestServer.reply(to: query, zone)]
    }
    return (server, gate)
  }

  // Eventlet: DNS17
  func testManyNamesAreAskedForAtTheSameTime() throws {
    let all = Event<Void>()
    var count = 0
    let server = try makeServer { query in
      count += 1
      if count == 50 { all.send(()) }
      // None is answered before all were asked for.
      try all.wait()
      return [query.reply([.a(query.name, "127.0.0.1")])]
    }
    let resolver = makeResolver(server)
    let threads = (0..<50).map { number in
      spawn { try resolver.resolve("host\(number).test", family: .ipv4) }
    }
    for thread in threads { XCTAssertEqual(try thread.wait(), ["127.0.0.1"]) }
  }

  func testThoseWhoAskForOneNameShareOneQuestion() throws {
    let (server, gate) = try makeSlowServer()
    let resolver = makeResolver(server)
    let threads = (0..<10).map { _ in spawn { try resolver.resolve("a.test") } }
    try wait { server.queries.count == 2 }
    gate.send(())
    for thread in threads { XCTAssertEqual(try thread.wait(), ["::1", "127.0.0.1"]) }
    XCTAssertEqual(server.queries.count, 2)
  }

  func testOneWhoLeavesDisturbsNobody() throws {
    for byKill in [true, false] {
      let (server, gate) = try makeSlowServer()
      let resolver = makeResolver(server)
      let first = spawn {
        try resolver.resolve("a.test", timeout: byKill ? nil : .milliseconds(20))
      }
      let second = spawn { try resolver.resolve("a.test") }
      try wait { server.queries.count == 2 }
      if byKill { try first.kill() }
      XCTAssertThrowsError(try first.wait())
      XCTAssertFalse(second.isFinished)
      gate.send(())
      XCTAssertEqual(try second.wait(), ["::1", "127.0.0.1"])
      XCTAssertEqual(server.queries.count, 2)
    }
  }

  /// Wherever a look-up waits, by UDP and by TCP: no socket, green thread or timer is left.
  func testTheLastWhoLeavesGivesUpTheQuestion() throws {
    for usesTCP in [false, true] {
      for means in ["kill", "scope", "own"] {
        let (server, gate) = try makeSlowServer()
        let resolver = makeResolver(server) { $0.usesTCP = usesTCP }
        try GreenThread.yield()
        let before = HubHoldings()
        let sockets = LeakCheck()
        let victims = (0..<2).map { _ in
          spawn {
            let limit = Duration.milliseconds(20)
            switch means {
            case "kill": _ = try resolver.resolve("a.test")
            case "scope": _ = try withTimeout(limit) { try resolver.resolve("a.test") }
            default: _ = try resolver.resolve("a.test", timeout: limit)
            }
          }
        }
        // On a machine that is slow the limits may pass before.
        try wait {
          resolver.pendingCount == 2 && server.queries.count == 2
            || victims.allSatisfy { $0.isFinished }
        }
        if means == "kill" { for victim in victims { try victim.kill() } }
        for victim in victims { XCTAssertThrowsError(try victim.wait()) }
        XCTAssertEqual(resolver.pendingCount, 0)
        gate.send(())
        // The server's own end of what was given up.
        try wait { HubHoldings() == before }
        XCTAssertEqual(sockets.leaks(of: Hub.current).filter { $0.contains("socket:") }, [])
        // Asked for again, it is answered.
        XCTAssertEqual(try resolver.resolve("a.test"), ["::1", "127.0.0.1"])
      }
    }
  }

  /// A kill at each turn of a look-up.
  func testAKillAtEachPoint() throws {
    for turns in 0..<30 {
      let server = try makeServer(zone: zone)
      let resolver = makeResolver(server)
      try GreenThread.yield()
      let before = HubHoldings()
      let victim = spawn { try resolver.resolve("a.test") }
      for _ in 0..<turns { try GreenThread.yield() }
      let wasFinished = victim.isFinished
      try victim.kill()
      if !wasFinished { XCTAssertThrowsError(try victim.wait()) }
      try wait { HubHoldings() == before && resolver.pendingCount == 0 }
      XCTAssertEqual(try resolver.resolve("a.test"), ["::1", "127.0.0.1"])
    }
  }

  func testClosingEndsWhatWaits() throws {
    let (server, gate) = try makeSlowServer()
    let resolver = makeResolver(server)
    let sockets = LeakCheck()
    let victim = spawn { try resolver.resolve("a.test") }
    let other = spawn { try resolver.query(.mx, "a.test") }
    try wait { server.queries.count == 3 }
    assertDoesNotSwitch { resolver.close() }
    XCTAssertTrue(resolver.isClosed)
    assertFails(.closed) { _ = try victim.wait() }
    assertFails(.closed) { _ = try other.wait() }
    assertFails(.closed) { _ = try resolver.resolve("a.test") }
    assertFails(.closed) { _ = try resolver.names(of: "127.0.0.1", timeout: nil) }
    assertFails(.closed) { _ = try resolver.query(.mx, "a.test") }
    resolver.close()
    try GreenThread.yield()
    XCTAssertEqual(sockets.leaks(of: Hub.current).filter { $0.contains("socket:") }, [])
    gate.send(())
  }

  func testADroppedResolverGoesWhenItsLastQuestionHasEnded() throws {
    let (server, gate) = try makeSlowServer()
    weak var weakResolver: DNSResolver?
    let thread: GreenThread<[IPAddress]>
    do {
      let resolver = makeResolver(server)
      weakResolver = resolver
      thread = spawn { [resolver] in try resolver.resolve("a.test") }
    }
    try wait { server.queries.count == 2 }
    gate.send(())
    XCTAssertEqual(try thread.wait(), ["::1", "127.0.0.1"])
    try GreenThread.yield()
    XCTAssertNil(weakResolver)
  }
}

/// Without a test's own hub: it goes in the middle.
final class DNSHubTests: XCTestCase {
  func testADestroyedHubEndsWhatIsAsked() throws {
    let sockets = LeakCheck()
    weak var weakResolver: DNSResolver?
    do {
      let silent = try DNSTestServer { _ in [] }
      var configuration = DNSResolver.Configuration()
      configuration.servers = [silent.address]
      let resolver = DNSResolver(configuration)
      weakResolver = resolver
      Hub.current.resolver = resolver
      let thread = spawn { try Hub.current.resolver.resolve("a.test.") }
      while silent.queries.count < 2 { try GreenThread.sleep(for: .milliseconds(1)) }
      silent.stop()
      XCTAssertFalse(thread.isFinished)
    }
    try Hub.current.destroy()
    XCTAssertNil(weakResolver)
    XCTAssertEqual(sockets.leaks(of: Hub.current).filter { $0.contains("socket:") }, [])
    try Hub.current.destroy()
  }
}
