import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class SocketTransferTests: NetTestCase {
  // Eventlet: IO26
  func testReceivingReturnsWhatIsThereAndThenTheEnd() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try client.sendAll("hello")
    XCTAssertEqual(try server.receive(upTo: 3), Array("hel".utf8))
    XCTAssertEqual(try server.receive(upTo: 30), Array("lo".utf8))
    try client.shutdown(.writing)
    XCTAssertEqual(try server.receive(upTo: 30), [])
    XCTAssertEqual(try server.receive(upTo: 30), [])
  }

  // The end may come with the data, in one event: no later edge announces it.
  func testDataAndEndThatCameTogetherAreBothSeen() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let reader = spawn { [try server.receive(upTo: 100), try server.receive(upTo: 100)] }
    try GreenThread.yield()
    try client.sendAll("last")
    try client.shutdown(.writing)
    XCTAssertEqual(try reader.wait(), [Array("last".utf8), []])
  }

  // The kernel stops a call at the place where the urgent byte was, short of what is there.
  func testDataBehindAnUrgentByteIsReceived() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    // Known to the kernel's poller from here on.
    assertThrows(IOTimeout.self) { _ = try server.receive(upTo: 1, timeout: .seconds(1)) }
    for _ in 0..<2 {
      try client.sendAll("before")
      XCTAssertEqual(Glibc.send(client.fileDescriptor, "!", 1, Int32(MSG_OOB)), 1)
      try client.sendAll("behind")
      var received: [UInt8] = []
      while received.count < 12 {
        received += try server.receive(upTo: 100, timeout: .seconds(1))
      }
      XCTAssertEqual(received, Array("beforebehind".utf8))
      assertThrows(IOTimeout.self) { _ = try server.receive(upTo: 1, timeout: .seconds(1)) }
    }
  }

  // Eventlet: IO28
  func testReceivingNothingWaitsForReadability() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    assertThrows(IOTimeout.self) { _ = try client.receive(upTo: 0, timeout: .seconds(1)) }
    try server.sendAll("ab")
    XCTAssertEqual(try client.receive(upTo: 0), [])
    XCTAssertEqual(try client.receive(upTo: 9), Array("ab".utf8))
  }

  func testThereNeedBeNoMemoryForAllThatMayCome() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll("ab")
    XCTAssertEqual(try client.receive(upTo: .max), Array("ab".utf8))
  }

  // Eventlet: IO29
  func testAResetIsAnErrorAndNotTheEnd() throws {
    let (client, server) = try makePair()
    defer { server.close() }
    let descriptor = client.fileDescriptor
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    client.close()
    assertThrows(SystemError.self) {
      _ = try server.receive(upTo: 1)
    } check: {
      XCTAssertEqual($0.errno, ECONNRESET)
    }
  }

  /// A socket that has no peer and never had one.
  private func makeUnconnected() throws -> GreenSocket {
    try GreenSocket(adopting: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
  }

  // Eventlet: IO30
  func testReceivingWithoutAPeerIsAnErrorAtOnce() throws {
    let socket = try makeUnconnected()
    defer { socket.close() }
    for count in [0, 1] {
      assertThrows(SystemError.self) {
        _ = try assertDoesNotSwitch { try socket.receive(upTo: count) }
      } check: {
        XCTAssertEqual($0.errno, ENOTCONN)
      }
    }
  }

  // Eventlet: IO37
  func testSendingWithoutAPeerIsAnErrorAtOnce() throws {
    let socket = try makeUnconnected()
    defer { socket.close() }
    assertThrows(SystemError.self) {
      try assertDoesNotSwitch { try socket.sendAll("x") }
    } check: {
      // EPIPE on Linux, and no signal.
      XCTAssert([EPIPE, ENOTCONN].contains($0.errno), "\($0)")
    }
  }

  // Eventlet: IO34
  func testSendMayTakeLessThanGivenAndSaysHowMuch() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try client.setOption(SOL_SOCKET, SO_SNDBUF, 4096)
    let data = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let count = try data.withUnsafeBytes { bytes in
      try assertDoesNotSwitch { try client.send(bytes) }
    }
    XCTAssertGreaterThan(count, 0)
    XCTAssertLessThan(count, data.count)
    try client.shutdown(.writing)
    var received: [UInt8] = []
    while case let more = try server.receive(upTo: 1 << 20), !more.isEmpty { received += more }
    XCTAssertEqual(received, Array(data[..<count]))
  }

  // Eventlet: IO35, IO39, H20
  func testLargeAmountsBothWaysAtOnce() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let data = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    func pump(_ socket: GreenSocket) -> GreenThread<[UInt8]> {
      spawn { try socket.sendAll(data) }
      return spawn {
        var received: [UInt8] = []
        while received.count < data.count { received += try socket.receive(upTo: 50_000) }
        return received
      }
    }
    let (first, second) = (pump(client), pump(server))
    XCTAssertEqual(try first.wait(), data)
    XCTAssertEqual(try second.wait(), data)
  }
}
