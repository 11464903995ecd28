import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTLS
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

final class TLSTests: ClientTestCase {
  private let roots = HTTPClient.TLS.TrustRoots.only([.text(TestCertificate.certificate)])
  /// Of the key of the test certificate.
  private let pin = "B9tl3s00Oc4cIruqZK9Hk/V0BpzVpGxHPCzQh97pFig="

  private func makeServer(
    _ configure: (inout TLSServerConfiguration) -> Void = { _ in }
  ) throws -> TLSServerContext {
    var configuration = TLSServerConfiguration(
      identity: TLSIdentity(
        certificateChain: .text(TestCertificate.certificate),
        privateKey: .text(TestCertificate.key)))
    configuration.applicationProtocols = ["http/1.1"]
    configure(&configuration)
    return try TLSServerContext(configuration)
  }

  private func answering(
    _ configure: (inout TLSServerConfiguration) -> Void = { _ in }
  ) throws -> String {
    try serve(over: makeServer(configure)) { request in
      let socket = request.connection.stream as? TLSSocket
      return .text("\(request.scheme) \(socket?.peerCertificate == nil ? "anybody" : "somebody")")
    }
  }

  private func makeTrustingClient(
    _ configure: (inout HTTPClient.Configuration) -> Void = { _ in }
  ) -> HTTPClient {
    makeClient {
      $0.resolver = FixedResolver(["localhost": ["127.0.0.1"], "other.test": ["127.0.0.1"]])
      $0.tls.trustRoots = roots
      configure(&$0)
    }
  }

  func testAServerThatIsTrusted() throws {
    let url = try answering()
    let client = makeTrustingClient()
    let response = try client.get(url)
    XCTAssertEqual(try response.text(), "https anybody")
    XCTAssertGreaterThan(try XCTUnwrap(response.timings.secured), .zero)
    XCTAssertEqual(try client.get(url).text(), "https anybody")
    XCTAssertEqual(client.statistics.connections, 1)
  }

  func testWhoIsNotTrusted() throws {
    let url = try answering()
    let system = makeTrustingClient { $0.tls.trustRoots = .system }
    let error = try clientError { try system.get(url) }
    XCTAssertEqual(error.reason, .certificate, "\(error)")
    XCTAssertEqual(error.phase, .tls)
    let other = url.replacing("localhost", with: "other.test")
    XCTAssertEqual(try clientError { try makeTrustingClient().get(other) }.reason, .certificate)
    XCTAssertEqual(
      try makeTrustingClient { $0.tls.verification = .exceptName }.get(other).text(),
      "https anybody")
    let blind = makeTrustingClient {
      $0.tls.trustRoots = .system
      $0.tls.verification = .dangerouslyNothing
    }
    XCTAssertEqual(try blind.get(other).text(), "https anybody")
    XCTAssertEqual(system.statistics.connections, 0)
  }

  func testTheSystemsAuthoritiesAndOthers() throws {
    let url = try answering()
    let client = makeTrustingClient {
      $0.tls.trustRoots = .systemAnd([.text(TestCertificate.certificate)])
    }
    XCTAssertEqual(try client.get(url).text(), "https anybody")
  }

  func testPins() throws {
    let url = try answering()
    let client = makeTrustingClient { $0.tls.publicKeyPins = ["AAAA", pin] }
    XCTAssertEqual(try client.get(url).text(), "https anybody")
    let wrong = makeTrustingClient {
      $0.tls.publicKeyPins = [String(repeating: "A", count: 43) + "="]
    }
    XCTAssertEqual(try clientError { try wrong.get(url) }.reason, .certificate)
  }

  func testWhoTheClientIs() throws {
    let url = try answering {
      $0.trustRoots = .only([.text(TestCertificate.certificate)])
      $0.clientCertificate = .requested
    }
    XCTAssertEqual(try makeTrustingClient().get(url).text(), "https anybody")
    let client = makeTrustingClient {
      $0.tls.identity = .init(
        certificateChain: .text(TestCertificate.certificate), privateKey: .text(TestCertificate.key)
      )
    }
    XCTAssertEqual(try client.get(url).text(), "https somebody")
    let broken = makeTrustingClient {
      $0.tls.identity = .init(certificateChain: .text("nothing"), privateKey: .text("nothing"))
    }
    XCTAssertEqual(try clientError { try broken.get(url) }.reason, .tlsConfiguration)
  }

  func testFilesThatAreNotThere() throws {
    let client = makeTrustingClient { $0.tls.trustRoots = .only([.file("/no/such/file")]) }
    let error = try clientError { try client.get("https://localhost/") }
    XCTAssertEqual(error.reason, .tlsConfiguration)
    XCTAssertTrue(error.detail.contains("/no/such/file"), error.detail)
    XCTAssertEqual(error.url, "https://localhost/")
  }

  func testVersions() throws {
    let url = try answering { $0.maximumVersion = .tls12 }
    XCTAssertEqual(try makeTrustingClient().get(url).text(), "https anybody")
    let client = makeTrustingClient { $0.tls.minimumVersion = .tls13 }
    XCTAssertEqual(try clientError { try client.get(url) }.reason, .tls)
  }

  func testARedirectAwayFromTLSIsRefused() throws {
    let plain = try serve { _ in .text("plain") }
    let url = try serve(over: makeServer()) { _ in .redirect(to: plain) }
    XCTAssertEqual(
      try clientError { try makeTrustingClient().get(url) }.reason, .redirectRefused(plain))
    let client = makeTrustingClient { $0.redirects.allowsInsecure = true }
    XCTAssertEqual(try client.get(url).text(), "plain")
  }

  func testATunnelThroughAProxy() throws {
    let url = try answering()
    let port = try XCTUnwrap(url.split(separator: ":").last.flatMap { UInt16($0) })
    let proxy = try serveRaw { socket in
      XCTAssertTrue(try socket.readHead().hasPrefix("CONNECT localhost:\(port) HTTP/1.1\r\n"))
      let server = try GreenSocket.connect(to: .ipv4("127.0.0.1", port: port))
      defer { server.close() }
      try socket.sendAll("HTTP/1.1 200 Connected\r\nSecret: no field of the answer\r\n\r\n")
      let back = spawn {
        while case let piece = try server.receive(upTo: 65_536), !piece.isEmpty {
          try socket.sendAll(piece)
        }
      }
      while case let piece = try socket.receive(upTo: 65_536), !piece.isEmpty {
        try server.sendAll(piece)
      }
      try back.kill()
    }
    let client = makeTrustingClient { $0.proxy = .url("http://127.0.0.1:\(proxy.port)") }
    let response = try client.get(url)
    XCTAssertEqual(try response.text(), "https anybody")
    XCTAssertFalse(response.headerFields.contains { $0.name.rawName == "Secret" })
  }

  func testWhatLibcurlRefusesIsNotLeftOut() throws {
    let url = try answering()
    // More than the 8 MB that it takes of any text.
    let long = String(repeating: "A", count: 9 << 20)
    let client = makeTrustingClient { $0.tls.publicKeyPins = [long] }
    let error = try clientError { try client.get(url) }
    XCTAssertEqual(error.reason, .tlsConfiguration)
    XCTAssertTrue(error.detail.contains("pins"), error.detail)
    XCTAssertEqual(client.statistics.transfers, 0)
  }

  func testAnEncryptedKeyWantsItsPassphrase() throws {
    let url = try answering()
    for passphrase in [nil, "wrong"] {
      let client = makeTrustingClient {
        $0.tls.identity = .init(
          certificateChain: .text(TestCertificate.certificate), privateKey: .text(encryptedKey),
          passphrase: passphrase)
      }
      XCTAssertEqual(try clientError { try client.get(url) }.reason, .tlsConfiguration)
    }
  }

  /// Of a key that is encrypted with AES.
  private let encryptedKey = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjwzOC0kC5mgAICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECJhooqdpx1VsbfWAYBuORsEgZCx
    PRynhbxCAnpe9REZ5eI7RuB1FLwsCHDgw9z8FunKiHA2j1HOWILQJg7YnygEh8aY
    tvvk0X8Kf+ACZHtAnQc9jA9bofDK34YHwAawx42Mo5UxZYO3MVyo4dshI4J5zeGt
    3G0KKDcaFfG1NpDQ8Kg0EUgCAwOlfuyRtlkIbGSEbZ2Sz8AX6PRWbgk9O3OCtPs=
    -----END ENCRYPTED PRIVATE KEY-----
    """

  func testTheSystemsAuthoritiesAreReadOnce() throws {
    let url = try answering()
    let client = makeTrustingClient { $0.tls.trustRoots = .system }
    XCTAssertEqual(try clientError { try client.get(url) }.reason, .certificate)
    let before = try readCount()
    for _ in 0..<5 { XCTAssertEqual(try clientError { try client.get(url) }.reason, .certificate) }
    // They have some 200 KiB, and each connection to its server a few.
    XCTAssertLessThan(try readCount() - before, 150_000)
  }

  /// How many bytes this process has read, of whatever.
  private func readCount() throws -> Int {
    let text = String(decoding: try GreenFile.read("/proc/self/io"), as: UTF8.self)
    let words = text.split(whereSeparator: \.isWhitespace)
    return try XCTUnwrap(Int(words[1]))
  }

  func testTheLimitOfTLSBehindAProxy() throws {
    let proxy = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 Connected\r\n\r\n")
      try socket.waitForEnd()
    }
    let client = makeTrustingClient {
      $0.proxy = .url("http://127.0.0.1:\(proxy.port)")
      $0.timeouts.tls = .seconds(5)
    }
    let error = try timeout { try client.get("https://localhost/") }
    XCTAssertEqual(error.phase, .tls)
    XCTAssertEqual(error.limit, .seconds(5))
  }
}
