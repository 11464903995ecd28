import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

final class TLSHandshakeTests: TLSTestCase {
  // Eventlet: IO66
  func testAcceptingDoesNotShakeHands() throws {
    let listener = try TLSListener.listen(on: loopback, context: makeServer())
    let silent = try GreenSocket.connect(to: listener.localAddress)
    let (first, _) = try listener.accept(timeout: .seconds(1))
    let client = spawn {
      try TLSSocket.connect(
        to: listener.localAddress, serverName: "localhost", context: self.makeClient())
    }
    let (second, address) = try listener.accept(timeout: .seconds(1))
    // The first call shakes hands.
    try second.sendAll("hello")
    let connection = try client.wait()
    XCTAssertEqual(try connection.receive(upTo: 10), Array("hello".utf8))
    XCTAssertEqual(second.description, "TLS to \(address)")
    for end in [first, second, connection] { end.close() }
    silent.close()
    listener.close()
  }

  // Eventlet: IO67
  func testConnectShakesHands() throws {
    let listener = try TLSListener.listen(on: loopback, context: makeServer())
    let server = spawn {
      let (client, _) = try listener.accept()
      try client.handshake()
      return client
    }
    let client = try TLSSocket.connect(
      to: listener.localAddress, serverName: "localhost", context: makeClient())
    XCTAssertEqual(client.version, .tls13)
    XCTAssertNotNil(client.cipherSuite)
    XCTAssertEqual(client.peerCertificates.first?.commonName, "test")
    try server.wait().close()
    client.close()
    listener.close()
  }

  func testConnectByNameChecksTheName() throws {
    let listener = try TLSListener.listen(on: loopback, context: makeServer())
    let port = try listener.localAddress.port
    let servers = (0..<2).map { _ in
      spawn {
        let (client, _) = try listener.accept()
        try client.handshake()
        client.close()
      }
    }
    let resolver = FixedResolver(["localhost": ["127.0.0.1"], "other.test": ["127.0.0.1"]])
    let client = try TLSSocket.connect(
      toHost: "LocalHost.", port: port, resolver: resolver, context: makeClient())
    XCTAssertEqual(client.peerCertificates.first?.commonName, "test")
    client.close()
    XCTAssertThrowsError(
      try TLSSocket.connect(
        toHost: "other.test", port: port, resolver: resolver, context: makeClient())
    ) { XCTAssertTrue($0 is TLSError, "\($0)") }
    for server in servers { _ = try? server.wait() }
    listener.close()
  }

  /// Without a name the certificate must be for the address.
  func testConnectChecksTheAddress() throws {
    let listener = try TLSListener.listen(on: loopback, context: makeServer())
    let server = spawn { try listener.accept().socket.handshake() }
    let client = try TLSSocket.connect(to: listener.localAddress, context: makeClient())
    XCTAssertNil(client.serverName)
    client.close()
    try server.wait()
    listener.close()
  }

  func testAFailedConnectClosesItsSocket() throws {
    let listener = try TLSListener.listen(on: loopback, context: makeServer())
    let check = LeakCheck()
    let server = spawn { try listener.accept().socket.handshake() }
    XCTAssertThrowsError(
      try TLSSocket.connect(
        to: listener.localAddress, serverName: "elsewhere", context: makeClient())
    ) { XCTAssertTrue("\($0)".contains("TLS handshake with 127.0.0.1:"), "\($0)") }
    XCTAssertThrowsError(try server.wait())
    XCTAssertEqual(check.leaks(of: Hub.current).filter { $0.contains("socket:") }, [])
    listener.close()
  }

  // Eventlet: IO68, C16
  func testWrappingShakesHandsUnlessToldNotTo() throws {
    let (clientSocket, serverSocket) = try makeSockets()
    let serverContext = try makeServer()
    let server = spawn { try serverContext.wrap(serverSocket) }
    let client = try makeClient().wrap(clientSocket, serverName: "localhost")
    XCTAssertNotNil(client.version)
    XCTAssertNotNil(try server.wait().version)
    client.close()
    try server.wait().close()
    let (lazy, lazyServer) = try makePair()
    XCTAssertNil(lazy.version)
    lazy.close()
    lazyServer.close()
  }

  /// What a failed wrap leaves is the caller's.
  func testAFailedWrapLeavesTheSocketOpen() throws {
    let (client, server) = try makeSockets()
    try server.sendAll("plain text")
    XCTAssertThrowsError(try makeClient().wrap(client, serverName: "localhost"))
    try client.sendAll("still here")
    client.close()
    server.close()
  }

  func testAReaderAndAWriterThatBeginTogetherShakeHandsOnce() throws {
    let (client, server) = try makePair()
    let reader = spawn { try client.receive(upTo: 10) }
    let writer = spawn { try client.sendAll("ping") }
    XCTAssertEqual(try server.receive(upTo: 10), Array("ping".utf8))
    try server.sendAll("pong")
    try writer.wait()
    XCTAssertEqual(try reader.wait(), Array("pong".utf8))
    client.close()
    server.close()
  }

  /// Who shakes hands is killed, and the other one goes on with it.
  func testTheOtherOneGoesOnWithAHandshake() throws {
    for killsWriter in [false, true] {
      let (client, server) = try makePair()
      let reader = spawn { try client.receive(upTo: 10) }
      try GreenThread.yield()
      let writer = spawn { try client.sendAll("ping") }
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertFalse(reader.isFinished || writer.isFinished)
      if killsWriter { try writer.kill() } else { try reader.kill() }
      let echo = spawn {
        if !killsWriter { XCTAssertEqual(try server.receive(upTo: 10), Array("ping".utf8)) }
        try server.sendAll("pong")
      }
      if killsWriter {
        XCTAssertEqual(try reader.wait(), Array("pong".utf8))
      } else {
        try writer.wait()
        XCTAssertEqual(try client.receive(upTo: 10), Array("pong".utf8))
      }
      try echo.wait()
      client.close()
      server.close()
    }
  }

  func testASecondReaderIsRefusedAndTheFirstNotDisturbed() throws {
    for prevents in [true, false] {
      Hub.current.preventsMultipleReaders = prevents
      let (client, server) = try makeConnection()
      let first = spawn { try client.receive(upTo: 10) }
      try GreenThread.yield()
      XCTAssertThrowsError(try client.receive(upTo: 10)) { error in
        guard case HubError.secondWaiter(direction: "read", _, _, _) = error else {
          return XCTFail("\(error)")
        }
      }
      try server.sendAll("data")
      XCTAssertEqual(try first.wait(), Array("data".utf8))
      client.close()
      server.close()
    }
  }

  func testASecondWriterIsRefusedAndTheFirstNotDisturbed() throws {
    let (clientSocket, serverSocket) = try makeNarrowSockets()
    let (client, server) = try wrap(clientSocket, serverSocket)
    try shakeHands(client, server)
    let data = Self.pattern(1 << 20)
    let first = spawn { try client.sendAll(data) }
    try GreenThread.yield()
    XCTAssertThrowsError(try client.sendAll("second")) { error in
      guard case HubError.secondWaiter(direction: "write", _, _, _) = error else {
        return XCTFail("\(error)")
      }
    }
    var received: [UInt8] = []
    while received.count < data.count { received += try server.receive(upTo: 1 << 20) }
    try first.wait()
    XCTAssertTrue(received == data)
    client.close()
    server.close()
  }

  // Eventlet: IO76
  func testVersionsAreKeptTo() throws {
    let old = try makeServer { $0.maximumVersion = .tls12 }
    let (client, server) = try makeConnection(server: old)
    XCTAssertEqual(client.version, .tls12)
    client.close()
    server.close()
    let new = try makeServer { $0.minimumVersion = .tls13 }
    let failures = try failures(
      client: makeClient { $0.maximumVersion = .tls12 }, server: new)
    XCTAssertEqual(reason(failures.server), .noSharedVersion)
    XCTAssertEqual(reason(failures.client), .alertReceived(.protocolVersion))
  }

  func testCipherSuitesAreKeptTo() throws {
    let context = try makeClient { $0.cipherSuites = "TLS_CHACHA20_POLY1305_SHA256" }
    let (client, server) = try makeConnection(client: context)
    XCTAssertEqual(client.cipherSuite, "TLS_CHACHA20_POLY1305_SHA256")
    XCTAssertEqual(server.cipherSuite, "TLS_CHACHA20_POLY1305_SHA256")
    client.close()
    server.close()
    let old = try makeClient {
      $0.maximumVersion = .tls12
      $0.cipherList = "ECDHE-ECDSA-AES128-GCM-SHA256"
    }
    let (oldClient, oldServer) = try makeConnection(client: old)
    XCTAssertEqual(oldClient.cipherSuite, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
    oldClient.close()
    oldServer.close()
    let failures = try failures(
      client: old, server: makeServer { $0.cipherList = "ECDHE-ECDSA-AES256-GCM-SHA384" })
    XCTAssertEqual(reason(failures.server), .noSharedCipher)
    XCTAssertEqual(reason(failures.client), .alertReceived(.handshakeFailure))
  }

  func testGroupsAreKeptTo() throws {
    let failures = try failures(
      client: makeClient { $0.groups = "X25519" }, server: makeServer { $0.groups = "P-384" })
    XCTAssertEqual(reason(failures.server), .noSharedCipher)
    XCTAssertEqual(reason(failures.client), .alertReceived(.handshakeFailure))
    let (client, server) = try makeConnection(
      client: makeClient { $0.groups = "P-384:X25519" }, server: makeServer { $0.groups = "P-384" })
    client.close()
    server.close()
  }

  func testApplicationProtocols() throws {
    let speaksBoth = try makeServer { $0.applicationProtocols = ["h2", "http/1.1"] }
    for (offer, chosen) in [(["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), ([], nil)] {
      let context = try makeClient { $0.applicationProtocols = offer }
      let (client, server) = try makeConnection(client: context, server: speaksBoth)
      XCTAssertEqual(client.applicationProtocol, chosen)
      XCTAssertEqual(server.applicationProtocol, chosen)
      client.close()
      server.close()
    }
    let other = try makeClient { $0.applicationProtocols = ["imap"] }
    let (client, server) = try makeConnection(client: other)
    XCTAssertNil(client.applicationProtocol, "a server without any passes over the offer")
    client.close()
    server.close()
    let failures = try failures(client: other, server: speaksBoth)
    XCTAssertEqual(reason(failures.server), .noSharedProtocol)
    XCTAssertEqual(reason(failures.client), .alertReceived(.noApplicationProtocol))
  }

  /// RFC 5746, section 5: an attacker could put his own handshake before that of a client.
  func testRenegotiationIsRefused() throws {
    for asksAsClient in [true, false] {
      let context = try makeClient { $0.maximumVersion = .tls12 }
      let (client, server) = try makeConnection(client: context)
      let (asker, asked) = asksAsClient ? (client, server) : (server, client)
      XCTAssertTrue(try Renegotiation.ask(asker))
      let reader = spawn { try asked.receive(upTo: 10) }
      XCTAssertThrowsError(try asker.receive(upTo: 10)) { error in
        XCTAssertTrue("\(error)".contains("no renegotiation"), "\(error)")
      }
      XCTAssertFalse(reader.isFinished, "it goes on as before")
      try reader.kill()
      client.close()
      server.close()
    }
  }

  /// New keys in the middle of a connection, at the other end's request (RFC 8446, section 4.6.3).
  func testKeysAreUpdated() throws {
    let (client, server) = try makeConnection()
    for round in 1...3 {
      XCTAssertTrue(KeyUpdate.ask(client))
      try client.sendAll("after \(round)")
      XCTAssertEqual(try server.receive(upTo: 100), Array("after \(round)".utf8))
      // The answer with the server's own new keys goes before this.
      try server.sendAll("answer \(round)")
      XCTAssertEqual(try client.receive(upTo: 100), Array("answer \(round)".utf8))
    }
    client.close()
    XCTAssertEqual(try server.receive(upTo: 1), [])
    server.close()
  }

  func testNoDataIsTakenBeforeTheHandshakeIsOver() throws {
    // RFC 8446, section 8: who replays the first flight would have it done twice.
    XCTAssertEqual(EarlyData.limit(of: try makePair().server), 0)
  }
}
