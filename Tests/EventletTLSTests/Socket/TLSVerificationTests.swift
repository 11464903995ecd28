import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

/// What certificates are refused, and what both ends are told.
final class TLSVerificationTests: TLSTestCase {
  private func check(
    _ issued: TestAuthority.Issued, _ expected: TLSError.Reason, alert: TLSAlert,
    name: String = "localhost", line: UInt = #line,
    _ change: (inout TLSClientConfiguration) -> Void = { _ in }
  ) throws {
    for version in [TLSVersion.tls12, .tls13] {
      let client = try makeClient {
        change(&$0)
        $0.maximumVersion = version
      }
      let failures = try failures(client: client, server: makeServer(issued.identity), name: name)
      XCTAssertEqual(reason(failures.client), expected, "\(failures.client as Any)", line: line)
      XCTAssertEqual(
        reason(failures.server), .alertReceived(alert), "\(failures.server as Any)", line: line)
    }
  }

  func testAValidCertificateIsTaken() throws {
    let (client, server) = try makeConnection()
    XCTAssertEqual(client.peerCertificates.count, 1)
    XCTAssertEqual(server.peerCertificates, [])
    XCTAssertEqual(server.serverName, "localhost")
    client.close()
    server.close()
  }

  func testAnExpiredCertificate() throws {
    try check(
      authority.issue { $0.ends = -10 }, .certificateExpired, alert: .certificateExpired)
  }

  func testACertificateThatIsNotValidYet() throws {
    try check(
      authority.issue { $0.begins = 3600 }, .certificateNotYetValid, alert: .badCertificate)
  }

  func testACertificateForOtherNames() throws {
    let issued = authority.issue { $0.names = ["DNS:example.org", "DNS:*.example.net", "IP:::1"] }
    try check(
      issued,
      .nameMismatch(expected: "localhost", offered: ["example.org", "*.example.net", "::1"]),
      alert: .badCertificate)
    let error = TLSError(
      operation: "TLS handshake with", subject: "127.0.0.1:1",
      reason: .nameMismatch(expected: "localhost", offered: ["example.org", "*.example.net"]))
    XCTAssertEqual(
      "\(error)",
      "TLS handshake with 127.0.0.1:1: the certificate is not for localhost, but for example.org, "
        + "*.example.net")
  }

  func testACertificateForOtherAddresses() throws {
    for address in ["127.0.0.2", "::1", "[::1]"] {
      try check(
        Self.localhost,
        .nameMismatch(
          expected: address == "[::1]" ? "::1" : address, offered: ["localhost", "127.0.0.1"]),
        alert: .badCertificate, name: address)
    }
  }

  func testACertificateWithACommonNameAlone() throws {
    let issued = authority.issue {
      $0.names = []
      $0.commonName = "other"
    }
    try check(
      issued, .nameMismatch(expected: "localhost", offered: ["other"]), alert: .badCertificate)
  }

  func testWildcardsStandForOneLabel() throws {
    let issued = authority.issue { $0.names = ["DNS:*.example.org"] }
    let server = try makeServer(issued.identity)
    let (client, other) = try makeConnection(server: server, name: "WWW.Example.ORG.")
    XCTAssertEqual(other.serverName, "www.example.org")
    client.close()
    other.close()
    for name in ["example.org", "a.b.example.org"] {
      try check(
        issued, .nameMismatch(expected: name, offered: ["*.example.org"]),
        alert: .badCertificate, name: name)
    }
  }

  func testAnUnknownAuthority() throws {
    let other = TestAuthority(name: "other authority")
    try check(other.issue(), .unknownAuthority, alert: .unknownAuthority)
    try check(Self.localhost, .unknownAuthority, alert: .unknownAuthority) {
      // One of the system's at most.
      $0.trustRoots = .system
    }
  }

  func testASelfSignedCertificate() throws {
    let issued = authority.issue { $0.isSelfSigned = true }
    try check(issued, .selfSigned, alert: .unknownAuthority)
    // One that is named as trusted is.
    let context = try makeClient { $0.trustRoots = .only([.bytes(issued.certificate)]) }
    let (client, server) = try makeConnection(
      client: context, server: makeServer(issued.identity))
    client.close()
    server.close()
  }

  func testARevokedCertificate() throws {
    let issued = authority.issue()
    let list = authority.revocationList(of: [issued])
    try check(issued, .certificateRevoked, alert: .certificateRevoked) {
      $0.revocationLists = [.bytes(list)]
    }
    let context = try makeClient { $0.revocationLists = [.bytes(list)] }
    let (client, server) = try makeConnection(client: context)
    client.close()
    server.close()
  }

  func testAnAuthorityWithoutARevocationList() throws {
    let other = TestAuthority(name: "other authority")
    let list = other.revocationList(of: [])
    let failures = try failures(client: makeClient { $0.revocationLists = [.bytes(list)] })
    guard case .certificateRefused(let text) = reason(failures.client) else {
      return XCTFail("\(failures.client as Any)")
    }
    XCTAssertTrue(text.contains("CRL"), text)
  }

  func testAChainOverAnotherAuthority() throws {
    let between = authority.issueAuthority(name: "between")
    let issued = between.issue()
    let whole = TLSIdentity(
      certificateChain: .bytes(issued.certificate + between.pem), privateKey: .bytes(issued.key))
    let (client, server) = try makeConnection(server: makeServer(whole))
    XCTAssertEqual(client.peerCertificates.map(\.commonName), ["test", "between"])
    client.close()
    server.close()
    // Without what is between, nothing leads to the root.
    try check(issued, .unknownAuthority, alert: .unknownAuthority)
  }

  // Eventlet: IO76
  func testVerificationCanBeReduced() throws {
    let issued = authority.issue { $0.names = ["DNS:elsewhere"] }
    let strange = TestAuthority(name: "strange")
    for (verification, identity, isTaken) in [
      (TLSClientConfiguration.Verification.exceptName, issued, true),
      (.exceptName, strange.issue(), false), (.none, strange.issue { $0.ends = -1 }, true),
    ] {
      let failures = try failures(
        client: makeClient { $0.verification = verification },
        server: makeServer(identity.identity))
      // Nothing was sent: time has run out, or the certificate is refused.
      XCTAssertEqual(failures.client is IOTimeout, isTaken, "\(failures.client as Any)")
    }
  }

  func testANameThatIsNone() throws {
    for name in [
      "", ".", "with space", "ünicode", String(repeating: "a", count: 300),
      // OpenSSL would take any name below it.
      ".example.org", "a..org", "example.org..", "*.example.org", "example.org/", "a:443", "u@a",
      "127.0.0.1%eth0", "[127.0.0.1]", "example.org%25", "::1\0",
    ] {
      let (one, _) = MemoryStream.makePair()
      XCTAssertThrowsError(try makeClient().wrap(one, serverName: name), name) {
        guard case TLSConfigurationError.invalidSetting("server name", name) = $0 else {
          return XCTFail("\($0)")
        }
      }
    }
  }

  // MARK: Certificates of clients

  func testAClientsCertificate() throws {
    let own = authority.issue {
      $0.commonName = "Zoë"
      $0.names = ["email:zoe@example.org", "URI:spiffe://example.org/zoe"]
    }
    for version in [TLSVersion.tls12, .tls13] {
      for requirement in [TLSServerConfiguration.ClientCertificate.requested, .required] {
        let (client, server) = try makeConnection(
          client: makeClient {
            $0.identity = own.identity
            $0.maximumVersion = version
          }, server: makeServer { $0.clientCertificate = requirement })
        XCTAssertEqual(server.peerCertificates.count, 1)
        let shown = try XCTUnwrap(server.peerCertificates.first)
        XCTAssertEqual(shown.commonName, "Zoë")
        XCTAssertEqual(shown.subject, "CN=Zoë")
        XCTAssertEqual(shown.issuer, "CN=test authority")
        XCTAssertEqual(
          shown.subjectAlternativeNames,
          [.email("zoe@example.org"), .uri("spiffe://example.org/zoe")])
        XCTAssertEqual(shown.notAfter - shown.notBefore, 172_800)
        XCTAssertFalse(shown.serialNumber.isEmpty)
        XCTAssertGreaterThan(shown.der.count, 100)
        client.close()
        server.close()
      }
    }
  }

  func testTheVerifiedChain() throws {
    let between = authority.issueAuthority(name: "between")
    let stranger = TestAuthority(name: "stranger")
    let issued = between.issue { $0.commonName = "leaf" }
    // One that has nothing to do with it is sent along.
    let identity = TLSIdentity(
      certificateChain: .bytes(issued.certificate + between.pem + stranger.pem),
      privateKey: .bytes(issued.key))
    for version in [TLSVersion.tls12, .tls13] {
      for verification in [TLSClientConfiguration.Verification.full, .none] {
        let pair = try makePair(
          client: makeClient {
            $0.maximumVersion = version
            $0.verification = verification
          }, server: makeServer(identity))
        let (client, server) = pair
        XCTAssertNil(client.peerCertificate)
        XCTAssertNil(client.verifiedChain)
        try shakeHands(client, server)
        XCTAssertEqual(client.peerCertificate?.commonName, "leaf")
        XCTAssertEqual(
          client.verifiedChain?.map(\.commonName),
          verification == .full ? ["leaf", "between", "test authority"] : nil)
        XCTAssertEqual(
          client.peerCertificates.map(\.commonName), ["leaf", "between", "stranger"])
        XCTAssertNil(server.peerCertificate)
        XCTAssertNil(server.verifiedChain)
        client.close()
        server.close()
      }
    }
    let own = authority.issue { $0.commonName = "client" }
    let (client, server) = try makeConnection(
      client: makeClient { $0.identity = own.identity },
      server: makeServer { $0.clientCertificate = .requested })
    XCTAssertEqual(server.peerCertificate?.commonName, "client")
    XCTAssertEqual(server.verifiedChain?.map(\.commonName), ["client", "test authority"])
    client.close()
    server.close()
  }

  func testAClientWithoutACertificate() throws {
    for version in [TLSVersion.tls12, .tls13] {
      let context = try makeClient { $0.maximumVersion = version }
      let (client, server) = try makeConnection(
        client: context, server: makeServer { $0.clientCertificate = .requested })
      XCTAssertEqual(server.peerCertificates, [])
      client.close()
      server.close()
      let failures = try failures(
        client: context, server: makeServer { $0.clientCertificate = .required })
      XCTAssertEqual(reason(failures.server), .certificateMissing)
      XCTAssertEqual(
        reason(failures.client),
        .alertReceived(version == .tls13 ? .certificateRequired : .handshakeFailure))
    }
  }

  func testAClientWithAStrangersCertificate() throws {
    let strange = TestAuthority(name: "strange").issue()
    for requirement in [TLSServerConfiguration.ClientCertificate.requested, .required] {
      let failures = try failures(
        client: makeClient { $0.identity = strange.identity },
        server: makeServer { $0.clientCertificate = requirement })
      XCTAssertEqual(reason(failures.server), .unknownAuthority)
      XCTAssertEqual(reason(failures.client), .alertReceived(.unknownAuthority))
    }
  }
}
