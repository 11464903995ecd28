import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class PiecesTests: WebSocketTestCase {
  /// Sends a piece, and another when the gate opens.
  private func write(to socket: WebSocket) -> (writing: GreenThread<Void>, gate: Event<Void>) {
    let gate = Event<Void>()
    let writing = spawn {
      try socket.sendPieces(.text) { writer in
        try writer.write("one ")
        try gate.wait()
        try writer.write("two")
      }
    }
    return (writing, gate)
  }

  func testEachPieceIsAFrameOfOneMessage() throws {
    let (client, server) = try rawClient()
    try server.sendPieces(.text) { writer in
      try writer.write("one ")
      try writer.write("")
      try writer.write(Array("two".utf8))
    }
    XCTAssertEqual(try client.receive(), RawFrame(1, "one ", flags: 0))
    XCTAssertEqual(try client.receive(), RawFrame(0, "two", flags: 0))
    XCTAssertEqual(try client.receive(), RawFrame(0, ""))
  }

  func testAMessageOfNoPiecesIsEmpty() throws {
    let (client, server) = try pair()
    try client.sendPieces(.binary) { _ in }
    XCTAssertEqual(try server.receive(), WebSocketMessage.binary([]))
  }

  // Eventlet: WS55
  func testPiecesAreCompressedAsOneMessage() throws {
    let (client, server) = try pair(deflate: true)
    for _ in 0..<3 {
      try client.sendPieces(.text) { writer in
        for piece in ["Hello, ", "Hello, ", "", "World"] { try writer.write(piece) }
      }
      XCTAssertEqual(try server.receive(), WebSocketMessage.text("Hello, Hello, World"))
      try client.send(
        "Hello, Hello, World, and so on: the next one refers to the last one, and so on")
      XCTAssertEqual(try server.receive()?.byteCount, 78)
    }
  }

  func testOtherMessagesWaitUntilItHasEnded() throws {
    let (client, server) = try rawClient()
    let (writing, gate) = write(to: server)
    try settle()
    let other = spawn { try server.send("other") }
    try server.sendNoWait(PreparedMessage("third"))
    try settle()
    XCTAssertFalse(other.isFinished)
    gate.send(())
    var frames: [RawFrame] = []
    for _ in 0..<5 { frames.append(try XCTUnwrap(client.receive())) }
    XCTAssertEqual(
      frames.prefix(3),
      [RawFrame(1, "one ", flags: 0), RawFrame(0, "two", flags: 0), RawFrame(0, "")])
    XCTAssertEqual(Set(frames.suffix(2).map(\.text)), ["other", "third"])
    try writing.wait()
    try other.wait()
  }

  func testControlFramesComeInBetween() throws {
    let (client, server) = try rawClient()
    let (writing, gate) = write(to: server)
    let receiver = spawn { try server.receive() }
    XCTAssertEqual(try client.receive(), RawFrame(1, "one ", flags: 0))
    try client.send(9, "x")
    XCTAssertEqual(try client.receive(), RawFrame(10, "x"))
    let ping = spawn { try server.ping([1]) }
    XCTAssertEqual(try client.receive(), RawFrame(opcode: 9, payload: [1]))
    try client.send(RawFrame(opcode: 10, payload: [1]))
    _ = try ping.wait()
    try client.send(.close(1000))
    XCTAssertEqual(try client.receive(), .close(1000))
    XCTAssertNil(try receiver.wait())
    gate.send(())
    XCTAssertThrowsError(try writing.wait()) { XCTAssertTrue($0 is WebSocketClosed, "\($0)") }
  }

  func testAMessageThatCannotBeEndedEndsTheConnection() throws {
    struct Failure: Error {}
    let (client, server) = try rawClient()
    XCTAssertThrowsError(
      try server.sendPieces(.text) { writer in
        try writer.write("one ")
        throw Failure()
      }
    ) { XCTAssertTrue($0 is Failure) }
    XCTAssertEqual(try client.receive(), RawFrame(1, "one ", flags: 0))
    XCTAssertEqual(try client.receive()?.code, 1011)
    XCTAssertThrowsError(try server.send("text")) { XCTAssertTrue($0 is WebSocketClosed) }
  }

  func testAMessageOfWhichNothingHasGoneMayBeGivenUp() throws {
    struct Failure: Error {}
    let (client, server) = try rawClient()
    XCTAssertThrowsError(try server.sendPieces(.text) { _ in throw Failure() })
    try server.send("text")
    XCTAssertEqual(try client.receive()?.text, "text")
  }

  func testBytesOfATextMustBeUTF8() throws {
    let (client, server) = try rawClient()
    try server.sendPieces(.text) { writer in
      for byte in "ü🥊".utf8 { try writer.write([byte]) }
    }
    for _ in 0..<7 { XCTAssertNotEqual(try client.receive()?.opcode, 8) }
    XCTAssertThrowsError(try server.sendPieces(.text) { try $0.write([0xFF]) }) {
      XCTAssertEqual($0 as? WebSocketError, .invalidText)
    }
    XCTAssertNil(server.end)
    XCTAssertThrowsError(try server.sendPieces(.text) { try $0.write([0xC3]) }) {
      XCTAssertEqual($0 as? WebSocketError, .invalidText)
    }
    XCTAssertEqual(try client.receive()?.opcode, 1)
    XCTAssertEqual(try client.receive()?.code, 1011)
  }

  func testAKillBetweenPiecesEndsTheConnectionAndAnotherIsTold() throws {
    let (client, server) = try rawClient()
    let writing = spawn {
      try server.sendPieces(.text) { writer in
        try writer.write("one ")
        try Event<Void>().wait()
      }
    }
    try settle()
    let other = spawn { try server.send("other") }
    try settle()
    try writing.kill()
    XCTAssertThrowsError(try other.wait()) { XCTAssertTrue($0 is WebSocketClosed, "\($0)") }
    XCTAssertEqual(try client.receive()?.text, "one ")
    XCTAssertEqual(try client.receive()?.code, 1011)
  }
}
