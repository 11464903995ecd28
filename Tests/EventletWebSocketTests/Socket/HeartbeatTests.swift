import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

// Eventlet: WS21
final class HeartbeatTests: WebSocketTestCase {
  private func start(
    over kind: StreamKind = .socket, interval: Duration = .seconds(20),
    timeout: Duration = .seconds(20)
  ) throws -> (client: RawPeer, server: WebSocket) {
    try rawClient(over: kind) {
      $0.heartbeat = WebSocket.Heartbeat(interval: interval, timeout: timeout)
    }
  }

  /// Since the beginning of the test.
  private var seconds: Int { Int(clock.now / 1_000_000_000) - 1 }

  func testASilentPeerIsAskedAndThenGivenUp() throws {
    for kind in StreamKind.allCases {
      let begin = seconds
      let (client, server) = try start(over: kind, timeout: .seconds(7))
      let receiver = spawn { try server.receive() }
      XCTAssertEqual(try client.receive(), RawFrame(9))
      XCTAssertEqual(seconds - begin, 20)
      XCTAssertNil(try receiver.wait())
      XCTAssertEqual(seconds - begin, 27)
      XCTAssertEqual(server.end?.cause, .lost)
      XCTAssertEqual(
        server.end?.reason, "nothing came for 20.0 seconds, and no pong for 7.0 seconds")
      XCTAssertNil(try client.receive())
    }
  }

  func testAPongIsEnough() throws {
    let (client, server) = try start()
    let receiver = spawn { try server.receive() }
    for _ in 0..<10 {
      XCTAssertEqual(try client.receive(), RawFrame(9))
      try GreenThread.sleep(for: .seconds(19))
      try client.send(10, "")
    }
    XCTAssertNil(server.end)
    try client.send(1, "text")
    XCTAssertEqual(try receiver.wait(), WebSocketMessage.text("text"))
  }

  func testWhoIsHeardOfIsNotAsked() throws {
    let (client, server) = try start()
    let receiver = spawn { while try server.receive() != nil {} }
    for _ in 0..<20 {
      try GreenThread.sleep(for: .seconds(15))
      try client.send(1, "text")
    }
    try client.send(.close(1000))
    try receiver.wait()
    XCTAssertEqual(try client.receive(), .close(1000))
  }

  // Nobody reads the pongs: they are looked for.
  func testAPeerIsNotGivenUpBecauseNobodyReceives() throws {
    for kind in StreamKind.allCases {
      let (client, server) = try start(over: kind)
      for _ in 0..<5 {
        XCTAssertEqual(try client.receive(), RawFrame(9))
        try client.send(10, "")
      }
      XCTAssertNil(server.end)
    }
  }

  func testASilentPeerIsGivenUpThoughNobodyReceives() throws {
    let (client, server) = try start()
    XCTAssertEqual(try client.receive(), RawFrame(9))
    XCTAssertNil(try client.receive())
    XCTAssertEqual(seconds, 40)
    XCTAssertEqual(server.end?.cause, .lost)
  }

  func testMoreMessagesThanAreKeptMayHideASignOfLife() throws {
    let (client, server) = try start()
    for _ in 0..<3 { try client.send(1, String(repeating: "a", count: 30_000)) }
    try GreenThread.sleep(for: .seconds(100))
    XCTAssertNil(server.end)
    XCTAssertEqual(try server.receive()?.byteCount, 30_000)
  }

  func testAPeerThatSendsMuchAndReadsNothingIsGivenUp() throws {
    let (client, server) = try narrowPair { $0.heartbeat = WebSocket.Heartbeat() }
    let handler = spawn { try echo(server) }
    let sender = spawn { while true { try client.send(1, String(repeating: "a", count: 9000)) } }
    XCTAssertThrowsError(try handler.wait()) { XCTAssertTrue($0 is WebSocketClosed, "\($0)") }
    XCTAssertEqual(server.end?.cause, .lost)
    XCTAssertThrowsError(try sender.wait())
  }

  func testPingsAndCloseFramesAreSeenThoughNobodyReceives() throws {
    let (client, server) = try start()
    try GreenThread.sleep(for: .seconds(1))
    try client.send(9, "x")
    XCTAssertEqual(try client.receive(), RawFrame(10, "x"))
    XCTAssertEqual(seconds, 5)
    try client.send(.close(1000))
    XCTAssertEqual(try client.receive(), .close(1000))
    XCTAssertEqual(seconds, 10)
    XCTAssertEqual(server.end?.cause, .peer)
  }

  func testWhoOnlySendsSeesTheEndWithinASecond() throws {
    let (client, server) = try start()
    let sender = spawn {
      for number in 0..<1000 {
        try server.send("\(number)")
        try GreenThread.sleep(for: .milliseconds(100))
      }
    }
    try client.send(9, "x")
    try client.send(.close(1001))
    XCTAssertThrowsError(try sender.wait()) { error in
      XCTAssertEqual((error as? WebSocketClosed)?.end.code, .goingAway)
    }
    XCTAssertEqual(seconds, 1)
    var last: [RawFrame] = []
    while let frame = try client.receive(), frame.opcode != 8 { last.append(frame) }
    XCTAssertTrue(last.contains(RawFrame(10, "x")))
  }

  func testAnAnswerToEachMessageIsNoReasonToLook() throws {
    let (client, server) = try start()
    for _ in 0..<5 {
      try client.send(1, "question")
      _ = try server.receive()
      try server.send("answer")
      XCTAssertEqual(server.sendsSinceRead, 1)
      XCTAssertEqual(server.nextLook, .never)
      try GreenThread.sleep(for: .seconds(2))
      XCTAssertEqual(try client.receive()?.text, "answer")
    }
  }

  func testAPeerThatTakesWhatItIsSentIsAlive() throws {
    let (client, server) = try narrowPair {
      $0.heartbeat = WebSocket.Heartbeat(interval: .seconds(5), timeout: .seconds(5))
    }
    let sender = spawn { try server.send([UInt8](repeating: 0, count: 200_000)) }
    for _ in 0..<20 {
      _ = try client.reader.read(exactly: 9_000)
      try GreenThread.sleep(for: .seconds(4))
    }
    XCTAssertNil(server.end)
    XCTAssertFalse(sender.isFinished)
    // And now it does not.
    XCTAssertThrowsError(try sender.wait()) { XCTAssertTrue($0 is WebSocketClosed, "\($0)") }
    XCTAssertEqual(server.end?.cause, .lost)
  }

  func testAClosedConnectionHasNoTimer() throws {
    let (client, server) = try start()
    client.socket.close()
    XCTAssertNil(try server.receive())
    try server.close()
    XCTAssertEqual(server.heartbeat.timer?.isPending, false)
  }
}
