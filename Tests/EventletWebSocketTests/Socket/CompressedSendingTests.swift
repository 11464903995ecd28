import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class CompressedSendingTests: WebSocketTestCase {
  // Eventlet: WS52
  func testACompressedBinaryMessageSaysSoInItsFirstByte() throws {
    let (client, server) = try pair(deflate: true)
    let raw = RawPeer(try XCTUnwrap(client.stream as? GreenSocket), masks: true)
    try server.send([UInt8](repeating: 0x61, count: 1000))
    let frame = try XCTUnwrap(raw.receive())
    XCTAssertEqual(frame.flags | frame.opcode, 0xC2)
    XCTAssertLessThan(frame.payload.count, 100)
  }

  // Eventlet: WS53
  func testControlFramesAndEmptyMessagesAreNotCompressed() throws {
    let (client, server) = try pair(deflate: true)
    let raw = RawPeer(try XCTUnwrap(client.stream as? GreenSocket), masks: true)
    let payload = [UInt8](repeating: 0x61, count: 125)
    let ping = spawn { try server.ping(payload) }
    XCTAssertEqual(try raw.receive(), RawFrame(opcode: 9, payload: payload))
    try raw.send(RawFrame(opcode: 10, payload: payload))
    _ = try ping.wait()
    try server.send("")
    XCTAssertEqual(try raw.receive(), RawFrame(1, ""))
    try server.closeNoWait(reason: String(repeating: "a", count: 123))
    XCTAssertEqual(try raw.receive()?.flags, 0x80)
  }
}
