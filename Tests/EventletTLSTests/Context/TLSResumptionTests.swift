import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

final class TLSResumptionTests: TLSTestCase {
  /// One connection to `listener`, on which a word comes back.
  /// - Returns: whether it went on with earlier keys, as both ends see it.
  @discardableResult
  private func connect(
    _ context: TLSClientContext, _ listener: TLSListener, name: String = "localhost",
    line: UInt = #line
  ) throws -> Bool {
    let server = spawn { () -> Bool in
      let (client, _) = try listener.accept()
      try client.sendAll(client.receive(upTo: 10))
      defer { client.close() }
      return client.isResumed
    }
    let client = try TLSSocket.connect(
      to: listener.localAddress, serverName: name, context: context)
    try client.sendAll("word")
    // The tickets come before this.
    XCTAssertEqual(try client.receive(upTo: 10), Array("word".utf8), line: line)
    XCTAssertEqual(client.peerCertificates.first?.commonName, "test", line: line)
    let isResumed = client.isResumed
    XCTAssertEqual(client.peerCertificate?.commonName, "test", line: line)
    XCTAssertEqual(client.verifiedChain == nil, isResumed, line: line)
    client.close()
    XCTAssertEqual(try server.wait(), isResumed, line: line)
    return isResumed
  }

  func testAClientComesBack() throws {
    for version in [TLSVersion.tls12, .tls13] {
      let listener = try TLSListener.listen(on: loopback, context: makeServer())
      let context = try makeClient { $0.maximumVersion = version }
      XCTAssertFalse(try connect(context, listener))
      for _ in 0..<5 { XCTAssertTrue(try connect(context, listener), "\(version)") }
      // Another context knows nothing of it, and neither does another name.
      XCTAssertFalse(try connect(makeClient { $0.maximumVersion = version }, listener))
      XCTAssertFalse(try connect(context, listener, name: "127.0.0.1"))
      XCTAssertTrue(try connect(context, listener))
      listener.close()
    }
  }

  func testNobodyComesBackToAnotherServer() throws {
    let first = try TLSListener.listen(on: loopback, context: makeServer())
    let second = try TLSListener.listen(on: loopback, context: makeServer())
    let context = try makeClient()
    try connect(context, first)
    XCTAssertFalse(try connect(context, second))
    XCTAssertTrue(try connect(context, first))
    first.close()
    second.close()
  }

  /// Tickets of a server that has been started anew are of no use, and do no harm.
  func testTicketsThatTheServerDoesNotKnow() throws {
    let socket = try GreenSocket.listen(on: loopback)
    let context = try makeClient()
    try connect(context, TLSListener(socket, context: makeServer()))
    let anew = TLSListener(socket, context: try makeServer())
    XCTAssertFalse(try connect(context, anew))
    XCTAssertTrue(try connect(context, anew))
    socket.close()
  }

  func testAClientThatDoesNotComeBack() throws {
    let listener = try TLSListener.listen(on: loopback, context: makeServer())
    let context = try makeClient { $0.resumesSessions = false }
    for _ in 0..<2 { XCTAssertFalse(try connect(context, listener)) }
    listener.close()
  }

  func testAServerWithoutTickets() throws {
    for version in [TLSVersion.tls12, .tls13] {
      let listener = try TLSListener.listen(
        on: loopback, context: makeServer { $0.sessionTickets = false })
      let context = try makeClient { $0.maximumVersion = version }
      for _ in 0..<2 { XCTAssertFalse(try connect(context, listener)) }
      listener.close()
    }
  }

  /// With its certificate, which the ticket holds.
  func testAClientWithACertificateComesBack() throws {
    let own = authority.issue { $0.commonName = "client" }
    let listener = try TLSListener.listen(
      on: loopback, context: makeServer { $0.clientCertificate = .required })
    for version in [TLSVersion.tls12, .tls13] {
      let context = try makeClient {
        $0.identity = own.identity
        $0.maximumVersion = version
      }
      for isResumed in [false, true] {
        let server = spawn {
          let (client, _) = try listener.accept()
          try client.sendAll("x")
          defer { client.close() }
          return client.peerCertificates.map(\.commonName)
        }
        let client = try TLSSocket.connect(
          to: listener.localAddress, serverName: "localhost", context: context)
        XCTAssertEqual(try client.receive(upTo: 1), [120])
        XCTAssertEqual(client.isResumed, isResumed, "\(version)")
        client.close()
        XCTAssertEqual(try server.wait(), ["client"])
      }
    }
    listener.close()
  }

  // MARK: Time

  func testASessionIsGoodNoLongerThanItsServerSays() throws {
    for version in [TLSVersion.tls12, .tls13] {
      let listener = try TLSListener.listen(on: loopback, context: makeServer())
      let address = try listener.localAddress
      let context = try makeClient { $0.maximumVersion = version }
      try connect(context, listener)
      XCTAssertTrue(Sessions.take(context, to: address, in: 10))
      try connect(context, listener)
      // OpenSSL's servers say two hours.
      XCTAssertFalse(Sessions.take(context, to: address, in: 7300))
      XCTAssertFalse(Sessions.take(context, to: address, in: 0), "it is gone")
      try connect(context, listener)
      XCTAssertFalse(Sessions.take(context, to: address, in: -100), "the clock was set back")
      listener.close()
    }
  }

  func testASessionIsGoodNoLongerThanTheCertificate() throws {
    let issued = authority.issue {
      $0.names = ["DNS:localhost"]
      $0.ends = 1000
    }
    let listener = try TLSListener.listen(on: loopback, context: makeServer(issued.identity))
    let address = try listener.localAddress
    let context = try makeClient()
    try connect(context, listener)
    XCTAssertTrue(Sessions.take(context, to: address, in: 900))
    try connect(context, listener)
    XCTAssertFalse(Sessions.take(context, to: address, in: 1100))
    listener.close()
  }

  /// Each connection gives new sessions, and none of them a new verification.
  func testAChainOfSessionsEndsAfterADay() throws {
    for version in [TLSVersion.tls12, .tls13] {
      let listener = try TLSListener.listen(on: loopback, context: makeServer())
      let address = try listener.localAddress
      let context = try makeClient { $0.maximumVersion = version }
      try connect(context, listener)
      // All but the newest are used up, so that what follows is of a resumed connection.
      while Sessions.count(context) > 1 {
        XCTAssertTrue(Sessions.take(context, to: address, in: 0))
      }
      XCTAssertTrue(Sessions.age(context, to: address, by: 86_300))
      // The second is of the first's session.
      for _ in 0..<2 { XCTAssertTrue(try connect(context, listener), "\(version)") }
      XCTAssertEqual(Sessions.count(context), 1)
      XCTAssertFalse(Sessions.take(context, to: address, in: 150), "\(version)")
      XCTAssertFalse(try connect(context, listener))
      listener.close()
    }
  }

  func testAServersTicketIsGoodNoLongerThanTheClientsCertificate() throws {
    for version in [TLSVersion.tls12, .tls13] {
      for (ends, isOver) in [(1000, [false, true, true]), (200_000, [false, false, true])] {
        let own = authority.issue { $0.ends = ends }
        let (client, server) = try makeConnection(
          client: makeClient {
            $0.identity = own.identity
            $0.maximumVersion = version
          }, server: makeServer { $0.clientCertificate = .required })
        for (seconds, isOver) in zip([900, 1100, 86_500], isOver) {
          XCTAssertEqual(Sessions.isTicketOver(server, in: seconds), isOver, "\(seconds)")
        }
        client.close()
        server.close()
      }
    }
  }

  // MARK: Reloading

  func testNewHandshakesUseWhatWasReloaded() throws {
    let first = authority.issue { $0.commonName = "first" }
    let second = authority.issue { $0.commonName = "second" }
    let certificate = try makeFile(first.certificate)
    let key = try makeFile(first.key)
    let context = try makeServer(TLSIdentity(certificateFile: certificate, keyFile: key))
    let plain = try makeClient { $0.resumesSessions = false }
    func shown() throws -> String? {
      let (client, server) = try makeConnection(client: plain, server: context)
      defer {
        client.close()
        server.close()
      }
      return client.peerCertificates.first?.commonName
    }
    let (running, other) = try makeConnection(client: plain, server: context)
    XCTAssertEqual(try shown(), "first")
    try write(second.certificate, to: certificate)
    // The key is not there yet: everything stays as it is.
    XCTAssertThrowsError(try context.reload()) { error in
      XCTAssertEqual(
        error as? TLSConfigurationError, .keyMismatch(certificate: certificate, key: key))
    }
    XCTAssertEqual(try shown(), "first")
    try write(second.key, to: key)
    XCTAssertEqual(try shown(), "first", "files are read when they are told to be")
    try context.reload()
    XCTAssertEqual(try shown(), "second")
    // Files that are broken or gone.
    try write(Array("nonsense".utf8), to: certificate)
    XCTAssertThrowsError(try context.reload()) { XCTAssertTrue($0 is TLSConfigurationError) }
    XCTAssertEqual(unlink(certificate), 0)
    XCTAssertThrowsError(try context.reload()) { error in
      XCTAssertEqual((error as? SystemError)?.errno, ENOENT, "\(error)")
    }
    XCTAssertEqual(try shown(), "second")
    // A connection of before all that goes on.
    try running.sendAll("still here")
    XCTAssertEqual(try other.receive(upTo: 20), Array("still here".utf8))
    running.close()
    other.close()
  }

  func testTicketsAreGoodAfterAReload() throws {
    for version in [TLSVersion.tls12, .tls13] {
      let serverContext = try makeServer()
      let listener = try TLSListener.listen(on: loopback, context: serverContext)
      let context = try makeClient { $0.maximumVersion = version }
      try connect(context, listener)
      try serverContext.reload()
      XCTAssertTrue(try connect(context, listener), "\(version)")
      listener.close()
    }
  }

  func testAClientsContextReloads() throws {
    let other = TestAuthority(name: "other")
    let roots = try makeFile(other.pem)
    let context = try makeClient { $0.trustRoots = .only([.file(roots)]) }
    XCTAssertEqual(reason(try failures(client: context).client), .unknownAuthority)
    try write(authority.pem, to: roots)
    try context.reload()
    let (client, server) = try makeConnection(client: context)
    client.close()
    server.close()
  }

  /// A kill leaves everything as it was.
  func testAKilledReload() throws {
    let context = try makeServer()
    let reloading = spawn { try context.reload() }
    try GreenThread.yield()
    try reloading.kill()
    let (client, server) = try makeConnection(server: context)
    client.close()
    server.close()
  }
}
