import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import EventletWebSocket
import HTTPTypes
import XCTest

/// The programs of the guide "Connecting to WebSockets".
final class ConnectingToWebSocketsTests: WebSocketTestCase {
  /// Serves by TCP until the end of the test.
  /// - Returns: the URL.
  private func listen(_ server: HTTPServer) throws -> String {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    let port = try listener.localAddress.port
    let serving = spawn { try server.serve(listener) }
    try GreenThread.yield()
    atEnd {
      server.stop()
      do { try serving.wait() } catch { XCTFail("serving: \(error)") }
    }
    return "ws://127.0.0.1:\(port)/echo"
  }

  func testAConversation() throws {
    var printed: [String] = []
    func print(_ line: String) { printed.append(line) }
    let url = try listen(webSocketServer())

    let socket = try WebSocket.connect(url, timeout: .seconds(10))
    try socket.send("hello")
    if case .text(let text)? = try socket.receive(timeout: .seconds(5)) { print(text) }
    try socket.close()

    XCTAssertEqual(printed, ["hello"])
    XCTAssertEqual(socket.end?.code, .normalClosure)
  }

  func testFieldsAndConfiguration() throws {
    let token = "abc"
    let router = Router()
    router.get("/echo") { request in
      guard request[.authorization] == "Bearer abc" else { throw HTTPError(.unauthorized) }
      var configuration = WebSocket.Configuration()
      configuration.subprotocols = ["chat.v1"]
      return try .webSocket(request, configuration: configuration) { try echo($0) }
    }
    let url = try listen(HTTPServer(router.handle))

    var configuration = WebSocket.Configuration()
    configuration.subprotocols = ["chat.v2", "chat.v1"]
    configuration.maxMessageSize = 1 << 20
    let fields: HTTPFields = [.authorization: "Bearer \(token)", .userAgent: "feed-reader"]
    let socket = try WebSocket.connect(url, headerFields: fields, configuration: configuration)

    XCTAssertEqual(socket.subprotocol, "chat.v1")
    try socket.close()
  }

  func testARefusal() throws {
    var printed: [String] = []
    func print(_ line: String) { printed.append(line) }
    let url = try listen(
      HTTPServer { request in
        request.path == "/echo"
          ? .redirect(to: "/elsewhere") : try .webSocket(request) { try echo($0) }
      })

    do {
      let socket = try WebSocket.connect(url)
      try talk(over: socket)
    } catch WebSocketConnectError.refused(let response) {
      print("\(response.status), \(response.headerFields[.location] ?? "for good")")
    }

    XCTAssertEqual(printed, ["303 See Other, /elsewhere"])
  }

  func testReconnecting() throws {
    var acceptedCount = 0
    let server = webSocketServer { socket in
      acceptedCount += 1
      try socket.send("message \(acceptedCount)")
      if acceptedCount % 2 == 0 { socket.abort() }
    }
    let url = try listen(server)
    var texts: [String] = []
    let following = spawn {
      try follow(url) { message in texts.append(message.text ?? "") }
    }
    try GreenThread.sleep(for: .seconds(60))
    XCTAssertGreaterThan(texts.count, 30)
    XCTAssertEqual(texts.count, acceptedCount)
    try following.kill()
    XCTAssertThrowsError(try following.wait()) { XCTAssertTrue($0 is GreenThreadExit) }
  }

  func testReconnectingToNobody() throws {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    let port = try listener.localAddress.port
    var count = 0
    let accepting = spawn {
      while true {
        let (socket, _) = try listener.accept()
        count += 1
        socket.close()
      }
    }
    let following = spawn { try follow("ws://127.0.0.1:\(port)/") { _ in } }
    try GreenThread.sleep(for: .seconds(3600))
    // Half a minute to a minute in between, once it has grown.
    XCTAssertTrue((60...130).contains(count), "\(count)")
    try following.kill()
    try accepting.kill()
    listener.close()
  }

  func testPing() throws {
    var printed: [String] = []
    func print(_ line: String) { printed.append(line) }
    let socket = try WebSocket.connect(try listen(webSocketServer()))

    let roundTrip = try socket.ping(timeout: .seconds(5))
    print("the server is \(roundTrip) away")

    XCTAssertEqual(printed.count, 1)
    try socket.close()
  }

  func testOverAnotherStream() throws {
    let (near, far) = try GreenSocket.pair()
    let server = webSocketServer()
    let serving = spawn { try server.serve(connection: far) }
    func connectToTheDaemon() -> GreenSocket { near }

    let stream = connectToTheDaemon()
    let socket = try WebSocket.connect("ws://localhost/events", over: stream)

    try socket.close()
    try serving.wait()
  }
}

/// Says nothing, instead of what the programs print.
private func print(_ line: String) {}

private func talk(over socket: WebSocket) throws { try socket.close() }

/// Hands on all messages of a server, however often the connection is lost.
func follow(_ url: String, _ handle: (WebSocketMessage) throws -> Void) throws {
  var pause = Duration.seconds(1)
  while true {
    if let socket = try connectIfPossible(url) {
      while let message = try socket.receive() {
        pause = .seconds(1)
        try handle(message)
      }
      try socket.close()
    }
    // Not all clients at once when a server comes back.
    try GreenThread.sleep(for: pause * Double.random(in: 0.5...1))
    pause = min(pause * 2, .seconds(60))
  }
}

func connectIfPossible(_ url: String) throws -> WebSocket? {
  do {
    return try WebSocket.connect(url)
  } catch let error where !isEnd(error) {
    print("\(url): \(error)")
    return nil
  }
}

func isEnd(_ error: any Error) -> Bool {
  error is GreenThreadExit || error is Timeout
    || error is GreenGroupEnded || error is CancellationError
}
