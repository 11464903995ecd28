import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletWebSocket

final class ConnectingTests: WebSocketTestCase {
  /// RFC 9110, 15.2.
  func testInformationalResponsesAreParsedOver() throws {
    let (near, far) = try GreenSocket.pair()
    let server = spawn { () throws -> Void in
      let peer = RawPeer(near, masks: false)
      let head = try peer.readHead()
      let key = try XCTUnwrap(head.first { $0.hasPrefix("Sec-WebSocket-Key: ") }).dropFirst(19)
      try peer.send(Array("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".utf8))
      let lines = [
        "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Accept: \(AcceptKey.accept(String(key)))", "", "",
      ]
      do { try peer.send(Array(lines.joined(separator: "\r\n").utf8)) } catch is SystemError {}
    }
    defer { near.close() }
    XCTAssertNoThrow(try WebSocket.connect("ws://test/", over: far).abort())
    try server.wait()
  }

  /// Before anybody is connected to.
  func testWhatCannotBeAskedForIsRefusedAtOnce() throws {
    XCTAssertThrowsError(
      try WebSocket.connect("ws://127.0.0.1:1/", headerFields: [.upgrade: "x"])
    ) { XCTAssertTrue($0 is WebSocketConnectError, "\($0)") }
  }

  func testTheAnswerOfTheServerIsKept() throws {
    let server = HTTPServer { request in
      let fields: HTTPFields = [.setCookie: "a=1", .webSocketAccept: "mine", .upgrade: "mine"]
      return try .webSocket(request, headerFields: fields) { _ in }
    }
    let socket = try connect(to: server)
    let response = try XCTUnwrap(socket.response)
    XCTAssertEqual(response.status, .switchingProtocols)
    XCTAssertEqual(response.headerFields[.setCookie], "a=1")
    XCTAssertEqual(response.headerFields[.upgrade], "websocket")
    XCTAssertNil(try socket.receive())
  }
}
