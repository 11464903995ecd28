import EventletCore
import EventletHTTP
import EventletNet
import EventletTLS
import EventletTesting
import HTTPTypes
import XCTest

/// The server over TLS.
final class TLSServingTests: HTTPTestCase {
  private struct Odd: Error {}

  private let request = "GET /path HTTP/1.1\r\nHost: localhost\r\n\r\n"

  private let identity = TLSIdentity(
    certificateChain: .text(TestCertificate.certificate), privateKey: .text(TestCertificate.key))

  private func start(
    _ server: HTTPServer, _ configure: (inout TLSServerConfiguration) -> Void = { _ in }
  ) throws -> (address: SocketAddress, thread: GreenThread<Void>) {
    var configuration = TLSServerConfiguration(identity: identity)
    configure(&configuration)
    let context = try TLSServerContext(configuration)
    let listener = try GreenSocket.listen(on: loopback)
    return (
      try listener.localAddress, spawn { try server.serve(listener, over: context) }
    )
  }

  private func connectTLS(
    _ address: SocketAddress, _ configure: (inout TLSClientConfiguration) -> Void = { _ in }
  ) throws -> TLSSocket {
    var configuration = TLSClientConfiguration()
    configuration.verification = .none
    configure(&configuration)
    return try TLSSocket.connect(
      to: address, serverName: "localhost", context: TLSClientContext(configuration))
  }

  /// Reads one response with a `Content-Length`.
  private func readResponse(_ client: TLSSocket) throws -> (head: [String], body: [UInt8]) {
    var head: [String] = []
    while let line = try client.reader.readLine(), !line.isEmpty { head.append(line) }
    let length = head.first { $0.hasPrefix("Content-Length: ") }
    let count = try XCTUnwrap(length.flatMap { Int($0.dropFirst(16)) }, "\(head)")
    return (head, try client.reader.read(exactly: count))
  }

  override func tearDownWithError() throws {
    try super.tearDownWithError()
    // Closed connections end by themselves.
    try GreenThread.sleep(for: .seconds(20))
  }

  func testRequestsAreServedOneAfterTheOther() throws {
    let server = makeServer { request in
      .text("\(request.scheme) \(request.connection.isSecure) \(request.path)")
    }
    let (address, thread) = try start(server)
    let client = try connectTLS(address)
    for _ in 0..<3 {
      try client.sendAll(request)
      XCTAssertEqual(try readResponse(client).body, Array("https true /path".utf8))
    }
    try client.sendAll(request + request)
    for _ in 0..<2 { _ = try readResponse(client) }
    server.stop()
    // With the end of TLS.
    XCTAssertEqual(try client.receive(upTo: 1), [])
    client.close()
    try thread.wait()
  }

  func testAHandlerSeesWhatTLSKnowsOfTheClient() throws {
    weak var stream: TLSSocket?
    var kept: ServerRequest?
    let server = makeServer { request in
      let connection = try XCTUnwrap(request.connection.stream as? TLSSocket)
      (stream, kept) = (connection, request)
      return .text(
        [
          connection.peerCertificate?.commonName, connection.serverName,
          connection.applicationProtocol, connection.version?.description,
        ].map { $0 ?? "-" }.joined(separator: ", "))
    }
    let (address, thread) = try start(server) {
      $0.clientCertificate = .requested
      $0.trustRoots = .only([.text(TestCertificate.certificate)])
      $0.applicationProtocols = ["http/1.1"]
    }
    let known = try connectTLS(address) {
      $0.identity = identity
      $0.applicationProtocols = ["http/1.1"]
    }
    try known.sendAll(request)
    XCTAssertEqual(
      String(decoding: try readResponse(known).body, as: UTF8.self),
      "localhost, localhost, http/1.1, TLS 1.3")
    let unknown = try connectTLS(address)
    try unknown.sendAll(request)
    XCTAssertEqual(
      String(decoding: try readResponse(unknown).body, as: UTF8.self), "-, localhost, -, TLS 1.3")
    known.close()
    unknown.close()
    server.stop()
    try thread.wait()
    // Who keeps a request, or its connection, does not keep the stream.
    XCTAssertNotNil(kept)
    XCTAssertNil(kept?.connection.stream)
    XCTAssertNil(stream)
  }

  func testNothingIsLeftOfAConnectionThatAHandlerHasTaken() throws {
    weak var connection: TakenConnection?
    weak var stream: (any ByteStream)?
    let server = makeServer { _ in
      .takeOver {
        (connection, stream) = ($0, $0.stream)
        $0.whenServerStops { [connection = $0] in connection.close() }
        XCTAssertEqual(try $0.reader.readLine(), "hello")
      }
    }
    let (address, thread) = try start(server)
    let client = try connectTLS(address)
    try client.sendAll(request + "hello\n")
    XCTAssertEqual(try client.receive(upTo: 1), [])
    client.close()
    server.stop()
    try thread.wait()
    XCTAssertNil(connection)
    XCTAssertNil(stream)
  }

  func testAClientThatGoesIsNoticed() throws {
    let outcomes = Queue<String>()
    let server = makeServer { request in
      try request.waitUntilClientCloses()
      try outcomes.putNoWait("closed")
      return .text("x")
    }
    let (address, thread) = try start(server)
    let client = try connectTLS(address)
    try client.sendAll(request)
    try GreenThread.sleep(for: .milliseconds(1))
    XCTAssertEqual(outcomes.count, 0)
    client.close()
    XCTAssertEqual(try outcomes.get(), "closed")
    server.stop()
    try thread.wait()
  }

  func testLargeBodiesBothWays() throws {
    let body = ResponseBodyTests.pattern(1 << 20)
    let server = makeServer { request in
      let bytes = try request.body.readAll()
      return request.path == "/bytes"
        ? .bytes(bytes) : .stream(length: bytes.count) { try $0.write(bytes) }
    }
    let (address, thread) = try start(server)
    let client = try connectTLS(address)
    for path in ["/bytes", "/stream"] {
      let sender = spawn {
        try client.sendAll(
          "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.sendAll(body)
      }
      XCTAssertTrue(try readResponse(client).body == body)
      try sender.wait()
    }
    client.close()
    server.stop()
    try thread.wait()
  }

  // Eventlet: W47
  func testTheEndOfTLSIsTheEndOfABody() throws {
    for field in ["Content-Length: 10", "Transfer-Encoding: chunked"] {
      var errors: [any Error] = []
      let server = makeServer { request in
        do { _ = try request.body.readAll() } catch {
          errors.append(error)
          throw error
        }
        return .text("not reached")
      }
      let (address, thread) = try start(server)
      let client = try connectTLS(address)
      try client.sendAll("POST / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n4\r\nabcd")
      try GreenThread.sleep(for: .milliseconds(1))
      client.close()
      server.stop()
      try thread.wait()
      let missing = field.hasPrefix("C") ? 3 : 1
      XCTAssertEqual(
        errors as? [RequestError], [RequestError(.bodyEndedEarly(missing: missing))], "\(errors)")
    }
  }

  // Eventlet: W86
  func testWhoDoesNotSpeakTLSEndsOnlyHimself() throws {
    let server = makeServer { .text($0.path) }
    let (address, thread) = try start(server)
    for text in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}nonsense", ""] {
      let plain = try GreenSocket.connect(to: address)
      try plain.sendAll(text)
      try plain.shutdown(.writing)
      do { while try !plain.receive(upTo: 1000).isEmpty {} } catch SystemError.connectionReset {}
      plain.close()
    }
    let client = try connectTLS(address)
    try client.sendAll(request)
    XCTAssertEqual(try readResponse(client).body, Array("/path".utf8))
    XCTAssertEqual(server.statistics.connectionCount, 1)
    client.close()
    server.stop()
    try thread.wait()
  }

  func testAHandshakeHasItsTime() throws {
    let server = makeServer {
      $0.timeouts.handshake = .seconds(5)
    } handler: {
      .text($0.path)
    }
    let (address, thread) = try start(server)
    let silent = try connect(to: address)
    try silent.expectIdle()
    let begin = clock.elapsed
    _ = try silent.readToEnd()
    XCTAssertLessThan(clock.elapsed - begin, .milliseconds(5001))
    XCTAssertGreaterThan(clock.elapsed - begin, .milliseconds(4999))
    server.stop()
    try thread.wait()
  }

  // Eventlet: W82
  func testAStreamThatFailsEndsWithoutTheEndOfTLS() throws {
    let server = makeServer { _ in
      .stream { writer in
        try writer.write("abc")
        try writer.flush()
        throw Odd()
      }
    }
    let (address, thread) = try start(server)
    let client = try connectTLS(address)
    try client.sendAll("GET / HTTP/1.0\r\n\r\n")
    while let line = try client.reader.readLine(), !line.isEmpty {}
    XCTAssertEqual(try client.reader.read(exactly: 3), Array("abc".utf8))
    XCTAssertThrowsError(try client.receive(upTo: 1))
    expectReports("Odd()")
    client.close()
    server.stop()
    try thread.wait()
  }

  // Eventlet: W109
  func testTimesHold() throws {
    let server = makeServer {
      $0.timeouts.idle = .seconds(5)
      $0.timeouts.head = .seconds(5)
    } handler: {
      .text($0.path)
    }
    let (address, thread) = try start(server)
    let idle = try connectTLS(address)
    let slow = try connectTLS(address)
    try slow.sendAll("GET")
    let begin = clock.elapsed
    XCTAssertEqual(try idle.receive(upTo: 1), [])
    XCTAssertEqual(try readResponse(slow).head.first, "HTTP/1.1 408 Request Timeout")
    XCTAssertLessThan(clock.elapsed - begin, .seconds(6))
    XCTAssertEqual(try slow.receive(upTo: 1), [])
    idle.close()
    slow.close()
    server.stop()
    try thread.wait()
  }

  // Eventlet: W119, W120
  func testStoppingClosesTheIdleAndFinishesTheActive() throws {
    let server = makeServer { request in
      try GreenThread.sleep(for: .seconds(2))
      return .text(request.path)
    }
    let (address, thread) = try start(server)
    let idle = try connectTLS(address)
    let active = try connectTLS(address)
    try active.sendAll(request)
    try GreenThread.sleep(for: .seconds(1))
    server.stop()
    XCTAssertEqual(try idle.receive(upTo: 1), [])
    let response = try readResponse(active)
    XCTAssertTrue(response.head.contains("Connection: close"), "\(response.head)")
    XCTAssertEqual(try active.receive(upTo: 1), [])
    idle.close()
    active.close()
    try thread.wait()
  }

  func testThoseWhoShakeHandsAreCutWithTheOthers() throws {
    let server = makeServer {
      $0.timeouts.handshake = nil
    } handler: {
      .text($0.path)
    }
    let (address, thread) = try start(server)
    let silent = try connect(to: address)
    try silent.settle()
    server.stop(within: .seconds(5))
    try thread.wait()
    XCTAssertLessThan(clock.elapsed, .seconds(6))
    _ = try silent.readToEnd()
    XCTAssertLessThan(clock.elapsed, .seconds(6))
  }

  func testATakenConnectionReadsTheEndWhenTheServerStops() throws {
    let server = makeServer { _ in
      .takeOver { connection in
        XCTAssertEqual(try connection.reader.readLine(), "hello")
        XCTAssertNil(try connection.reader.readLine())
        try connection.sendAll("good-bye")
      }
    }
    let (address, thread) = try start(server)
    let client = try connectTLS(address)
    try client.sendAll(request + "hello\n")
    try GreenThread.sleep(for: .seconds(1))
    server.stop()
    XCTAssertEqual(try client.reader.read(exactly: 8), Array("good-bye".utf8))
    XCTAssertEqual(try client.receive(upTo: 1), [])
    client.close()
    try thread.wait()
  }

  func testAConnectionMayBeTaken() throws {
    let server = makeServer { _ in
      .upgrade(to: "echo") { connection in
        while let line = try connection.reader.readLine() { try connection.sendAll(line + "!\n") }
      }
    }
    let (address, thread) = try start(server)
    let client = try connectTLS(address)
    try client.sendAll(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly\n")
    while let line = try client.reader.readLine(), !line.isEmpty {}
    XCTAssertEqual(try client.reader.readLine(), "early!")
    try client.sendAll("late\n")
    XCTAssertEqual(try client.reader.readLine(), "late!")
    client.close()
    server.stop()
    try thread.wait()
  }
}
