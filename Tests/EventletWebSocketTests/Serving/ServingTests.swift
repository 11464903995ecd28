import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import Synchronization
import XCTest

@testable import EventletHTTP
@testable import EventletWebSocket

final class ServingTests: WebSocketTestCase {
  private struct Failure: Error {}

  private let request = [
    "GET /chat HTTP/1.1", "Host: test", "Upgrade: websocket", "Connection: Upgrade",
    "Sec-WebSocket-Key: d9MXuOzlVQ0h+qRllvSCIg==", "Sec-WebSocket-Version: 13", "", "",
  ].joined(separator: "\r\n")

  private func upgrade(_ server: HTTPServer, over kind: StreamKind = .socket) throws -> RawPeer {
    let client = try rawConnection(to: server, over: kind)
    try client.send(Array(request.utf8))
    XCTAssertEqual(try client.readHead().first, "HTTP/1.1 101 Switching Protocols")
    return client
  }

  // Eventlet: WS29
  func testTheEndOfTheHandlerClosesNormally() throws {
    for kind in StreamKind.allCases {
      let client = try upgrade(webSocketServer { _ in }, over: kind)
      XCTAssertEqual(try client.receive(), .close(1000))
      try client.send(.close(1000))
      XCTAssertNil(try client.receive())
    }
  }

  // Eventlet: WS34
  func testAnErrorOfTheHandlerClosesWith1011AndIsReported() throws {
    let client = try upgrade(
      webSocketServer { socket in
        _ = try socket.receive()
        throw Failure()
      })
    try client.send(1, "text")
    XCTAssertEqual(try client.receive(), .close(1011))
    try client.send(.close(1011))
    XCTAssertNil(try client.receive())
    let errors = takeUncaughtErrors()
    XCTAssertEqual(errors.count, 1)
    XCTAssertTrue(errors.first?.error is Failure)
  }

  // Eventlet: WS32
  func testAClientThatGoesWhileTheHandlerSendsIsNoErrorOfIts() throws {
    let client = try upgrade(webSocketServer { socket in while true { try socket.send("text") } })
    XCTAssertEqual(try client.receive()?.text, "text")
    client.socket.close()
    try settle()
  }

  func testTheEndOfAnotherConnectionIsAnErrorOfTheHandlers() throws {
    let (far, near) = try rawClient()
    let client = try upgrade(
      webSocketServer { socket in
        far.socket.close()
        _ = try near.receive()
        try near.send("text")
      })
    XCTAssertEqual(try client.receive(), .close(1011))
    try client.send(.close(1011))
    XCTAssertNil(try client.receive())
    XCTAssertEqual(takeUncaughtErrors().count, 1)
  }

  // Eventlet: WS33
  func testAnErrorOfTheSystemIsReported() throws {
    let client = try upgrade(
      webSocketServer { _ in throw SystemError(call: "open", errno: 2, subject: "file") })
    XCTAssertEqual(try client.receive(), .close(1011))
    client.socket.close()
    try settle()
    XCTAssertEqual(takeUncaughtErrors().count, 1)
  }

  // Eventlet: WS35
  func testTheAccessLogHasALineWhenTheHandlerEnds() throws {
    var configuration = HTTPServer.Configuration()
    let lines = Mutex<[String]>([])
    configuration.onRequestEnd = { record in
      lines.withLock { $0.append("\(record.status) \(record.requestLine)") }
    }
    let server = HTTPServer(configuration: configuration) { request in
      try .webSocket(request) { try echo($0) }
    }
    let client = try upgrade(server)
    try settle()
    XCTAssertEqual(lines.withLock { $0 }, [])
    try client.send(.close(1000))
    XCTAssertEqual(try client.receive(), .close(1000))
    XCTAssertNil(try client.receive())
    XCTAssertEqual(lines.withLock { $0 }, ["101 GET /chat HTTP/1.1"])
  }

  // Eventlet: WS14
  func testNothingFollowsTheDataOfTheConnection() throws {
    let server = HTTPServer { request in
      request.beforeResponse { $0[.server] = "wrapped" }
      return try .webSocket(request) { try echo($0) }
    }
    let client = try upgrade(server)
    try client.send(1, "text")
    XCTAssertEqual(try client.receive(), RawFrame(1, "text"))
    try client.send(.close(1000))
    XCTAssertEqual(try client.receive(), .close(1000))
    XCTAssertNil(try client.receive())
  }

  func testFramesThatComeWithTheRequestAreNotLost() throws {
    for kind in StreamKind.allCases {
      let client = try rawConnection(to: webSocketServer(), over: kind)
      let frames = client.bytes(1, "a") + client.bytes(1, "b") + client.bytes(.close(1000))
      try client.send(Array(request.utf8) + frames)
      _ = try client.readHead()
      XCTAssertEqual(try client.receive(), RawFrame(1, "a"))
      XCTAssertEqual(try client.receive(), RawFrame(1, "b"))
      XCTAssertEqual(try client.receive(), .close(1000))
    }
  }

  func testARouterHandsTheRequestOn() throws {
    let router = Router()
    router.webSocket("/rooms/{name}") { socket, request in
      try socket.send("\(request.parameters["name"] ?? "") \(request.query ?? "")")
      _ = try socket.receive()
      // Still there, though the connection's memory is not.
      try socket.send("\(request.authority ?? "nil") \(request.path)")
    }
    let server = HTTPServer(router.handle)
    let socket = try connect(to: server, "ws://test/rooms/blue?a=1")
    XCTAssertEqual(try socket.receive(), WebSocketMessage.text("blue a=1"))
    try socket.send("")
    XCTAssertEqual(try socket.receive(), WebSocketMessage.text("test /rooms/blue"))
    XCTAssertNil(try socket.receive())
    XCTAssertEqual(socket.end?.code, .normalClosure)
  }

  func testAServerThatStopsSaysSo() throws {
    for kind in StreamKind.allCases {
      let server = webSocketServer()
      let client = try upgrade(server, over: kind)
      try client.send(1, "a")
      XCTAssertEqual(try client.receive(), RawFrame(1, "a"))
      server.stop()
      XCTAssertEqual(try client.receive(), .close(1001))
      try client.send(.close(1001))
      XCTAssertNil(try client.receive())
    }
  }

  func testAServerThatStopsDoesNotWaitForAPeerThatDoesNotAnswer() throws {
    let server = webSocketServer(configure: { $0.closeTimeout = .seconds(2) })
    let client = try upgrade(server)
    let begin = clock.now
    server.stop()
    XCTAssertEqual(try client.receive(), .close(1001))
    XCTAssertNil(try client.receive())
    XCTAssertEqual(clock.now - begin, 2_000_000_000)
  }

  func testAKilledHandlerSaysGoodByeAndDoesNotWait() throws {
    let (near, far) = try GreenSocket.pair()
    let server = webSocketServer()
    let serving = spawn { try server.serve(connection: far) }
    let client = RawPeer(near, masks: true)
    try client.send(Array(request.utf8))
    _ = try client.readHead()
    try settle()
    try serving.kill()
    XCTAssertTrue(serving.isFinished)
    XCTAssertEqual(try client.receive(), .close(1001))
    near.close()
  }

  // Eventlet: WS59
  func testAClientMayBeServedEmptyMessages() throws {
    let socket = try connect(to: webSocketServer())
    try socket.send("")
    XCTAssertEqual(try socket.receive(), WebSocketMessage.text(""))
    try socket.ping([])
    try socket.close()
    XCTAssertEqual(socket.end?.code, .normalClosure)
  }

  func testASocketThatIsKeptAfterItsHandlerIsClosed() throws {
    var kept: WebSocket?
    defer { kept = nil }
    let client = try upgrade(webSocketServer { kept = $0 })
    XCTAssertEqual(try client.receive(), .close(1000))
    try client.send(.close(1000))
    XCTAssertNil(try client.receive())
    XCTAssertThrowsError(try kept?.send("text")) { XCTAssertTrue($0 is WebSocketClosed) }
    XCTAssertNil(try kept?.receive())
  }

  func testWhatWasUpgradedKeepsNoMoreThanTheHead() throws {
    let server = webSocketServer()
    let client = try upgrade(server)
    try settle()
    XCTAssertEqual(server.buffers.lentCount, 0)
    XCTAssertEqual(FrameMemory.current.lentCount, 0)
    try client.send(1, "text")
    XCTAssertEqual(try client.receive()?.text, "text")
  }
}
