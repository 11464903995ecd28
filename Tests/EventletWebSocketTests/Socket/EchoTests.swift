import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class EchoTests: WebSocketTestCase {
  // Eventlet: WS15
  func testTextArrivesAsTextAndBytesAsBytesInOrder() throws {
    for kind in StreamKind.allCases {
      let socket = try connect(to: webSocketServer(), over: kind)
      try socket.send("Hello")
      try socket.send([1, 2, 255])
      try socket.send("Zwölf Boxkämpfer 🥊")
      XCTAssertEqual(try socket.receive(), WebSocketMessage.text("Hello"))
      XCTAssertEqual(try socket.receive(), WebSocketMessage.binary([1, 2, 255]))
      XCTAssertEqual(try socket.receive(), WebSocketMessage.text("Zwölf Boxkämpfer 🥊"))
      try socket.close()
      XCTAssertEqual(socket.end?.code, .normalClosure)
      XCTAssertEqual(socket.end?.cause, .local)
    }
  }

  // Eventlet: WS16
  func testEmptyMessagesAreNotTheEnd() throws {
    let socket = try connect(to: webSocketServer())
    try socket.send("")
    try socket.send([])
    XCTAssertEqual(try socket.receive(), WebSocketMessage.text(""))
    XCTAssertEqual(try socket.receive(), WebSocketMessage.binary([]))
    try socket.close()
    XCTAssertNil(try socket.receive())
  }

  func testMessagesOfAllSizesGoBothWays() throws {
    for deflate in [false, true] {
      let socket = try connect(
        to: webSocketServer(configure: { $0.compression = deflate ? .init() : nil })
      ) {
        $0.heartbeat = nil
        $0.compression = deflate ? .init() : nil
      }
      XCTAssertEqual(socket.isCompressing, deflate)
      for size in [1, 125, 126, 127, 16_370, 16_384, 65_535, 65_536, 1_000_000] {
        let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
        let sender = spawn { try socket.send(message) }
        XCTAssertEqual(try socket.receive(), WebSocketMessage.binary(message), "\(size)")
        try sender.wait()
      }
      try socket.close()
    }
  }
}
