import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import XCTest

final class TLSEndingTests: TLSTestCase {
  // Eventlet: IO69
  func testUnwrappingGivesBackTheStream() throws {
    for version in [TLSVersion.tls12, .tls13] {
      let context = try makeClient { $0.maximumVersion = version }
      let (client, server) = try makeConnection(client: context)
      let other = spawn { () -> any ByteStream in
        XCTAssertEqual(try server.receive(upTo: 1), [])
        let plain = try server.unwrap()
        // At once: it must not be taken along with the end of TLS.
        try plain.sendAll("in the clear")
        return plain
      }
      let plain = try XCTUnwrap(try client.unwrap() as? GreenSocket)
      XCTAssertTrue(plain === client.stream)
      XCTAssertEqual(try plain.receive(upTo: 100), Array("in the clear".utf8))
      try plain.sendAll("and back")
      let otherPlain = try other.wait()
      XCTAssertEqual(try otherPlain.receive(upTo: 100), Array("and back".utf8))
      // What was unwrapped is no longer the connection's.
      client.close()
      server.abort()
      try plain.sendAll("still open")
      XCTAssertEqual(try otherPlain.receive(upTo: 100), Array("still open".utf8))
      assertClosed([{ try client.sendAll("x") }, { _ = try client.receive(upTo: 1) }])
      plain.close()
      otherPlain.close()
    }
  }

  // Eventlet: IO69
  func testUnwrappingAtBothEndsAtOnce() throws {
    let (client, server) = try makeConnection()
    let other = spawn { try server.unwrap() }
    let plain = try client.unwrap()
    try plain.sendAll("plain")
    XCTAssertEqual(try other.wait().receive(upTo: 10), Array("plain".utf8))
    plain.close()
    server.stream.close()
  }

  /// STARTTLS, and TLS once more after it.
  func testAStreamCanBeWrappedAgain() throws {
    let (clientSocket, serverSocket) = try makeSockets()
    for round in 1...2 {
      let (client, server) = try wrap(clientSocket, serverSocket)
      let other = spawn {
        XCTAssertEqual(try server.receive(upTo: 10), Array("round \(round)".utf8))
        try server.unwrap()
      }
      try client.sendAll("round \(round)")
      try client.unwrap()
      _ = try other.wait()
    }
    clientSocket.close()
    serverSocket.close()
  }

  func testDataThatNobodyHasReceivedIsNotLostByUnwrapping() throws {
    let (client, server) = try makeConnection()
    try server.sendAll("unread")
    assertThrows(.unexpectedData) { try client.unwrap() }
    XCTAssertEqual(try client.receive(upTo: 10), Array("unread".utf8))
    let other = spawn { try server.unwrap() }
    try client.unwrap()
    _ = try other.wait()
    client.stream.close()
    server.stream.close()
  }

  /// Plain bytes that came before the peer could know of our end: anybody may have put them there.
  func testBytesBehindTheEndThatCameTooEarly() throws {
    let (client, server) = try makeConnection()
    try server.endSending()
    try server.stream.sendAll("injected")
    XCTAssertEqual(try client.receive(upTo: 10), [])
    assertThrows(.unexpectedData) { try client.unwrap() }
    client.close()
    server.close()
  }

  func testUnwrappingWhileAnotherReceivesIsRefused() throws {
    let (client, server) = try makeConnection()
    let reader = spawn { try client.receive(upTo: 1) }
    try GreenThread.yield()
    XCTAssertThrowsError(try client.unwrap()) { error in
      guard case HubError.secondWaiter = error else { return XCTFail("\(error)") }
    }
    try reader.kill()
    client.close()
    server.close()
  }

  func testUnwrappingFromAPeerThatIsGone() throws {
    let (client, server) = try makeConnection()
    XCTAssertThrowsError(try server.receive(upTo: 1, timeout: .seconds(1)))
    XCTAssertThrowsError(try client.receive(upTo: 1, timeout: .seconds(1)))
    server.abort()
    assertThrows(.truncated) { try client.unwrap() }
    client.close()
  }

  func testEndingOneDirection() throws {
    let (client, server) = try makeConnection()
    try client.sendAll("question")
    try client.endSending()
    try client.endSending()
    assertThrows(.sendingEnded) { try client.sendAll("more") }
    XCTAssertEqual(try server.receive(upTo: 10), Array("question".utf8))
    XCTAssertEqual(try server.receive(upTo: 10), [])
    try server.sendAll("answer")
    server.close()
    XCTAssertEqual(try client.receive(upTo: 10), Array("answer".utf8))
    XCTAssertEqual(try client.receive(upTo: 10), [])
    client.close()
  }

  func testClosingNeverSwitches() throws {
    let (client, server) = try makeConnection()
    assertDoesNotSwitch {
      client.close()
      client.close()
    }
    XCTAssertEqual(try server.receive(upTo: 1), [])
    server.close()
    let (clientSocket, serverSocket) = try makeNarrowSockets()
    let (full, other) = try wrap(clientSocket, serverSocket)
    try shakeHands(full, other)
    let sender = spawn { try full.sendAll(Self.pattern(1 << 20)) }
    try GreenThread.yield()
    try sender.kill()
    assertDoesNotSwitch { full.close() }
    other.close()
  }

  /// Who has only sent has tickets unread, and the peer's end comes later: neither takes anything
  /// from a peer that is slow.
  func testWhatWasSentIsNotLostByClosing() throws {
    for version in [TLSVersion.tls12, .tls13] {
      let (client, server) = try makePair(client: makeClient { $0.maximumVersion = version })
      let data = Self.pattern(1 << 20)
      let sender = spawn {
        try client.sendAll(data)
        assertDoesNotSwitch { client.close() }
      }
      // More than it is asked for.
      try server.sendAll("nobody receives this")
      var received: [UInt8] = []
      while received.count < data.count - 200_000 {
        received += try server.receive(upTo: 4096)
      }
      try sender.wait()
      try GreenThread.sleep(for: .seconds(1))
      // Comes when the other end is closed already.
      try server.sendAll("nor this")
      while case let more = try server.receive(upTo: 4096), !more.isEmpty { received += more }
      XCTAssertTrue(received == data, "\(version): \(received.count)")
      server.close()
    }
  }

  /// Whoever waits for the closed socket hears of it at once; the rest is a matter of seconds.
  func testClosingTakesTenSecondsAtMost() throws {
    let (client, server) = try makeConnection()
    try client.sendAll("x")
    let reader = spawn { try client.receive(upTo: 1) }
    try GreenThread.yield()
    client.close()
    XCTAssertThrowsError(try reader.wait()) { error in
      guard case HubError.closedWhileWaiting = error else { return XCTFail("\(error)") }
    }
    let before = clock.elapsed
    // The peer neither receives nor closes.
    waitForClosing()
    XCTAssertGreaterThan(clock.elapsed - before, .seconds(9))
    XCTAssertLessThan(clock.elapsed - before, .seconds(11))
    server.close()
  }

  /// Over another kind of stream the end of TLS takes its time, and a limit of it.
  func testClosingOverAStreamThatTakesNothing() throws {
    let (one, other) = MemoryStream.makePair()
    let (client, server) = try wrap(one, other)
    try shakeHands(client, server)
    one.capacity = 1
    try one.inject([1])
    client.close()
    XCTAssertFalse(one.isClosed)
    try GreenThread.sleep(for: .seconds(60))
    XCTAssertTrue(one.isClosed)
    server.abort()
  }

  func testDroppingAConnectionLetsGoOfItsSocket() throws {
    let check = LeakCheck()
    weak var socket: GreenSocket?
    weak var connection: TLSSocket?
    try {
      let (client, server) = try makeConnection()
      socket = client.stream as? GreenSocket
      connection = client
      _ = client.reader
      server.close()
    }()
    XCTAssertNil(connection)
    XCTAssertNil(socket)
    waitForClosing()
    XCTAssertEqual(check.leaks(of: Hub.current).filter { $0.contains("socket:") }, [])
  }

  /// An idle connection keeps room for one small record, and nothing else.
  func testAnIdleConnectionKeepsNoBuffers() throws {
    let (client, server) = try makeConnection()
    let data = Self.pattern(1 << 20)
    let sender = spawn { try client.sendAll(data) }
    var count = 0
    while count < data.count { count += try server.receive(upTo: 1 << 20).count }
    try sender.wait()
    let reader = spawn { try server.receive(upTo: 1) }
    try GreenThread.yield()
    XCTAssertLessThanOrEqual(RecordMemory.size(of: client), 2048)
    XCTAssertLessThanOrEqual(RecordMemory.size(of: server), 2048)
    try reader.kill()
    client.close()
    server.close()
  }
}
