import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletDNS

final class DNSResolverTests: DNSTestCase {
  // MARK: Addresses

  // Eventlet: DNS21
  func testBothFamiliesAreAskedAtOnceAndIPv6ComesFirst() throws {
    let both = Event<Void>()
    var asked: Set<UInt16> = []
    let zone: [WireRecord] = [
      .a("a.test", "127.0.0.1"), .a("a.test", "127.0.0.2"), .a("a.test", "::1"),
    ]
    let server = try makeServer { query in
      asked.insert(query.type)
      if asked.count == 2, !both.isReady { both.send(()) }
      // Neither is answered before the other was asked.
      try both.wait()
      return [DNSTestServer.reply(to: query, zone)]
    }
    let resolver = makeResolver(server)
    XCTAssertEqual(try resolver.resolve("a.test"), ["::1", "127.0.0.1", "127.0.0.2"])
    XCTAssertEqual(try resolver.resolve("a.test", family: .ipv4), ["127.0.0.1", "127.0.0.2"])
    XCTAssertEqual(try resolver.resolve("a.test", family: .ipv6), ["::1"])
    XCTAssertEqual(server.queries.count, 2)
  }

  // Eventlet: DNS21
  func testOneFamilyThatFailsIsNoErrorIfTheOtherHasAddresses() throws {
    for code in [2, 3, 5] as [UInt8] {
      for failing in [1, 28] as [UInt16] {
        let zone: [WireRecord] = [.a("a.test", "127.0.0.1"), .a("a.test", "::1")]
        let server = try makeServer { query in
          [query.type == failing ? query.reply(code: code) : DNSTestServer.reply(to: query, zone)]
        }
        let expected: [IPAddress] = failing == 1 ? ["::1"] : ["127.0.0.1"]
        XCTAssertEqual(try makeResolver(server).resolve("a.test"), expected)
      }
    }
  }

  // Eventlet: DNS21
  func testOneFamilyIsNotWaitedForLongIfTheOtherHasAddresses() throws {
    for slow in [1, 28] as [UInt16] {
      let gate = Event<Void>()
      let zone: [WireRecord] = [.a("a.test", "127.0.0.1"), .a("a.test", "::1")]
      let server = try makeServer { query in
        if query.type == slow { try gate.wait() }
        return [DNSTestServer.reply(to: query, zone)]
      }
      let resolver = makeResolver(server) { $0.resolutionDelay = .milliseconds(20) }
      let expected: [IPAddress] = slow == 1 ? ["::1"] : ["127.0.0.1"]
      // The second time, one answer is known.
      for _ in 0..<2 {
        XCTAssertEqual(try resolver.resolve("a.test", timeout: .seconds(9)), expected)
        XCTAssertEqual(resolver.pendingCount, 1)
      }
      gate.send(())
      while resolver.pendingCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
      XCTAssertEqual(try resolver.resolve("a.test"), ["::1", "127.0.0.1"])
      XCTAssertEqual(server.queries.count, 2)
    }
  }

  func testAFamilyWithoutAddressesHastensNothing() throws {
    for code in [2, 0] as [UInt8] {
      let asked = Event<Void>()
      let gate = Event<Void>()
      let server = try makeServer { query in
        if query.type == 28 {
          asked.send(())
          try gate.wait()
        }
        return [query.type == 28 ? query.reply([.a("a.test", "::1")]) : query.reply(code: code)]
      }
      let resolver = makeResolver(server) { $0.resolutionDelay = .zero }
      let thread = spawn { try resolver.resolve("a.test") }
      try asked.wait()
      while resolver.pendingCount > 1 { try GreenThread.sleep(for: .milliseconds(1)) }
      try GreenThread.sleep(for: .milliseconds(5))
      XCTAssertFalse(thread.isFinished)
      gate.send(())
      XCTAssertEqual(try thread.wait(), ["::1"])
    }
  }

  func testClosingEndsAQuestionThatNobodyWaitsFor() throws {
    let server = try makeServer { query in
      query.type == 28 ? [] : [query.reply([.a("a.test", "127.0.0.1")])]
    }
    try GreenThread.yield()
    let before = HubHoldings()
    let resolver = makeResolver(server) { $0.resolutionDelay = .zero }
    XCTAssertEqual(try resolver.resolve("a.test"), ["127.0.0.1"])
    XCTAssertEqual(resolver.pendingCount, 1)
    resolver.close()
    while HubHoldings() != before { try GreenThread.yield() }
    XCTAssertEqual(resolver.pendingCount, 0)
  }

  func testAddressesWithoutARouteComeLast() throws {
    let server = try makeServer(zone: [.a("a.test", "255.255.255.255"), .a("a.test", "127.0.0.1")])
    XCTAssertEqual(
      try makeResolver(server).resolve("a.test"), ["127.0.0.1", "255.255.255.255"])
  }

  // Eventlet: DNS29
  func testAliasesAreFollowed() throws {
    let server = try makeServer(zone: [
      .name("www.test", 5, "web.test"), .name("web.test", 5, "host.test"),
      .a("host.test", "127.0.0.1"),
    ])
    let entry = try makeResolver(server).lookUp("www.test")
    XCTAssertEqual(
      entry,
      HostEntry(name: "host.test", aliases: ["www.test", "web.test"], addresses: ["127.0.0.1"]))
  }

  func testAliasesThatStandForEachOtherHaveNoAddress() throws {
    let server = try makeServer { query in
      [query.reply([.name("a.test", 5, "b.test"), .name("b.test", 5, "a.test")])]
    }
    assertFails(.noData) { _ = try makeResolver(server).resolve("a.test") }
  }

  func testAliasesWithoutEndAreABadResponse() throws {
    let server = try makeServer { query in
      let count = query.name == "short.test" ? 16 : 17
      let names = [query.name] + (1..<count).map { "alias\($0).test" } + ["host.test"]
      return [
        query.reply(
          // In whatever order.
          zip(names, names.dropFirst()).map { WireRecord.name($0, 5, $1) }.reversed()
            + [.a("host.test", "127.0.0.1")])
      ]
    }
    let resolver = makeResolver(server)
    let entry = try resolver.entry(of: HostName("short.test"), family: .ipv4, timeout: nil)
    XCTAssertEqual(entry.aliases.count, 16)
    XCTAssertEqual(entry.addresses, ["127.0.0.1"])
    assertFails(.badResponse) { _ = try resolver.resolve("long.test", family: .ipv4) }
    XCTAssertEqual(resolver.cachedCount, 1)
  }

  func testTheHubsResolver() throws {
    let server = try makeServer(zone: [.a("peer.test", "127.0.0.1")])
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    defer { listener.close() }
    Hub.current.resolver = makeResolver(server)
    let socket = try GreenSocket.connect(
      toHost: "peer.test", port: listener.localAddress.port, timeout: .seconds(10))
    socket.close()
  }

  // Eventlet: DNS20
  func testInternationalAndNumericHosts() throws {
    let server = try makeServer(zone: [.a("xn--bcher-kva.test", "127.0.0.1")])
    let resolver = makeResolver(server)
    XCTAssertEqual(try resolver.resolve("BÜCHER.test", family: .ipv4), ["127.0.0.1"])
    XCTAssertEqual(try resolver.resolve("127.0.0.9"), ["127.0.0.9"])
    XCTAssertEqual(server.queries.map(\.text), ["xn--bcher-kva.test 1"])
  }

  /// RFC 6761, section 6.3.
  func testLocalhostIsNeverAskedFor() throws {
    let server = try makeServer(zone: [])
    let resolver = makeResolver(server)
    XCTAssertEqual(try resolver.resolve("localhost"), ["::1", "127.0.0.1"])
    XCTAssertEqual(try resolver.resolve("a.LOCALHOST.", family: .ipv4), ["127.0.0.1"])
    XCTAssertEqual(server.queries.count, 0)
  }

  // MARK: The search list

  // Eventlet: DNS13
  func testTheSearchList() throws {
    let server = try makeServer(zone: [
      .a("one.b.test", "127.0.0.1"), .a("one", "127.0.0.2"), .a("two", "127.0.0.3"),
      .a("x.y", "127.0.0.4"), .a("x.y.a.test", "127.0.0.5"), .a("only6.a.test", "::1"),
      .a("only6.b.test", "127.0.0.6"),
    ])
    let resolver = makeResolver(server) { $0.search = ["a.test", "b.test"] }
    func resolve(_ name: String) throws -> [IPAddress] {
      try resolver.resolve(name, family: .ipv4)
    }
    XCTAssertEqual(try resolve("one"), ["127.0.0.1"])
    XCTAssertEqual(server.queries.map(\.name), ["one.a.test", "one.b.test"])
    XCTAssertEqual(try resolve("one."), ["127.0.0.2"])
    XCTAssertEqual(try resolve("two"), ["127.0.0.3"])
    XCTAssertEqual(try resolve("x.y"), ["127.0.0.4"])
    // It exists there, but without such an address.
    XCTAssertEqual(try resolve("only6"), ["127.0.0.6"])
    let dotted = makeResolver(server) {
      $0.search = ["a.test"]
      $0.ndots = 2
    }
    XCTAssertEqual(try dotted.resolve("x.y", family: .ipv4), ["127.0.0.5"])
    assertFails(.notFound) { _ = try resolve("missing") }
    // A query is for the name as it stands.
    assertFails(.notFound) { _ = try resolver.query(.a, "missing") }
    XCTAssertEqual(server.queries.last?.name, "missing")
  }

  // Eventlet: DNS13
  func testADomainWhoseServersFailIsPassedOver() throws {
    let zone: [WireRecord] = [
      .a("a.c.test", "127.0.0.1"), .a("outside.test", "127.0.0.2"), .a("six.c.test", "::1"),
    ]
    let server = try makeServer { query in
      let isBroken = query.name.hasSuffix(".b.test")
      return [isBroken ? query.reply(code: 2) : DNSTestServer.reply(to: query, zone)]
    }
    let resolver = makeResolver(server) {
      $0.search = ["b.test", "c.test"]
      $0.ndots = 2
    }
    XCTAssertEqual(try resolver.resolve("a"), ["127.0.0.1"])
    XCTAssertEqual(try resolver.resolve("outside.test"), ["127.0.0.2"])
    // Whether the broken domain has it is not known.
    for name in ["missing", "six"] {
      assertThrows(NameError.self) {
        _ = try resolver.resolve(name, family: .ipv4)
      } check: {
        XCTAssertEqual($0, NameError(name, .serverFailure))
      }
    }
    XCTAssertEqual(server.queries.last?.name, "six")
  }

  func testServersThatRefuseOrAreSilentEndTheSearch() throws {
    for (code, reason) in [(5, .refused), (nil, .timedOut)] as [(UInt8?, NameError.Reason)] {
      let server = try makeServer { query in
        if query.name != "a.b.test" { return [query.reply([.a(query.name, "127.0.0.1")])] }
        return code.map { [query.reply(code: $0)] } ?? []
      }
      let resolver = makeResolver(server, milliseconds: 30) { $0.search = ["b.test", "c.test"] }
      assertFails(reason) { _ = try resolver.resolve("a", family: .ipv4) }
      XCTAssertEqual(server.queries.count, 1)
    }
  }

  // MARK: Errors

  // Eventlet: DNS18
  func testEachFailureHasItsReason() throws {
    for (code, reason) in [
      (1, .badResponse), (2, .serverFailure), (3, .notFound), (4, .refused), (5, .refused),
      (0, .noData),
    ] as [(UInt8, NameError.Reason)] {
      let server = try makeServer { [$0.reply(code: code)] }
      let resolver = makeResolver(server)
      for body in [
        { _ = try resolver.resolve("a.test") },
        { _ = try resolver.resolve("a.test", family: .ipv4) },
        { _ = try resolver.query(.mx, "a.test") },
      ] as [() throws -> Void] {
        assertThrows(NameError.self, body) {
          XCTAssertEqual($0, NameError("a.test", reason), "\(code)")
        }
      }
    }
    let server = try makeServer(zone: [.a("a.test", "127.0.0.1")])
    assertFails(.noData) { _ = try makeResolver(server).resolve("a.test", family: .ipv6) }
  }

  // Eventlet: DNS18, DNS35
  func testAServerThatDoesNotAnswer() throws {
    let server = try makeServer { _ in [] }
    let resolver = makeResolver(server, milliseconds: 20, tries: 2)
    assertFails(.timedOut) { _ = try resolver.resolve("a.test", family: .ipv4) }
    XCTAssertEqual(server.queries.count, 2)
    // The caller's own limit is another thing.
    let patient = makeResolver(server)
    assertThrows(IOTimeout.self) {
      _ = try patient.resolve("a.test", timeout: .milliseconds(20))
    } check: {
      XCTAssertEqual($0.description, "resolve a.test: timed out")
    }
    assertThrows(IOTimeout.self) {
      _ = try patient.query(.mx, "a.test", timeout: .milliseconds(20))
    }
  }

  func testTheNextServerIsAskedWhenOneFails() throws {
    let good = try makeServer(zone: [.a("a.test", "127.0.0.1")])
    let silent = try makeServer { _ in [] }
    let failing = try makeServer { [$0.reply(code: 2)] }
    let gone = try makeServer { _ in [] }
    gone.stop()
    for bad in [silent, failing, gone] {
      let resolver = makeResolver(bad, good, milliseconds: 50)
      XCTAssertEqual(try resolver.resolve("a.test", family: .ipv4), ["127.0.0.1"])
    }
    assertFails(.refused) { _ = try makeResolver(gone).resolve("a.test", family: .ipv4) }
  }

  func testALinkLocalServerIsRefused() throws {
    let resolver = makeResolver {
      $0.servers = [SocketAddress(IPAddress("fe80::1%lo"), port: 53)]
    }
    let expected = NameError(
      "a.test", .other("c-ares takes no interface, as name server [fe80::1%lo]:53 has one"))
    for body in [
      { _ = try resolver.resolve("a.test") }, { _ = try resolver.query(.mx, "a.test") },
    ] as [() throws -> Void] {
      assertThrows(NameError.self, body) { XCTAssertEqual($0, expected) }
    }
  }

  func testServersMayTakeTurns() throws {
    let servers = try (0..<2).map { _ in try makeServer { [$0.reply([.a($0.name, "127.0.0.1")])] } }
    for rotates in [false, true] {
      let resolver = makeResolver(servers[0], servers[1]) { $0.rotates = rotates }
      for number in 0..<4 {
        _ = try resolver.resolve("host\(number).test", family: .ipv4)
      }
      XCTAssertEqual(servers.map(\.queries.count), rotates ? [6, 2] : [4, 0])
    }
  }

  // MARK: The other way round

  // Eventlet: DNS30, DNS31
  func testNamesOfAddresses() throws {
    let address: IPAddress = "2001:db8::1"
    let server = try makeServer(zone: [
      .name("1.2.0.192.in-addr.arpa", 12, "host.test"),
      .name("1.2.0.192.in-addr.arpa", 12, "other.test"),
      .name(address.reverseName, 12, "six.test"),
    ])
    let resolver = makeResolver(server)
    XCTAssertEqual(
      try resolver.names(of: "192.0.2.1", timeout: nil), ["host.test", "other.test"])
    XCTAssertEqual(
      try resolver.nameInfo(of: SocketAddress(address, port: 1), options: .numericService).host,
      "six.test")
    assertThrows(NameError.self) {
      _ = try resolver.names(of: "192.0.2.2", timeout: nil)
    } check: {
      XCTAssertEqual($0, NameError("192.0.2.2", .notFound))
    }
  }

  // MARK: Configuration

  // Eventlet: DNS16
  func testTheConfigurationIsReadAtTheFirstUse() throws {
    let server = try makeServer(zone: [.a("a.b.test", "127.0.0.1")])
    let path = try makeFile("")
    let resolver = makeResolver(server) {
      $0.resolvConf = path
      $0.search = nil
    }
    write("search b.test\n", to: path)
    XCTAssertEqual(try resolver.resolve("a", family: .ipv4), ["127.0.0.1"])
    // And again after `clear` alone.
    write("search c.test\n", to: path)
    XCTAssertEqual(try resolver.resolve("a", family: .ipv4), ["127.0.0.1"])
    resolver.clear()
    assertFails(.notFound) { _ = try resolver.resolve("a", family: .ipv4) }
    XCTAssertEqual(server.queries.map(\.name), ["a.b.test", "a.c.test", "a"])
  }

  func testAnErrorOfTheConfigurationNamesTheHost() throws {
    // Opening a pipe waits until somebody writes to it.
    let path = try makeFile("")
    unlink(path)
    XCTAssertEqual(mkfifo(path, 0o600), 0)
    let resolver = makeResolver {
      $0.search = nil
      $0.resolvConf = path
    }
    for body in [
      { _ = try resolver.resolve("a.test") }, { _ = try resolver.query(.mx, "a.test") },
    ] as [() throws -> Void] {
      let thread = spawn { try body() }
      var reading: AnyGreenThread?
      while reading == nil {
        try GreenThread.yield()
        reading = Hub.current.greenThreads.first { $0.name == "read \(path)" }
      }
      try reading?.kill()
      assertThrows(NameError.self) {
        try thread.wait()
      } check: {
        XCTAssertEqual($0, NameError("a.test", .temporary))
      }
    }
    // The OS threads that read: each opens the file more than once.
    while ThreadPool.shared.runningCount > 0 {
      let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      if descriptor >= 0 { close(descriptor) }
      try GreenThread.sleep(for: .milliseconds(1))
    }
  }

  // Eventlet: DNS16
  func testWhatResolvConfSays() throws {
    var configuration = DNSResolver.Configuration()
    configuration.resolvConf = try makeFile(
      """
      # a comment
      nameserver 192.0.2.53
      nameserver 2001:db8::53
      search a.test b.test
      options ndots:3 timeout:2 attempts:3 rotate
      """)
    let servers = try DNSServers(filling: configuration)
    XCTAssertEqual(servers.servers.map(\.description), ["192.0.2.53:53", "[2001:db8::53]:53"])
    XCTAssertEqual(servers.search, ["a.test", "b.test"])
    XCTAssertEqual(servers.ndots, 3)
    XCTAssertEqual(servers.milliseconds, 2000)
    XCTAssertEqual(servers.tries, 3)
    XCTAssertTrue(servers.rotates)
    configuration.resolvConf = "/nonexistent/resolv.conf"
    let defaults = try DNSServers(filling: configuration)
    XCTAssertEqual(defaults.servers.map(\.description), ["127.0.0.1:53"])
    configuration.timeout = .nanoseconds(1)
    configuration.tries = 0
    let least = try DNSServers(filling: configuration)
    XCTAssertEqual(least.milliseconds, 1)
    XCTAssertEqual(least.tries, 1)
    configuration.timeout = .seconds(Int64.max)
    XCTAssertEqual(try DNSServers(filling: configuration).milliseconds, 600_000)
  }
}
