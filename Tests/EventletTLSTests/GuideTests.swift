import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

/// The programs of the guide.
final class GuideTests: TLSTestCase {
  private struct Stopped: Error {}

  private func echo(
    _ body: (SocketAddress) throws -> Void
  ) throws {
    let certificateFile = try makeFile(Self.localhost.certificate)
    let keyFile = try makeFile(Self.localhost.key)
    let listener = try GreenSocket.listen(on: loopback)
    let server = spawn {
      let identity = TLSIdentity(certificateFile: certificateFile, keyFile: keyFile)
      let context = try TLSServerContext(TLSServerConfiguration(identity: identity))
      try serve(listener, tls: context) { client, address in
        while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
      }
    }
    try body(listener.localAddress)
    try server.kill()
    listener.close()
  }

  func testAServerAndAClient() throws {
    try echo { address in
      let context = try makeClient()
      let connection = try TLSSocket.connect(
        to: address, serverName: "localhost", context: context, timeout: .seconds(10))
      try connection.sendAll("hello\n")
      let answer = try connection.reader.readLine()
      connection.close()
      XCTAssertEqual(answer, "hello")
    }
  }

  func testCertificatesOfClients() throws {
    let identity = Self.localhost.identity
    let authorityFile = try makeFile(authority.pem)
    let listener = try GreenSocket.listen(on: loopback)
    let server = spawn {
      var configuration = TLSServerConfiguration(identity: identity)
      configuration.clientCertificate = .required
      configuration.trustRoots = .only([.file(authorityFile)])
      let context = try TLSServerContext(configuration)
      try serve(listener, tls: context) { client, _ in
        let name = client.peerCertificate?.commonName ?? "?"
        try client.sendAll("hello \(name)\n")
      }
    }
    let own = authority.issue { $0.commonName = "ada" }
    let client = try TLSSocket.connect(
      to: listener.localAddress, serverName: "localhost",
      context: makeClient { $0.identity = own.identity })
    XCTAssertEqual(try client.reader.readLine(), "hello ada")
    client.close()
    try server.kill()
    listener.close()
  }

  func testErrors() throws {
    var printed: [String] = []
    func print(_ item: Any) { printed.append("\(item)") }
    let (connection, server) = try makePair(name: "elsewhere")
    let other = spawn { try? server.handshake() }
    do {
      try connection.handshake()
    } catch let error as TLSError {
      switch error.reason {
      case .certificateExpired, .certificateNotYetValid: print("look at the clock: \(error)")
      case .nameMismatch(_, let offered): print("it is for \(offered)")
      case .plaintext(.http): print("that is the port without TLS")
      default: print(error)
      }
    }
    XCTAssertEqual(printed, [#"it is for ["localhost", "127.0.0.1"]"#])
    _ = try other.wait()
    connection.close()
    server.close()
  }

  func testWaitingForSeveralThings() throws {
    let (connection, server) = try makeConnection()
    let socket = try XCTUnwrap(connection.stream as? GreenSocket)
    let stop = Event<Void>()
    func next() throws -> [UInt8] {
      if !connection.hasBufferedData {
        try waitForFirst(
          of: .readable(socket.fileDescriptor) {}, .event(stop) { throw Stopped() })
      }
      let bytes = try connection.receive(upTo: 4096)
      return bytes
    }
    try server.sendAll("one")
    XCTAssertEqual(try next(), Array("one".utf8))
    // The tickets have been read by now: only the event can end this.
    stop.send(())
    XCTAssertThrowsError(try next()) { XCTAssertTrue($0 is Stopped, "\($0)") }
    connection.close()
    server.close()
  }
}
