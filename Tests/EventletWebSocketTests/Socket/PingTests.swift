import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class PingTests: WebSocketTestCase {
  func testAPingTakesAsLongAsThePongDoes() throws {
    let (client, server) = try rawClient()
    let ping = spawn { try server.ping() }
    let frame = try XCTUnwrap(client.receive())
    XCTAssertEqual(frame.opcode, 9)
    try GreenThread.sleep(for: .milliseconds(30))
    try client.send(RawFrame(opcode: 10, payload: frame.payload))
    XCTAssertEqual(try ping.wait(), .milliseconds(30))
  }

  func testSomebodyElseMayReceiveMeanwhile() throws {
    let (client, server) = try rawClient()
    let receiver = spawn { try [server.receive(), server.receive()] }
    try settle()
    let ping = spawn { try server.ping(Array("hello".utf8)) }
    XCTAssertEqual(try client.receive(), RawFrame(9, "hello"))
    try client.send(1, "a")
    try client.send(10, "something else")
    try settle()
    XCTAssertFalse(ping.isFinished)
    try client.send(10, "hello")
    _ = try ping.wait()
    try client.send(1, "b")
    XCTAssertEqual(try receiver.wait(), [.text("a"), .text("b")])
  }

  func testMessagesThatComeBeforeThePongAreKept() throws {
    let (client, server) = try rawClient()
    let ping = spawn { try server.ping(Array("hello".utf8)) }
    try settle()
    try client.send(client.bytes(1, "a") + client.bytes(1, "b") + client.bytes(10, "hello"))
    _ = try ping.wait()
    XCTAssertEqual(try server.receive(), WebSocketMessage.text("a"))
    XCTAssertEqual(try server.receive(), WebSocketMessage.text("b"))
  }

  func testWhoReceivesGetsAMessageThatTheOneWhoPingsHasRead() throws {
    let (client, server) = try rawClient()
    let ping = spawn { try server.ping() }
    try settle()
    let receiver = spawn { try server.receive() }
    try settle()
    try client.send(1, "a")
    XCTAssertEqual(try receiver.wait(), WebSocketMessage.text("a"))
    XCTAssertFalse(ping.isFinished)
    try ping.kill()
  }

  func testALaterPongAnswersEarlierPings() throws {
    let (client, server) = try rawClient()
    let pings = (0..<3).map { number in spawn { try server.ping([UInt8(number)]) } }
    try settle()
    try client.send(RawFrame(opcode: 10, payload: [1]))
    _ = try pings[0].wait()
    _ = try pings[1].wait()
    XCTAssertFalse(pings[2].isFinished)
    try client.send(RawFrame(opcode: 10, payload: [2]))
    _ = try pings[2].wait()
  }

  func testTheEndEndsAPing() throws {
    let (client, server) = try rawClient()
    let ping = spawn { try server.ping() }
    try settle()
    client.socket.close()
    XCTAssertThrowsError(try ping.wait()) { XCTAssertTrue($0 is WebSocketClosed, "\($0)") }
  }

  func testAnInterruptionLosesNothing() throws {
    for interruption in Interruption.allCases {
      let (client, server) = try rawClient()
      let victim = interruption.spawnVictim { try server.ping([7], timeout: $0) }
      try client.send(Array(client.bytes(1, "Hello").prefix(8)))
      try settle()
      if interruption == .kill { try victim.kill() }
      XCTAssertThrowsError(try victim.wait()) { interruption.assertThrown($0, "ping") }
      try client.send(Array(client.bytes(1, "Hello").dropFirst(8)))
      XCTAssertEqual(try server.receive(), WebSocketMessage.text("Hello"))
      XCTAssertTrue(server.pings.isEmpty)
    }
  }

  // Eventlet: WS45
  func testAPayloadThatIsTooLongIsAnErrorOfTheCallers() throws {
    let (_, server) = try rawClient()
    XCTAssertThrowsError(try server.ping([UInt8](repeating: 0, count: 126))) {
      XCTAssertEqual($0 as? WebSocketError, .pingTooLong(126))
    }
  }

  func testMoreMessagesThanOneMayHaveAreNotKept() throws {
    let (client, server) = try rawClient { $0.maxMessageSize = 1000 }
    let ping = spawn { try server.ping() }
    try settle()
    for _ in 0..<2 { try client.send(1, String(repeating: "x", count: 600)) }
    XCTAssertThrowsError(try ping.wait()) {
      XCTAssertEqual($0 as? WebSocketError, .unreceivedMessages(byteCount: 1328))
    }
    for _ in 0..<2 { XCTAssertEqual(try server.receive()?.byteCount, 600) }
    XCTAssertEqual(server.unreceivedCost, 0)
  }
}
