import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class SocketOptionTests: NetTestCase {
  // Eventlet: IO15
  func testTypedOptionsAreThoseOfTheKernel() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    func number(_ level: Int32, _ name: Int32) throws -> Int32 { try client.option(level, name) }
    let tcp = Int32(IPPROTO_TCP)

    for (option, level, name) in [
      (.keepAlive, SOL_SOCKET, SO_KEEPALIVE), (.noDelay, tcp, TCP_NODELAY),
      (.cork, tcp, TCP_CORK), (.urgentInline, SOL_SOCKET, SO_OOBINLINE),
      (.reuseAddress, SOL_SOCKET, SO_REUSEADDR), (.reusePort, SOL_SOCKET, SO_REUSEPORT),
    ] as [(SocketOption<Bool>, Int32, Int32)] {
      for isOn in [true, false] {
        try client.setOption(option, isOn)
        XCTAssertEqual(try number(level, name) != 0, isOn)
        XCTAssertEqual(try client.option(option), isOn)
      }
    }
    for (option, name, value) in [
      (.keepAliveIdle, TCP_KEEPIDLE, 30), (.keepAliveInterval, TCP_KEEPINTVL, 7),
    ] as [(SocketOption<Duration>, Int32, Int)] {
      try client.setOption(option, .seconds(value) - .milliseconds(300))
      XCTAssertEqual(try number(tcp, name), Int32(value), "rounded up")
      XCTAssertEqual(try client.option(option), .seconds(value))
    }
    try client.setOption(.keepAliveCount, 5)
    XCTAssertEqual(try number(tcp, TCP_KEEPCNT), 5)
    try client.setOption(.userTimeout, .milliseconds(1234))
    XCTAssertEqual(try number(tcp, TCP_USER_TIMEOUT), 1234)
    try client.setOption(.sendBufferSize, 40000)
    XCTAssertEqual(try client.option(.sendBufferSize), 80000)
    try client.setOption(.receiveBufferSize, 30000)
    XCTAssertEqual(try client.option(.receiveBufferSize), 60000)
    try client.setOption(.priority, 3)
    XCTAssertEqual(try client.option(.priority), 3)
  }

  func testOptionsOfListeners() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    try listener.setOption(.fastOpenQueue, 16)
    XCTAssertEqual(try listener.option(.fastOpenQueue), 16)
    try listener.setOption(.deferAccept, .seconds(5))
    XCTAssertGreaterThanOrEqual(try listener.option(.deferAccept), .seconds(5))
    let socket = try GreenSocket(family: .ipv6)
    defer { socket.close() }
    try socket.setOption(.onlyIPv6, true)
    XCTAssertTrue(try socket.option(.onlyIPv6))
    try socket.bind(to: .ipv6("::", port: 0))
    try socket.listen()
    let port = try socket.localAddress.port
    XCTAssertThrowsError(try GreenSocket.connect(to: .ipv4("127.0.0.1", port: port)))
  }

  func testLingering() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    XCTAssertNil(try client.option(.linger))
    try client.setOption(.linger, .milliseconds(1500))
    XCTAssertEqual(try client.option(.linger), .seconds(2))
    try client.setOption(.linger, nil)
    XCTAssertNil(try client.option(.linger))
    try client.setOption(.linger, .zero)
    client.close()
    assertThrows(SystemError.self) {
      _ = try server.receive(upTo: 1)
    } check: {
      XCTAssertEqual($0.errno, ECONNRESET)
    }
  }

  // Eventlet: IO26, IO29
  func testAResetMayBeReadAsTheEnd() throws {
    for waits in [false, true] {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
      defer { buffer.deallocate() }
      for receive in [
        { try $0.receive(upTo: 3).count }, { try $0.receive(into: buffer) },
        { try $0.receive(into: [buffer]) }, { try $0.peek(upTo: 3).count },
        { try $0.receive(into: UnsafeMutableRawBufferPointer(start: nil, count: 0)) },
        { try $0.receiveDescriptors(upTo: 1).bytes.count },
        { source in
          let (target, far) = try GreenSocket.pair()
          defer { target.close(); far.close() }
          return try source.copy(to: target)
        },
      ] as [(GreenSocket) throws -> Int] {
        let (client, server) = try makePair()
        defer { client.close(); server.close() }
        client.readsResetAsEnd = true
        try server.setOption(.linger, .zero)
        if !waits { server.close() }
        let receiver = spawn { try receive(client) }
        try GreenThread.yield()
        server.close()
        XCTAssertEqual(try receiver.wait(), 0)
      }
    }
  }

  // Eventlet: IO15
  func testStructuresGoAndComeAsBytes() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try client.setOption(SOL_SOCKET, SO_LINGER, [1, 0, 0, 0, 9, 0, 0, 0])
    XCTAssertEqual(
      try client.option(SOL_SOCKET, SO_LINGER, byteCount: 8), [1, 0, 0, 0, 9, 0, 0, 0])
    XCTAssertEqual(try client.option(.linger), .seconds(9))
    XCTAssertEqual(try client.option(SOL_SOCKET, SO_LINGER, byteCount: 4), [1, 0, 0, 0])
    let info = try client.option(Int32(IPPROTO_TCP), TCP_INFO, byteCount: 1000)
    XCTAssertEqual(info.first, 1, "TCP_ESTABLISHED")
    assertThrows(SystemError.self) {
      try client.setOption(SOL_SOCKET, SO_LINGER, [1])
    } check: {
      XCTAssertEqual([$0.call, "\($0.errno)"], ["setsockopt", "\(EINVAL)"])
    }
    client.close()
    for call in [
      { try client.setOption(.keepAlive, true) }, { _ = try client.option(.keepAlive) },
      { try client.setOption(SOL_SOCKET, SO_LINGER, [1]) },
    ] as [() throws -> Void] {
      assertThrows(SystemError.self, call) { XCTAssertEqual($0.errno, EBADF) }
    }
  }

  /// What is corked does not arrive before it is let go.
  func testACorkGathersSmallWrites() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try client.setOption(.cork, true)
    try client.sendAll("head")
    try client.sendAll("body")
    XCTAssertEqual(try drain(server), [])
    try client.setOption(.cork, false)
    XCTAssertEqual(try server.receive(upTo: 100), Array("headbody".utf8))
  }

  // MARK: One connection, several descriptors

  // Eventlet: IO2
  func testADuplicateIsNonBlockingAndHasTheTimeout() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    client.timeout = .seconds(5)
    let second = try client.duplicate()
    defer { second.close() }
    XCTAssertNotEqual(second.fileDescriptor, client.fileDescriptor)
    XCTAssertNotEqual(fcntl(second.fileDescriptor, F_GETFL) & O_NONBLOCK, 0)
    XCTAssertNotEqual(fcntl(second.fileDescriptor, F_GETFD) & FD_CLOEXEC, 0)
    XCTAssertEqual(second.timeout, .seconds(5))
    XCTAssertEqual(second.description, client.description)
    // Each is closed by itself, and the connection ends with the last.
    client.close()
    try second.sendAll("still here\n")
    XCTAssertEqual(try server.reader.readLine(), "still here")
    second.close()
    XCTAssertEqual(try server.receive(upTo: 1), [])
    assertThrows(SystemError.self) { _ = try second.duplicate() }
    let messages = try GreenDatagramSocket.bound(to: loopback)
    let copy = try messages.duplicate()
    XCTAssertEqual(try copy.localAddress, try messages.localAddress)
    messages.close()
    copy.close()
  }

  /// Both hear of what comes: the kernel tells each registration.
  func testTwoDuplicatesMayBeWaitedForAtOnce() throws {
    let (client, server) = try makePair()
    let second = try client.duplicate()
    defer { client.close(); server.close(); second.close() }
    let readers = [client, second].map { socket in spawn { try socket.receive(upTo: 1) } }
    try GreenThread.yield()
    try server.sendAll("ab")
    XCTAssertEqual(Set(try readers.map { try $0.wait() }), [[97], [98]])
  }

  func testAReleasedDescriptorLivesOn() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let waiter = spawn { try client.receive(upTo: 1) }
    try GreenThread.yield()
    let number = try client.release()
    assertThrows(HubError.self) { _ = try waiter.wait() }
    assertThrows(SystemError.self) { try client.sendAll("x") }
    XCTAssertThrowsError(try client.release())
    let again = try GreenSocket(adopting: number)
    defer { again.close() }
    try again.sendAll("on\n")
    XCTAssertEqual(try server.reader.readLine(), "on")
  }

  // MARK: In steps

  // Eventlet: IO10, IO21
  func testConnectingInSteps() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let address = try listener.localAddress
    let socket = try GreenSocket(family: .ipv4)
    defer { socket.close() }
    try socket.setOption(.receiveBufferSize, 1 << 16)
    try socket.bind(to: loopback)
    try socket.connect(to: address)
    XCTAssertEqual(try socket.remoteAddress, address)
    XCTAssertTrue(try socket.option(.noDelay))
    try socket.connect(to: address)
    assertThrows(SystemError.self) {
      try socket.connect(to: .ipv4("127.0.0.2", port: 9))
    } check: {
      XCTAssertEqual($0.errno, EISCONN)
    }
  }

  // Eventlet: IO10
  func testConnectingFollowsTheTimeoutInForce() throws {
    let (listener, clients) = try makeSilentListener()
    defer { for socket in clients + [listener] { socket.close() } }
    let socket = try GreenSocket(family: .ipv4)
    defer { socket.close() }
    socket.timeout = .zero
    assertThrows(SystemError.self) {
      try socket.connect(to: listener.localAddress)
    } check: {
      XCTAssertEqual($0.errno, EINPROGRESS)
    }
    socket.timeout = .seconds(1)
    assertThrows(IOTimeout.self) { try socket.connect(to: listener.localAddress) }
    XCTAssertThrowsError(try socket.receive(upTo: 1, timeout: .seconds(1)))
  }

  // Eventlet: IO20
  func testConnectingSaysWhatTheSystemSays() throws {
    for (address, numbers) in [
      (SocketAddress.ipv4("255.255.255.255", port: 9), [EACCES, ENETUNREACH]),
      (.ipv4("127.0.0.1", port: 0), [ECONNREFUSED, EADDRNOTAVAIL]),
    ] {
      assertThrows(SystemError.self) {
        _ = try GreenSocket.connect(to: address)
      } check: {
        XCTAssertTrue(numbers.contains($0.errno), "\($0)")
        XCTAssertEqual($0.subject, "\(address)")
      }
    }
    assertThrows(SystemError.self) {
      _ = try GreenSocket.connect(
        to: .ipv4("127.0.0.1", port: 9), from: .ipv4("192.0.2.1", port: 0))
    } check: {
      XCTAssertEqual([$0.call, "\($0.errno)"], ["bind", "\(EADDRNOTAVAIL)"])
    }
  }

  // Eventlet: IO30
  func testEveryCallOnAnUnconnectedSocketFailsAtOnce() throws {
    for family in [SocketAddress.Family.ipv4, .unix] {
      let socket = try GreenSocket(family: family)
      defer { socket.close() }
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
      defer { buffer.deallocate() }
      for call in [
        { _ = try socket.receive(upTo: 1) }, { _ = try socket.receive(upTo: 0) },
        { _ = try socket.peek(upTo: 1) }, { _ = try socket.receive(into: [buffer]) },
        { try socket.sendAll("x") }, { try socket.sendAll([[1], [2]]) },
        { _ = try socket.accept() },
      ] as [() throws -> Void] {
        assertThrows(SystemError.self, call) {
          XCTAssertTrue([ENOTCONN, EPIPE, EINVAL].contains($0.errno), "\($0)")
        }
      }
    }
  }
}
