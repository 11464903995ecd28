import EventletCore
import EventletNet
import EventletTesting
import XCTest

@testable import EventletWebSocket

final class ReceivingTests: WebSocketTestCase {
  private typealias Message = WebSocketMessage

  // Eventlet: WS20
  func testPingsAreAnsweredWhileSomebodyReceives() throws {
    for kind in StreamKind.allCases {
      let (client, server) = try rawClient(over: kind)
      let receiver = spawn { try server.receive() }
      try client.send(9, "are you there")
      XCTAssertEqual(try client.receive(), RawFrame(10, "are you there"))
      try client.send(10, "nobody has asked")
      try client.send(1, "text")
      XCTAssertEqual(try receiver.wait(), Message.text("text"))
    }
  }

  func testOfSeveralPingsTheLastIsAnsweredWhereThereIsNoRoom() throws {
    let (client, server) = try narrowPair()
    let sender = spawn { try server.send([UInt8](repeating: 7, count: 1 << 20)) }
    try settle()
    let receiver = spawn { try server.receive() }
    for number in 0..<100 { try client.send(9, "ping \(number)") }
    try settle()
    XCTAssertEqual(try client.receive()?.payload.count, 1 << 20)
    XCTAssertEqual(try client.receive(), RawFrame(10, "ping 99"))
    try sender.wait()
    try client.send(1, "text")
    XCTAssertEqual(try receiver.wait(), Message.text("text"))
  }

  // Eventlet: WS19
  func testASecondReceiverIsRefusedAndTheFirstNotDisturbed() throws {
    let (client, server) = try rawClient()
    let first = spawn { try server.receive() }
    try settle()
    XCTAssertThrowsError(try server.receive()) { error in
      guard case HubError.secondWaiter = error else { return XCTFail("\(error)") }
    }
    try client.send(1, "text")
    XCTAssertEqual(try first.wait(), Message.text("text"))
  }

  func testAnInterruptionLosesNothing() throws {
    for interruption in Interruption.allCases {
      for kind in StreamKind.allCases where kind != .plain || interruption != .own {
        let (client, server) = try rawClient(over: kind)
        let bytes = client.bytes(RawFrame(1, "Hel", flags: 0)) + client.bytes(0, "lo")
        for count in 0..<bytes.count {
          if count > 0 { try client.send([bytes[count - 1]]) }
          let victim = interruption.spawnVictim { try server.receive(timeout: $0) }
          try settle()
          if interruption == .kill {
            try victim.kill()
          } else {
            try GreenThread.sleep(for: .seconds(2))
          }
          XCTAssertThrowsError(try victim.wait()) { interruption.assertThrown($0, "\(kind)") }
        }
        try client.send([bytes[bytes.count - 1]])
        XCTAssertEqual(try server.receive(), Message.text("Hello"))
      }
    }
  }

  func testWhatIsThereComesBeforeTheEnd() throws {
    let (client, server) = try rawClient()
    try client.send(client.bytes(1, "a") + client.bytes(2, "b") + client.bytes(.close(1000)))
    XCTAssertEqual(try server.receive(), Message.text("a"))
    XCTAssertNil(server.end)
    XCTAssertEqual(try server.receive(), Message.binary([98]))
    XCTAssertNil(try server.receive())
    XCTAssertNil(try server.receive())
  }

  // Eventlet: WS32
  func testAClientThatGoesIsTheEndAndNoError() throws {
    let (client, server) = try rawClient()
    try client.send([0x81])
    client.socket.close()
    XCTAssertNil(try server.receive())
    XCTAssertEqual(server.end?.cause, .lost)
    XCTAssertEqual(server.end?.code, .abnormalClosure)
    XCTAssertEqual(server.end?.reason, "the peer has closed it")
  }

  func testABrokenConnectionIsTheEndAndNoError() throws {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    let near = try GreenSocket.connect(to: try listener.localAddress)
    let server = WebSocket(over: try listener.accept().socket, role: .server)
    atEnd { server.abort() }
    let receiver = spawn { try server.receive() }
    try settle()
    try near.setOption(.linger, .zero)
    near.close()
    XCTAssertNil(try receiver.wait())
    XCTAssertEqual(server.end?.cause, .lost)
    XCTAssertThrowsError(try server.send("text")) { XCTAssertTrue($0 is WebSocketClosed) }
    listener.close()
  }

  func testAViolationComesAfterWhatWasBeforeIt() throws {
    let (client, server) = try rawClient()
    try client.send(client.bytes(1, "before") + client.bytes(3, "unknown"))
    XCTAssertEqual(try server.receive(), Message.text("before"))
    try server.send("answer")
    XCTAssertNil(try server.receive())
    XCTAssertEqual(try client.receive(), RawFrame(1, "answer"))
    XCTAssertEqual(try client.receive()?.code, 1002)
    XCTAssertEqual(server.end?.cause, .violation)
    XCTAssertEqual(server.end?.code, .protocolError)
  }

  func testAnIdleConnectionHasNoMemoryToReceiveInto() throws {
    let memory = FrameMemory.current
    let (client, server) = try rawClient()
    let receiver = spawn { try server.receive() }
    try settle()
    XCTAssertEqual(memory.lentCount, 0)
    // Two bytes of a header are kept elsewhere.
    try client.send([0x81, 0x85])
    try settle()
    XCTAssertEqual(memory.lentCount, 0)
    try client.send([1, 2, 3, 4, 0, 0, 0, 0, 0])
    XCTAssertEqual(try receiver.wait(), Message.text("\u{1}\u{2}\u{3}\u{4}\u{1}"))
    try server.send("text")
    XCTAssertEqual(memory.lentCount, 0)
  }

  func testMemoryGoesBackWithAConnectionThatIsDropped() throws {
    let memory = FrameMemory.current
    let (near, far) = try GreenSocket.pair()
    var server: WebSocket? = WebSocket(over: far, role: .server)
    let client = RawPeer(near, masks: true)
    try client.send(client.bytes(1, "a") + client.bytes(1, "b"))
    XCTAssertEqual(try server?.receive(), Message.text("a"))
    XCTAssertEqual(memory.lentCount, 1)
    server = nil
    XCTAssertEqual(memory.lentCount, 0)
    XCTAssertNil(try client.receive())
    near.close()
  }

  func testALimitThatPassesLeavesNothingBehind() throws {
    for kind in StreamKind.allCases {
      let (_, server) = try rawClient(over: kind)
      XCTAssertThrowsError(try server.receive(timeout: .seconds(1))) {
        XCTAssertTrue($0 is IOTimeout, "\($0)")
      }
      XCTAssertNil(server.input.baseAddress, "\(kind)")
      // And of those who wait for what another reads.
      let receiving = spawn { try server.receive() }
      try settle()
      for _ in 0..<3 { XCTAssertThrowsError(try server.ping(timeout: .seconds(1))) }
      XCTAssertEqual(server.onlookers.count, 0, "\(kind)")
      server.abort()
      XCTAssertNil(try receiving.wait())
    }
  }
}

extension WebSocketTestCase {
  /// A server's end whose socket takes little that its client has not received yet.
  func narrowPair(
    over kind: StreamKind = .socket, _ configure: (inout WebSocket.Configuration) -> Void = { _ in }
  ) throws -> (client: RawPeer, server: WebSocket) {
    let (near, far) = try GreenSocket.pair()
    try far.setOption(.sendBufferSize, 4096)
    var configuration = WebSocket.Configuration()
    configuration.heartbeat = nil
    configure(&configuration)
    let server = WebSocket(
      over: kind.stream(over: far), role: .server, configuration: configuration)
    atEnd {
      near.close()
      server.abort()
    }
    return (RawPeer(near, masks: true), server)
  }
}
