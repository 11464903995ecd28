import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import EventletWebSocket
import Synchronization
import XCTest

/// The programs of the guide "Broadcasting".
final class BroadcastingTests: WebSocketTestCase {
  func testARoom() throws {
    let router = Router()
    let room = WebSocketGroup()
    router.webSocket("/chat") { socket, request in
      try room.withMember(socket) {
        while let message = try socket.receive() { room.broadcast(message, except: socket) }
      }
    }
    let server = HTTPServer(router.handle)
    let clients = try (0..<3).map { _ in try connect(to: server, "ws://test/chat") }
    try settle()
    XCTAssertEqual(room.count, 3)
    try clients[0].send("hello")
    XCTAssertEqual(try clients[1].receive(), WebSocketMessage.text("hello"))
    XCTAssertEqual(try clients[2].receive(), WebSocketMessage.text("hello"))
    try clients[1].send("good day")
    XCTAssertEqual(try clients[0].receive(), WebSocketMessage.text("good day"))
    for client in clients { try client.close() }
    try settle()
    XCTAssertEqual(room.count, 0)
  }

  func testSlowReceivers() throws {
    let router = Router()
    let prices = WebSocketGroup(slowReceivers: .skip)
    var configuration = WebSocket.Configuration()
    configuration.maxUnsentBytes = 64 << 10
    router.webSocket("/prices", configuration: configuration) { socket, request in
      try prices.withMember(socket) { while try socket.receive() != nil {} }
    }
    let client = try connect(to: HTTPServer(router.handle), "ws://test/prices")
    try settle()
    for _ in 0..<100 { prices.broadcast(String(repeating: "0", count: 32 << 10)) }
    XCTAssertGreaterThan(prices.skippedCount, 0)
    XCTAssertEqual(prices.count, 1)
    client.abort()
  }

  func testAPreparedMessage() throws {
    let customers = try (0..<3).map { _ in try pair() }
    let sockets = customers.map(\.server)

    let news = PreparedMessage("The shop has opened.")
    for socket in sockets { try socket.send(news) }

    for (client, _) in customers {
      XCTAssertEqual(try client.receive(), WebSocketMessage.text("The shop has opened."))
    }
  }

  func testHistory() throws {
    let router = Router()
    let room = WebSocketGroup()
    var history: [WebSocketMessage] = []
    router.webSocket("/chat") { socket, request in
      for message in history { try socket.sendNoWait(PreparedMessage(message)) }
      try room.withMember(socket) {
        while let message = try socket.receive() {
          history = (history + [message]).suffix(50)
          room.broadcast(message)
        }
      }
    }
    let server = HTTPServer(router.handle)
    let first = try connect(to: server, "ws://test/chat")
    try first.send("a")
    try first.send("b")
    for text in ["a", "b"] { XCTAssertEqual(try first.receive(), WebSocketMessage.text(text)) }
    let second = try connect(to: server, "ws://test/chat")
    for text in ["a", "b"] { XCTAssertEqual(try second.receive(), WebSocketMessage.text(text)) }
    for client in [first, second] { try client.close() }
  }

  func testTheEndOfARoom() throws {
    let room = WebSocketGroup()
    let (client, server) = try pair()
    room.add(server)
    try room.closeAll(.goingAway, reason: "good night")
    XCTAssertNil(try client.receive())
    XCTAssertEqual(client.end?.reason, "good night")
  }
}

/// The programs of the guide "Broadcasting" that need time and several hubs.
final class BroadcastingOnHubsTests: WebSocketTestCase {
  override var time: GreenTest.Time { .real }

  func testSeveralHubs() throws {
    let address = SocketAddress.ipv4("127.0.0.1", port: 0)
    let relay = Relay()
    let server = try HTTPServer.start(
      on: address, hubs: 2,
      makeHandler: {
        let room = WebSocketGroup()
        let inbox = relay.join()
        GreenThread.spawnDiscarding {
          while let message = try inbox.receive() { room.broadcast(message) }
        }
        let router = Router()
        router.webSocket("/chat") { socket, request in
          try room.withMember(socket) {
            while let message = try socket.receive() { try relay.tell(message) }
          }
        }
        return router.handle
      })

    let port = server.address.port
    let clients = try (0..<8).map { _ in try WebSocket.connect("ws://127.0.0.1:\(port)/chat") }
    // A pong comes when the handler receives, and so is a member.
    for client in clients { try client.ping() }
    for (number, client) in clients.enumerated() {
      try client.send("\(number)")
      for client in clients {
        XCTAssertEqual(try client.receive(), WebSocketMessage.text("\(number)"))
      }
    }
    for client in clients { try client.close() }
    server.stop()
    try server.wait()
  }
}

/// Carries messages to the rooms of all hubs.
final class Relay: Sendable {
  private let inboxes = Mutex<[Channel<WebSocketMessage>]>([])

  /// What is told from now on; for one hub.
  func join() -> Channel<WebSocketMessage> {
    let inbox = Channel<WebSocketMessage>(capacity: 1000)
    inboxes.withLock { $0.append(inbox) }
    return inbox
  }

  /// Waits while a hub has a thousand messages before it.
  func tell(_ message: WebSocketMessage) throws {
    for inbox in inboxes.withLock({ $0 }) { try inbox.send(message) }
  }
}
