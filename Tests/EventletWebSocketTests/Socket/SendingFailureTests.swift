import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class SendingFailureTests: WebSocketTestCase {
  func testTheRestOfAnInterruptedPreparedMessageIsSentByItself() throws {
    let (client, server) = try narrowPair()
    let victim = spawn { try server.send(PreparedMessage(String(repeating: "x", count: 300_000))) }
    try settle()
    try victim.kill()
    XCTAssertThrowsError(try victim.wait())
    XCTAssertGreaterThan(server.unsentByteCount, 0)
    let receiver = spawn { try client.receive()?.payload.count }
    try GreenThread.sleep(for: .seconds(60))
    XCTAssertTrue(receiver.isFinished, "half of a frame is on the wire, and nobody sends the rest")
    server.abort()
    _ = try? receiver.wait()
  }

  /// It has not begun to go, so it must not go.
  func testAPreparedMessageThatHasNotBegunIsNotSent() throws {
    let (client, server) = try narrowPair()
    let victim = spawn {
      try server.sendNoWait(PreparedMessage(String(repeating: "x", count: 300_000)))
      try server.send(PreparedMessage("never"), timeout: .seconds(1))
    }
    XCTAssertThrowsError(try victim.wait())
    let last = spawn { try server.send("last") }
    XCTAssertEqual(try client.receive()?.payload.count, 300_000)
    XCTAssertEqual(try client.receive()?.text, "last")
    try last.wait()
  }

  func testMessagesKeepTheirOrderBeforeOneInPieces() throws {
    let (client, server) = try narrowPair()
    try server.sendNoWait(PreparedMessage(String(repeating: "1", count: 300_000)))
    try server.sendNoWait(PreparedMessage("2"))
    let pieces = spawn { try server.sendPieces(.text) { try $0.write("3") } }
    var order = ""
    while order.count < 3 {
      let frame = try XCTUnwrap(client.receive())
      if let first = frame.text.first { order.append(first) }
    }
    XCTAssertEqual(order, "123")
    _ = try client.receive(timeout: .seconds(1))
    try pieces.wait()
  }

  /// A prepared message that goes behind one in pieces, though it was there before, is in the peer's
  /// window and not in the compressor's.
  func testTheCompressorKeepsInStepWithPreparedMessagesBeforePieces() throws {
    let (client, server) = try pair(deflate: true)
    try XCTUnwrap(server.stream as? GreenSocket).setOption(.sendBufferSize, 4096)
    var generator = SystemRandomNumberGenerator()
    let noise = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let prepared = String(repeating: "something else entirely, which everybody gets. ", count: 5)
    let own =
      "the quick brown fox jumps over the lazy dog, and what the pieces say is said again: "
      + (0..<40).map { "\($0 * 7919)" }.joined(separator: " ")
    try server.sendNoWait(PreparedMessage(noise))
    try server.sendNoWait(PreparedMessage(prepared))
    let sender = spawn {
      try server.sendPieces(.text) { try $0.write(own) }
      try server.send(own)
    }
    var texts: [String] = []
    while texts.count < 3, let message = try client.receive(timeout: .seconds(5)) {
      if case .text(let text) = message { texts.append(text) }
    }
    XCTAssertNil(client.end)
    XCTAssertEqual(texts.sorted(), [prepared, own, own].sorted())
    client.abort()
    do { try sender.wait() } catch is WebSocketClosed {}
  }

  /// A piece that was not sent is missing from the message, which goes on as if it were there.
  func testNoPieceFollowsOneThatHasFailed() throws {
    let (client, server) = try narrowPair()
    let sender = spawn {
      try server.sendPieces(.text) { writer in
        let first = String(repeating: "x", count: 300_000)
        do { try withTimeout(.seconds(1)) { try writer.write(first) } } catch is any TimeoutError {}
        try writer.write("second")
      }
    }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertThrowsError(try sender.wait()) { XCTAssertTrue($0 is any TimeoutError, "\($0)") }
    // The rest of it goes by itself, and then nothing but the end.
    XCTAssertEqual(try client.receive()?.payload.count, 300_000)
    XCTAssertEqual(try client.receive(), .close(1011))
  }

  /// "If a part of the message has gone": none has.
  func testPiecesOfWhichNoneHasGoneDoNotEndTheConnection() throws {
    let (client, server) = try narrowPair()
    try server.sendNoWait(PreparedMessage(String(repeating: "x", count: 300_000)))
    XCTAssertThrowsError(
      try withTimeout(.seconds(1)) { try server.sendPieces(.text) { try $0.write("never") } })
    XCTAssertNil(server.end)
    XCTAssertEqual(try client.receive()?.payload.count, 300_000)
  }

  func testNoMoreThanTheLimitIsLeftToBeSent() throws {
    let (_, server) = try narrowPair { $0.maxUnsentBytes = 100_000 }
    XCTAssertThrowsError(
      try {
        try server.sendNoWait(PreparedMessage([UInt8](repeating: 0, count: 50_000)))
        try server.sendNoWait(PreparedMessage([UInt8](repeating: 0, count: 50_000_000)))
      }())
    XCTAssertLessThanOrEqual(server.unsentByteCount, 100_000)
  }

  func testWhoReceivesIsToldWhenPiecesHaveFailedAndThePeerIsSilent() throws {
    struct Failure: Error {}
    let (_, server) = try rawClient { $0.heartbeat = WebSocket.Heartbeat() }
    let receiver = spawn { try server.receive() }
    try settle()
    XCTAssertThrowsError(
      try server.sendPieces(.text) {
        try $0.write("a")
        throw Failure()
      })
    try GreenThread.sleep(for: .seconds(3600))
    XCTAssertTrue(receiver.isFinished, "still in receive() an hour after \(server.end as Any)")
    server.abort()
    _ = try receiver.wait()
  }

  func testWhoReceivesIsToldWhenSendingHasFailed() throws {
    for kind in StreamKind.allCases {
      let (client, server) = try rawClient(over: kind) { $0.heartbeat = WebSocket.Heartbeat() }
      let receiver = spawn { try server.receive() }
      try settle()
      // Sending fails with EPIPE then, and receiving goes on.
      try client.socket.shutdown(.reading)
      XCTAssertThrowsError(try { while true { try server.send("text") } }())
      XCTAssertEqual(server.end?.cause, .lost)
      try GreenThread.sleep(for: .seconds(3600))
      XCTAssertTrue(
        receiver.isFinished, "\(kind): still in receive() an hour after \(server.end as Any)")
      server.abort()
      _ = try receiver.wait()
    }
  }
}

extension RawPeer {
  func receive(timeout: Duration) throws -> RawFrame? {
    do { return try withTimeout(timeout) { try receive() } } catch is any TimeoutError {
      return nil
    }
  }
}
