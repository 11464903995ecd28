import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class ProxyProtocolReceivingTests: GreenTestCase {
  private let line = Array("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n".utf8)
  private let client = SocketAddress.ipv4("192.0.2.1", port: 56324)

  private func makePair() throws -> (proxy: GreenSocket, server: GreenSocket) {
    let listener = try GreenSocket.listen(on: .ipv4("127.0.0.1", port: 0))
    defer { listener.close() }
    let proxy = try GreenSocket.connect(to: listener.localAddress)
    return (proxy, try listener.accept().socket)
  }

  func testNotAByteOfWhatFollowsIsTaken() throws {
    let binary = ProxyProtocolBinaryTests.header(0x21, 0x11, ProxyProtocolBinaryTests.ipv4)
    for bytes in [line, binary] {
      for pair in [makePair, GreenSocket.pair] {
        let (proxy, server) = try pair()
        try proxy.sendAll(bytes + Array("\r\nrest".utf8))
        let header = try ProxyProtocolHeader.receive(from: server)
        XCTAssertEqual(header.source, client)
        XCTAssertEqual(header.byteCount, bytes.count)
        XCTAssertEqual(try server.receive(upTo: 100), Array("\r\nrest".utf8))
        proxy.close()
        server.close()
      }
    }
  }

  func testAHeaderMayComeInPieces() throws {
    for split in 1..<line.count {
      let (proxy, server) = try makePair()
      let receiving = spawn { try ProxyProtocolHeader.receive(from: server) }
      try proxy.sendAll(Array(line[..<split]))
      try GreenThread.sleep(for: .seconds(1))
      XCTAssertFalse(receiving.isFinished)
      try proxy.sendAll(Array(line[split...]) + [1, 2])
      XCTAssertEqual(try receiving.wait().source, client)
      XCTAssertEqual(try server.receive(upTo: 100), [1, 2])
      proxy.close()
      server.close()
    }
  }

  func testAHeaderMayComeByteByByte() throws {
    let values = (0..<30).flatMap { _ in
      ProxyProtocolBinaryTests.value(4, [UInt8](repeating: 7, count: 20))
    }
    let long = ProxyProtocolBinaryTests.header(0x21, 0x11, ProxyProtocolBinaryTests.ipv4 + values)
    for bytes in [line, long] {
      let (proxy, server) = try makePair()
      let receiving = spawn { try ProxyProtocolHeader.receive(from: server) }
      for byte in bytes {
        XCTAssertFalse(receiving.isFinished)
        try proxy.sendAll([byte])
        try GreenThread.sleep(for: .milliseconds(1))
      }
      XCTAssertEqual(try receiving.wait().byteCount, bytes.count)
      proxy.close()
      server.close()
    }
  }

  /// Longer than what is looked at in one go.
  func testALongHeaderAndWhatFollowsComeAtOnce() throws {
    let value = ProxyProtocolBinaryTests.value(4, [UInt8](repeating: 7, count: 3000))
    let long = ProxyProtocolBinaryTests.header(0x21, 0x11, ProxyProtocolBinaryTests.ipv4 + value)
    let (proxy, server) = try makePair()
    try proxy.sendAll(long + [9])
    XCTAssertEqual(try ProxyProtocolHeader.receive(from: server).values.count, 1)
    XCTAssertEqual(try server.receive(upTo: 100), [9])
    proxy.close()
    server.close()
  }

  func testAnEndBeforeTheHeaderSaysHowMuchCame() throws {
    for count in [0, 1, 10, line.count - 1] {
      let (proxy, server) = try makePair()
      try proxy.sendAll(Array(line[..<count]))
      proxy.close()
      assertThrows(ProxyProtocolError.self) {
        _ = try ProxyProtocolHeader.receive(from: server)
      } check: {
        XCTAssertEqual($0, .connectionEnded(receivedCount: count))
      }
      server.close()
    }
  }

  func testAnotherProtocolIsAnErrorAtOnce() throws {
    let (proxy, server) = try makePair()
    try proxy.sendAll("G")
    assertThrows(ProxyProtocolError.self) {
      _ = try ProxyProtocolHeader.receive(from: server, timeout: .seconds(5))
    } check: {
      XCTAssertEqual($0, .notAHeader(offset: 0))
      XCTAssertTrue($0 as any Error is any PeerError)
    }
    XCTAssertEqual(clock.elapsed, .zero)
    proxy.close()
    server.close()
  }

  /// However often a byte comes.
  func testTheTimeoutIsForTheWholeHeader() throws {
    let (proxy, server) = try makePair()
    let sending = spawn { [line] in
      for byte in line {
        try proxy.sendAll([byte])
        try GreenThread.sleep(for: .seconds(2))
      }
    }
    let start = clock.elapsed
    assertThrows(IOTimeout.self) {
      _ = try ProxyProtocolHeader.receive(from: server, timeout: .seconds(5))
    } check: {
      XCTAssertEqual("\($0)", "receive the PROXY protocol header of \(server.subject): timed out")
    }
    XCTAssertEqual(clock.elapsed - start, .seconds(5))
    try sending.kill()
    proxy.close()
    server.close()
  }

  func testTheSocketsOwnTimeoutHoldsToo() throws {
    let (proxy, server) = try makePair()
    server.timeout = .seconds(3)
    try proxy.sendAll("PROXY")
    assertThrows(IOTimeout.self) { _ = try ProxyProtocolHeader.receive(from: server) }
    XCTAssertEqual(clock.elapsed, .seconds(3))
    proxy.close()
    server.close()
  }

  func testWhoMustNotWaitIsToldSo() throws {
    let (proxy, server) = try makePair()
    assertDoesNotSwitch {
      assertThrows(SystemError.self) {
        _ = try ProxyProtocolHeader.receive(from: server, timeout: .zero)
      } check: {
        XCTAssertEqual($0.errno, EAGAIN)
      }
    }
    try proxy.sendAll(line)
    XCTAssertEqual(try ProxyProtocolHeader.receive(from: server, timeout: .zero).source, client)
    proxy.close()
    server.close()
  }

  func testInterruptionsLeaveNothingBehind() throws {
    for interruption in Interruption.allCases {
      for header in [nil, line] {
        let (proxy, server) = try makePair()
        let ready = header.map { bytes in { try proxy.sendAll(bytes) } }
        let victim = try interruption.ofDescriptorWait("\(interruption)", makingReady: ready) {
          try ProxyProtocolHeader.receive(from: server, timeout: $0)
        }
        do {
          let got = try victim.wait()
          XCTAssertEqual(got.source, client)
          XCTAssertNotNil(header)
        } catch { interruption.assertThrown(error, "\(interruption)") }
        proxy.close()
        server.close()
      }
    }
  }
}
