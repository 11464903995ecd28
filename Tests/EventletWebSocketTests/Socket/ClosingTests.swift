import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class ClosingTests: WebSocketTestCase {
  // Eventlet: WS25
  func testACloseFrameIsAnsweredWithItsCodeAndNoReason() throws {
    for code: UInt16 in [1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999] {
      let (client, server) = try rawClient()
      try client.send(.close(code, "why"))
      XCTAssertNil(try server.receive())
      XCTAssertEqual(try client.receive(), .close(code))
      XCTAssertEqual(server.end, WebSocketEnd(ClosePayload(.init(rawValue: code), "why"), .peer))
      try server.close()
      XCTAssertNil(try client.receive())
    }
  }

  // Eventlet: WS26
  func testACloseFrameWithoutACodeIsAnsweredWithANormalOne() throws {
    let (client, server) = try rawClient()
    try client.send(8, "")
    XCTAssertNil(try server.receive())
    XCTAssertEqual(try client.receive(), .close(1000))
    XCTAssertEqual(server.end?.code, .noStatus)
  }

  func testACloseFrameOfOneByteIsAViolation() throws {
    let (client, server) = try rawClient()
    try client.send(8, "x")
    XCTAssertNil(try server.receive())
    XCTAssertEqual(try client.receive()?.code, 1002)
  }

  // Eventlet: WS36
  func testClosingWaitsForThePeersCloseFrame() throws {
    for kind in StreamKind.allCases {
      let (client, server) = try rawClient(over: kind)
      let closing = spawn { try server.close(.goingAway, reason: "so long") }
      XCTAssertEqual(try client.receive(), .close(1001, "so long"))
      try settle()
      XCTAssertFalse(closing.isFinished)
      // What comes meanwhile is of no use any more, but a ping of no harm.
      try client.send(1, "late")
      try client.send(9, "late")
      try settle()
      XCTAssertFalse(closing.isFinished)
      try client.send(.close(1001))
      try closing.wait()
      XCTAssertNil(try client.receive())
      XCTAssertEqual(server.end?.cause, .local)
      XCTAssertNil(try server.receive())
    }
  }

  func testAPeerThatDoesNotAnswerIsNotWaitedForLonger() throws {
    for kind in StreamKind.allCases {
      let (client, server) = try rawClient(over: kind) { $0.closeTimeout = .seconds(3) }
      let start = clock.now
      try server.close()
      XCTAssertEqual(clock.now - start, 3_000_000_000)
      XCTAssertEqual(server.end?.cause, .lost)
      XCTAssertEqual(server.end?.reason, "no close frame in 3.0 seconds")
      XCTAssertEqual(try client.receive(), .close(1000))
      XCTAssertNil(try client.receive())
    }
  }

  func testAPeerThatReadsNothingIsNotWaitedForLonger() throws {
    let (client, server) = try narrowPair()
    let sender = spawn { try server.send([UInt8](repeating: 0, count: 1 << 20)) }
    try settle()
    let start = clock.now
    try server.close()
    XCTAssertEqual(clock.now - start, 10_000_000_000)
    XCTAssertThrowsError(try sender.wait()) { XCTAssertTrue($0 is WebSocketClosed, "\($0)") }
    client.socket.close()
  }

  func testAClientWaitsForTheServerToClose() throws {
    let (server, client) = try rawServer()
    let closing = spawn { try client.close() }
    XCTAssertEqual(try server.receive(), .close(1000))
    try server.send(.close(1000))
    try settle()
    XCTAssertFalse(closing.isFinished)
    server.socket.close()
    try closing.wait()
    XCTAssertEqual(client.end?.cause, .local)
  }

  func testBothMayCloseAtOnce() throws {
    let (client, server) = try pair()
    let begin = clock.now
    let closing = [spawn { try client.close() }, spawn { try server.close() }]
    for thread in closing { try thread.wait() }
    XCTAssertEqual(client.end?.code, .normalClosure)
    XCTAssertEqual(server.end?.code, .normalClosure)
    XCTAssertEqual(clock.now, begin)
  }

  func testWhoReceivesMeanwhileGetsTheMessagesAndTheEnd() throws {
    let (client, server) = try rawClient()
    let receiver = spawn {
      var messages: [WebSocketMessage] = []
      while let message = try server.receive() { messages.append(message) }
      return messages
    }
    try settle()
    let closing = spawn { try server.close() }
    XCTAssertEqual(try client.receive(), .close(1000))
    try client.send(1, "a")
    try client.send(1, "b")
    try client.send(.close(1000))
    XCTAssertEqual(try receiver.wait(), [.text("a"), .text("b")])
    try closing.wait()
  }

  func testClosingTwiceDoesNothing() throws {
    let (client, server) = try pair()
    let peer = spawn { try client.receive() }
    try server.close()
    try server.close(.goingAway)
    XCTAssertNil(try peer.wait())
    XCTAssertEqual(server.end?.code, .normalClosure)
  }

  func testWhatCannotBeSaidIsAnErrorAndNothingHasHappened() throws {
    let (_, server) = try rawClient()
    for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
      let code = WebSocketCloseCode(rawValue: code)
      XCTAssertThrowsError(try server.close(code)) {
        XCTAssertEqual($0 as? WebSocketError, .invalidCloseCode(code))
      }
    }
    XCTAssertThrowsError(try server.close(reason: String(repeating: "ü", count: 62))) {
      XCTAssertEqual($0 as? WebSocketError, .reasonTooLong(124))
    }
    XCTAssertNil(server.end)
    try server.send("still here")
  }

  // Eventlet: WS30
  func testClosingAConnectionThatHasGoneIsNoError() throws {
    let (client, server) = try rawClient()
    client.socket.close()
    try server.close()
    XCTAssertEqual(server.end?.cause, .lost)
  }

  func testAnInterruptionClosesAtOnce() throws {
    for interruption in [Interruption.kill, .scope] {
      let (client, server) = try rawClient()
      let victim = interruption.spawnVictim { _ in try server.close() }
      try settle()
      if interruption == .kill { try victim.kill() }
      XCTAssertThrowsError(try victim.wait()) { interruption.assertThrown($0, "close") }
      XCTAssertEqual(try client.receive(), .close(1000))
      XCTAssertNil(try client.receive())
    }
  }

  func testAbortEndsWhoReceivesAndWhoSends() throws {
    let (client, server) = try narrowPair()
    let receiver = spawn { try server.receive() }
    let sender = spawn { try server.send([UInt8](repeating: 0, count: 1 << 20)) }
    try settle()
    server.abort()
    XCTAssertNil(try receiver.wait())
    XCTAssertThrowsError(try sender.wait()) { XCTAssertTrue($0 is WebSocketClosed, "\($0)") }
    XCTAssertEqual(server.end?.reason, "aborted")
    client.socket.close()
  }

  func testClosingWithoutWaitingEndsByItself() throws {
    let (client, server) = try rawClient()
    try server.closeNoWait(.tryAgainLater, reason: "busy")
    XCTAssertEqual(try client.receive(), .close(1013, "busy"))
    XCTAssertThrowsError(try server.send("text")) { XCTAssertTrue($0 is WebSocketClosed) }
    try GreenThread.sleep(for: .seconds(10))
    XCTAssertNil(try client.receive())
    XCTAssertEqual(server.end?.cause, .lost)
  }

  func testClosingWithoutWaitingEndsWhoReceivesWhenThePeerHasAnswered() throws {
    let (client, server) = try rawClient()
    let receiver = spawn { try server.receive() }
    try settle()
    let begin = clock.now
    try server.closeNoWait()
    try client.send(.close(1000))
    XCTAssertNil(try receiver.wait())
    try server.close()
    XCTAssertEqual(try client.receive(), .close(1000))
    XCTAssertNil(try client.receive())
    XCTAssertEqual(server.end?.cause, .local)
    XCTAssertEqual(clock.now, begin)
  }

  // MARK: Violations

  // Eventlet: WS37
  func testAViolationIsAnsweredAndTheHandlerSeesTheEnd() throws {
    let (client, server) = try rawClient()
    try client.send(0, "continuation of nothing")
    XCTAssertNil(try server.receive())
    XCTAssertEqual(try client.receive(), .close(1002, "a continuation of no message"))
    let closing = spawn { try server.close() }
    // Taken in, so that the kernel does not break the connection off.
    for _ in 0..<100 { try client.send([UInt8](repeating: 0, count: 10_000)) }
    XCTAssertFalse(closing.isFinished)
    client.socket.close()
    try closing.wait()
  }

  // Eventlet: WS38
  func testALargerFrameThanAllowedIsRefusedByItsHeader() throws {
    let (client, server) = try rawClient { $0.maxFrameSize = 50_000 }
    let receiver = spawn { try [server.receive(), server.receive(), server.receive()] }
    let exact = String(repeating: "x", count: 50_000)
    for _ in 0..<2 { try client.send(1, exact) }
    try client.send(Array(client.bytes(1, exact + "x").prefix(4)))
    XCTAssertEqual(try receiver.wait(), [.text(exact), .text(exact), nil])
    let close = try client.receive()
    XCTAssertEqual(close?.code, 1009)
    XCTAssertEqual(close?.text.contains("50001"), true)
    XCTAssertEqual(close?.text.contains("50000"), true)
  }

  // Eventlet: WS39
  func testAMessageThatExpandsBeyondTheLimitIsRefused() throws {
    for size in [99_999, 100_000, 100_001] {
      let (client, server) = try pair({ $0.maxMessageSize = 100_000 }, deflate: true)
      try client.send(String(repeating: "a", count: size))
      XCTAssertEqual(try server.receive()?.byteCount, size > 100_000 ? nil : size)
      if size > 100_000 {
        XCTAssertNil(try client.receive())
        XCTAssertEqual(client.end?.code, .messageTooBig)
      }
    }
  }

  // Eventlet: WS41
  func testTextThatIsNotUTF8IsTheEndAndNoErrorOfTheHandler() throws {
    let (client, server) = try rawClient()
    try client.send(RawFrame(opcode: 1, payload: [0x61, 0xFF]))
    XCTAssertNil(try server.receive())
    XCTAssertEqual(try client.receive()?.code, 1007)
  }

  // Eventlet: WS43
  func testDataThatCannotBeExpandedIsTheEndAndNoErrorOfTheHandler() throws {
    let (client, server) = try pair(deflate: true)
    let raw = RawPeer(try XCTUnwrap(client.stream as? GreenSocket), masks: true)
    try raw.send(RawFrame(flags: 0xC0, opcode: 1, payload: [0xFF, 0xFF, 0xFF]))
    XCTAssertNil(try server.receive())
    XCTAssertEqual(try raw.receive()?.code, 1007)
  }

  func testWhoReceivesWhileAnotherClosesGetsWhatComes() throws {
    let (client, server) = try rawClient()
    let closing = spawn { try server.close() }
    XCTAssertEqual(try client.receive(), .close(1000))
    let receiving = spawn { [try server.receive(), try server.receive()] }
    try settle()
    try client.send(1, "late")
    try client.send(.close(1000))
    XCTAssertEqual(try receiving.wait(), [.text("late"), nil])
    try closing.wait()
  }
}
