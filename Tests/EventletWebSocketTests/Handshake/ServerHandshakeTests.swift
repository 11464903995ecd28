import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletWebSocket

final class ServerHandshakeTests: WebSocketTestCase {
  private static let fields = [
    "Host": "example.org", "Upgrade": "websocket", "Connection": "Upgrade",
    "Sec-WebSocket-Key": "d9MXuOzlVQ0h+qRllvSCIg==", "Sec-WebSocket-Version": "13",
  ]

  /// The head of the answer to a good handshake whose fields have other values; nil is for without.
  private func answer(
    _ line: String = "GET /chat HTTP/1.1", _ changes: [String: String?] = [:],
    more: [String] = [], from server: HTTPServer? = nil
  ) throws -> [String] {
    let connection = try rawConnection(to: server ?? webSocketServer())
    let fields = Self.fields.merging(changes.map { ($0, $1 ?? "") }) { $1 }
      .filter { changes[$0.key].map { $0 != nil } ?? true }
    let lines = [line] + fields.map { "\($0): \($1)" }.sorted() + more
    try connection.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    let head = try connection.readHead()
    connection.socket.close()
    return head
  }

  private func assertAccepted(
    _ head: [String], _ name: String = "", file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertEqual(head.first, "HTTP/1.1 101 Switching Protocols", name, file: file, line: line)
  }

  private func assert(
    _ head: [String], has status: String, _ fields: [String] = [], _ name: String = "",
    file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertEqual(head.first, "HTTP/1.1 " + status, name, file: file, line: line)
    for field in fields {
      XCTAssertTrue(head.contains(field), "\(name): \(head)", file: file, line: line)
    }
    XCTAssertFalse(
      head.contains { $0.lowercased().hasPrefix("sec-websocket-accept") }, name, file: file,
      line: line)
  }

  // Eventlet: WS4
  func testTheAnswerHasItsFieldsInTheirOrder() throws {
    let server = webSocketServer(serve: echo) {
      $0.subprotocols = ["chat"]
      $0.compression = WebSocketDeflate()
    }
    let head = try answer(
      "GET / HTTP/1.1",
      ["Sec-WebSocket-Protocol": "chat", "Sec-WebSocket-Extensions": "permessage-deflate"],
      from: server)
    assertAccepted(head)
    XCTAssertEqual(
      head.dropFirst().filter { !$0.hasPrefix("Date:") && !$0.hasPrefix("Server:") },
      [
        "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Accept: ywSyWXCPNsDxLrQdQrn5RFNRfBU=", "Sec-WebSocket-Protocol: chat",
        "Sec-WebSocket-Extensions: permessage-deflate",
      ])
    for line in ["Upgrade: websocket", "Connection: Upgrade"] {
      XCTAssertEqual(head.count { $0 == line }, 1, "\(head)")
    }
    // A body would be taken for frames.
    for name in ["content-length", "transfer-encoding"] {
      XCTAssertFalse(head.contains { $0.lowercased().hasPrefix(name) }, "\(head)")
    }
  }

  func testWhatNobodyAskedForIsNotAnswered() throws {
    let server = webSocketServer(serve: echo) {
      $0.subprotocols = ["chat"]
      $0.compression = WebSocketDeflate()
    }
    for head in [
      try answer(from: server),
      try answer(
        "GET / HTTP/1.1",
        ["Sec-WebSocket-Protocol": "chat", "Sec-WebSocket-Extensions": "permessage-deflate"]),
    ] {
      assertAccepted(head)
      for name in ["sec-websocket-protocol", "sec-websocket-extensions"] {
        XCTAssertFalse(head.contains { $0.lowercased().hasPrefix(name) }, "\(head)")
      }
    }
  }

  // Eventlet: WS1
  func testBothFieldsMustAskForAnUpgrade() throws {
    for (connection, upgrade) in [
      ("upgrade", "websocket"), ("UPGRADE", "WebSocket"), ("keep-alive, Upgrade", "WEBSOCKET"),
      ("Upgrade,keep-alive", "websocket"), ("upgrade", "h2c, websocket"),
    ] {
      let head = try answer(
        "GET / HTTP/1.1", ["Connection": connection, "Upgrade": upgrade])
      assertAccepted(head, "\(connection), \(upgrade)")
    }
    for (connection, upgrade) in [
      (nil, "websocket"), ("Upgrade", nil), ("keep-alive", "websocket"), ("Upgrade", "h2c"),
      ("Upgraded", "websocket"), ("Upgrade", "websockets"), ("Upgrade", "web, socket"),
    ] {
      let head = try answer(
        "GET / HTTP/1.1", ["Connection": connection, "Upgrade": upgrade])
      assert(
        head, has: "400 Bad Request", ["Connection: close"],
        "\(connection ?? "no field"), \(upgrade ?? "no field")")
    }
  }

  // Eventlet: WS2, WS7 [!]
  func testAKeyHasSixteenBytes() throws {
    for key in [
      nil, "", "x", "AAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA=",
      "dGhlIHNhbXBsZSBub25jZR==",
    ] {
      let head = try answer("GET / HTTP/1.1", ["Sec-WebSocket-Key": key])
      assert(head, has: "400 Bad Request", ["Connection: close"], key ?? "no field")
    }
    let twice = try answer(
      "GET / HTTP/1.1", more: ["Sec-WebSocket-Key: d9MXuOzlVQ0h+qRllvSCIg=="])
    assert(twice, has: "400 Bad Request", ["Connection: close"])
  }

  // Eventlet: WS3
  func testTheVersionIsThirteenOrEight() throws {
    for version in ["13", "8"] {
      assertAccepted(try answer("GET / HTTP/1.1", ["Sec-WebSocket-Version": version]), version)
    }
    for version in [nil, "", "12", "7", "0", "14", "013", "13, 8", "13;", "x"] {
      let head = try answer("GET / HTTP/1.1", ["Sec-WebSocket-Version": version])
      assert(
        head, has: "426 Upgrade Required", ["Sec-WebSocket-Version: 13, 8"], version ?? "no field")
    }
  }

  // Eventlet: WS7 [!]
  func testTheMethodIsGET() throws {
    for method in ["POST", "HEAD", "PUT", "OPTIONS"] {
      let head = try answer("\(method) / HTTP/1.1")
      assert(head, has: "405 Method Not Allowed", ["Allow: GET"], method)
    }
  }

  // Eventlet: WS7 [!]
  func testTheProtocolIsHTTPOfVersionOneOne() throws {
    // HTTP/1.0's answers have its own version, or not: the status tells.
    let head = try answer("GET / HTTP/1.0")
    XCTAssertTrue(try XCTUnwrap(head.first).hasSuffix(" 400 Bad Request"), "\(head)")
  }

  // Eventlet: WS5
  func testTheFirstOfTheClientsSubprotocolsThatTheServerSpeaks() throws {
    for (offered, chosen) in [
      ("chat", "chat"), ("other, superchat, chat", "superchat"), ("chat,superchat", "chat"),
      ("other", nil), ("", nil), ("CHAT", nil), ("chatter", nil), (nil, nil),
    ] {
      var socketProtocol: String?? = nil
      let server = webSocketServer {
        socketProtocol = .some($0.subprotocol)
      } configure: {
        $0.subprotocols = ["superchat", "chat"]
      }
      let head = try answer("GET / HTTP/1.1", ["Sec-WebSocket-Protocol": offered], from: server)
      assertAccepted(head, offered ?? "none")
      XCTAssertEqual(
        head.first { $0.hasPrefix("Sec-WebSocket-Protocol: ") },
        chosen.map { "Sec-WebSocket-Protocol: " + $0 })
      try settle()
      XCTAssertEqual(socketProtocol, .some(chosen), offered ?? "none")
    }
  }

  // Eventlet: WS5
  func testSubprotocolsInSeveralFields() throws {
    let head = try answer(
      "GET / HTTP/1.1", more: ["Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"],
      from: webSocketServer(serve: echo) { $0.subprotocols = ["b"] })
    XCTAssertTrue(head.contains("Sec-WebSocket-Protocol: b"), "\(head)")
  }

  func testFramesBehindTheHandshakeInTheSameSegmentAreReceived() throws {
    let connection = try rawConnection(to: webSocketServer())
    let lines = ["GET / HTTP/1.1"] + Self.fields.map { "\($0): \($1)" }
    let frames = connection.bytes(1, "early") + connection.bytes(2, "bird")
    try connection.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + frames)
    assertAccepted(try connection.readHead())
    XCTAssertEqual(try connection.receive(), RawFrame(1, "early"))
    XCTAssertEqual(try connection.receive(), RawFrame(2, "bird"))
  }

  func testAfterARefusalNothingIsTakenForFrames() throws {
    let connection = try rawConnection(to: webSocketServer())
    let lines = ["GET / HTTP/1.1"] + Self.fields.map { "\($0): \($1)" } + ["Sec-WebSocket-Key: x"]
    let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    try connection.send(bytes + connection.bytes(1, "early"))
    let status = try connection.readHead().first
    XCTAssertEqual(status, "HTTP/1.1 400 Bad Request")
    if status?.hasSuffix(" 101 Switching Protocols") == true { return }
    let rest = String(decoding: try connection.reader.readAll(), as: UTF8.self)
    XCTAssertFalse(rest.contains("early") || rest.contains("HTTP/1.1"), rest)
  }

  func testAVersionThatIsRefusedMayBeFollowedByAnother() throws {
    // The answer says what to ask for, on a connection of its own.
    let head = try answer("GET / HTTP/1.1", ["Sec-WebSocket-Version": "25"])
    XCTAssertTrue(head.contains { $0 == "Upgrade: websocket" }, "\(head)")
    XCTAssertTrue(head.contains { $0.hasPrefix("Connection: ") && $0.contains("close") }, "\(head)")
  }
}
