import EventletCore
import EventletHTTP
import EventletNet
import EventletTLS
import EventletTesting
import Glibc
import XCTest

/// Connections that begin with what a proxy says of the client.
final class ProxyProtocolServingTests: HTTPTestCase {
  private let log = LogRecord()
  private let line = Array("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n".utf8)
  private let binary = ProxyProtocolBinaryTests.header(0x21, 0x11, ProxyProtocolBinaryTests.ipv4)
  private let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
  private let told = "192.0.2.1:56324 198.51.100.7:443"
  private var calls = 0

  private func makeServer(handshake: Duration? = .seconds(10)) -> HTTPServer {
    makeServer {
      $0.acceptsProxyProtocol = true
      $0.timeouts.handshake = handshake
      $0.logger = log.logger
    } handler: { [self] request in
      calls += 1
      let connection = request.connection
      return .text(
        [connection.remoteAddress, connection.localAddress].map { $0.map { "\($0)" } ?? "-" }
          .joined(separator: " "))
    }
  }

  func testBothFormsTellWhoTheClientIs() throws {
    let address = try listen(makeServer())
    for header in [line, binary] {
      let client = try connect(to: address)
      try client.send(header)
      // It is of the connection, not of each request.
      for _ in 0..<2 {
        try client.send(request)
        try client.expectResponse(200, told)
      }
      try client.send(line)
      try client.expectResponse(400)
    }
  }

  func testWhatElseTheProxySaysIsKept() throws {
    let server = makeServer {
      $0.acceptsProxyProtocol = true
    } handler: { request in
      let header = request.connection.proxyHeader
      let host = header?.value(ofType: 2).map { String(decoding: $0, as: UTF8.self) }
      return .text("\(header?.source?.host ?? "-") \(host ?? "-")")
    }
    let address = try listen(server)
    let values = ProxyProtocolBinaryTests.value(2, Array("example.org".utf8))
    let body = ProxyProtocolBinaryTests.ipv4 + values
    for (header, expected) in [
      (ProxyProtocolBinaryTests.header(0x21, 0x11, body), "192.0.2.1 example.org"),
      (line, "192.0.2.1 -"), (ProxyProtocolBinaryTests.header(0x20, 0, []), "- -"),
    ] {
      let client = try connect(to: address)
      try client.send(header + request)
      try client.expectResponse(200, expected)
    }
  }

  func testAConnectionThatIsThereBeginsWithOneToo() throws {
    let client = try connect(to: makeServer())
    try client.send(line)
    try client.send(request)
    try client.expectResponse(200, told)
    let silent = try connect(to: makeServer())
    try silent.send(request)
    try silent.expectReset()
  }

  func testAConnectionThatIsNoSocketCannotBeginWithOne() throws {
    let (near, far) = try GreenSocket.pair()
    defer { near.close() }
    XCTAssertThrowsError(try makeServer().serve(connection: PlainStream(far))) { error in
      XCTAssertEqual(error as? HTTPServerError, .proxyProtocolNeedsSocket)
    }
    XCTAssertEqual(try near.receive(upTo: 1), [])
  }

  func testAHeaderMayComeInPieces() throws {
    let address = try listen(makeServer())
    for header in [line, binary] {
      for split in 1..<header.count {
        let client = try connect(to: address)
        try client.send(parts: [Array(header[..<split]), Array(header[split...]) + request])
        try client.expectResponse(200, told)
      }
    }
  }

  func testPipelinedRequestsMayFollow() throws {
    let address = try listen(makeServer())
    for header in [line, binary] {
      let client = try connect(to: address)
      try client.send(header + request + request + request)
      for _ in 0..<3 { try client.expectResponse(200, told) }
      try client.expectIdle()
    }
  }

  func testAProxyThatSpeaksForItselfIsThePeer() throws {
    let address = try listen(makeServer())
    let unspecified = ProxyProtocolBinaryTests.header(0x21, 0x00, [])
    let local = ProxyProtocolBinaryTests.header(0x20, 0x11, ProxyProtocolBinaryTests.ipv4)
    for header in [local, unspecified, Array("PROXY UNKNOWN\r\n".utf8)] {
      let client = try connect(to: address)
      try client.send(header + request)
      try client.expectResponse(200, "\(try client.socket.localAddress) \(address)")
    }
    // What it does as a rule: it looks whether somebody is here, and goes.
    let client = try connect(to: address)
    try client.send(local)
    try client.endSending()
    try client.expectClosed()
  }

  func testAConnectionWithoutAHeaderIsClosedWithoutAWord() throws {
    let server = makeServer()
    let address = try listen(server)
    var wrong = binary
    wrong[12] = 0x31
    for bytes in [
      request, Array("\u{16}\u{3}\u{1}".utf8), Array("PROXY nonsense\r\n".utf8) + request,
      Array("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\n".utf8) + request,
      Array("PROXY TCP4 \(String(repeating: "1", count: 107))".utf8), wrong + request,
    ] {
      _ = log.take()
      let client = try connect(to: address)
      let name = try client.socket.localAddress
      try client.send(bytes)
      XCTAssertEqual(try client.readToEnd(), [])
      let debug = log.take().filter { $0.hasPrefix("debug: \(name): ") }
      XCTAssertEqual(debug.count, 2, "\(debug)")
    }
    XCTAssertEqual(calls, 0)
    XCTAssertEqual(server.statistics.connectionCount, 0)
    XCTAssertEqual(clock.elapsed, .zero)
  }

  func testAHeaderHasItsTime() throws {
    let address = try listen(makeServer(handshake: .seconds(5)))
    let silent = try connect(to: address)
    let slow = try connect(to: address)
    let dripping = spawn { [line] in
      for byte in line {
        do { try slow.send([byte]) } catch is SystemError { return }
        try GreenThread.sleep(for: .seconds(1))
      }
    }
    XCTAssertEqual(try silent.readToEnd(), [])
    XCTAssertEqual(clock.elapsed, .seconds(5))
    XCTAssertEqual(try slow.readToEnd(), [])
    XCTAssertEqual(clock.elapsed, .seconds(5))
    try dripping.wait()
    XCTAssertEqual(log.lines.filter { $0.hasSuffix("timed out") }.count, 2, "\(log.lines)")
    XCTAssertEqual(calls, 0)
  }

  func testAClientThatGoesBeforeTheHeaderHarmsNobody() throws {
    let address = try listen(makeServer())
    for count in [0, 1, 20] {
      for breaksOff in [false, true] {
        let client = try connect(to: address)
        try client.send(Array(line[..<count]))
        try client.settle()
        if breaksOff { try client.reset() } else { client.socket.close() }
        try GreenThread.sleep(for: .seconds(1))
      }
    }
    let client = try connect(to: address)
    try client.send(line + request)
    try client.expectResponse(200, told)
  }

  func testThoseWhoSendNoHeaderAreCutWithTheOthers() throws {
    let server = makeServer(handshake: nil)
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let serving = spawn { try server.serve(listener) }
    let client = try connect(to: address)
    try client.settle()
    server.stop(within: .seconds(5))
    try serving.wait()
    XCTAssertTrue((.seconds(5)...(.milliseconds(5001))).contains(clock.elapsed), "\(clock.elapsed)")
    XCTAssertEqual(try client.readToEnd(), [])
  }

  func testTLSMayFollow() throws {
    let identity = TLSIdentity(
      certificateChain: .text(TestCertificate.certificate), privateKey: .text(TestCertificate.key))
    let context = try TLSServerContext(TLSServerConfiguration(identity: identity))
    var configuration = TLSClientConfiguration()
    configuration.verification = .none
    let clientContext = try TLSClientContext(configuration)
    let server = makeServer()
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let serving = spawn { try server.serve(listener, over: context) }
    for header in [line, binary] {
      let socket = try GreenSocket.connect(to: address)
      // Held back until the first message of TLS has come, too.
      try socket.setOption(.noDelay, false)
      try socket.sendAll(header)
      let client = try clientContext.wrap(socket, serverName: "localhost")
      try client.sendAll(request)
      while let line = try client.reader.readLine(), !line.isEmpty {}
      XCTAssertEqual(try client.reader.read(exactly: told.utf8.count), Array(told.utf8))
      client.close()
    }
    // TLS and then the header is the wrong order.
    XCTAssertThrowsError(try TLSSocket.connect(to: address, context: clientContext))
    server.stop()
    try serving.wait()
    // Closed connections end by themselves.
    try GreenThread.sleep(for: .seconds(20))
  }

  /// What a handler does to clean up may wait, as after any kill.
  func testAConnectionBehindAProxyIsCutOnce() throws {
    var hasCleanedUp = false
    let server = makeServer {
      $0.acceptsProxyProtocol = true
    } handler: { _ in
      do { try GreenThread.sleep(for: .seconds(3600)) } catch {
        try GreenThread.sleep(for: .milliseconds(1))
        hasCleanedUp = true
        throw error
      }
      return .text("never")
    }
    let address = try listen(server)
    let client = try connect(to: address)
    try client.send("PROXY UNKNOWN\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
    try client.settle()
    server.stop(within: .seconds(1))
    try client.expectReset()
    XCTAssertTrue(hasCleanedUp)
  }
}
