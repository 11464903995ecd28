import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class MembershipTests: WebSocketTestCase {
  /// The peer takes everything; it is the program that takes its time.
  func testAMemberInTheMiddleOfAMessageInPiecesIsNotTooSlow() throws {
    let group = WebSocketGroup()
    let (client, server) = try rawClient { $0.maxUnsentBytes = 10_000 }
    group.add(server)
    let reader = spawn { while try client.receive() != nil {} }
    let sender = spawn {
      try server.sendPieces(.text) { writer in
        for _ in 0..<10 {
          try writer.write("a line of a report that takes its time")
          try GreenThread.sleep(for: .seconds(1))
        }
      }
    }
    for _ in 0..<10 {
      try GreenThread.sleep(for: .milliseconds(900))
      group.broadcast(String(repeating: "news", count: 1000))
    }
    XCTAssertEqual(group.droppedCount, 0)
    server.abort()
    do { try sender.wait() } catch is WebSocketClosed {}
    _ = try? reader.wait()
  }

  /// Nobody broadcasts for a while.
  func testAnEndedMemberIsNotKept() throws {
    let group = WebSocketGroup()
    let (client, server) = try rawClient()
    group.add(server)
    client.socket.close()
    XCTAssertNil(try server.receive())
    try server.close()
    XCTAssertEqual(group.count, 0)
  }

  func testAnInnerScopeDoesNotEndTheMembershipOfAnOuterOne() throws {
    let group = WebSocketGroup()
    let (_, server) = try rawClient()
    group.withMember(server) {
      group.withMember(server) { XCTAssertEqual(group.count, 1) }
      XCTAssertEqual(group.count, 1)
    }
    XCTAssertEqual(group.count, 0)
  }

  func testAGroupThatGoesLeavesItsMembers() throws {
    let (client, server) = try rawClient()
    do { WebSocketGroup().add(server) }
    XCTAssertTrue(server.groups.isEmpty)
    client.socket.close()
    XCTAssertNil(try server.receive())
  }
}
