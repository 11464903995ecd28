import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class SendingTests: WebSocketTestCase {
  private let large = [UInt8](repeating: 0x61, count: 300_000)

  // Eventlet: WS18
  func testConcurrentSendersNeverMixFrames() throws {
    for kind in StreamKind.allCases {
      let (client, server) = try narrowPair(over: kind)
      let senders = (0..<10).map { number in
        spawn {
          for size in [10, 40_000, 200, 20_000] {
            try server.send([UInt8](repeating: UInt8(number), count: size))
          }
        }
      }
      var sizes = [[Int]](repeating: [], count: 10)
      for _ in 0..<40 {
        let payload = try XCTUnwrap(client.receive()).payload
        XCTAssertEqual(Set(payload).count, 1)
        sizes[Int(payload[0])].append(payload.count)
      }
      for sender in senders { try sender.wait() }
      XCTAssertEqual(sizes, Array(repeating: [10, 40_000, 200, 20_000], count: 10))
    }
  }

  func testAClientMasksEveryFrameWithAnotherKey() throws {
    let (server, client) = try rawServer()
    var keys: Set<[UInt8]> = []
    for _ in 0..<100 {
      try client.send("")
      keys.insert(try XCTUnwrap(server.receive()?.key))
    }
    XCTAssertGreaterThan(keys.count, 95)
  }

  func testAServerMasksNothing() throws {
    let (client, server) = try rawClient()
    try server.send("text")
    XCTAssertEqual(try client.receive()?.isMasked, false)
  }

  // Eventlet: WS23
  func testAfterTheEndSendingThrows() throws {
    let (client, server) = try rawClient()
    try client.send(.close(1001, "bye"))
    XCTAssertNil(try server.receive())
    XCTAssertThrowsError(try server.send("text")) { error in
      let closed = error as? WebSocketClosed
      XCTAssertEqual(closed?.end, WebSocketEnd(ClosePayload(.goingAway, "bye"), .peer))
      XCTAssertEqual("\(error)".suffix(30), ": closed by the peer: 1001 bye")
    }
    XCTAssertThrowsError(try server.sendNoWait(PreparedMessage("text")))
    XCTAssertThrowsError(try server.ping())
    XCTAssertThrowsError(try server.sendPieces(.text) { _ in })
  }

  func testSendingToWhoHasGoneThrows() throws {
    let (client, server) = try rawClient()
    client.socket.close()
    XCTAssertThrowsError(try { while true { try server.send("text") } }()) { error in
      XCTAssertTrue(error is WebSocketClosed, "\(error)")
    }
    XCTAssertEqual(server.end?.cause, .lost)
    XCTAssertNil(try server.receive())
  }

  func testNothingGoesAfterTheCloseFrame() throws {
    for kind in StreamKind.allCases {
      let (client, server) = try narrowPair(over: kind)
      try server.sendNoWait(PreparedMessage([UInt8](repeating: 1, count: 100_000)))
      // Has the turn, and sends what is older.
      let senders = [
        spawn { try server.send("text") },
        spawn { try server.send(PreparedMessage("prepared")) },
        spawn { try server.sendPieces(.text) { try $0.write("piece") } },
      ]
      try settle()
      try server.closeNoWait()
      XCTAssertEqual(try client.receive()?.payload.count, 100_000)
      var frames: [RawFrame] = []
      while let frame = try client.receive(), frame.opcode != 8 { frames.append(frame) }
      XCTAssertLessThanOrEqual(frames.count, 1)
      for sender in senders {
        do { try sender.wait() } catch { XCTAssertTrue(error is WebSocketClosed, "\(error)") }
      }
      try client.send(.close(1000))
      XCTAssertNil(try server.receive())
      try server.close()
      XCTAssertNil(try client.receive())
    }
  }

  // MARK: Interruptions

  func testTheRestOfAnInterruptedMessageIsSentByItself() throws {
    for interruption in Interruption.allCases {
      for role in [WebSocket.Role.server, .client] {
        let (peer, socket) = try narrow(role)
        let victim = interruption.spawnVictim { [large] in try socket.send(large, timeout: $0) }
        try end(victim, by: interruption)
        XCTAssertGreaterThan(socket.unsentByteCount, 0)
        let next = spawn { try socket.send("next") }
        XCTAssertEqual(try peer.receive()?.payload, large, "\(interruption) \(role)")
        XCTAssertEqual(try peer.receive()?.text, "next")
        try next.wait()
        XCTAssertEqual(socket.unsentByteCount, 0)
        XCTAssertNil(socket.end)
      }
    }
  }

  func testTheRestGoesThoughNobodySendsAgain() throws {
    let (peer, socket) = try narrow(.server)
    let victim = spawn { [large] in try socket.send(large) }
    try end(victim, by: .kill)
    XCTAssertEqual(try peer.receive()?.payload, large)
  }

  func testOverAnotherStreamAnInterruptedSendEndsTheConnection() throws {
    for interruption in Interruption.allCases {
      for kind in [StreamKind.timed, .plain] {
        let (client, server) = try narrowPair(over: kind)
        let victim = interruption.spawnVictim { [large] in try server.send(large, timeout: $0) }
        try end(victim, by: interruption)
        XCTAssertEqual(server.end?.reason, "interrupted while it sent")
        XCTAssertThrowsError(try server.send("next")) { XCTAssertTrue($0 is WebSocketClosed) }
        XCTAssertThrowsError(try client.receive())
      }
    }
  }

  func testAnInterruptionBeforeItsTurnSendsNothing() throws {
    for interruption in Interruption.allCases {
      let (client, server) = try narrowPair()
      let first = spawn { [large] in try server.send(large) }
      try settle()
      let victim = interruption.spawnVictim { try server.send("never", timeout: $0) }
      try end(victim, by: interruption)
      let last = spawn { try server.send("last") }
      XCTAssertEqual(try client.receive()?.payload, large)
      XCTAssertEqual(try client.receive()?.text, "last")
      try first.wait()
      try last.wait()
    }
  }

  func testACompressedMessageThatWasInterruptedIsReferredToByNone() throws {
    let (client, server) = try pair(deflate: true)
    let socket = try XCTUnwrap(server.stream as? GreenSocket)
    try socket.setOption(.sendBufferSize, 4096)
    var generator = SystemRandomNumberGenerator()
    let noise = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let victim = spawn { try server.send(noise) }
    try end(victim, by: .kill)
    let next = spawn { try server.send(Array(noise.suffix(1000))) }
    XCTAssertEqual(try client.receive(), .some(WebSocketMessage.binary(noise)))
    XCTAssertEqual(try client.receive(), .some(WebSocketMessage.binary(Array(noise.suffix(1000)))))
    try next.wait()
  }

  private func narrow(_ role: WebSocket.Role) throws -> (peer: RawPeer, socket: WebSocket) {
    if role == .server {
      let (client, server) = try narrowPair()
      return (client, server)
    }
    let (peer, socket) = try rawServer()
    try XCTUnwrap(socket.stream as? GreenSocket).setOption(.sendBufferSize, 4096)
    return (peer, socket)
  }

  private func end(_ victim: GreenThread<Void>, by interruption: Interruption) throws {
    try settle()
    if interruption == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
    XCTAssertThrowsError(try victim.wait()) { interruption.assertThrown($0, "send") }
  }

  func testOneMessageIsKeptHoweverLargeItIs() throws {
    let (client, server) = try pair { $0.maxUnsentBytes = 1000 }
    let large = [UInt8](repeating: 7, count: 2_000_000)
    try server.sendNoWait(large)
    XCTAssertGreaterThan(server.unsentByteCount, 1000)
    XCTAssertThrowsError(try server.sendNoWait([1]))
    XCTAssertEqual(try client.receive()?.bytes, large)
  }

  func testWhatWasKeptDuringAMessageInPiecesGoesAtItsEnd() throws {
    let (client, server) = try pair()
    try server.sendPieces(.text) { writer in
      try writer.write("a")
      try server.sendNoWait("kept")
      try settle()
      try writer.write("b")
    }
    XCTAssertEqual(try client.receive(timeout: .seconds(1)), .text("ab"))
    XCTAssertEqual(try client.receive(timeout: .seconds(1)), .text("kept"))
  }
}
