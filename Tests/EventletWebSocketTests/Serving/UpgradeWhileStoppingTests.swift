import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class UpgradeWhileStoppingTests: WebSocketTestCase {
  func testAnUpgradeWhileTheServerStopsIsToldThatItStops() throws {
    var ends: [WebSocketEnd?] = []
    let server = HTTPServer { request in
      try GreenThread.sleep(for: .seconds(1))
      return try .webSocket(request) { socket in
        while try socket.receive() != nil {}
        ends.append(socket.end)
      }
    }
    let peer = try rawConnection(to: server)
    try peer.send(
      Array(
        [
          "GET /chat HTTP/1.1", "Host: test", "Upgrade: websocket", "Connection: Upgrade",
          "Sec-WebSocket-Key: d9MXuOzlVQ0h+qRllvSCIg==", "Sec-WebSocket-Version: 13", "", "",
        ].joined(separator: "\r\n").utf8))
    try settle()
    server.stop(within: .seconds(20))
    XCTAssertEqual(try peer.readHead().first, "HTTP/1.1 101 Switching Protocols")
    XCTAssertEqual(try peer.receive(), .close(1001))
    XCTAssertNoThrow(try peer.send(.close(1001)))
    XCTAssertNil(try peer.receive())
    XCTAssertEqual(ends.map { $0?.code }, [.goingAway])
  }
}
