import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class MaskingKeysTests: WebSocketTestCase {
  // Eventlet: WS58 [!]
  func testKeysDoNotRepeatMoreOftenThanByChance() {
    let keys = MaskingKeys.current
    let count = 10_000
    let found = Set((0..<count).map { _ in keys.next() })
    // 0.012 repetitions are to be expected, and four have a chance of one in 10^9.
    XCTAssertGreaterThan(found.count, count - 4)
    // Each of the 32 bits is set in about half of them: 10 standard deviations are 500.
    for bit in 0..<32 {
      let setCount = found.count { $0 >> UInt32(bit) & 1 == 1 }
      XCTAssertTrue((4500...5500).contains(setCount), "bit \(bit): \(setCount)")
    }
  }

  func testEachHubHasItsOwn() {
    XCTAssertTrue(MaskingKeys.current === MaskingKeys.current)
  }

  // Eventlet: WS57, WS58 [!], WS59 [!]
  func testAClientMasksEveryFrameWithAKeyOfItsOwn() throws {
    let (server, client) = try rawServer()
    try client.send("")
    try client.send([])
    try client.send("Hello")
    let pinging = spawn { try client.ping([]) }
    try settle()
    try client.closeNoWait()
    let expected = [
      RawFrame(1), RawFrame(2), RawFrame(1, "Hello"), RawFrame(9), RawFrame.close(1000),
    ]
    var keys: [[UInt8]] = []
    for frame in expected {
      let received = try XCTUnwrap(try server.receive())
      XCTAssertEqual(received, frame)
      keys.append(try XCTUnwrap(received.key, "\(frame) without a key"))
    }
    XCTAssertEqual(Set(keys).count, expected.count)
    client.abort()
    XCTAssertThrowsError(try pinging.wait())
  }

  // Eventlet: WS57
  func testAServerMasksNothing() throws {
    let (client, server) = try rawClient()
    try server.send("")
    try server.send("Hello")
    for frame in [RawFrame(1), RawFrame(1, "Hello")] {
      let received = try XCTUnwrap(try client.receive())
      XCTAssertEqual(received, frame)
      XCTAssertNil(received.key)
    }
  }
}
