import EventletCore
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

@testable import EventletWebSocket

/// What a client makes of a server's answer to its handshake.
final class ClientAnswerTests: WebSocketTestCase {
  /// The lines of a good one.
  private static func lines(_ accept: String) -> [String] {
    [
      "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
      "Sec-WebSocket-Accept: \(accept)",
    ]
  }

  private static func bytes(_ lines: [String]) -> [UInt8] {
    Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  /// Connects to a server that answers with these pieces, given what a good one accepts with.
  private func connect(
    over kind: StreamKind = .socket, timeout: Duration? = .seconds(30),
    _ configure: (inout WebSocket.Configuration) -> Void = { _ in },
    answering pieces: @escaping (_ accept: String) -> [[UInt8]]
  ) throws -> (client: WebSocket, server: RawPeer) {
    let (near, far) = try GreenSocket.pair()
    let peer = RawPeer(far, masks: false)
    atEnd { far.close() }
    let serving = spawn {
      let name = "Sec-WebSocket-Key: "
      let key = try peer.readHead().first { $0.hasPrefix(name) }?.dropFirst(name.count)
      for piece in pieces(AcceptKey.accept(String(key ?? ""))) {
        try peer.send(piece)
        try GreenThread.sleep(for: .nanoseconds(1))
      }
    }
    var configuration = WebSocket.Configuration()
    configuration.heartbeat = nil
    configure(&configuration)
    do {
      let client = try WebSocket.connect(
        "ws://test/", over: kind.stream(over: near), timeout: timeout, configuration: configuration)
      atEnd { client.abort() }
      try serving.wait()
      return (client, peer)
    } catch {
      assertClosed(near)
      try serving.wait()
      throw error
    }
  }

  private func assertClosed(_ socket: GreenSocket, line: UInt = #line) {
    // Nothing has been opened since that could have its number.
    XCTAssertEqual(fcntl(socket.fileDescriptor, F_GETFD), -1, "\(socket)", line: line)
  }

  private func assertRefused(
    _ configure: (inout WebSocket.Configuration) -> Void = { _ in }, line: UInt = #line,
    lines: @escaping (_ accept: String) -> [String],
    check: (WebSocketConnectError) -> Void
  ) {
    assertThrows(WebSocketConnectError.self, line: line) {
      _ = try connect(configure) { [Self.bytes(lines($0))] }
    } check: {
      check($0)
    }
  }

  private func assertInvalid(
    _ reason: String, _ configure: (inout WebSocket.Configuration) -> Void = { _ in },
    line: UInt = #line, lines: @escaping (_ accept: String) -> [String]
  ) {
    assertRefused(configure, line: line, lines: lines) { error in
      guard case .invalidAnswer(let found) = error else { return XCTFail("\(error)", line: line) }
      XCTAssertTrue(found.contains(reason), found, line: line)
    }
  }

  /// A good answer in which a field has another value; nil is for without.
  private func changed(_ name: String, _ value: String?) -> (String) -> [String] {
    { accept in
      Self.lines(accept).compactMap { line in
        line.hasPrefix(name + ":") ? value.map { "\(name): \($0)" } : line
      }
    }
  }

  // Eventlet: WS60 [!]
  func testEverySplitOfAGoodAnswerWithFramesBehindIt() throws {
    let frames = stream([RawFrame(1, "early"), RawFrame(opcode: 2, payload: [7])], isMasked: false)
    let count = Self.bytes(Self.lines(AcceptKey.accept(""))).count + frames.count
    for kind in StreamKind.allCases {
      for split in kind == .socket ? Array(0...count) : [0, 1, 100, count - 1] {
        let (client, server) = try connect(over: kind) { accept in
          let bytes = Self.bytes(Self.lines(accept)) + frames
          return [Array(bytes[..<split]), Array(bytes[split...])].filter { !$0.isEmpty }
        }
        XCTAssertEqual(
          try client.receive(timeout: .seconds(1)), .text("early"), "\(kind), \(split)")
        XCTAssertEqual(try client.receive(timeout: .seconds(1)), .binary([7]), "\(kind), \(split)")
        XCTAssertNil(client.subprotocol)
        XCTAssertFalse(client.isCompressing)
        client.abort()
        server.socket.close()
      }
    }
  }

  func testCaseAndOrderDoNotCount() throws {
    let (client, _) = try connect { accept in
      [
        Self.bytes([
          "HTTP/1.1 101 Welcome", "sec-websocket-accept:\(accept)", "X-More: y",
          "CONNECTION: keep-alive, upgrade", "upgrade: WebSocket",
        ])
      ]
    }
    XCTAssertNil(client.end)
  }

  func testAnotherStatusIsARefusal() throws {
    for line in ["404 Not Found", "200 OK", "403 Forbidden", "426 Upgrade Required", "503 Busy"] {
      assertRefused { _ in
        ["HTTP/1.1 \(line)", "X-Why: because", "Content-Length: 0"]
      } check: {
        guard case .refused(let response) = $0 else { return XCTFail("\(line): \($0)") }
        XCTAssertEqual("\(response.status)", line)
        XCTAssertEqual(HTTPField.Name("X-Why").flatMap { response.headerFields[$0] }, "because")
      }
    }
  }

  func testNoRedirectionIsFollowed() throws {
    for status in [301, 302, 307, 308] {
      assertRefused { _ in
        ["HTTP/1.1 \(status) Elsewhere", "Location: wss://elsewhere.org/"]
      } check: { error in
        guard case .refused(let response) = error else { return XCTFail("\(error)") }
        XCTAssertEqual(response.status.code, status)
        XCTAssertEqual(response.headerFields[.location], "wss://elsewhere.org/")
        XCTAssertTrue("\(error)".contains("points to wss://elsewhere.org/"), "\(error)")
      }
    }
  }

  func testTheAcceptIsThatOfTheKey() {
    let reason = "Sec-WebSocket-Accept is missing or wrong"
    for value in [nil, "", "ywSyWXCPNsDxLrQdQrn5RFNRfBU="] {
      assertInvalid(reason, lines: changed("Sec-WebSocket-Accept", value))
    }
    assertInvalid(reason) { accept in Self.lines(accept) + ["Sec-WebSocket-Accept: \(accept)"] }
    assertInvalid(reason) { accept in Self.lines(accept.lowercased()) }
    assertInvalid(reason) { accept in Self.lines(accept + "x") }
  }

  func testBothFieldsMustSaySo() {
    for value in [nil, "", "h2c", "websockets"] {
      assertInvalid("it upgrades to something else", lines: changed("Upgrade", value))
    }
    for value in [nil, "", "close", "keep-alive"] {
      assertInvalid("it upgrades to something else", lines: changed("Connection", value))
    }
  }

  func testWhatIsNoHeadOfHTTPOneOne() {
    assertInvalid("is no status line of HTTP/1.1") { accept in
      ["HTTP/1.0 101 Switching Protocols"] + Self.lines(accept).dropFirst()
    }
    assertInvalid("is no field") { accept in Self.lines(accept) + ["nothing"] }
    assertInvalid("a head of over 65536 bytes") { accept in
      Self.lines(accept) + ["X: " + String(repeating: "x", count: 65_536)]
    }
  }

  func testASubprotocolThatWasOffered() throws {
    for name in ["chat", "superchat"] {
      let (client, _) = try connect {
        $0.subprotocols = ["superchat", "chat"]
      } answering: { accept in
        [Self.bytes(Self.lines(accept) + ["Sec-WebSocket-Protocol: \(name)"])]
      }
      XCTAssertEqual(client.subprotocol, name)
    }
    let (client, _) = try connect {
      $0.subprotocols = ["chat"]
    } answering: {
      [Self.bytes(Self.lines($0))]
    }
    XCTAssertNil(client.subprotocol)
  }

  func testASubprotocolThatWasNotOffered() {
    for (offered, name) in [
      ([], "chat"), (["chat"], "other"), (["chat"], "Chat"), (["a", "b"], "a, b"), (["a"], ""),
    ] {
      assertInvalid("the subprotocol '\(name)', which was not offered") {
        $0.subprotocols = offered
      } lines: { accept in
        Self.lines(accept) + ["Sec-WebSocket-Protocol: \(name)"]
      }
    }
  }

  func testExtensions() throws {
    let (client, _) = try connect {
      $0.compression = WebSocketDeflate()
    } answering: { accept in
      [Self.bytes(Self.lines(accept) + ["Sec-WebSocket-Extensions: permessage-deflate"])]
    }
    XCTAssertTrue(client.isCompressing)
    assertInvalid("the extension 'permessage-deflate', which was not offered") { accept in
      Self.lines(accept) + ["Sec-WebSocket-Extensions: permessage-deflate"]
    }
    for value in ["x-other", "permessage-deflate, x-other", "permessage-deflate; unknown"] {
      assertRefused {
        $0.compression = WebSocketDeflate()
      } lines: { accept in
        Self.lines(accept) + ["Sec-WebSocket-Extensions: \(value)"]
      } check: {
        guard case .invalidAnswer = $0 else { return XCTFail("\(value): \($0)") }
      }
    }
  }

  // MARK: The end in the middle

  func testAStreamThatEndsInTheMiddle() throws {
    let head = Self.bytes(Self.lines("x"))
    for count in 0..<head.count {
      let (near, far) = try GreenSocket.pair()
      try far.sendAll(Array(head[..<count]))
      try far.shutdown(.writing)
      assertThrows(WebSocketConnectError.self) {
        _ = try WebSocket.connect("ws://test/", over: near)
      } check: {
        XCTAssertEqual(
          $0, .invalidAnswer("the connection ends in the middle of a head"), "\(count)")
      }
      assertClosed(near)
      far.close()
    }
  }

  func testAnInterruptionInTheMiddleClosesIt() throws {
    let head = Self.bytes(Self.lines("x"))
    for interruption in Interruption.allCases {
      for count in [0, 1, 40, head.count - 1] {
        let (near, far) = try GreenSocket.pair()
        try far.sendAll(Array(head[..<count]))
        let before = clock.elapsed
        let victim = try interruption.ofDescriptorWait("\(interruption)", makingReady: nil) {
          limit in
          try WebSocket.connect("ws://test/", over: near, timeout: limit)
        }
        XCTAssertThrowsError(try victim.wait()) {
          interruption.assertThrown($0, "\(interruption), \(count)")
        }
        if interruption == .kill { XCTAssertEqual(clock.elapsed, before) }
        assertClosed(near)
        XCTAssertFalse(try far.reader.readAll().isEmpty)
        far.close()
      }
    }
  }

  func testTheTimeoutIsForTheWholeHandshake() throws {
    let (near, far) = try GreenSocket.pair()
    atEnd { far.close() }
    let dripping = spawn {
      for byte in Self.bytes(Self.lines("x")) {
        try GreenThread.sleep(for: .seconds(1))
        do { try far.sendAll([byte]) } catch is SystemError { return }
      }
    }
    assertThrows(IOTimeout.self) {
      _ = try WebSocket.connect("ws://test/", over: near, timeout: .seconds(20))
    }
    XCTAssertEqual(clock.elapsed, .seconds(20))
    assertClosed(near)
    try dripping.wait()
  }

  func testWhatCannotBeAskedForClosesTheStreamToo() throws {
    for (url, name, subprotocols) in [
      ("http://test/", "X-Fine", []), ("ws://test/", "Upgrade", []),
      ("ws://test/", "X-Fine", ["a b"]),
    ] {
      let (near, far) = try GreenSocket.pair()
      var configuration = WebSocket.Configuration()
      configuration.subprotocols = subprotocols
      let field = try XCTUnwrap(HTTPField.Name(name))
      assertThrows(WebSocketConnectError.self) {
        _ = try WebSocket.connect(
          url, over: near, headerFields: [field: "x"], configuration: configuration)
      }
      assertClosed(near)
      XCTAssertEqual(try far.reader.readAll(), [])
      far.close()
    }
  }
}
