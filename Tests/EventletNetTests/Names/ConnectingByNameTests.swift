import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class ConnectingByNameTests: NetTestCase {
  private var open: [GreenSocket] = []

  override func tearDown() {
    for socket in open { socket.close() }
    open = []
  }

  private func makeSilent() throws -> SocketAddress {
    let (listener, clients) = try makeSilentListener()
    open += [listener] + clients
    return try listener.localAddress
  }

  private func makeListener(_ host: String = "127.0.0.1", port: UInt16 = 0) throws -> GreenSocket {
    let listener = try GreenSocket.listen(on: .ipv4(host, port: port))
    open.append(listener)
    return listener
  }

  /// An address that nobody listens on.
  private func makeRefusing() throws -> SocketAddress {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    return try listener.localAddress
  }

  /// The connection is the listener's one client, and nothing else was left open.
  private func assertOneClient(_ client: GreenSocket, of listener: GreenSocket) throws {
    let (server, address) = try listener.accept()
    XCTAssertEqual(address, try client.localAddress)
    try client.sendAll("hello")
    XCTAssertEqual(try server.receive(upTo: 10), Array("hello".utf8))
    client.close()
    server.close()
  }

  // MARK: Which address

  func testAHostIsConnectedToByItsName() throws {
    let listener = try makeListener()
    let port = try listener.localAddress.port
    Hub.current.resolver = FixedResolver(["peer.test": ["127.0.0.1"]])
    try assertOneClient(GreenSocket.connect(toHost: "peer.test", port: port), of: listener)
    let target = try HostAndPort(parsing: "peer.test:\(port)")
    try assertOneClient(GreenSocket.connect(to: target), of: listener)
    // An address, and another resolver than the hub's.
    let nobody = FixedResolver([:])
    try assertOneClient(
      GreenSocket.connect(toHost: "127.0.0.1", port: port, resolver: nobody), of: listener)
    assertThrows(NameError.self) {
      _ = try GreenSocket.connect(toHost: "peer.test", port: port, resolver: nobody)
    } check: {
      XCTAssertEqual($0.description, "resolve peer.test: no such name")
    }
  }

  // Eventlet: GM3
  func testTheNextAddressIsTriedAtOnceWhenOneFails() throws {
    let listener = try makeListener("127.0.0.3")
    let port = try listener.localAddress.port
    let resolver = FixedResolver([
      "peer.test": ["127.0.0.2", "127.0.0.4", "127.0.0.3", "127.0.0.5"]
    ])
    let client = try GreenSocket.connect(toHost: "peer.test", port: port, resolver: resolver)
    XCTAssertEqual(try client.remoteAddress, try listener.localAddress)
    XCTAssertEqual(clock.elapsed, .zero)
    try assertOneClient(client, of: listener)
  }

  func testTheNextAddressIsTriedBesideOneThatDoesNotAnswer() throws {
    let silent = [try makeSilent(), try makeSilent()]
    let listener = try makeListener()
    let start = clock.elapsed
    let client = try GreenSocket.connect(toFirstOf: silent + [listener.localAddress])
    XCTAssertEqual(clock.elapsed - start, .milliseconds(500))
    try assertOneClient(client, of: listener)
    let impatient = try GreenSocket.connect(
      toFirstOf: silent + [listener.localAddress], attemptDelay: .milliseconds(10))
    XCTAssertEqual(clock.elapsed - start, .milliseconds(520))
    try assertOneClient(impatient, of: listener)
  }

  func testAFailureBesideOneThatDoesNotAnswerIsFollowedAtOnce() throws {
    let listener = try makeListener()
    let candidates = [try makeSilent(), try makeRefusing(), try listener.localAddress]
    let start = clock.elapsed
    let client = try GreenSocket.connect(toFirstOf: candidates)
    XCTAssertEqual(clock.elapsed - start, .milliseconds(250))
    try assertOneClient(client, of: listener)
  }

  /// The first that answers is taken, though it was not the first that was tried.
  func testAnEarlierAttemptMayStillWin() throws {
    let (listener, clients) = try makeSilentListener()
    open += [listener] + clients
    let second = try makeSilent()
    let candidates = [try listener.localAddress, second]
    let client = spawn { try GreenSocket.connect(toFirstOf: candidates) }
    try GreenThread.sleep(for: .milliseconds(300))
    XCTAssertEqual(Hub.current.statistics.descriptorWaits, 2)
    XCTAssertFalse(client.isFinished)
    // With room again, the kernel's next try comes through, in its own time.
    clock.jumpsByItself = false
    for _ in clients { open.append(try listener.accept().socket) }
    let winner = try client.wait()
    clock.jumpsByItself = true
    XCTAssertEqual(try winner.remoteAddress, candidates[0])
    winner.close()
    XCTAssertEqual(Hub.current.statistics.descriptorWaits, 0)
  }

  /// Also one of the same type, and whether one address is tried or several.
  func testALimitFurtherOutIsThrownAsItIs() throws {
    let silent = [try makeSilent(), try makeSilent()]
    for count in 1...2 {
      for own in [nil, .seconds(10)] as [Duration?] {
        let limit = IOTimeout(operation: "greet", subject: "the peer")
        assertThrows(IOTimeout.self) {
          try withTimeout(.seconds(1), throwing: limit) {
            _ = try GreenSocket.connect(toFirstOf: Array(silent[..<count]), timeout: own)
          }
        } check: {
          XCTAssertEqual($0.description, limit.description)
        }
      }
    }
  }

  func testTheFamiliesTakeTurns() {
    func order(_ hosts: String...) -> [String] {
      let addresses = hosts.map { SocketAddress(IPAddress(parsing: $0) ?? "::", port: 1) }
      return ConnectionRace.interleaved(addresses).map(\.host)
    }
    XCTAssertEqual(order(), [])
    XCTAssertEqual(order("::1", "::2", "::3", "1.1.1.1"), ["::1", "1.1.1.1", "::2", "::3"])
    XCTAssertEqual(order("1.1.1.1", "2.2.2.2", "::1"), ["1.1.1.1", "::1", "2.2.2.2"])
    XCTAssertEqual(order("1.1.1.1", "2.2.2.2"), ["1.1.1.1", "2.2.2.2"])
  }

  func testTheLocalAddressChoosesTheFamily() throws {
    let listener = try makeListener()
    let port = try listener.localAddress.port
    let resolver = FixedResolver(["peer.test": ["::1", "127.0.0.1"]])
    let client = try GreenSocket.connect(
      toHost: "peer.test", port: port, from: .ipv4("127.0.0.9", port: 0), resolver: resolver)
    XCTAssertEqual(try client.localAddress.host, "127.0.0.9")
    try assertOneClient(client, of: listener)
  }

  /// Two attempts cannot have one local port at the same time.
  func testWithALocalPortAttemptsDoNotOverlap() throws {
    let silent = try makeSilent()
    let listener = try makeListener()
    let local = try makeRefusing()
    let start = clock.elapsed
    let candidates = [silent, try listener.localAddress]
    assertThrows(IOTimeout.self) {
      _ = try GreenSocket.connect(toFirstOf: candidates, from: local, timeout: .seconds(5))
    }
    XCTAssertEqual(clock.elapsed - start, .seconds(5))
    let refusing = try makeRefusing()
    let client = try GreenSocket.connect(
      toFirstOf: [refusing, try listener.localAddress], from: local)
    XCTAssertEqual(try client.localAddress, local)
    try assertOneClient(client, of: listener)
  }

  // MARK: Errors

  // Eventlet: GM3
  func testTheErrorNamesTheHostAndEachAddressWithItsReason() throws {
    let port = try makeRefusing().port
    let resolver = FixedResolver([
      "peer.test": ["127.0.0.2", "127.0.0.1"], "one.test": ["127.0.0.1"],
    ])
    assertThrows(ConnectError.self) {
      _ = try GreenSocket.connect(toHost: "peer.test", port: port, resolver: resolver)
    } check: {
      XCTAssertEqual($0.target, "peer.test:\(port)")
      XCTAssertEqual($0.failures.map(\.address.host), ["127.0.0.2", "127.0.0.1"])
      XCTAssertEqual(
        $0.failures.map { ($0.error as? SystemError)?.errno }, [ECONNREFUSED, ECONNREFUSED])
      XCTAssertEqual(
        $0.description,
        "connect to peer.test:\(port): 127.0.0.2:\(port): connection refused (ECONNREFUSED); "
          + "127.0.0.1:\(port): connection refused (ECONNREFUSED)")
    }
    assertThrows(ConnectError.self) {
      _ = try GreenSocket.connect(toHost: "one.test", port: port, resolver: resolver)
    } check: {
      XCTAssertEqual(
        $0.description,
        "connect to one.test:\(port): 127.0.0.1:\(port): connection refused (ECONNREFUSED)")
    }
    assertThrows(ConnectError.self) { _ = try GreenSocket.connect(toFirstOf: []) }
  }

  /// Somebody who kills all that he finds ends an attempt, and not the race.
  func testAnAttemptThatIsKilledHasFailed() throws {
    let silent = try makeSilent()
    let listener = try makeListener()
    let candidates = [silent, try listener.localAddress]
    let start = clock.elapsed
    for hasBegun in [false, true] {
      let racer = spawn { try GreenSocket.connect(toFirstOf: candidates) }
      // In line between the racer and the attempt that it starts.
      let killer = spawn {
        if hasBegun { try GreenThread.yield() }
        XCTAssertEqual(Hub.current.statistics.descriptorWaits, hasBegun ? 1 : 0)
        let attempt = Hub.current.greenThreads.first { $0.name == "connect to \(silent)" }
        try XCTUnwrap(attempt).kill()
      }
      try killer.wait()
      try assertOneClient(racer.wait(), of: listener)
      // At once, as after any failure.
      XCTAssertEqual(clock.elapsed, start)
    }
  }

  func testOneDeadlineForAllAttempts() throws {
    let silent = [try makeSilent(), try makeSilent()]
    let refusing = try makeRefusing()
    let start = clock.elapsed
    assertThrows(IOTimeout.self) {
      _ = try GreenSocket.connect(toFirstOf: [refusing] + silent, timeout: .seconds(3))
    } check: {
      XCTAssertEqual(
        $0.description,
        "connect to \(refusing), \(silent[0]), \(silent[1]) (\(refusing): connection refused "
          + "(ECONNREFUSED); \(silent[0]): no answer; \(silent[1]): no answer): timed out")
    }
    XCTAssertEqual(clock.elapsed - start, .seconds(3))
    assertThrows(IOTimeout.self) {
      _ = try GreenSocket.connect(toFirstOf: [silent[0]], timeout: .seconds(3))
    } check: {
      XCTAssertEqual($0.description, "connect to \(silent[0]): timed out")
    }
    XCTAssertEqual(clock.elapsed - start, .seconds(6))
    // Shorter than the delay before the next attempt.
    assertThrows(IOTimeout.self) {
      _ = try GreenSocket.connect(toFirstOf: silent, timeout: .milliseconds(100))
    }
    XCTAssertEqual(clock.elapsed - start, .milliseconds(6100))
  }

  func testTheDeadlineIsForTheLookUpToo() throws {
    let silent = try makeSilent()
    let resolver = SleepingResolver(.seconds(2), addresses: ["127.0.0.1"])
    let start = clock.elapsed
    assertThrows(IOTimeout.self) {
      _ = try GreenSocket.connect(
        toHost: "peer.test", port: silent.port, resolver: resolver, timeout: .seconds(3))
    } check: {
      XCTAssertEqual($0.operation, "connect to")
    }
    XCTAssertEqual(clock.elapsed - start, .seconds(3))
    assertThrows(IOTimeout.self) {
      _ = try GreenSocket.connect(
        toHost: "peer.test", port: silent.port, resolver: resolver, timeout: .seconds(1))
    } check: {
      XCTAssertEqual($0.description, "resolve peer.test: timed out")
    }
    XCTAssertEqual(clock.elapsed - start, .seconds(4))
  }

  /// A connection or a name of its own that fails is no bug of the handler's.
  func testServeReportsThemAndGoesOn() throws {
    let refusing = try makeRefusing()
    let listener = try makeListener()
    let server = spawn {
      try serve(listener) { client, _ in
        switch try client.reader.readLine() {
        case "connect": _ = try GreenSocket.connect(toFirstOf: [refusing])
        case "resolve": _ = try FixedResolver([:]).resolve("peer.test")
        default: throw StopServing()
        }
      }
    }
    for line in ["connect", "resolve", "stop"] {
      let client = try GreenSocket.connect(to: listener.localAddress)
      try client.sendAll("\(line)\n")
      XCTAssertEqual(try client.receive(upTo: 1), [])
      client.close()
    }
    try server.wait()
    let errors = takeUncaughtErrors().map { "\($0.error)" }
    XCTAssertEqual(errors.count, 2)
    XCTAssertTrue(errors.first?.hasPrefix("connect to") ?? false, "\(errors)")
    XCTAssertEqual(errors.last, "resolve peer.test: no such name")
  }
}

/// Takes its time, which a limit may cut.
final class SleepingResolver: Resolver {
  private let time: Duration
  private let addresses: [IPAddress]

  init(_ time: Duration, addresses: [IPAddress]) {
    self.time = time
    self.addresses = addresses
  }

  func entry(
    of name: HostName, family: IPAddress.Family?, timeout: Duration?
  ) throws -> HostEntry {
    try withTimeout(timeout, throwing: SleepingResolver.timedOut(name)) {
      try GreenThread.sleep(for: time)
    }
    return HostEntry(name: name.text, addresses: addresses)
  }

  /// What the library's own resolvers throw.
  private static func timedOut(_ name: HostName) -> any Error {
    IOTimeout(operation: "resolve", subject: name.text)
  }
}

/// The programs of the article on names.
final class NamesArticleTests: NetTestCase {
  override var time: GreenTest.Time { .real }

  func testConnectingByName() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let port = try listener.localAddress.port
    let socket = try GreenSocket.connect(toHost: "localhost", port: port, timeout: .seconds(10))
    XCTAssertEqual(try socket.remoteAddress, try listener.localAddress)
    socket.close()
  }

  func testSettingTheResolver() throws {
    Hub.current.resolver = FixedResolver(["db.test": ["127.0.0.1"]])
    let addresses = try Hub.current.resolver.resolve("db.test")
    XCTAssertEqual(addresses, ["127.0.0.1"])
  }
}
