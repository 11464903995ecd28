import EventletCore
import EventletDNS
import EventletNet
import EventletTesting
import XCTest

/// Tests with name servers of their own, on the hub of the test, in real time: c-ares has a clock
/// of its own.
class DNSTestCase: GreenTestCase {
  override var time: GreenTest.Time { .real }

  private var servers: [DNSTestServer] = []

  override func tearDown() {
    for server in servers { server.stop() }
    servers = []
  }

  func makeServer(
    _ answer: @escaping (WireQuery) throws -> [[UInt8]]
  ) throws -> DNSTestServer {
    let server = try DNSTestServer(answer)
    servers.append(server)
    return server
  }

  func makeServer(zone: [WireRecord], absence: UInt32 = 60) throws -> DNSTestServer {
    let server = try DNSTestServer(zone: zone, absence: absence)
    servers.append(server)
    return server
  }

  /// A resolver that knows of these servers alone, and is not patient if it is not to be.
  func makeResolver(
    _ servers: DNSTestServer..., milliseconds: Int = 10_000, tries: Int = 1,
    _ configure: (inout DNSResolver.Configuration) -> Void = { _ in }
  ) -> DNSResolver {
    var configuration = DNSResolver.Configuration()
    configuration.servers = servers.map(\.address)
    configuration.search = []
    configuration.ndots = 1
    configuration.timeout = .milliseconds(milliseconds)
    configuration.tries = tries
    configuration.rotates = false
    // A busy machine is slow, and that is no reason to have other addresses.
    configuration.resolutionDelay = nil
    configuration.hostsFile = nil
    configuration.resolvConf = "/nonexistent/resolv.conf"
    configure(&configuration)
    return DNSResolver(configuration)
  }

  func assertFails(
    _ reason: NameError.Reason, file: StaticString = #filePath, line: UInt = #line,
    _ body: () throws -> Void
  ) {
    assertThrows(NameError.self, file: file, line: line, body) {
      XCTAssertEqual($0.reason, reason, file: file, line: line)
    }
  }

  /// A file of the test's own; removed at its end.
  func makeFile(_ text: String) throws -> String {
    var name = Array("/tmp/eventlet-dns-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    close(descriptor)
    let path = String(decoding: name.dropLast().map(UInt8.init), as: UTF8.self)
    write(text, to: path)
    addTeardownBlock { unlink(path) }
    return path
  }

  func write(_ text: String, to path: String) {
    let file = fopen(path, "w")
    fputs(text, file)
    fclose(file)
  }
}
