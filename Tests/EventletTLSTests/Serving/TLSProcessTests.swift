import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

/// Peers that others have written, as processes.
final class TLSProcessTests: TLSTestCase {
  override var time: GreenTest.Time { .real }
  override var timeLimit: Duration { .seconds(60) }

  private func run(_ script: String, needing program: String) throws -> Command {
    try Command(script, needing: program, outputPath: makeFile([], program))
  }

  /// Serves lines until the test is over.
  private func startEcho(
    _ change: (inout TLSServerConfiguration) -> Void = { _ in }
  ) throws -> (server: GreenThread<Void>, listener: GreenSocket, port: UInt16) {
    let listener = try GreenSocket.listen(on: loopback)
    let context = try makeServer(nil, change)
    let server = spawn {
      try serve(listener, tls: context, onHandshakeFailure: { error, _ in XCTFail("\(error)") }) {
        client, _ in
        while let line = try client.reader.readLine() { try client.sendAll("<\(line)>\n") }
      }
    }
    return (server, listener, try listener.localAddress.port)
  }

  func testAClientOfOpenSSL() throws {
    let roots = try makeFile(authority.pem)
    let (server, listener, port) = try startEcho()
    for version in ["-tls1_2", "-tls1_3"] {
      let client = try run(
        "printf 'hello\\nagain\\n' | openssl s_client -connect 127.0.0.1:\(port) \(version) "
          + "-CAfile \(roots) -verify_return_error -verify_hostname localhost "
          + "-servername localhost -quiet -ign_eof -no_ign_eof", needing: "openssl")
      _ = try client.wait()
      let output = client.output
      XCTAssertTrue(output.contains("verify return:1"), output)
      client.end()
    }
    // -quiet leaves stdin open to the end: all lines come back.
    let client = try run(
      "(printf 'hello\\nagain\\n'; sleep 20) | openssl s_client -connect 127.0.0.1:\(port) "
        + "-CAfile \(roots) -verify_return_error -quiet", needing: "openssl")
    XCTAssertEqual(try client.line(beginning: "<hello"), ">")
    XCTAssertEqual(try client.line(beginning: "<again"), ">")
    client.end()
    try server.kill()
    try GreenThread.sleep(for: .milliseconds(50))
    listener.close()
  }

  func testAClientOfOpenSSLWithACertificate() throws {
    let roots = try makeFile(authority.pem)
    let own = authority.issue { $0.commonName = "somebody" }
    let (certificate, key) = (try makeFile(own.certificate), try makeFile(own.key))
    let listener = try TLSListener.listen(
      on: loopback, context: makeServer { $0.clientCertificate = .required })
    let client = try run(
      "sleep 20 | openssl s_client -connect 127.0.0.1:\(listener.localAddress.port) "
        + "-CAfile \(roots) -cert \(certificate) -key \(key) -quiet", needing: "openssl")
    let (connection, _) = try listener.accept()
    try connection.handshake()
    XCTAssertEqual(connection.peerCertificates.first?.commonName, "somebody")
    try connection.sendAll("welcome\n")
    XCTAssertEqual(try client.line(beginning: "welcome"), "")
    client.end()
    connection.close()
    listener.close()
  }

  /// Connects, ends the connection and comes back, six times.
  func testAClientOfOpenSSLThatComesBack() throws {
    let (server, listener, port) = try startEcho()
    for version in ["-tls1_2", "-tls1_3"] {
      let client = try run(
        "openssl s_client -connect 127.0.0.1:\(port) \(version) -reconnect </dev/null",
        needing: "openssl")
      XCTAssertEqual(try client.wait(), 0)
      let reused = client.output.split(separator: "\n").filter { $0.hasPrefix("Reused, ") }
      // In TLS 1.3 it has got no ticket yet when it goes.
      if version == "-tls1_2" { XCTAssertEqual(reused.count, 5, client.output) }
    }
    try server.kill()
    try GreenThread.sleep(for: .milliseconds(50))
    listener.close()
  }

  func testAServerOfOpenSSL() throws {
    let (certificate, key) = (
      try makeFile(Self.localhost.certificate), try makeFile(Self.localhost.key)
    )
    for version in ["-tls1_2", "-tls1_3"] {
      let server = try run(
        "openssl s_server -accept 127.0.0.1:0 -cert \(certificate) -key \(key) \(version) -rev",
        needing: "openssl")
      let address = try SocketAddress(parsing: server.line(beginning: "ACCEPT "))
      let context = try makeClient()
      for round in 0..<3 {
        let client = try TLSSocket.connect(
          to: address, serverName: "localhost", context: context, timeout: .seconds(20))
        try client.sendAll("hello\n")
        XCTAssertEqual(try client.reader.readLine(), "olleh")
        XCTAssertEqual(client.isResumed, round > 0, version)
        client.close()
      }
      server.end()
    }
  }

  func testAServerOfOpenSSLThatWantsACertificate() throws {
    let (certificate, key, roots) = (
      try makeFile(Self.localhost.certificate), try makeFile(Self.localhost.key),
      try makeFile(authority.pem)
    )
    let server = try run(
      "openssl s_server -accept 127.0.0.1:0 -cert \(certificate) -key \(key) -rev -Verify 1 "
        + "-CAfile \(roots) -verify_return_error", needing: "openssl")
    let address = try SocketAddress(parsing: server.line(beginning: "ACCEPT "))
    let own = authority.issue { $0.commonName = "somebody" }
    let client = try TLSSocket.connect(
      to: address, serverName: "localhost", context: makeClient { $0.identity = own.identity })
    try client.sendAll("hello\n")
    XCTAssertEqual(try client.reader.readLine(), "olleh")
    client.close()
    assertThrows(.alertReceived(.certificateRequired)) {
      let other = try TLSSocket.connect(
        to: address, serverName: "localhost", context: makeClient())
      defer { other.close() }
      _ = try other.receive(upTo: 1)
    }
    server.end()
  }

  func testCurl() throws {
    let roots = try makeFile(authority.pem)
    let listener = try GreenSocket.listen(on: loopback)
    let port = try listener.localAddress.port
    let body = Self.pattern(300_000).map { $0 % 64 + 32 }
    let context = try makeServer { $0.applicationProtocols = ["http/1.1"] }
    let server = spawn {
      try serve(listener, tls: context, onHandshakeFailure: { error, _ in XCTFail("\(error)") }) {
        client, _ in
        while let line = try client.reader.readLine(), !line.isEmpty {}
        XCTAssertEqual(client.applicationProtocol, "http/1.1")
        // Without a length: the end of TLS is the end of the body.
        try client.sendAll("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        try client.sendAll(body)
      }
    }
    let curl = try run(
      "curl -sS --cacert \(roots) --resolve localhost:\(port):127.0.0.1 https://localhost:\(port)/",
      needing: "curl")
    XCTAssertEqual(try curl.wait(), 0, curl.output.prefix(500).description)
    XCTAssertTrue(Array(curl.output.utf8) == body)
    try server.kill()
    listener.close()
  }
}
