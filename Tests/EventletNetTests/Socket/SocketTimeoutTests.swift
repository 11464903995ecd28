import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class SocketTimeoutTests: NetTestCase {
  // Eventlet: IO12, IO23, IO27
  func testOperationsTimeOut() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    client.timeout = .seconds(5)
    assertThrows(IOTimeout.self) { _ = try client.receive(upTo: 1) }
    XCTAssertEqual(clock.elapsed, .seconds(5))
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    assertThrows(IOTimeout.self) { _ = try listener.accept(timeout: .seconds(2)) }
    XCTAssertEqual(clock.elapsed, .seconds(7))
  }

  // Eventlet: IO11
  func testANegativeTimeoutHasPassedAlready() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    assertThrows(IOTimeout.self) { _ = try client.receive(upTo: 1, timeout: .seconds(-1)) }
    XCTAssertEqual(clock.elapsed, .zero)
  }

  // Eventlet: IO8, IO9, IO10
  func testATimeoutOfZeroMeansNotToWait() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    client.timeout = .zero
    assertThrows(SystemError.self) {
      _ = try assertDoesNotSwitch { try client.receive(upTo: 1) }
    } check: {
      XCTAssertEqual($0.errno, EAGAIN)
    }
    client.timeout = nil
    spawn { try server.sendAll("x") }
    XCTAssertEqual(try client.receive(upTo: 1), [UInt8(ascii: "x")])
  }

  // Eventlet: IO9: the kernel is asked each time, also when nobody ever waits.
  func testCallsThatDoNotWaitSeeWhatHasComeSince() throws {
    let (client, server) = try makePair()
    let listener = try GreenSocket.listen(on: loopback)
    defer { for socket in [client, server, listener] { socket.close() } }
    client.timeout = .zero
    listener.timeout = .zero
    for text in ["ab", "cd", "ef"] {
      try server.sendAll(text)
      XCTAssertEqual(try client.receive(upTo: 10), Array(text.utf8))
      XCTAssertThrowsError(try client.receive(upTo: 10))
      let other = try GreenSocket.connect(to: listener.localAddress)
      let accepted = try listener.accept().socket
      XCTAssertEqual(try accepted.remoteAddress, try other.localAddress)
      XCTAssertThrowsError(try listener.accept())
      accepted.close()
      other.close()
    }
    // Room that was used up, and is back.
    let (near, far) = try makeNarrowPair()
    for _ in 0..<3 {
      let count = try fill(near)
      XCTAssertGreaterThan(count, 0)
      XCTAssertEqual(try drain(far).count, count)
    }
  }

  // Eventlet: IO13, IO36: for the whole call, however many bytes trickle away.
  func testSendAllTimesOutAsAWhole() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let trickle = spawn {
      while true {
        try GreenThread.sleep(for: .seconds(1))
        _ = try server.receive(upTo: 100_000)
      }
    }
    assertThrows(IOTimeout.self) {
      try client.sendAll([UInt8](repeating: 1, count: 64 << 20), timeout: .seconds(10))
    }
    XCTAssertEqual(clock.elapsed, .seconds(10))
    try trickle.kill()
  }

  // Eventlet: IO33
  func testDataAfterATimeoutWakesNobodyWrongly() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let sleeper = spawn {
      do { _ = try client.receive(upTo: 1, timeout: .seconds(1)) } catch is IOTimeout {}
      try GreenThread.sleep(for: .seconds(10))
      return Hub.current.statistics.descriptorWaits
    }
    try GreenThread.sleep(for: .seconds(2))
    try server.sendAll("late")
    XCTAssertEqual(try sleeper.wait(), 0)
    XCTAssertEqual(clock.elapsed, .seconds(11))
  }

  func testAKillWhileReceivingLosesNothing() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let reader = spawn { try client.receive(upTo: 1) }
    try GreenThread.yield()
    try server.sendAll("x")
    try reader.kill()
    XCTAssertEqual(try client.receive(upTo: 1), [UInt8(ascii: "x")])
  }

  /// The deadline is that of the call and not of its waits.
  func testACallThatAlwaysHasSomethingToDoTimesOutToo() throws {
    let (client, server) = try makePair()
    let sink = try GreenDatagramSocket.bound(to: loopback)
    let source = try GreenDatagramSocket.connected(to: sink.localAddress)
    defer { for socket in [client, server, sink, source] as [BaseSocket] { socket.close() } }
    let many = [[UInt8]](repeating: [1], count: 3000)
    let messages = (0..<10_000).map { _ in (bytes: [UInt8(1)], to: SocketAddress?.none) }
    for call in [
      { try client.sendAll(many, timeout: $0) },
      { try source.sendMany(messages, timeout: $0) },
    ] as [(Duration?) throws -> Void] {
      let later = spawn { self.clock.advance(by: .seconds(6)) }
      assertThrows(IOTimeout.self) { try call(.seconds(5)) }
      try later.wait()
      // Time enough, or all of it.
      for limit in [.seconds(7), nil] as [Duration?] {
        let later = spawn { self.clock.advance(by: .seconds(6)) }
        try call(limit)
        try later.wait()
      }
    }
  }
}
