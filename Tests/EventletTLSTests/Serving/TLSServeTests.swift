import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import Glibc
import XCTest

final class TLSServeTests: TLSTestCase {
  private struct Odd: Error {}

  private func connect(_ address: SocketAddress) throws -> TLSSocket {
    try TLSSocket.connect(to: address, serverName: "localhost", context: makeClient())
  }

  // Eventlet: IO78, C16
  func testClientsAreServed() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let context = try makeServer()
    let server = spawn {
      try serve(listener, tls: context) { client, address in
        XCTAssertEqual(client.description, "TLS to \(address)")
        while let line = try client.reader.readLine() {
          if line == "stop" { throw StopServing() }
          try client.sendAll(line + "\n")
        }
      }
    }
    for _ in 0..<3 {
      let client = try connect(address)
      try client.sendAll("hello\n")
      XCTAssertEqual(try client.reader.readLine(), "hello")
      try client.endSending()
      XCTAssertNil(try client.reader.readLine(), "closed with the end of TLS")
      client.close()
    }
    let client = try connect(address)
    try client.sendAll("stop\n")
    try server.wait()
    // The handler threw: there was to be more.
    assertThrows(.truncated) { _ = try client.receive(upTo: 1) }
    client.close()
    listener.close()
  }

  // Eventlet: IO78, C16
  func testAListenerGivesConnections() throws {
    let context = try makeServer()
    let listener = TLSListener(try GreenSocket.listen(on: loopback), context: context)
    XCTAssertTrue(listener.description.hasPrefix("TLS listener on socket 127.0.0.1:"))
    let server = spawn {
      let (client, _) = try listener.accept()
      try client.sendAll("hello")
      client.close()
    }
    let client = try connect(listener.localAddress)
    XCTAssertEqual(try client.receive(upTo: 10), Array("hello".utf8))
    try server.wait()
    client.close()
    let waiter = spawn { try listener.accept() }
    try GreenThread.yield()
    listener.close()
    XCTAssertThrowsError(try waiter.wait())
  }

  /// One line each, and the server goes on.
  func testHandshakesThatFailAreReportedAndEndNothing() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let context = try makeServer()
    var failures: [(error: any Error, address: SocketAddress)] = []
    let server = spawn {
      try serve(listener, tls: context, onHandshakeFailure: { failures.append(($0, $1)) }) {
        client, _ in try client.sendAll("served")
      }
    }
    // Plain text.
    let plain = try GreenSocket.connect(to: address)
    try plain.sendAll("GET / HTTP/1.0\r\n\r\n")
    while try !plain.receive(upTo: 100).isEmpty {}
    XCTAssertEqual(reason(failures.last?.error), .plaintext(.http))
    XCTAssertEqual(failures.last?.address, try plain.localAddress)
    XCTAssertEqual(
      "\(failures.last?.error as Any)",
      "Optional(TLS handshake with \(try plain.localAddress): the peer spoke HTTP, not TLS)")
    plain.close()
    // A client that does not trust us.
    XCTAssertThrowsError(
      try TLSSocket.connect(to: address, serverName: "elsewhere", context: makeClient()))
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(reason(failures.last?.error), .alertReceived(.badCertificate))
    // One that begins and says no more.
    let slow = try GreenSocket.connect(to: address)
    try slow.sendAll([22, 3, 1])
    let before = clock.elapsed
    XCTAssertEqual(try slow.receive(upTo: 1), [])
    XCTAssertEqual(clock.elapsed - before, .seconds(10))
    XCTAssertTrue(failures.last?.error is IOTimeout, "\(failures)")
    slow.close()
    XCTAssertEqual(failures.count, 3)
    // Those who say nothing at all.
    let silent = try GreenSocket.connect(to: address)
    XCTAssertEqual(try silent.receive(upTo: 1), [])
    silent.close()
    try GreenSocket.connect(to: address).close()
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(failures.count, 3)
    let client = try connect(address)
    XCTAssertEqual(try client.receive(upTo: 10), Array("served".utf8))
    client.close()
    try server.kill()
    listener.close()
  }

  /// Who has shaken hands, said something and is gone: the server's tickets find nobody.
  func testAClientThatIsGoneWhenTheHandshakeEnds() throws {
    let (client, server) = try makePair()
    let shaking = spawn { try server.handshake() }
    try client.sendAll("last")
    // Unread tickets would be a reset too, but a later one.
    try XCTUnwrap(client.stream as? GreenSocket).reset()
    try shaking.wait()
    XCTAssertEqual(server.version, .tls13)
    XCTAssertEqual(try server.receive(upTo: 10), Array("last".utf8))
    XCTAssertThrowsError(try server.receive(upTo: 10))
    client.close()
    server.close()
  }

  /// Silent clients hold up nobody.
  func testAHandshakeIsTheClientsOwnAffair() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let context = try makeServer()
    let server = spawn {
      try serve(listener, tls: context, handshakeTimeout: nil) { client, _ in
        try client.sendAll("served")
      }
    }
    let silent = try (0..<50).map { _ in try GreenSocket.connect(to: address) }
    let client = try connect(address)
    XCTAssertEqual(try client.receive(upTo: 10), Array("served".utf8))
    client.close()
    try GreenThread.sleep(for: .seconds(3600))
    XCTAssertThrowsError(try silent[0].receive(upTo: 1, timeout: .seconds(1)))
    for socket in silent { socket.close() }
    try server.kill()
    listener.close()
    try GreenThread.sleep(for: .seconds(1))
  }

  /// A server whose handlers read to the end, and tell what ended them before it.
  private func spawnReading(
    from listener: GreenSocket, onError: @escaping (any Error) -> Void
  ) throws -> GreenThread<Void> {
    let context = try makeServer()
    return spawn {
      try serve(listener, tls: context) { client, _ in
        do { while try !client.receive(upTo: 10).isEmpty {} } catch {
          onError(error)
          throw error
        }
      }
    }
  }

  func testErrorsOfTheConnectionEndItSilently() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    var errors: [any Error] = []
    let server = try spawnReading(from: listener) { errors.append($0) }
    let client = try connect(address)
    XCTAssertThrowsError(try client.receive(upTo: 1, timeout: .seconds(1)))
    client.abort()
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(errors.map { reason($0) }, [.truncated])
    XCTAssertEqual(takeUncaughtErrors().count, 0)
    XCTAssertFalse(server.isFinished)
    try server.kill()
    listener.close()
  }

  /// Clients of Unix sockets have no name to be told apart by.
  func testErrorsOfAConnectionOverAUnixSocketEndItSilently() throws {
    let path = "/tmp/eventlet-tls-\(getpid())-serve"
    let address = try SocketAddress.unix(path)
    let listener = try GreenSocket.listen(on: address)
    var errors: [any Error] = []
    let server = try spawnReading(from: listener) { errors.append($0) }
    let client = try connect(address)
    // Nobody with the keys has made this.
    try client.stream.sendAll([23, 3, 3, 0, 32] + [UInt8](repeating: 7, count: 32))
    XCTAssertThrowsError(try client.receive(upTo: 1))
    client.abort()
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertEqual(errors.count, 1)
    XCTAssertTrue(errors.first is TLSError, "\(errors)")
    XCTAssertEqual(takeUncaughtErrors().map { "\($0)" }, [])
    XCTAssertFalse(server.isFinished)
    try server.kill()
    listener.close()
  }

  /// What goes wrong with somebody else is no fault of the client's.
  func testErrorsOfOtherConnectionsAreReported() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let upstream = try TLSListener.listen(on: loopback, context: makeServer())
    let upstreamAddress = try upstream.localAddress
    let helper = spawn {
      while true {
        do { try upstream.accept().socket.handshake() } catch is TLSError {}
      }
    }
    let clientContext = try makeClient()
    let context = try makeServer()
    let tlsServer = spawn {
      try serve(listener, tls: context) { _, _ in
        _ = try TLSSocket.connect(
          to: upstreamAddress, serverName: "elsewhere", context: clientContext)
      }
    }
    let client = try connect(address)
    assertThrows(.truncated) { _ = try client.receive(upTo: 1) }
    var reports = takeUncaughtErrors().map { "\($0)" }
    XCTAssertEqual(reports.count, 1)
    XCTAssertTrue(reports.first?.contains("not for elsewhere") ?? false, "\(reports)")
    XCTAssertFalse(tlsServer.isFinished)
    client.close()
    try tlsServer.kill()
    // A server without TLS whose handlers are clients with it.
    let plainServer = spawn {
      try serve(listener) { _, _ in
        _ = try TLSSocket.connect(
          to: upstreamAddress, serverName: "elsewhere", context: clientContext)
      }
    }
    let plain = try GreenSocket.connect(to: address)
    XCTAssertEqual(try plain.receive(upTo: 1), [])
    reports = takeUncaughtErrors().map { "\($0)" }
    XCTAssertEqual(reports.count, 1)
    XCTAssertFalse(plainServer.isFinished)
    plain.close()
    try plainServer.kill()
    try helper.kill()
    upstream.close()
    listener.close()
  }

  func testAnyOtherErrorOfAHandlerComesOutOfServe() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let context = try makeServer()
    let server = spawn { try serve(listener, tls: context) { _, _ in throw Odd() } }
    let client = try connect(address)
    XCTAssertThrowsError(try server.wait()) { XCTAssertTrue($0 is Odd, "\($0)") }
    client.close()
    listener.close()
  }

  func testAThousandClientsAtOnce() throws {
    let listener = try GreenSocket.listen(on: loopback, backlog: 4096)
    let address = try listener.localAddress
    let context = try makeServer()
    let clientContext = try makeClient()
    var served = 0
    let server = spawn {
      try serve(listener, tls: context, handshakeTimeout: nil) { client, _ in
        served += 1
        while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
      }
    }
    // Two descriptors each; what a process begins with is often 1024.
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let before = limit
    limit.rlim_cur = min(limit.rlim_max, 4096)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    // The thread sanitizer's runtime fails a check of its own after thousands of fibers.
    let count = Sanitizer.isThread ? 100 : min(1000, Int(limit.rlim_cur) / 2 - 100)
    let gate = Event<Void>()
    let clients = (0..<count).map { number in
      spawn { () -> Bool in
        let client = try TLSSocket.connect(
          to: address, serverName: "localhost", context: clientContext)
        defer { client.close() }
        // All are connected before one goes on.
        try gate.wait()
        for round in 0..<3 {
          try client.sendAll("\(number) \(round)\n")
          guard try client.reader.readLine() == "\(number) \(round)" else { return false }
        }
        return true
      }
    }
    while served < count { try GreenThread.sleep(for: .milliseconds(1)) }
    gate.send(())
    for client in clients { XCTAssertTrue(try client.wait()) }
    try server.kill()
    try GreenThread.sleep(for: .seconds(1))
    listener.close()
    limit = before
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

final class TLSHubServerTests: TLSTestCase {
  override var time: GreenTest.Time { .real }
  override var timeLimit: Duration { .seconds(60) }

  func testSeveralHubsShareAContext() throws {
    let context = try makeServer()
    let clientContext = try makeClient()
    let server = try HubServer.start(on: loopback, hubs: 3, tls: context) { client, _ in
      let hub = ObjectIdentifier(Hub.current)
      while let line = try client.reader.readLine() {
        if line == "stop" { throw StopServing() }
        try client.sendAll("\(hub.hashValue) \(line)\n")
      }
    }
    var hubs: Set<Substring> = []
    var resumed = 0
    for round in 0..<200 {
      let client = try TLSSocket.connect(
        to: server.address, serverName: "localhost", context: clientContext)
      defer { client.close() }
      try client.sendAll("\(round)\n")
      let answer = try XCTUnwrap(client.reader.readLine()).split(separator: " ")
      XCTAssertEqual(answer.last, "\(round)")
      hubs.insert(answer[0])
      if client.isResumed { resumed += 1 }
      if round == 100 { try context.reload() }
    }
    XCTAssertEqual(hubs.count, 3)
    // Wherever they come back to.
    XCTAssertEqual(resumed, 199)
    let last = try TLSSocket.connect(
      to: server.address, serverName: "localhost", context: clientContext)
    try last.sendAll("stop\n")
    try server.wait()
    last.close()
  }

  func testServingOnSeveralHubs() throws {
    let probe = try GreenSocket.listen(on: loopback)
    let address = try probe.localAddress
    probe.close()
    let context = try makeServer()
    let failures = Channel<String>(capacity: 10)
    let server = spawn {
      try serve(
        on: address, hubs: 2, tls: context,
        onHandshakeFailure: { try? failures.send("\($0) \($1)") }
      ) { _, _ in throw StopServing() }
    }
    try GreenThread.yield()
    let plain = try GreenSocket.connect(to: address)
    try plain.sendAll("GET / HTTP/1.0\r\n\r\n")
    XCTAssertTrue(try failures.receive()?.contains("spoke HTTP") ?? false)
    plain.close()
    let client = try TLSSocket.connect(
      to: address, serverName: "localhost", context: makeClient())
    client.close()
    try server.wait()
  }
}

extension GreenSocket {
  /// Breaks the connection off.
  fileprivate func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    Glibc.setsockopt(
      fileDescriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }
}
