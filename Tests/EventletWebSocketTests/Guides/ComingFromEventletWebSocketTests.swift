import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import EventletWebSocket
import HTTPTypes
import XCTest

/// The programs of the guide "Coming from eventlet.websocket".
final class ComingFromEventletWebSocketTests: WebSocketTestCase {
  func testAHandler() throws {
    let router = Router()
    router.webSocket("/shout", origins: .any) { socket, request in
      while let message = try socket.receive() {
        if case .text(let text) = message { try socket.send(text.uppercased()) }
      }
    }
    let client = try connect(
      to: HTTPServer(router.handle), "ws://test/shout",
      headerFields: [.origin: "https://elsewhere.example"])
    try client.send("hello")
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("HELLO"))
    try client.close()
  }

  func testTheOriginChecker() throws {
    let ours: Set = ["https://example.org"]
    let router = Router()
    var configuration = WebSocket.Configuration()
    configuration.subprotocols = ["chat"]
    let origins = WebSocketOrigins.matching { origin, request in
      origin.map { ours.contains($0) } ?? false
    }
    router.webSocket("/chat", origins: origins, configuration: configuration) { socket, request in
      while let message = try socket.receive() { try socket.send(message) }
    }
    let server = HTTPServer(router.handle)
    let client = try connect(
      to: server, "ws://test/chat", headerFields: [.origin: "https://example.org"]
    ) { $0.subprotocols = ["chat"] }
    XCTAssertEqual(client.subprotocol, "chat")
    try client.close()
    XCTAssertThrowsError(try connect(to: server, "ws://test/chat")) { error in
      XCTAssertEqual("\(error)", "the server answers 403 Forbidden")
    }
  }
}
