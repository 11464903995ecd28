import EventletCore
import EventletHTTP
import EventletNet
import EventletTLS
import EventletTesting
import EventletWebSocket
import HTTPTypes
import XCTest

/// The programs of the guide "Serving WebSockets".
final class ServingWebSocketsTests: WebSocketTestCase {
  func testARoute() throws {
    let router = Router()
    router.webSocket("/echo") { socket, request in
      while let message = try socket.receive() { try socket.send(message) }
    }
    let server = HTTPServer(router.handle)
    let client = try connect(to: server, "ws://test/echo")
    try client.send("hello")
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("hello"))
    try client.close()
  }

  func testAHandler() throws {
    let names = ["abc": "Ada"]
    let router = Router()
    router.get("/feed") { request in
      guard let name = names[request.cookies["session"] ?? ""] else {
        throw HTTPError(.unauthorized)
      }
      return try .webSocket(request) { socket in try socket.send("hello \(name)") }
    }
    let server = HTTPServer(router.handle)
    XCTAssertThrowsError(try connect(to: server, "ws://test/feed")) { error in
      guard case .refused(let response)? = error as? WebSocketConnectError else {
        return XCTFail("\(error)")
      }
      XCTAssertEqual(response.status, .unauthorized)
    }
    let client = try connect(
      to: server, "ws://test/feed", headerFields: [.cookie: "session=abc"])
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("hello Ada"))
    XCTAssertNil(try client.receive())
    XCTAssertEqual(client.end?.code, .normalClosure)
  }

  func testMessages() throws {
    let client = try connect(
      to: webSocketServer { socket in
        while let message = try socket.receive() {
          switch message {
          case .text(let text): try socket.send(text.uppercased())
          case .binary(let bytes): try socket.send(bytes.reversed())
          }
        }
      })
    try client.send("hello")
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("HELLO"))
    try client.send([1, 2, 3])
    XCTAssertEqual(try client.receive(), WebSocketMessage.binary([3, 2, 1]))
    try client.close()
  }

  func testPieces() throws {
    let rows = ["one", "two"]
    let client = try connect(
      to: webSocketServer { socket in
        try socket.sendPieces(.text) { writer in
          for row in rows { try writer.write("\(row)\n") }
        }
      })
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("one\ntwo\n"))
    XCTAssertNil(try client.receive())
  }

  func testOrigins() throws {
    let router = Router()
    let pages = WebSocketOrigins.only(["https://example.org", "http://localhost:8080"])
    router.webSocket("/chat", origins: pages) { socket, request in
      try socket.send("hello \(request[.origin] ?? "you")")
    }
    let server = HTTPServer(router.handle)
    let client = try connect(
      to: server, "ws://test/chat", headerFields: [.origin: "https://example.org"])
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("hello https://example.org"))
    XCTAssertNil(try client.receive())
    XCTAssertThrowsError(
      try connect(to: server, "ws://test/chat", headerFields: [.origin: "https://example.com"])
    ) { error in
      guard case .refused(let response)? = error as? WebSocketConnectError else {
        return XCTFail("\(error)")
      }
      XCTAssertEqual(response.status, .forbidden)
    }
  }

  // Eventlet: WS5
  func testSubprotocols() throws {
    let router = Router()
    var configuration = WebSocket.Configuration()
    configuration.subprotocols = ["chat.v2", "chat.v1"]
    router.webSocket("/chat", configuration: configuration) { socket, request in
      guard let version = socket.subprotocol else {
        return try socket.close(.policyViolation, reason: "speak chat.v2 or chat.v1")
      }
      try socket.send("this is \(version)")
    }
    let server = HTTPServer(router.handle)
    let client = try connect(to: server, "ws://test/chat") {
      $0.subprotocols = ["chat.v3", "chat.v1", "chat.v2"]
    }
    XCTAssertEqual(client.subprotocol, "chat.v1")
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("this is chat.v1"))
    XCTAssertNil(try client.receive())
    let other = try connect(to: server, "ws://test/chat")
    XCTAssertNil(other.subprotocol)
    XCTAssertNil(try other.receive())
    XCTAssertEqual(other.end?.code, .policyViolation)
  }

  func testTheConfiguration() throws {
    let router = Router()
    var configuration = WebSocket.Configuration()
    configuration.maxMessageSize = 64 << 10
    configuration.closeTimeout = .seconds(3)
    configuration.heartbeat = WebSocket.Heartbeat(interval: .seconds(30), timeout: .seconds(10))
    router.webSocket("/chat", configuration: configuration) { socket, request in
      while let message = try socket.receive() { try socket.send(message) }
    }
    let client = try connect(to: HTTPServer(router.handle), "ws://test/chat")
    try client.send([UInt8](repeating: 0, count: 64 << 10))
    XCTAssertEqual(try client.receive()?.byteCount, 64 << 10)
    try client.send([UInt8](repeating: 0, count: 64 << 10 + 1))
    XCTAssertNil(try client.receive())
    XCTAssertEqual(client.end?.code, .messageTooBig)
  }

  func testTheEnd() throws {
    var printed: [String] = []
    func print(_ line: String) { printed.append(line) }
    let client = try connect(
      to: webSocketServer { socket in
        while let message = try socket.receive() { try socket.send(message) }
        if let end = socket.end, end.cause != .peer { print("\(end)") }
      })
    client.abort()
    try settle()
    XCTAssertEqual(printed, ["lost: 1006 the peer has closed it"])
  }

  func testClosing() throws {
    let client = try connect(
      to: webSocketServer { socket in
        guard case .text(let text)? = try socket.receive() else {
          return try socket.close(.unsupportedData, reason: "text, please")
        }
        try socket.send("hello \(text)")
      })
    try client.send([1])
    XCTAssertNil(try client.receive())
    XCTAssertEqual(
      client.end.map { "\($0)" }, "closed by the peer: 1003 text, please")
  }

  func testWhoOnlySends() throws {
    let router = Router()
    router.webSocket("/numbers") { socket, request in
      for number in 0..<10_000 {
        try socket.send("\(number)")
        try GreenThread.sleep(for: .milliseconds(100))
      }
    }
    let client = try connect(to: HTTPServer(router.handle), "ws://test/numbers")
    for number in 0..<300 {
      XCTAssertEqual(try client.receive(), WebSocketMessage.text("\(number)"))
    }
    let begin = clock.now
    try client.close(.goingAway)
    XCTAssertLessThanOrEqual(clock.now - begin, 1_100_000_000)
    XCTAssertEqual(client.end?.code, .goingAway)
  }

  private func clockServer() -> HTTPServer {
    let router = Router()
    router.webSocket("/clock") { socket, request in
      try withDiscardingGreenGroup { group in
        group.spawn {
          while true {
            try socket.send("tick")
            try GreenThread.sleep(for: .seconds(1))
          }
        }
        while let message = try socket.receive() { try socket.send(message) }
        group.cancelAll()
      }
    }
    return HTTPServer(router.handle)
  }

  func testSeveralGreenThreads() throws {
    let client = try connect(to: clockServer(), "ws://test/clock")
    for _ in 0..<3 { XCTAssertEqual(try client.receive(), WebSocketMessage.text("tick")) }
    try client.send("hello")
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("hello"))
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("tick"))
    try client.close()
    XCTAssertEqual(client.end?.code, .normalClosure)
  }

  func testSeveralGreenThreadsWhoseClientGoes() throws {
    let client = try connect(to: clockServer(), "ws://test/clock")
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("tick"))
    client.abort()
    try GreenThread.sleep(for: .seconds(2))
  }

  func testStopping() throws {
    let server = webSocketServer()
    let client = try connect(to: server)
    try client.send("hello")
    XCTAssertEqual(try client.receive(), WebSocketMessage.text("hello"))
    server.stop(within: .seconds(30))
    XCTAssertNil(try client.receive())
    XCTAssertEqual(client.end?.code, .goingAway)
  }

  func testWithoutANetwork() throws {
    let router = Router()
    router.webSocket("/echo") { socket, request in
      while let message = try socket.receive() { try socket.send(message) }
    }
    let server = HTTPServer(router.handle)
    let (near, far) = try GreenSocket.pair()
    let serving = spawn { try server.serve(connection: far) }
    let client = try WebSocket.connect("ws://test/echo", over: near)
    try client.send("hello")
    XCTAssertEqual(try client.receive()?.text, "hello")
    try client.close()
    try serving.wait()
  }
}
