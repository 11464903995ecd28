import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

/// A certificate for each name that clients ask for.
final class TLSServerNameTests: TLSTestCase {
  private func makeIdentity(_ name: String) -> TLSIdentity {
    authority.issue {
      $0.commonName = name
      // So that every name is taken by the client: which one comes is what is looked at.
      $0.names = ["DNS:*.example.org", "DNS:example.org", "DNS:*.a.example.org", "DNS:localhost"]
    }.identity
  }

  func testTheCertificateIsChosenByName() throws {
    let context = try makeServer(makeIdentity("fallback")) {
      $0.identities = [
        "example.org": makeIdentity("exact"), "WWW.example.org": makeIdentity("other exact"),
        "*.example.org": makeIdentity("wildcard"),
      ]
      $0.applicationProtocols = ["echo"]
    }
    for (name, expected) in [
      ("example.org", "exact"), ("EXAMPLE.org", "exact"), ("www.example.org", "other exact"),
      ("api.example.org", "wildcard"), ("b.a.example.org", "fallback"), ("localhost", "fallback"),
    ] {
      for version in [TLSVersion.tls12, .tls13] {
        let (client, server) = try makeConnection(
          client: makeClient {
            $0.maximumVersion = version
            $0.applicationProtocols = ["echo"]
          }, server: context, name: name)
        XCTAssertEqual(client.peerCertificates.first?.commonName, expected, name)
        XCTAssertEqual(server.serverName, name.lowercased())
        XCTAssertEqual(server.applicationProtocol, "echo", name)
        client.close()
        server.close()
      }
    }
  }

  /// An address is not asked for by name (RFC 6066, section 3).
  func testWithoutANameThereIsTheFallback() throws {
    let context = try makeServer {
      $0.identities = ["*.example.org": makeIdentity("wildcard")]
    }
    let (client, server) = try makeConnection(server: context, name: "127.0.0.1")
    XCTAssertNil(server.serverName)
    XCTAssertNil(client.serverName)
    client.close()
    server.close()
  }

  func testClientsComeBackByName() throws {
    let context = try makeServer(makeIdentity("fallback")) {
      $0.identities = ["example.org": makeIdentity("exact")]
    }
    let listener = try TLSListener.listen(on: loopback, context: context)
    let address = try listener.localAddress
    for version in [TLSVersion.tls12, .tls13] {
      let clientContext = try makeClient { $0.maximumVersion = version }
      for isResumed in [false, true] {
        for (name, shown) in [("example.org", "exact"), ("localhost", "fallback")] {
          let server = spawn {
            let (client, _) = try listener.accept()
            try client.sendAll("x")
            defer { client.close() }
            return client.serverName
          }
          let client = try TLSSocket.connect(
            to: address, serverName: name, context: clientContext)
          XCTAssertEqual(try client.receive(upTo: 1), [120])
          XCTAssertEqual(client.isResumed, isResumed, name)
          XCTAssertEqual(client.peerCertificates.first?.commonName, shown)
          client.close()
          XCTAssertEqual(try server.wait(), name)
        }
      }
    }
    listener.close()
  }

  func testNamesThatAreNone() throws {
    for name in ["", "*", "a.*.org", "with space", "w*.example.org"] {
      XCTAssertThrowsError(try makeServer { $0.identities = [name: Self.localhost.identity] }, name)
      {
        guard case TLSConfigurationError.invalidSetting("server name", _) = $0 else {
          return XCTFail("\(name): \($0)")
        }
      }
    }
  }
}
