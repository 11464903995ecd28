import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

/// Nothing may go after the close frame (RFC 6455, 5.5.1).
final class CloseFrameOrderTests: WebSocketTestCase {
  private let large = PreparedMessage(String(repeating: "x", count: 300_000))

  private func check(_ send: @escaping (WebSocket) throws -> Void) throws {
    let (client, server) = try narrowPair()
    let sender = spawn { [large] in
      try server.sendNoWait(large)
      // Gets the turn before the green thread that sends by itself.
      try send(server)
    }
    try settle()
    try server.closeNoWait()
    XCTAssertEqual(try client.receive()?.opcode, 1)
    XCTAssertEqual(try client.receive(), .close(1000))
    let behind = spawn { try client.receive() }
    try GreenThread.sleep(for: .seconds(1))
    if behind.isFinished, let frame = try behind.wait() {
      XCTFail("\(frame) after the close frame")
    }
    try client.send(.close(1000))
    server.abort()
    do { try sender.wait() } catch is WebSocketClosed {}
    _ = try? behind.wait()
  }

  func testNoMessageGoesAfterIt() throws { try check { try $0.send("late") } }

  func testNoPingGoesAfterIt() throws { try check { try $0.ping() } }

  func testNoPreparedMessageGoesAfterIt() throws {
    try check { try $0.send(PreparedMessage("late")) }
  }

  func testNoPieceGoesAfterIt() throws {
    try check { socket in try socket.sendPieces(.text) { try $0.write("late") } }
  }

  func testNoHeartbeatGoesAfterIt() throws {
    let (client, server) = try rawClient {
      $0.heartbeat = WebSocket.Heartbeat(interval: .seconds(20), timeout: .seconds(20))
    }
    let receiver = spawn { try server.receive() }
    try GreenThread.sleep(for: .seconds(15))
    try server.closeNoWait()
    XCTAssertEqual(try client.receive(), .close(1000))
    // The end after ten seconds, and nothing before.
    XCTAssertNil(try client.receive())
    XCTAssertNil(try receiver.wait())
  }

  func testNoMessageThatWaitsForTheEndOfPiecesGoesAfterIt() throws {
    let (client, server) = try rawClient()
    XCTAssertThrowsError(
      try server.sendPieces(.text) { writer in
        try writer.write("a piece")
        try server.sendNoWait("kept")
        try server.closeNoWait()
        try settle()
        try writer.write("late")
      })
    XCTAssertEqual(try client.receive()?.opcode, 1)
    XCTAssertEqual(try client.receive()?.opcode, 8)
    try client.send(.close(1000))
    XCTAssertNil(try server.receive())
    try server.close()
    XCTAssertNil(try client.receive())
  }
}
