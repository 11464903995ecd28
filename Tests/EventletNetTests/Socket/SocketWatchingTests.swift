import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Who wants to know that the peer is gone.
final class SocketWatchingTests: NetTestCase {
  func testTheEndIsNoticedBehindUnreadData() throws {
    for (client, server) in [try makePair(), try makeNarrowPair()] {
      defer { client.close(); server.close() }
      let watcher = spawn { try server.waitUntilPeerCloses() }
      let second = spawn { try server.waitUntilPeerCloses() }
      try GreenThread.yield()
      try client.sendAll("request")
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertFalse(watcher.isFinished)
      client.close()
      try watcher.wait()
      try second.wait()
      try assertDoesNotSwitch { try server.waitUntilPeerCloses() }
      XCTAssertEqual(try server.receive(upTo: 100), Array("request".utf8))
    }
  }

  func testAnotherMayReceiveMeanwhile() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let watcher = spawn { try server.waitUntilPeerCloses() }
    let reader = spawn { try (server.receive(upTo: 10), server.receive(upTo: 10)) }
    try GreenThread.yield()
    try client.sendAll("x")
    try GreenThread.sleep(for: .seconds(1))
    XCTAssertFalse(watcher.isFinished)
    try client.shutdown(.writing)
    try watcher.wait()
    let (data, end) = try reader.wait()
    XCTAssertEqual([data, end], [[120], []])
  }

  func testAHandlerIsEndedWhenItsClientIsGone() throws {
    struct ClientIsGone: Error {}
    let (client, server) = try makePair()
    defer { server.close() }
    let handler = spawn {
      try withDiscardingGreenGroup { group in
        group.spawn {
          try server.waitUntilPeerCloses()
          throw ClientIsGone()
        }
        try GreenThread.sleep(for: .seconds(1_000_000))
      }
    }
    try GreenThread.sleep(for: .seconds(1))
    client.close()
    assertThrows(ClientIsGone.self) { try handler.wait() }
  }

  func testInterruptionsAndTheEndOfTheSocketLeaveNothing() throws {
    for means in Interruption.allCases {
      let (client, server) = try makePair()
      let before = HubHoldings()
      let victim = try means.ofDescriptorWait("watch", makingReady: nil) {
        try server.waitUntilPeerCloses(timeout: $0)
      }
      XCTAssertThrowsError(try victim.wait()) { error in
        if means == .own { XCTAssertTrue(error is IOTimeout, "\(error)") }
      }
      XCTAssertEqual(HubHoldings(), before)
      let closed = spawn { try server.waitUntilPeerCloses() }
      try GreenThread.yield()
      server.close()
      assertThrows(HubError.self) { try closed.wait() }
      assertThrows(SystemError.self) { try server.waitUntilPeerCloses() }
      client.close()
    }
  }

  // A sender that waits for room would wait for ever for a peer that never reads again.
  func testASenderThatWaitsForRoomLearnsThatThePeerIsGone() throws {
    for (client, server) in [try makePair(), try makeNarrowPair()] {
      defer { client.close() }
      let sender = spawn { try client.sendAll([UInt8](repeating: 1, count: 16 << 20)) }
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertFalse(sender.isFinished)
      server.close()
      assertThrows(SystemError.self) {
        try sender.wait()
      } check: {
        XCTAssertTrue([EPIPE, ECONNRESET].contains($0.errno), "\($0)")
      }
    }
  }
}
