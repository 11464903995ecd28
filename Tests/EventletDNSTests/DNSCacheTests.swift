import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletDNS

/// In virtual time: answers come at once, and lifetimes pass as soon as everything sleeps.
final class DNSCacheTests: DNSTestCase {
  override var time: GreenTest.Time { .virtual }

  override func setUp() { clock.autojumpThreshold = .milliseconds(20) }

  // Eventlet: DNS15
  func testAnswersAreKeptForTheirLifetimes() throws {
    let server = try makeServer(zone: [.a("a.test", "127.0.0.1", lifetime: 60)])
    let resolver = makeResolver(server)
    func askedAgain() throws -> Bool {
      let before = server.queries.count
      XCTAssertEqual(try resolver.resolve("A.test", family: .ipv4), ["127.0.0.1"])
      return server.queries.count > before
    }
    XCTAssertTrue(try askedAgain())
    XCTAssertFalse(try askedAgain())
    clock.advance(by: .seconds(59))
    XCTAssertFalse(try askedAgain())
    try assertDoesNotSwitch {
      let record = try XCTUnwrap(resolver.query(.a, "a.test").first)
      XCTAssertLessThanOrEqual(record.lifetime, .seconds(1))
      XCTAssertGreaterThan(record.lifetime, .zero)
    }
    clock.advance(by: .seconds(1))
    XCTAssertTrue(try askedAgain())
    resolver.clear()
    XCTAssertTrue(try askedAgain())
    XCTAssertEqual(resolver.cachedCount, 1)
  }

  func testTheShortestLifetimeOnTheWayCounts() throws {
    let server = try makeServer(zone: [
      .name("www.test", 5, "a.test", lifetime: 5), .a("a.test", "127.0.0.1", lifetime: 60),
    ])
    let resolver = makeResolver(server)
    for expected in [1, 1, 2] {
      _ = try resolver.resolve("www.test", family: .ipv4)
      XCTAssertEqual(server.queries.count, expected)
      clock.advance(by: .seconds(3))
    }
  }

  func testThatThereIsNothingIsKeptAsLongAsTheZoneSays() throws {
    let server = try makeServer(zone: [.a("a.test", "127.0.0.1")], absence: 30)
    let resolver = makeResolver(server)
    for (name, reason) in [("a.test", .noData), ("b.test", .notFound)]
      as [(String, NameError.Reason)]
    {
      let before = server.queries.count
      for expected in [1, 1, 2] {
        assertFails(reason) { _ = try resolver.resolve(name, family: .ipv6) }
        XCTAssertEqual(server.queries.count, before + expected)
        clock.advance(by: .seconds(20))
      }
    }
  }

  func testWhatMustNotBeKeptIsNot() throws {
    let zone: [WireRecord] = [
      .a("zero.test", "127.0.0.1", lifetime: 0),
      .a("negative.test", "127.0.0.1", lifetime: 1 << 31),
    ]
    let server = try makeServer(zone: zone)
    let resolver = makeResolver(server)
    for name in ["zero.test", "negative.test"] {
      _ = try resolver.resolve(name, family: .ipv4)
      _ = try resolver.resolve(name, family: .ipv4)
    }
    XCTAssertEqual(server.queries.count, 4)
    server.answer = { [$0.reply(code: 2)] }
    for _ in 0..<2 { assertFails(.serverFailure) { _ = try resolver.query(.mx, "a.test") } }
    // Without a zone nobody says how long.
    server.answer = { [$0.reply(code: 3)] }
    for _ in 0..<2 { assertFails(.notFound) { _ = try resolver.query(.mx, "a.test") } }
    XCTAssertEqual(server.queries.count, 8)
    XCTAssertEqual(resolver.cachedCount, 0)
  }

  func testAbsurdLifetimesAreCut() throws {
    let server = try makeServer(
      zone: [.a("a.test", "127.0.0.1", lifetime: 0x7fff_ffff)], absence: 0x7fff_ffff)
    let resolver = makeResolver(server)
    _ = try resolver.resolve("a.test", family: .ipv4)
    assertFails(.notFound) { _ = try resolver.resolve("b.test", family: .ipv4) }
    clock.advance(by: .seconds(3 * 3600))
    assertFails(.notFound) { _ = try resolver.resolve("b.test", family: .ipv4) }
    XCTAssertEqual(server.queries.count, 3)
    clock.advance(by: .seconds(7 * 24 * 3600))
    _ = try resolver.resolve("a.test", family: .ipv4)
    XCTAssertEqual(server.queries.count, 4)
  }

  // Eventlet: DNS15
  func testTheLeastRecentlyUsedGoes() throws {
    let server = try makeServer { [$0.reply([.a($0.name, "127.0.0.1")])] }
    let resolver = makeResolver(server) { $0.cacheSize = 2 }
    func ask(_ name: String) throws { _ = try resolver.resolve("\(name).test", family: .ipv4) }
    for name in ["a", "b", "a", "c", "a", "b"] { try ask(name) }
    XCTAssertEqual(
      server.queries.map(\.name), ["a.test", "b.test", "c.test", "b.test"])
    XCTAssertEqual(resolver.cachedCount, 2)
    for _ in 0..<100 { try ask("a") }
    try ask("b")
    XCTAssertEqual(server.queries.count, 4)
    let without = makeResolver(server) { $0.cacheSize = 0 }
    for _ in 0..<2 { _ = try without.resolve("a.test", family: .ipv4) }
    XCTAssertEqual(server.queries.count, 6)
  }

  func testWhoAsksAfterTheResolverWasClearedDoesNotWaitForWhatWasAskedBefore() throws {
    let gate = Event<Void>()
    var count = 0
    let server = try makeServer { query in
      count += 1
      let isFirst = count == 1
      if isFirst { try gate.wait() }
      return [query.reply([.a(query.name, isFirst ? "127.0.0.1" : "127.0.0.2")])]
    }
    let resolver = makeResolver(server)
    let first = spawn { try resolver.resolve("a.test", family: .ipv4) }
    while count == 0 { try GreenThread.sleep(for: .milliseconds(1)) }
    resolver.clear()
    let second = spawn {
      try resolver.resolve("a.test", family: .ipv4, timeout: .seconds(10))
    }
    XCTAssertEqual(try second.wait(), ["127.0.0.2"])
    XCTAssertFalse(first.isFinished)
    gate.send(())
    XCTAssertEqual(try first.wait(), ["127.0.0.1"])
    XCTAssertEqual(try resolver.resolve("a.test", family: .ipv4), ["127.0.0.2"])
  }

  func testWhatWasAskedBeforeTheCacheWasClearedIsNotKept() throws {
    let gate = Event<Void>()
    let server = try makeServer { query in
      try gate.wait()
      return [query.reply([.a(query.name, "127.0.0.1")])]
    }
    let resolver = makeResolver(server)
    let thread = spawn { try resolver.resolve("a.test", family: .ipv4) }
    while server.queries.isEmpty { try GreenThread.sleep(for: .milliseconds(1)) }
    resolver.clear()
    gate.send(())
    XCTAssertEqual(try thread.wait(), ["127.0.0.1"])
    XCTAssertEqual(resolver.cachedCount, 0)
  }
}
