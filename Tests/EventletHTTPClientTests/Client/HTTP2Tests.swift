import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTLS
import EventletTesting
import HTTPTypes
import XCTest

final class HTTP2Tests: ClientTestCase {
  /// Answers all streams when there are as many.
  private func answering(inGroupsOf count: Int) -> (any ByteStream) throws -> Void {
    { stream in
      let server = FrameServer(stream)
      try server.begin()
      var waiting: [UInt32] = []
      while let frame = try server.next() {
        if frame.endsStream { waiting.append(frame.stream) }
        guard waiting.count == count else { continue }
        for stream in waiting.reversed() { try server.answer(stream, "stream \(stream)") }
        waiting = []
      }
    }
  }

  /// HTTP/2 by agreement of TLS.
  private func serveSecure(
    _ serve: @escaping (any ByteStream) throws -> Void
  ) throws -> (server: RawServer, url: String) {
    var configuration = TLSServerConfiguration(
      identity: TLSIdentity(
        certificateChain: .text(TestCertificate.certificate),
        privateKey: .text(TestCertificate.key)))
    configuration.applicationProtocols = ["h2", "http/1.1"]
    let context = try TLSServerContext(configuration)
    let server = try serveRaw { socket in
      let secure = try context.wrap(socket)
      XCTAssertEqual(secure.applicationProtocol, "h2")
      try serve(secure)
    }
    return (server, "https://localhost:\(server.port)/")
  }

  private func makeSecureClient() -> HTTPClient {
    makeClient {
      $0.tls.trustRoots = .only([.text(TestCertificate.certificate)])
      $0.resolver = FixedResolver(["localhost": ["127.0.0.1"]])
    }
  }

  func testWithoutAsking() throws {
    let server = try serveRaw(answering(inGroupsOf: 1))
    let client = makeClient { $0.versions = .http2PriorKnowledge }
    let response = try client.get(server.url)
    XCTAssertEqual(response.version, HTTPVersion(major: 2, minor: 0))
    XCTAssertEqual(response.status, .ok)
    XCTAssertTrue(try response.text().hasPrefix("stream"))
    XCTAssertTrue(
      try client.post(server.url, body: .text("a")).text().hasPrefix("stream"))
    let body = HTTPClientBody.stream { try $0.write(String(repeating: "a", count: 30_000)) }
    XCTAssertTrue(try client.put(server.url, body: body).text().hasPrefix("stream"))
  }

  func testByAgreement() throws {
    let (server, url) = try serveSecure(answering(inGroupsOf: 1))
    let client = makeSecureClient()
    let response = try client.get(url)
    XCTAssertEqual(response.version, HTTPVersion(major: 2, minor: 0))
    XCTAssertEqual(try response.text(), "stream 1")
    XCTAssertEqual(try client.post(url, body: .text("a")).text(), "stream 3")
    let body = HTTPClientBody.stream { try $0.write(String(repeating: "a", count: 30_000)) }
    XCTAssertEqual(try client.put(url, body: body).text(), "stream 5")
    XCTAssertEqual(server.connectionCount, 1)
  }

  func testManyRequestsOverOneConnection() throws {
    let (server, url) = try serveSecure(answering(inGroupsOf: 20))
    let client = makeSecureClient()
    let threads = (0..<20).map { _ in
      spawn { try client.get(url).text() }
    }
    let texts = try threads.map { try $0.wait() }
    XCTAssertEqual(Set(texts).count, 20)
    XCTAssertEqual(server.connectionCount, 1)
    XCTAssertEqual(client.statistics.connections, 1)
  }

  func testOneThatIsGivenUpLeavesTheOthersAlone() throws {
    let (server, url) = try serveSecure(answering(inGroupsOf: 3))
    let client = makeSecureClient()
    let victim = spawn { try client.get(url).text() }
    try settle()
    let other = spawn { try client.get(url).text() }
    try settle()
    try victim.kill()
    let last = spawn { try client.get(url).text() }
    XCTAssertEqual(try other.wait(), "stream 3")
    XCTAssertEqual(try last.wait(), "stream 5")
    XCTAssertEqual(server.connectionCount, 1)
  }

  func testAStreamThatTheServerResets() throws {
    let (server, url) = try serveSecure { socket in
      let server = FrameServer(socket)
      try server.begin()
      guard let first = try server.nextRequest() else { return }
      try server.send(type: 3, stream: first.stream, [0, 0, 0, 2])
      guard let second = try server.nextRequest() else { return }
      try server.send(type: 1, flags: 4, stream: second.stream, [0x88])
      try server.send(type: 0, stream: second.stream, Array("half".utf8))
      try server.send(type: 3, stream: second.stream, [0, 0, 0, 2])
      guard let third = try server.nextRequest() else { return }
      try server.answer(third.stream, "whole")
      _ = try server.next()
    }
    let client = makeSecureClient()
    XCTAssertEqual(try clientError { try client.get(url) }.reason, .http2)
    let response = try client.get(url)
    XCTAssertEqual(try clientError { try response.bytes() }.reason, .bodyTruncated)
    XCTAssertEqual(try client.get(url).text(), "whole")
    XCTAssertEqual(server.connectionCount, 1)
  }

  func testAnAnswerThatNobodyReadsDoesNotHoldUpOthers() throws {
    let (server, url) = try serveSecure { socket in
      let server = FrameServer(socket)
      try server.begin()
      guard let first = try server.nextRequest() else { return }
      try server.send(type: 1, flags: 4, stream: first.stream, [0x88])
      // Less than the window that libcurl opens, and more than it holds.
      for number in 1...256 {
        try server.send(
          type: 0, flags: number == 256 ? 1 : 0, stream: first.stream,
          [UInt8](repeating: 7, count: 8192))
      }
      guard let second = try server.nextRequest() else { return }
      try server.answer(second.stream, "small")
      _ = try server.next()
    }
    let client = makeSecureClient()
    let large = try client.get(url)
    try settle()
    XCTAssertEqual(try client.get(url, timeout: .seconds(10)).text(), "small")
    var count = 0
    // In large pieces: libcurl had to take them off the connection for the sake of the other.
    try large.forEach { count += $0.count }
    XCTAssertEqual(count, 256 * 8192)
    XCTAssertEqual(server.connectionCount, 1)
  }

  func testWhatIsNoHTTP2() throws {
    let server = try serveRaw {
      try $0.sendAll("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
      try $0.waitForEnd()
    }
    let client = makeClient {
      $0.versions = .http2PriorKnowledge
      $0.timeouts.head = .seconds(5)
    }
    XCTAssertThrowsError(try client.get(server.url)) { error in
      XCTAssertTrue(error is HTTPClientError, "\(error)")
    }
    XCTAssertEqual(client.statistics.transfers, 0)
  }
}
