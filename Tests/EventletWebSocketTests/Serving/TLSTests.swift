import EventletCore
import EventletHTTP
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

@testable import EventletWebSocket

// Eventlet: WS13
final class TLSTests: WebSocketTestCase {
  private var listening: [(server: HTTPServer, thread: GreenThread<Void>)] = []

  override func tearDownWithError() throws {
    for (server, _) in listening { server.stop() }
    try super.tearDownWithError()
    for (_, thread) in listening { try thread.wait() }
    listening = []
  }

  /// - Returns: the URL.
  private func listen(_ server: HTTPServer) throws -> String {
    let identity = TLSIdentity(
      certificateChain: .text(TestCertificate.certificate), privateKey: .text(TestCertificate.key))
    let context = try TLSServerContext(TLSServerConfiguration(identity: identity))
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    let address = try listener.localAddress
    listening.append((server, spawn { try server.serve(listener, over: context) }))
    try GreenThread.yield()
    Hub.current.resolver = FixedResolver(["localhost": ["127.0.0.1"]])
    return "wss://localhost:\(address.port)/chat"
  }

  private func trusting() throws -> TLSClientContext {
    var configuration = TLSClientConfiguration()
    configuration.trustRoots = .only([.text(TestCertificate.certificate)])
    return try TLSClientContext(configuration)
  }

  private func connect(_ url: String) throws -> WebSocket {
    let socket = try WebSocket.connect(url, tls: try trusting())
    atEnd { socket.abort() }
    return socket
  }

  func testMessagesOfAllSizesGoBothWays() throws {
    let socket = try connect(try listen(webSocketServer()))
    for size in [0, 1, 125, 126, 16_384, 65_536, 1_000_000] {
      let message = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
      let sender = spawn { try socket.send(message) }
      XCTAssertEqual(try socket.receive(), WebSocketMessage.binary(message), "\(size)")
      try sender.wait()
    }
    try socket.ping()
    try socket.close()
    XCTAssertEqual(socket.end?.code, .normalClosure)
  }

  func testTheRequestIsOfTheHost() throws {
    var seen: [String?] = []
    let server = HTTPServer { request in
      seen = [request.authority, request.scheme, request.path]
      return try .webSocket(request) { _ in }
    }
    let url = try listen(server)
    let socket = try connect(url)
    XCTAssertNil(try socket.receive())
    XCTAssertEqual(seen, [String(url.dropFirst(6).dropLast(5)), "https", "/chat"])
    try socket.close()
  }

  func testAServerThatStopsSaysSo() throws {
    let server = webSocketServer()
    let socket = try connect(try listen(server))
    try socket.send("text")
    XCTAssertEqual(try socket.receive(), WebSocketMessage.text("text"))
    server.stop()
    XCTAssertNil(try socket.receive())
    XCTAssertEqual(socket.end?.code, .goingAway)
    try socket.close()
  }

  func testACertificateOfNobodyIsRefused() throws {
    let url = try listen(webSocketServer())
    XCTAssertThrowsError(try WebSocket.connect(url)) { XCTAssertTrue($0 is TLSError, "\($0)") }
  }

  func testAKilledReceiverLosesNothing() throws {
    let socket = try connect(try listen(webSocketServer()))
    let victim = spawn { try socket.receive() }
    try settle()
    try victim.kill()
    try socket.send("text")
    XCTAssertEqual(try socket.receive(), WebSocketMessage.text("text"))
    try socket.close()
  }
}
