import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// Whom a handler, and the log, take for the client behind proxies.
final class ForwardedForServingTests: HTTPTestCase {
  private let log = LogLines()

  private func makeServer(_ forwardedFor: ForwardedFor?) throws -> HTTPServer {
    let format = try AccessLogFormat("{client_ip}")
    return makeServer {
      $0.forwardedFor = forwardedFor
      $0.accessLog = log.log(format)
    } handler: { request in
      .text(request.clientAddress?.host ?? "nobody")
    }
  }

  /// Fails the test unless the handler and the log are told the same.
  private func expect(
    _ host: String, _ fields: String..., by client: RawClient, file: StaticString = #filePath,
    line: UInt = #line
  ) throws {
    let fields = fields.map { $0 + "\r\n" }.joined()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
    try client.expectResponse(200, host, file: file, line: line)
    XCTAssertEqual(log.take(), [host], file: file, line: line)
  }

  func testNobodyIsBelievedUnlessItIsAskedFor() throws {
    for rule in [nil, ForwardedFor(.hops(0)), ForwardedFor(.networks([]))] {
      let client = try connect(to: try listen(try makeServer(rule)))
      try expect("127.0.0.1", "X-Forwarded-For: 192.0.2.1", by: client)
      try expect("127.0.0.1", "Forwarded: for=192.0.2.1", by: client)
    }
  }

  func testATrustedPeerIsBelieved() throws {
    let rule = ForwardedFor(.networks(["127.0.0.0/8", "10.0.0.0/8"]))
    let client = try connect(to: try listen(try makeServer(rule)))
    // Each request of a connection has its own.
    try expect("192.0.2.1", "X-Forwarded-For: 192.0.2.1", by: client)
    try expect("192.0.2.2", "X-Forwarded-For: 6.6.6.6, 192.0.2.2, 10.0.0.1", by: client)
    try expect(
      "192.0.2.3", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 192.0.2.3, 10.1.1.1", by: client)
    try expect("2001:db8::1", "X-Forwarded-For: [2001:db8::1]:80", by: client)
    try expect("127.0.0.1", by: client)
    try expect("127.0.0.1", "X-Forwarded-For: nonsense", by: client)
    try expect("10.0.0.1", "X-Forwarded-For: unknown, 10.0.0.1", by: client)
    // Of another name, and of another standard.
    try expect("127.0.0.1", "X_Forwarded_For: 192.0.2.1", by: client)
    try expect("127.0.0.1", "Forwarded: for=192.0.2.1", by: client)
  }

  func testAPeerThatIsNotTrustedIsNotBelieved() throws {
    let rule = ForwardedFor(.networks(["10.0.0.0/8", "192.0.2.0/24"]))
    let client = try connect(to: try listen(try makeServer(rule)))
    try expect("127.0.0.1", "X-Forwarded-For: 192.0.2.1", by: client)
    try expect("127.0.0.1", "X-Forwarded-For: 6.6.6.6, 10.0.0.1", by: client)
  }

  func testSoManyProxiesAreBelieved() throws {
    let client = try connect(to: try listen(try makeServer(ForwardedFor(.hops(2)))))
    try expect("192.0.2.1", "X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.0.0.1", by: client)
    try expect("10.0.0.1", "X-Forwarded-For: 10.0.0.1", by: client)
  }

  func testTheStandardsField() throws {
    let rule = ForwardedFor(.hops(1), field: .forwarded)
    let client = try connect(to: try listen(try makeServer(rule)))
    try expect(
      "2001:db8::1", "Forwarded: for=6.6.6.6, for=\"[2001:db8::1]:80\";proto=https", by: client)
    try expect("127.0.0.1", "Forwarded: for=_hidden", by: client)
    try expect("127.0.0.1", "X-Forwarded-For: 192.0.2.1", by: client)
  }

  func testPeersAtAUnixSocketAreOfThisMachine() throws {
    let directory = try TemporaryTree()
    let server = try makeServer(ForwardedFor(.networks([])))
    let client = try connect(to: try listen(server, on: .unix("\(directory.path)/socket")))
    try expect("192.0.2.1", "X-Forwarded-For: 6.6.6.6, 192.0.2.1", by: client)
  }

  func testThePeerIsWhomTheProxyProtocolTells() throws {
    let format = try AccessLogFormat("{client_ip}")
    let server = makeServer {
      $0.acceptsProxyProtocol = true
      $0.forwardedFor = ForwardedFor(.networks(["192.0.2.0/24"]))
      $0.accessLog = log.log(format)
    } handler: {
      .text($0.clientAddress?.host ?? "nobody")
    }
    let address = try listen(server)
    for (peer, expected) in [("192.0.2.1", "198.51.100.7"), ("203.0.113.1", "203.0.113.1")] {
      let client = try connect(to: address)
      try client.send("PROXY TCP4 \(peer) 127.0.0.1 1 2\r\n")
      try expect(expected, "X-Forwarded-For: 198.51.100.7", by: client)
    }
  }

  func testTheSchemeIsATrustedProxysWhenThatIsAskedFor() throws {
    for (rule, scheme) in [
      (nil, "http"), (ForwardedFor(.hops(1)), "http"),
      (ForwardedFor(.hops(1), readsScheme: true), "https"),
      (ForwardedFor(.networks(["10.0.0.0/8"]), readsScheme: true), "http"),
      (ForwardedFor(.hops(1), field: .forwarded, readsScheme: true), "http"),
    ] {
      var headers = SecurityHeaders()
      headers.strictTransportSecurity = .seconds(60)
      let router = Router()
      router.use(securityHeaders(headers))
      router.get("/") { .text("\($0.scheme) \($0.connection.isSecure)") }
      let server = makeServer {
        $0.forwardedFor = rule
      } handler: {
        try router.handle($0)
      }
      let client = try connect(to: try listen(server))
      try client.send(request: "GET /", "X-Forwarded-Proto: https")
      try client.expectResponse(
        200, "\(scheme) false",
        fields: ["Strict-Transport-Security": scheme == "https" ? "max-age=60" : nil])
    }
  }
}
