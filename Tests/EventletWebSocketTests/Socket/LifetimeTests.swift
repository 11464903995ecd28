import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class LifetimeTests: WebSocketTestCase {
  /// Somebody still has a reference: a list, a group.
  func testAClosedConnectionHasNoMemory() throws {
    let memory = FrameMemory.current
    let (client, server) = try rawClient()
    try client.send(client.bytes(1, "a") + client.bytes(1, "b"))
    XCTAssertEqual(try server.receive(), .some(WebSocketMessage.text("a")))
    server.abort()
    XCTAssertEqual(memory.lentCount, 0)
  }

  func testAClosedConnectionHasNoDecompressor() throws {
    let pool = DeflatePool.current
    let (client, server) = try pair(deflate: true)
    let receiver = spawn { try server.receive() }
    let sender = spawn {
      try client.sendPieces(.text) {
        try $0.write("a")
        try GreenThread.sleep(for: .seconds(60))
      }
    }
    try GreenThread.sleep(for: .seconds(1))
    server.abort()
    client.abort()
    _ = try receiver.wait()
    XCTAssertThrowsError(try sender.wait())
    try GreenThread.sleep(for: .seconds(600))
    XCTAssertEqual(pool.lentCount, 0)
  }

  func testSeveralMayCloseAtOnce() throws {
    for kind in StreamKind.allCases {
      let (server, client) = try rawServer(over: kind)
      let closers = (0..<3).map { _ in spawn { try client.close() } }
      XCTAssertEqual(try server.receive(), .close(1000))
      try server.send(.close(1000))
      server.socket.close()
      for closer in closers { XCTAssertNoThrow(try closer.wait()) }
    }
  }

  func testAnAbortEndsACloseThatLingers() throws {
    for kind in StreamKind.allCases {
      let (server, client) = try rawServer(over: kind)
      let closer = spawn { try client.close() }
      XCTAssertEqual(try server.receive(), .close(1000))
      try server.send(.close(1000))
      try settle()
      client.abort()
      XCTAssertNoThrow(try closer.wait())
    }
  }
}
