import EventletCore
import EventletHTTP
import EventletNet
import EventletTLS
import EventletTesting
import HTTPTypes
import Logging
import Synchronization
import XCTest

/// The programs of the guide "Running a server".
final class RunningAServerTests: StaticFilesTestCase {
  override var time: GreenTest.Time { .real }

  func testTLS() throws {
    let tree = try makeTree([
      ("cert.pem", TestCertificate.certificate), ("key.pem", TestCertificate.key),
    ])
    let (certificateFile, keyFile) = (tree.path + "/cert.pem", tree.path + "/key.pem")
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    let server = HTTPServer { request in .text(request.scheme) }
    let serving = spawn {
      let identity = TLSIdentity(certificateFile: certificateFile, keyFile: keyFile)
      let context = try TLSServerContext(TLSServerConfiguration(identity: identity))
      try server.serve(listener, over: context)
    }
    var configuration = TLSClientConfiguration()
    configuration.verification = .none
    let client = try TLSSocket.connect(to: address, context: TLSClientContext(configuration))
    try client.sendAll("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    let answer = String(decoding: try client.reader.readAll(), as: UTF8.self)
    XCTAssertTrue(answer.hasSuffix("\r\n\r\nhttps"), answer)
    client.close()
    server.stop()
    try serving.wait()
  }

  private func expect(_ text: String, from server: HTTPHubServer) throws {
    let client = try connect(to: server.address)
    try client.send(request: "GET /")
    try client.expectResponse(200, text)
    server.stop()
    try server.wait()
  }

  func testOneHandlerForAllHubs() throws {
    let address = loopback
    let server = try HTTPServer.start(on: address, hubs: 2) { request in
      .text("Hello, World!\n")
    }
    try expect("Hello, World!\n", from: server)
  }

  func testAHandlerForEachHub() throws {
    let address = loopback
    let server = try HTTPServer.start(
      on: address, hubs: 2,
      makeHandler: {
        let router = Router()
        router.get("/") { _ in .text("Hello, World!\n") }
        return router.handle
      })
    try expect("Hello, World!\n", from: server)
  }

  func testBehindAProxy() throws {
    var configuration = HTTPServer.Configuration()
    configuration.forwardedFor = ForwardedFor(.networks(["10.0.0.0/8"]))
    let server = HTTPServer(configuration: configuration) { request in
      .text("\(request.clientAddress?.host ?? "unknown")\n")
    }
    let (near, far) = try GreenSocket.pair()
    let serving = spawn {
      try server.serve(connection: far, remoteAddress: .ipv4("10.1.2.3", port: 4711))
    }
    let client = RawClient(near, servedBy: serving)
    try client.send(request: "GET /", "X-Forwarded-For: 192.0.2.43, 10.0.0.7")
    try client.expectResponse(200, "192.0.2.43\n")
    try client.finish()
  }

  private func get(_ server: HTTPServer) throws {
    let client = try connect(to: server)
    try client.send(request: "GET /")
    try client.expectResponse(200, "hello")
    try client.endSending()
    try client.expectClosed()
  }

  func testLogs() throws {
    let router = Router()
    router.get("/") { _ in .text("hello") }
    let log = Lines()
    var configuration = HTTPServer.Configuration()
    configuration.logger = Logger(label: "server")
    configuration.accessLog = .lines { line in log.append(line) }
    let server = HTTPServer(configuration: configuration, router.handle)
    try get(server)
    XCTAssertEqual(log.all.count, 1)
    XCTAssertTrue(log.all[0].contains("\"GET / HTTP/1.1\" 200 "), log.all[0])
  }

  func testMetrics() throws {
    let metrics = Metrics()
    var configuration = HTTPServer.Configuration()
    configuration.onRequestEnd = { record in
      metrics.count(status: record.status, duration: record.duration)
    }
    try get(HTTPServer(configuration: configuration) { _ in .text("hello") })
    XCTAssertEqual(metrics.counts, [200: 1])
  }
}

private final class Lines: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func append(_ line: String) { lines.withLock { $0.append(line) } }
}

private final class Metrics: Sendable {
  private let state = Mutex<[Int: Int]>([:])
  var counts: [Int: Int] { state.withLock { $0 } }
  func count(status: Int, duration: Duration) {
    XCTAssertLessThan(duration, .seconds(60))
    state.withLock { $0[status, default: 0] += 1 }
  }
}
