import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

/// Streams of which little is known.
final class OddStreamTests: WebSocketTestCase {
  /// A stream's errors may be of any type.
  func testTheErrorOfAStreamIsTheEnd() throws {
    var configuration = WebSocket.Configuration()
    configuration.heartbeat = nil
    let socket = WebSocket(over: BrokenStream(), role: .server, configuration: configuration)
    XCTAssertNoThrow(XCTAssertNil(try socket.receive()))
    XCTAssertEqual(socket.end?.cause, .lost)
    XCTAssertNoThrow(try socket.close())
  }

  func testAPongThatComesBeforeThePingHasReturned() throws {
    let (near, far) = try GreenSocket.pair()
    var configuration = WebSocket.Configuration()
    configuration.heartbeat = nil
    let server = WebSocket(over: SlowStream(far), role: .server, configuration: configuration)
    let client = RawPeer(near, masks: true)
    atEnd {
      near.close()
      server.abort()
    }
    let receiver = spawn { try server.receive() }
    try settle()
    let pinger = spawn { try server.ping(timeout: .seconds(60)) }
    let ping = try XCTUnwrap(client.receive())
    try client.send(RawFrame(opcode: 10, payload: ping.payload))
    XCTAssertNoThrow(try pinger.wait())
    server.abort()
    _ = try receiver.wait()
  }

  func testAHeartbeatGoesOnAfterAnErrorOfTheStream() throws {
    final class Stream: ByteStream {
      struct Hiccup: Error {}
      func receive(upTo count: Int) throws -> [UInt8] { throw Hiccup() }
      func sendAll(_ bytes: [UInt8]) throws {}
      func close() {}
    }
    let socket = WebSocket(over: Stream(), role: .server)
    try GreenThread.sleep(for: .seconds(3600))
    XCTAssertEqual(socket.end?.cause, .lost)
    socket.abort()
    XCTAssertEqual(takeUncaughtErrors().count, 0)
  }

  /// An interruption with an error that is also a peer's.
  func testAKillIsNotTakenForTheEndOfTheStream() throws {
    for kind in StreamKind.allCases {
      let (_, server) = try rawClient(over: kind)
      let victim = spawn { try server.receive() }
      try settle()
      try victim.kill(throwing: ClientClosed())
      XCTAssertThrowsError(try victim.wait(), "\(kind)") { XCTAssertTrue($0 is ClientClosed) }
      XCTAssertNil(server.end)
    }
  }
}

/// Returns a little after everything has gone, as TLS or a tunnel may.
private final class SlowStream: ByteStream {
  private let socket: GreenSocket
  init(_ socket: GreenSocket) { self.socket = socket }
  func receive(upTo count: Int) throws -> [UInt8] { try socket.receive(upTo: count) }
  func sendAll(_ bytes: [UInt8]) throws {
    try socket.sendAll(bytes)
    try GreenThread.sleep(for: .seconds(1))
  }
  func close() { socket.close() }
}

private final class BrokenStream: ByteStream {
  struct TunnelCollapsed: Error {}
  func receive(upTo count: Int) throws -> [UInt8] { throw TunnelCollapsed() }
  func sendAll(_ bytes: [UInt8]) throws { throw TunnelCollapsed() }
  func close() {}
}
