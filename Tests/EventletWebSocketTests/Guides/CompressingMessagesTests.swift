import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import EventletWebSocket
import XCTest

/// The programs of the guide "Compressing messages".
final class CompressingMessagesTests: WebSocketTestCase {
  private func expectCompression(_ server: HTTPServer, _ deflate: WebSocketDeflate = .init()) throws
  {
    let client = try connect(to: server, "ws://test/feed") { $0.compression = deflate }
    XCTAssertTrue(client.isCompressing)
    let text = String(repeating: "hello ", count: 100)
    try client.send(text)
    XCTAssertEqual(try client.receive(), WebSocketMessage.text(text))
    try client.close()
    let other = try connect(to: server, "ws://test/feed")
    XCTAssertFalse(other.isCompressing)
    try other.close()
  }

  func testTheServer() throws {
    let router = Router()
    var configuration = WebSocket.Configuration()
    configuration.compression = WebSocketDeflate()
    router.webSocket("/feed", configuration: configuration) { socket, request in
      while let message = try socket.receive() { try socket.send(message) }
    }
    try expectCompression(HTTPServer(router.handle))
  }

  func testOptions() throws {
    var deflate = WebSocketDeflate()
    deflate.level = 1
    deflate.minimumSize = 256
    deflate.keepsOutgoingContext = false
    deflate.keepsIncomingContext = false
    try expectCompression(webSocketServer(configure: { $0.compression = deflate }))
    try expectCompression(webSocketServer(configure: { $0.compression = .init() }), deflate)
  }

  func testTheClient() throws {
    let url = "ws://test/feed"
    let (near, far) = try GreenSocket.pair()
    let server = webSocketServer(configure: { $0.compression = .init() })
    let serving = spawn { try server.serve(connection: far) }
    var printed: [String] = []
    func print(_ line: String) { printed.append(line) }

    var configuration = WebSocket.Configuration()
    configuration.compression = WebSocketDeflate()
    let socket = try WebSocket.connect(url, over: near, configuration: configuration)
    print("compressing: \(socket.isCompressing)")

    XCTAssertEqual(printed, ["compressing: true"])
    try socket.close()
    try serving.wait()
  }
}
