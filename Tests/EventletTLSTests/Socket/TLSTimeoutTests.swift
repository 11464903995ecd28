import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

final class TLSTimeoutTests: TLSTestCase {
  private func assertTimesOut(
    _ operation: String, line: UInt = #line, _ body: () throws -> Void
  ) {
    XCTAssertThrowsError(try body(), line: line) { error in
      guard let error = error as? IOTimeout else { return XCTFail("\(error)", line: line) }
      XCTAssertEqual(error.operation, operation, line: line)
      XCTAssertTrue("\(error)".hasSuffix(": timed out"), "\(error)", line: line)
    }
  }

  private func assertWouldWait(line: UInt = #line, _ body: () throws -> Void) {
    XCTAssertThrowsError(try body(), line: line) { error in
      guard case SystemError.wouldBlock = error else { return XCTFail("\(error)", line: line) }
    }
  }

  // Eventlet: IO80
  func testCallsTimeOut() throws {
    let (client, server) = try makeConnection()
    assertTimesOut("receive") { _ = try client.receive(upTo: 1, timeout: .seconds(1)) }
    XCTAssertEqual(clock.elapsed, .seconds(1))
    client.timeout = .seconds(2)
    assertTimesOut("receive") { _ = try client.receive(upTo: 1) }
    XCTAssertEqual(clock.elapsed, .seconds(3))
    // The call's own comes before that of the connection.
    assertTimesOut("receive") { _ = try client.receive(upTo: 1, timeout: .seconds(5)) }
    XCTAssertEqual(clock.elapsed, .seconds(8))
    client.timeout = nil
    try server.sendAll("x")
    XCTAssertEqual(try client.receive(upTo: 1), [120])
    client.close()
    server.close()
  }

  /// With the same rules as those of sockets.
  // Eventlet: IO80
  func testATimeoutOfZeroMeansNotToWait() throws {
    let (client, server) = try makeConnection()
    for _ in 0..<2 {
      assertDoesNotSwitch {
        assertWouldWait { _ = try client.receive(upTo: 1, timeout: .zero) }
      }
    }
    client.timeout = .zero
    assertWouldWait { _ = try client.receive(upTo: 1) }
    try server.sendAll("abc")
    XCTAssertEqual(try client.receive(upTo: 1), [97])
    XCTAssertEqual(try client.receive(upTo: 10), Array("bc".utf8))
    try client.sendAll("small")
    XCTAssertEqual(try server.receive(upTo: 10, timeout: .zero), Array("small".utf8))
    client.timeout = nil
    let waiter = spawn { try client.receive(upTo: 1) }
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertFalse(waiter.isFinished)
    try server.sendAll("x")
    XCTAssertEqual(try waiter.wait(), [120])
    client.close()
    server.close()
  }

  // Eventlet: IO80
  func testANegativeTimeoutHasPassedAlready() throws {
    let (client, server) = try makeConnection()
    assertTimesOut("receive") { _ = try client.receive(upTo: 1, timeout: .seconds(-1)) }
    XCTAssertEqual(clock.elapsed, .zero)
    client.close()
    server.close()
  }

  func testAHandshakeWithoutWaits() throws {
    let (client, server) = try makePair()
    assertWouldWait { try client.handshake(timeout: .zero) }
    var rounds = 0
    while client.version == nil || server.version == nil {
      for end in [client, server] {
        do { try end.handshake(timeout: .zero) } catch SystemError.wouldBlock {}
      }
      rounds += 1
      XCTAssertLessThan(rounds, 10)
      // The kernel's news come with a turn of the hub.
      try GreenThread.yield()
    }
    client.close()
    server.close()
  }

  func testTheTimeoutOfASocketIsTakenOver() throws {
    let (client, server) = try makeSockets()
    client.timeout = .seconds(3)
    let connection = try makeClient().wrap(
      client, serverName: "localhost", performsHandshake: false)
    XCTAssertEqual(connection.timeout, .seconds(3))
    assertTimesOut("TLS handshake with") { try connection.handshake() }
    XCTAssertEqual(clock.elapsed, .seconds(3))
    connection.close()
    server.close()
  }

  /// The whole call, however many waits it needs: the peer lets a byte go now and then.
  func testALimitIsForTheWholeHandshake() throws {
    let (client, server) = try makeSockets()
    let dripping = spawn {
      for byte in [UInt8]([22, 3, 3, 16, 0, 2, 0, 0, 100]) {
        try GreenThread.sleep(for: .seconds(1))
        try server.sendAll([byte])
      }
    }
    assertTimesOut("TLS handshake with") {
      _ = try makeClient().wrap(client, serverName: "localhost", timeout: .seconds(5))
    }
    XCTAssertEqual(clock.elapsed, .seconds(5))
    try dripping.kill()
    client.close()
    server.close()
  }

  // Eventlet: IO81
  func testSendingBeforeTheHandshakeIsLimited() throws {
    let (client, server) = try makePair()
    assertTimesOut("TLS handshake with") { try client.sendAll("x", timeout: .seconds(2)) }
    XCTAssertEqual(clock.elapsed, .seconds(2))
    // Nothing was sent of it, so it may be sent again.
    let receiver = spawn { try server.receive(upTo: 10) }
    try client.sendAll("y", timeout: .seconds(2))
    XCTAssertEqual(try receiver.wait(), [121])
    client.close()
    server.close()
  }

  func testWaitingForWhoShakesHandsIsLimited() throws {
    let (client, server) = try makePair()
    let first = spawn { try client.handshake() }
    try GreenThread.yield()
    assertTimesOut("TLS handshake with") { try client.sendAll("x", timeout: .seconds(2)) }
    assertWouldWait { try client.sendAll("x", timeout: .zero) }
    let other = spawn { try server.handshake() }
    try first.wait()
    try other.wait()
    client.close()
    server.close()
  }

  /// What runs on the hub's own stack must not wait, and need not here.
  func testCallsInAHubCallback() throws {
    let (client, server) = try makeConnection()
    try server.sendAll("question")
    var received: [UInt8] = []
    var failure: (any Error)?
    Hub.current.schedule(after: .seconds(1)) {
      do {
        received = try client.receive(upTo: 10, timeout: .zero)
        try client.sendAll("answer", timeout: .zero)
        _ = try client.receive(upTo: 10)
      } catch { failure = error }
    }
    try GreenThread.sleep(for: .seconds(2))
    XCTAssertEqual(received, Array("question".utf8))
    guard case HubError.blockingCallInHub? = failure else { return XCTFail("\(failure as Any)") }
    XCTAssertEqual(try server.receive(upTo: 10), Array("answer".utf8))
    let reader = spawn { try client.receive(upTo: 10) }
    try GreenThread.yield()
    Hub.current.schedule(after: .seconds(1)) {
      do { _ = try client.receive(upTo: 1, timeout: .zero) } catch { failure = error }
    }
    try GreenThread.sleep(for: .seconds(2))
    guard case HubError.secondWaiter? = failure else { return XCTFail("\(failure as Any)") }
    try server.sendAll("still")
    XCTAssertEqual(try reader.wait(), Array("still".utf8))
    client.close()
    server.close()
  }

  func testTimeoutsOverOtherStreams() throws {
    let (one, other) = MemoryStream.makePair()
    let (client, server) = try wrap(one, other)
    assertTimesOut("TLS handshake with") { try client.handshake(timeout: .seconds(1)) }
    assertWouldWait { try client.handshake(timeout: .zero) }
    XCTAssertEqual(clock.elapsed, .seconds(1))
    try shakeHands(client, server)
    assertTimesOut("receive") { _ = try client.receive(upTo: 1, timeout: .seconds(1)) }
    XCTAssertEqual(clock.elapsed, .seconds(2))
    assertWouldWait { _ = try client.receive(upTo: 1, timeout: .zero) }
    try server.sendAll("x")
    XCTAssertEqual(try client.receive(upTo: 1, timeout: .seconds(1)), [120])
    client.close()
    server.close()
    try GreenThread.yield()
  }

  // Eventlet: IO71, IO74
  func testSendingToASlowReaderOnlyWaits() throws {
    let (clientSocket, serverSocket) = try makeNarrowSockets()
    let (client, server) = try wrap(clientSocket, serverSocket)
    try shakeHands(client, server)
    let data = Self.pattern(400_000)
    let sender = spawn { try client.sendAll(data) }
    var received: [UInt8] = []
    try GreenThread.yield()
    let before = Hub.current.statistics
    // Nobody reads: nothing happens for an hour but this one's sleep.
    for _ in 0..<60 { try GreenThread.sleep(for: .seconds(60)) }
    let idle = Hub.current.statistics
    XCTAssertLessThanOrEqual(idle.switches - before.switches, 200)
    var pieces: UInt64 = 0
    while received.count < data.count {
      try GreenThread.sleep(for: .seconds(1))
      received += try server.receive(upTo: 100_000)
      pieces += 1
    }
    // A wake-up for each time that there was room, and not for each byte or moment.
    let switches = Hub.current.statistics.switches - idle.switches
    XCTAssertLessThanOrEqual(switches, 40 * pieces + 2000, "\(pieces) pieces")
    try sender.wait()
    XCTAssertTrue(received == data)
    client.close()
    server.close()
  }
}
