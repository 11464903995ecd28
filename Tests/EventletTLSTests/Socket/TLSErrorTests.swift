import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

/// What peers do wrong, and what is said of it.
final class TLSErrorTests: TLSTestCase {
  func testAServerThatSpeaksSomethingElse() throws {
    let greetings: [(String, TLSError.PlaintextProtocol?)] = [
      ("HTTP/1.1 400 Bad Request\r\n\r\n", .http), ("SSH-2.0-OpenSSH_9\r\n", .ssh),
      ("220 mail ESMTP\r\n", .smtpOrFTP), ("220-ftp\r\n", .smtpOrFTP), ("* OK IMAP\r\n", .imap),
      ("+OK POP3\r\n", .pop3), ("hello, who is there?\r\n", nil),
    ]
    for (greeting, name) in greetings {
      for size in [1, 3, 1000] {
        let (one, other) = MemoryStream.makePair()
        one.pieceSize = size
        try other.sendAll(greeting)
        assertThrows(.plaintext(name)) {
          _ = try makeClient().wrap(one, serverName: "localhost")
        }
      }
    }
  }

  func testAClientThatSpeaksHTTP() throws {
    for request in [
      "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "DELETE / HTTP/1.1\r\n",
      "CONNECT a:1 HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n",
    ] {
      for size in [1, 1000] {
        let (one, other) = MemoryStream.makePair()
        one.pieceSize = size
        try other.sendAll(request)
        XCTAssertThrowsError(try makeServer().wrap(one)) { error in
          XCTAssertEqual(reason(error), .plaintext(.http), "\(request): \(error)")
          XCTAssertEqual("\(error)", "TLS handshake with memory: the peer spoke HTTP, not TLS")
        }
      }
    }
  }

  func testAPeerThatClosesInTheHandshake() throws {
    let (client, server) = try makeSockets()
    server.close()
    assertThrows(.closedInHandshake) {
      _ = try makeClient().wrap(client, serverName: "localhost")
    }
    client.close()
    let (one, other) = MemoryStream.makePair()
    other.close()
    let connection = try makeServer().wrap(one, performsHandshake: false)
    for _ in 0..<2 { assertThrows(.closedInHandshake) { _ = try connection.receive(upTo: 1) } }
    connection.close()
  }

  /// The connection says so again at each later call.
  func testAFailureStays() throws {
    let (client, server) = try makePair(name: "elsewhere")
    let other = spawn { try server.handshake() }
    for _ in 0..<2 {
      XCTAssertThrowsError(try client.handshake()) {
        guard case .nameMismatch = reason($0) else { return XCTFail("\($0)") }
      }
    }
    XCTAssertThrowsError(try client.sendAll("x")) { XCTAssertTrue($0 is TLSError, "\($0)") }
    XCTAssertThrowsError(try client.receive(upTo: 1)) { XCTAssertTrue($0 is TLSError, "\($0)") }
    XCTAssertThrowsError(try other.wait())
    client.close()
    server.close()
  }

  func testARecordThatWasChangedOnTheWay() throws {
    let (one, other) = MemoryStream.makePair()
    let (client, server) = try wrap(one, other)
    try shakeHands(client, server)
    // A record of application data that nobody with the keys has made.
    try one.inject([23, 3, 3, 0, 32] + [UInt8](repeating: 7, count: 32))
    XCTAssertThrowsError(try server.receive(upTo: 1)) { error in
      guard case .protocolViolation(let text) = reason(error) else { return XCTFail("\(error)") }
      XCTAssertFalse(text.isEmpty)
    }
    // Over such a stream the alert goes out with the end.
    server.close()
    assertThrows(.alertReceived(.badRecord)) { _ = try client.receive(upTo: 1) }
    client.close()
    try GreenThread.yield()
  }

  /// The other end is told why, by an alert.
  func testAlertsReachTheOtherEnd() throws {
    let (client, server) = try makeConnection()
    try XCTUnwrap(client.stream as? GreenSocket).sendAll(
      [23, 3, 3, 0, 32] + [UInt8](repeating: 7, count: 32))
    XCTAssertThrowsError(try server.receive(upTo: 1))
    assertThrows(.alertReceived(.badRecord)) { _ = try client.receive(upTo: 1) }
    client.close()
    server.close()
  }

  // Eventlet: IO72, GM28
  func testTheEndOfTLSIsAnEmptyReceive() throws {
    let (client, server) = try makeConnection()
    try client.sendAll("last")
    client.close()
    XCTAssertEqual(try server.receive(upTo: 10), Array("last".utf8))
    for _ in 0..<2 { XCTAssertEqual(try server.receive(upTo: 10), []) }
    server.close()
  }

  // Eventlet: IO72, IO73
  func testAnEndWithoutTheEndOfTLSIsAnError() throws {
    for close in [{ (client: TLSSocket) in client.abort() }, { client in client.stream.close() }] {
      let (client, server) = try makeConnection()
      // Or there would be a reset: the server's tickets are unread.
      XCTAssertThrowsError(try client.receive(upTo: 1, timeout: .seconds(1)))
      try client.sendAll("last")
      close(client)
      XCTAssertEqual(try server.receive(upTo: 10), Array("last".utf8))
      for _ in 0..<2 { assertThrows(.truncated) { _ = try server.receive(upTo: 10) } }
      client.close()
      server.close()
    }
  }

  // Eventlet: IO72
  func testAnEndWithoutTheEndOfTLSCanBeAccepted() throws {
    let context = try makeServer { $0.acceptsTruncation = true }
    let (client, server) = try makeConnection(server: context)
    XCTAssertThrowsError(try client.receive(upTo: 1, timeout: .seconds(1)))
    client.abort()
    for _ in 0..<2 { XCTAssertEqual(try server.receive(upTo: 10), []) }
    server.close()
  }

  /// Half a record at the end.
  func testARecordThatIsCutShort() throws {
    let (one, other) = MemoryStream.makePair()
    let (client, server) = try wrap(one, other)
    try shakeHands(client, server)
    try one.inject([23, 3, 3, 0, 100] + [UInt8](repeating: 7, count: 32))
    one.close()
    assertThrows(.truncated) { _ = try server.receive(upTo: 10) }
    client.abort()
    server.abort()
  }

  func testErrorsSayWhatOnWhatWhy() {
    let reasons: [(TLSError.Reason, String)] = [
      (.certificateExpired, "the certificate has expired"),
      (
        .nameMismatch(expected: "a", offered: []),
        "the certificate is not for a, but for no name at all"
      ),
      (.alertReceived(.unknownAuthority), "the peer refused: unknown authority (alert 48)"),
      (.alertReceived(TLSAlert(rawValue: 200)), "the peer refused: alert 200"),
      (.plaintext(nil), "the peer did not speak TLS"),
    ]
    for (reason, text) in reasons {
      XCTAssertEqual(
        "\(TLSError(operation: "receive", subject: "127.0.0.1:1", reason: reason))",
        "receive 127.0.0.1:1: \(text)")
    }
  }

  /// What an earlier call left in OpenSSL's queue is not taken for the reason of a later one.
  func testTheQueueOfErrorsIsEmptiedBeforeEachCall() throws {
    let (client, server) = try makeConnection()
    XCTAssertThrowsError(
      try TLSServerContext(
        TLSServerConfiguration(
          identity: TLSIdentity(
            certificateChain: .text("nonsense"), privateKey: .text("nonsense")))))
    ErrorLitter.leave()
    try client.sendAll("x")
    ErrorLitter.leave()
    XCTAssertEqual(try server.receive(upTo: 1), [120])
    ErrorLitter.leave()
    XCTAssertThrowsError(try server.receive(upTo: 1, timeout: .seconds(1))) {
      XCTAssertTrue($0 is IOTimeout, "\($0)")
    }
    client.close()
    XCTAssertEqual(try server.receive(upTo: 1), [])
    server.close()
  }
}
