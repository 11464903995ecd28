import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class WebSocketGroupTests: WebSocketTestCase {
  func testAllMembersGetTheSame() throws {
    let group = WebSocketGroup()
    let pairs = try (0..<5).map { _ in try rawClient() }
    for (_, server) in pairs { group.add(server) }
    XCTAssertEqual(group.count, 5)
    XCTAssertEqual(group.broadcast("text", except: pairs[2].server), 4)
    XCTAssertEqual(group.broadcast(.binary([1])), 5)
    for (index, (client, _)) in pairs.enumerated() {
      if index != 2 { XCTAssertEqual(try client.receive(), RawFrame(1, "text")) }
      XCTAssertEqual(try client.receive(), RawFrame(opcode: 2, payload: [1]))
    }
  }

  func testNobodyWaitsForASlowReceiverAndItIsDropped() throws {
    let group = WebSocketGroup()
    let slow = try narrowPair { $0.maxUnsentBytes = 100_000 }
    let quick = try rawClient()
    group.add(slow.server)
    group.add(quick.server)
    let message = PreparedMessage(String(repeating: "x", count: 40_000))
    var receivers: [Int] = []
    for _ in 0..<6 {
      receivers.append(group.broadcast(message))
      XCTAssertEqual(try quick.client.receive()?.payload.count, 40_000)
    }
    XCTAssertEqual(receivers, [2, 2, 1, 1, 1, 1])
    XCTAssertEqual(group.droppedCount, 1)
    XCTAssertEqual(group.count, 1)
    XCTAssertEqual(slow.server.end?.cause, .lost)
    XCTAssertThrowsError(try { while try slow.client.receive() != nil {} }())
  }

  func testASlowReceiverMayMissMessages() throws {
    let group = WebSocketGroup(slowReceivers: .skip)
    let (client, server) = try narrowPair { $0.maxUnsentBytes = 100_000 }
    group.add(server)
    for number in 0..<6 {
      group.broadcast(String(repeating: "\(number)", count: 40_000))
    }
    XCTAssertEqual(group.skippedCount, 4)
    var numbers: [Character] = []
    for _ in 0..<2 { numbers.append(try XCTUnwrap(client.receive()?.text.first)) }
    XCTAssertEqual(numbers, ["0", "1"])
    group.broadcast("again")
    XCTAssertEqual(try client.receive()?.text, "again")
    XCTAssertEqual(group.count, 1)
  }

  func testMessagesKeepTheirOrderWhoeverSendsThem() throws {
    let group = WebSocketGroup()
    let (client, server) = try narrowPair { $0.maxUnsentBytes = 10 << 20 }
    group.add(server)
    let sender = spawn {
      for number in 0..<50 {
        if number % 3 == 0 {
          try server.send(String(repeating: "s", count: 3000) + "\(number)")
        } else {
          group.broadcast(String(repeating: "b", count: 3000) + "\(number)")
        }
      }
    }
    for number in 0..<50 {
      XCTAssertEqual(try client.receive()?.text.drop { $0 == "s" || $0 == "b" }, "\(number)")
    }
    try sender.wait()
  }

  func testAMessageIsFramedAndCompressedOnce() throws {
    let message = PreparedMessage(String(repeating: "Hello ", count: 100))
    var frames: [[UInt8]] = []
    for _ in 0..<3 {
      let (client, server) = try pair(deflate: true)
      try server.sendNoWait(message)
      XCTAssertEqual(try client.receive(), message.message)
      let options = try XCTUnwrap(server.configuration.compression)
      frames.append(message.compressedFrame(windowBits: 15, options) { _, _ in [] })
    }
    XCTAssertLessThan(frames[0].count, 40)
    // The very same memory.
    let addresses = frames.map { $0.withUnsafeBytes { $0.baseAddress } }
    XCTAssertEqual(Set(addresses).count, 1)
  }

  func testMessagesThatReferToOthersCanBeExpandedBesidePreparedOnes() throws {
    let (client, server) = try pair(deflate: true)
    let prepared = PreparedMessage(String(repeating: "prepared ", count: 20))
    for round in 0..<5 {
      try server.send("a message of the connection's own, over and over, which refers to the last")
      try server.sendNoWait(prepared)
      try server.sendPieces(.text) { writer in
        try writer.write("a message of the connection's own, over and over, ")
        if round % 2 == 0 { try server.sendNoWait(prepared) }
        try writer.write("which refers to the last")
      }
      try server.send(prepared)
      let own = "a message of the connection's own, over and over, which refers to the last"
      XCTAssertEqual(try client.receive(), WebSocketMessage.text(own))
      XCTAssertEqual(try client.receive(), prepared.message)
      XCTAssertEqual(try client.receive(), WebSocketMessage.text(own))
      if round % 2 == 0 { XCTAssertEqual(try client.receive(), prepared.message) }
      XCTAssertEqual(try client.receive(), prepared.message)
    }
  }

  func testSmallMessagesAreNotCompressed() throws {
    let (client, server) = try pair(deflate: true)
    let raw = RawPeer(try XCTUnwrap(client.stream as? GreenSocket), masks: true)
    try server.sendNoWait(PreparedMessage("small"))
    XCTAssertEqual(try raw.receive(), RawFrame(1, "small"))
  }

  func testClientsMaskEachOfTheirOwn() throws {
    let group = WebSocketGroup()
    let pairs = try (0..<3).map { _ in try rawServer() }
    for (_, client) in pairs { group.add(client) }
    group.broadcast("text")
    let keys = try pairs.map { try XCTUnwrap($0.server.receive()?.key) }
    XCTAssertEqual(Set(keys).count, 3)
  }

  func testMembersLeaveWhenTheyEnd() throws {
    let group = WebSocketGroup()
    let (client, server) = try rawClient()
    try group.withMember(server) {
      XCTAssertTrue(group.contains(server))
      client.socket.close()
      XCTAssertNil(try server.receive())
      XCTAssertEqual(group.broadcast("text"), 0)
      XCTAssertFalse(group.contains(server))
    }
    group.add(server)
    XCTAssertEqual(group.count, 0)
  }

  func testAMemberLeavesWithItsScope() throws {
    let group = WebSocketGroup()
    let (_, server) = try rawClient()
    XCTAssertEqual(group.withMember(server) { group.count }, 1)
    XCTAssertEqual(group.count, 0)
    XCTAssertNil(server.end)
  }

  func testAllAreToldWhenTheGroupCloses() throws {
    let group = WebSocketGroup()
    let pairs = try (0..<3).map { _ in try rawClient() }
    for (_, server) in pairs { group.add(server) }
    XCTAssertThrowsError(try group.closeAll(.abnormalClosure))
    XCTAssertEqual(group.count, 3)
    try group.closeAll(.serviceRestart)
    for (client, _) in pairs { XCTAssertEqual(try client.receive(), .close(1012)) }
    XCTAssertEqual(group.count, 0)
  }
}
