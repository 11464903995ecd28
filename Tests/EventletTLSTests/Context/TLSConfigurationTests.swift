import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

final class TLSConfigurationTests: TLSTestCase {
  private func assertRefused(
    _ identity: TLSIdentity, _ expected: TLSConfigurationError, line: UInt = #line
  ) {
    XCTAssertThrowsError(try makeServer(identity), line: line) { error in
      XCTAssertEqual(error as? TLSConfigurationError, expected, "\(error)", line: line)
    }
  }

  // Eventlet: IO77
  func testAFileThatIsNotThere() throws {
    for identity in [
      TLSIdentity(certificateFile: "/nowhere/certificate.pem"),
      TLSIdentity(
        certificateChain: .bytes(Self.localhost.certificate),
        privateKey: .file("/nowhere/key.pem")),
    ] {
      XCTAssertThrowsError(try makeServer(identity)) { error in
        XCTAssertEqual((error as? SystemError)?.errno, ENOENT)
        XCTAssertTrue("\(error)".hasPrefix("open /nowhere/"), "\(error)")
      }
    }
    for change in [
      { $0.trustRoots = .only([.file("/nowhere/ca.pem")]) },
      { $0.revocationLists = [.file("/nowhere/crl.pem")] },
      { $0.identity = TLSIdentity(certificateFile: "/nowhere/own.pem") },
      { $0.keyLog = .file("/nowhere/keys") },
    ] as [(inout TLSClientConfiguration) -> Void] {
      XCTAssertThrowsError(try makeClient(change)) { error in
        XCTAssertEqual((error as? SystemError)?.errno, ENOENT, "\(error)")
      }
    }
    XCTAssertThrowsError(try makeServer(TLSIdentity(certificateFile: "/tmp"))) { error in
      XCTAssertEqual((error as? SystemError)?.errno, EISDIR, "\(error)")
    }
  }

  func testIdentitiesOfFiles() throws {
    let certificate = try makeFile(Self.localhost.certificate)
    let key = try makeFile(Self.localhost.key)
    let both = try makeFile(Self.localhost.key + Self.localhost.certificate)
    for identity in [
      TLSIdentity(certificateFile: certificate, keyFile: key), TLSIdentity(certificateFile: both),
    ] {
      let (client, server) = try makeConnection(server: makeServer(identity))
      client.close()
      server.close()
    }
  }

  func testTextThatHoldsNoCertificate() throws {
    let key = TLSPEM.bytes(Self.localhost.key)
    for text in [[], Array("nonsense".utf8), Self.localhost.key] {
      assertRefused(
        TLSIdentity(certificateChain: .bytes(text), privateKey: key),
        .badCertificate(source: "\(text.count) bytes of PEM", detail: "there is no certificate"))
    }
    let broken = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"
    XCTAssertThrowsError(
      try makeServer(TLSIdentity(certificateChain: .text(broken), privateKey: key))
    ) { error in
      guard case TLSConfigurationError.badCertificate(_, let detail) = error else {
        return XCTFail("\(error)")
      }
      XCTAssertNotEqual(detail, "there is no certificate")
    }
    // The first is fine, and the second is not.
    let half = Self.localhost.certificate + Array(broken.utf8)
    XCTAssertThrowsError(
      try makeServer(TLSIdentity(certificateChain: .bytes(half), privateKey: key)))
  }

  func testTextThatHoldsNoKey() throws {
    let chain = TLSPEM.bytes(Self.localhost.certificate)
    assertRefused(
      TLSIdentity(certificateChain: chain, privateKey: chain),
      .badKey(
        source: "\(Self.localhost.certificate.count) bytes of PEM",
        detail: "there is no private key")
    )
  }

  func testAKeyOfAnotherCertificate() throws {
    let other = authority.issue()
    let rsa = authority.issue { $0.usesRSA = true }
    for key in [other.key, rsa.key] {
      let identity = TLSIdentity(
        certificateChain: .bytes(Self.localhost.certificate), privateKey: .bytes(key))
      assertRefused(
        identity,
        .keyMismatch(
          certificate: "\(Self.localhost.certificate.count) bytes of PEM",
          key: "\(key.count) bytes of PEM"))
    }
  }

  func testAnEncryptedKey() throws {
    let key = TLSPEM.bytes(TestAuthority.encrypt(Self.localhost, passphrase: "open sesame"))
    let chain = TLSPEM.bytes(Self.localhost.certificate)
    assertRefused(
      TLSIdentity(certificateChain: chain, privateKey: key), .passphraseMissing(source: "\(key)"))
    for wrong in ["open says me", "", String(repeating: "a", count: 5000)] {
      assertRefused(
        TLSIdentity(certificateChain: chain, privateKey: key, passphrase: wrong),
        .wrongPassphrase(source: "\(key)"))
    }
    let identity = TLSIdentity(
      certificateChain: chain, privateKey: key, passphrase: "open sesame")
    XCTAssertFalse("\(identity)".contains("sesame"))
    let (client, server) = try makeConnection(server: makeServer(identity))
    client.close()
    server.close()
  }

  /// Nobody is asked at the terminal.
  func testACertificateThatIsEncrypted() throws {
    let encrypted = TLSPEM.bytes(
      TestAuthority.encrypted("CERTIFICATE", Self.localhost.certificate))
    XCTAssertThrowsError(
      try makeServer(
        TLSIdentity(certificateChain: encrypted, privateKey: .bytes(Self.localhost.key)))
    ) { error in
      guard case TLSConfigurationError.badCertificate = error else { return XCTFail("\(error)") }
    }
    let list = TLSPEM.bytes(
      TestAuthority.encrypted("X509 CRL", authority.revocationList(of: [])))
    XCTAssertThrowsError(try makeClient { $0.revocationLists = [list] }) { error in
      guard case TLSConfigurationError.badRevocationList = error else {
        return XCTFail("\(error)")
      }
    }
  }

  func testAKeyOfRSA() throws {
    let issued = authority.issue { $0.usesRSA = true }
    for version in [TLSVersion.tls12, .tls13] {
      let (client, server) = try makeConnection(
        client: makeClient { $0.maximumVersion = version }, server: makeServer(issued.identity))
      client.close()
      server.close()
    }
  }

  func testSettingsThatAreNone() throws {
    let changes: [(String, (inout TLSClientConfiguration) -> Void)] = [
      ("cipher list", { $0.cipherList = "NONSENSE" }),
      ("cipher suites", { $0.cipherSuites = "NONSENSE" }),
      ("groups", { $0.groups = "NONSENSE" }),
      ("application protocol", { $0.applicationProtocols = [""] }),
      (
        "application protocol",
        { $0.applicationProtocols = [String(repeating: "a", count: 256)] }
      ),
      (
        "maximum version below TLS 1.3",
        {
          $0.minimumVersion = .tls13
          $0.maximumVersion = .tls12
        }
      ),
    ]
    for (name, change) in changes {
      XCTAssertThrowsError(try makeClient(change), name) { error in
        guard case TLSConfigurationError.invalidSetting(name, _) = error else {
          return XCTFail("\(name): \(error)")
        }
      }
    }
  }

  /// Anybody can have a certificate of a public authority: it lets nobody in by default.
  // Eventlet: IO76
  func testCertificatesOfClientsNeedTrustRoots() throws {
    var configuration = TLSServerConfiguration(identity: Self.localhost.identity)
    XCTAssertNil(configuration.trustRoots)
    for requirement in [TLSServerConfiguration.ClientCertificate.requested, .required] {
      configuration.clientCertificate = requirement
      XCTAssertThrowsError(try TLSServerContext(configuration)) { error in
        XCTAssertEqual(error as? TLSConfigurationError, .trustRootsMissing)
      }
    }
    configuration.trustRoots = .system
    _ = try TLSServerContext(configuration)
    configuration.trustRoots = nil
    configuration.clientCertificate = .ignored
    let (client, server) = try makeConnection(server: TLSServerContext(configuration))
    client.close()
    server.close()
  }

  func testAListOfRevocationsThatIsNone() throws {
    XCTAssertThrowsError(try makeClient { $0.revocationLists = [.text("nonsense")] }) { error in
      XCTAssertEqual(
        error as? TLSConfigurationError,
        .badRevocationList(source: "8 bytes of PEM", detail: "there is no revocation list"))
    }
  }

  /// As it is made, it verifies.
  func testTheDefaultVerifies() throws {
    let configuration = TLSClientConfiguration()
    XCTAssertEqual(configuration.verification, .full)
    XCTAssertEqual(configuration.trustRoots, .system)
    XCTAssertEqual(configuration.minimumVersion, .tls12)
    XCTAssertFalse(configuration.acceptsTruncation)
    XCTAssertNil(configuration.keyLog)
    XCTAssertTrue(try TLSClientContext.shared === TLSClientContext.shared)
    XCTAssertEqual(reason(try failures(client: .shared).client), .unknownAuthority)
  }

  func testTheSystemsAuthoritiesBesideOnesOwn() throws {
    let context = try makeClient { $0.trustRoots = .systemAnd([.bytes(authority.pem)]) }
    let (client, server) = try makeConnection(client: context)
    client.close()
    server.close()
  }

  // MARK: Key logs

  func testKeysAreLoggedWhenThatIsAskedFor() throws {
    let path = try makeFile([])
    let context = try makeClient { $0.keyLog = .file(path) }
    let (client, server) = try makeConnection(client: context)
    let text = String(decoding: try XCTUnwrap(read(path)), as: UTF8.self)
    XCTAssertTrue(text.contains("CLIENT_HANDSHAKE_TRAFFIC_SECRET "), text)
    XCTAssertTrue(text.hasSuffix("\n"))
    client.close()
    server.close()
  }

  func testTheServersKeysAreLogged() throws {
    let path = try makeFile([])
    let context = try makeServer {
      $0.keyLog = .file(path)
      $0.identities = ["localhost": Self.localhost.identity]
    }
    let (client, server) = try makeConnection(server: context)
    let text = String(decoding: try XCTUnwrap(read(path)), as: UTF8.self)
    XCTAssertTrue(text.contains("SERVER_TRAFFIC_SECRET_0 "), text)
    client.close()
    server.close()
  }

  /// The variable alone does nothing: who can set it is not always who may read.
  func testTheEnvironmentAloneLogsNothing() throws {
    let path = try makeFile([])
    setenv("SSLKEYLOGFILE", path, 1)
    defer { unsetenv("SSLKEYLOGFILE") }
    let (client, server) = try makeConnection()
    XCTAssertEqual(read(path), [])
    client.close()
    server.close()
    let context = try makeClient { $0.keyLog = .environment }
    let (logged, other) = try makeConnection(client: context)
    XCTAssertNotEqual(read(path), [])
    logged.close()
    other.close()
    unsetenv("SSLKEYLOGFILE")
    _ = try makeClient { $0.keyLog = .environment }
  }
}
