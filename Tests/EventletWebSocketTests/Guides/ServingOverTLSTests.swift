import EventletCore
import EventletHTTP
import EventletNet
import EventletTLS
import EventletTesting
import EventletWebSocket
import XCTest

/// The programs of the guides that speak TLS.
final class ServingOverTLSTests: WebSocketTestCase {
  override var time: GreenTest.Time { .real }

  func testBothEnds() throws {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    let port = try listener.localAddress.port
    let server = webSocketServer()
    let serving = spawn {
      let identity = TLSIdentity(
        certificateChain: .text(TestCertificate.certificate), privateKey: .text(TestCertificate.key)
      )
      let context = try TLSServerContext(TLSServerConfiguration(identity: identity))
      try server.serve(listener, over: context)
    }
    let authority = TestCertificate.certificate
    let url = "wss://localhost:\(port)/"

    var configuration = TLSClientConfiguration()
    configuration.trustRoots = .only([.text(authority)])
    let context = try TLSClientContext(configuration)
    let socket = try WebSocket.connect(url, tls: context, timeout: .seconds(10))

    try socket.send("hello")
    XCTAssertEqual(try socket.receive(), WebSocketMessage.text("hello"))
    try socket.close()
    XCTAssertEqual(socket.end?.code, .normalClosure)
    XCTAssertThrowsError(try WebSocket.connect(url)) { XCTAssertTrue($0 is TLSError, "\($0)") }
    server.stop()
    try serving.wait()
  }
}
