import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

/// What a peer can do to this end.
final class HostilePeerTests: WebSocketTestCase {
  /// Each costs the peer six bytes, and this end more, without a limit.
  func testEmptyMessagesThatNobodyReceivesAreLimited() throws {
    let (client, server) = try rawClient { $0.maxMessageSize = 1000 }
    let pinger = spawn { try server.ping() }
    let many = (0..<1000).flatMap { _ in client.bytes(1, "") }
    for _ in 0..<100 where !pinger.isFinished {
      try client.send(many)
      try settle()
    }
    XCTAssertTrue(pinger.isFinished, "\(server.unreceived.count) messages are kept")
    server.abort()
    XCTAssertThrowsError(try pinger.wait())
  }

  /// Sends one request after the other to an echo and reads nothing.
  func testAPeerThatReadsNothingIsGivenUp() throws {
    let (client, server) = try narrowPair { $0.heartbeat = WebSocket.Heartbeat() }
    let handler = spawn { try echo(server) }
    try client.send(2, String(repeating: "x", count: 100_000))
    try settle()
    try client.send(1, "more")
    try GreenThread.sleep(for: .seconds(24 * 3600))
    XCTAssertTrue(handler.isFinished, "a day later, and \(server.end as Any)")
    server.abort()
    do { try handler.wait() } catch is WebSocketClosed {}
  }

  /// The usual ticker: the client subscribes, and the handler pushes and does not receive.
  func testPingsAndCloseFramesAreSeenBehindAMessageThatNobodyReceives() throws {
    let (client, server) = try rawClient { $0.heartbeat = WebSocket.Heartbeat() }
    let ticker = spawn {
      for number in 0..<100 {
        try server.send("\(number)")
        try GreenThread.sleep(for: .seconds(1))
      }
    }
    try client.send(1, "subscribe")
    try client.send(9, "x")
    try client.send(.close(1001))
    var kinds: Set<UInt8> = []
    for _ in 0..<90 { if let frame = try client.receive() { kinds.insert(frame.opcode) } }
    XCTAssertTrue(kinds.contains(10), "the ping is not answered in 90 seconds")
    XCTAssertTrue(kinds.contains(8), "the close frame is not answered in 90 seconds")
    server.abort()
    do { try ticker.wait() } catch is WebSocketClosed {}
  }

  /// The `ping_timeout` of Python's websockets is 20 seconds.
  func testAPingDuringALongHandlerIsAnsweredInAQuarterOfTheInterval() throws {
    let (client, server) = try rawClient { $0.heartbeat = WebSocket.Heartbeat() }
    let handler = spawn {
      _ = try server.receive()
      try GreenThread.sleep(for: .seconds(60))
    }
    try settle()
    // A ping has armed the heartbeat's timer while somebody received.
    XCTAssertEqual(try client.receive(), RawFrame(9))
    try client.send(10, "")
    try GreenThread.sleep(for: .seconds(1))
    try client.send(1, "go")
    try settle()
    let sentTime = clock.now
    try client.send(9, "x")
    while let frame = try client.receive(), frame.opcode != 10 {}
    XCTAssertLessThanOrEqual((clock.now - sentTime) / 1_000_000_000, 6)
    server.abort()
    try handler.wait()
  }
}
