import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class SocketConnectingTests: NetTestCase {
  // Eventlet: C1, IO17, IO21
  func testConnectingToNobodyIsRefused() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    listener.close()
    assertThrows(SystemError.self) {
      _ = try GreenSocket.connect(to: address)
    } check: {
      XCTAssertEqual($0.errno, ECONNREFUSED)
      XCTAssertEqual($0.description, "connect to \(address): connection refused (ECONNREFUSED)")
    }
  }

  // Eventlet: IO14, IO16
  func testConnectingToWhoDoesNotAnswerTimesOut() throws {
    let (listener, clients) = try makeSilentListener()
    defer { for socket in clients + [listener] { socket.close() } }
    let address = try listener.localAddress
    let start = clock.elapsed
    assertThrows(IOTimeout.self) {
      _ = try GreenSocket.connect(to: address, timeout: .seconds(75))
    } check: {
      XCTAssertEqual($0.description, "connect to \(address): timed out")
    }
    XCTAssertEqual(clock.elapsed - start, .seconds(75))
  }

  // Eventlet: C2
  func testTheLocalAddressCanBeChosen() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let client = try GreenSocket.connect(
      to: listener.localAddress, from: .ipv4("127.0.0.2", port: 0))
    defer { client.close() }
    XCTAssertEqual(try client.localAddress.host, "127.0.0.2")
  }

  // Eventlet: C3
  func testListeningSetsReuseAddress() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    XCTAssertNotEqual(try listener.option(SOL_SOCKET, SO_REUSEADDR), 0)
  }

  // Eventlet: C4, C5
  func testAPortIsSharedOnlyIfAskedFor() throws {
    let first = try GreenSocket.listen(on: loopback, reusePort: true)
    defer { first.close() }
    let address = try first.localAddress
    assertThrows(SystemError.self) {
      _ = try GreenSocket.listen(on: address)
    } check: {
      XCTAssertEqual($0.errno, EADDRINUSE)
    }
    try GreenSocket.listen(on: address, reusePort: true).close()
  }

  // Eventlet: IO15
  func testOptionsAreThoseOfTheKernel() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    func kernelsValue(_ level: Int32, _ name: Int32) -> Int32 {
      var value: Int32 = -1
      var length = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(client.fileDescriptor, level, name, &value, &length)
      return value
    }
    for value in [1, 0] as [Int32] {
      try client.setOption(SOL_SOCKET, SO_KEEPALIVE, value)
      XCTAssertEqual(kernelsValue(SOL_SOCKET, SO_KEEPALIVE), value)
      XCTAssertEqual(try client.option(SOL_SOCKET, SO_KEEPALIVE), value)
    }
    XCTAssertEqual(kernelsValue(Int32(IPPROTO_TCP), TCP_NODELAY), 1)
    try client.setNoDelay(false)
    XCTAssertEqual(kernelsValue(Int32(IPPROTO_TCP), TCP_NODELAY), 0)
    assertThrows(SystemError.self) {
      try client.setOption(SOL_SOCKET, -1, 1)
    } check: {
      XCTAssertEqual([$0.call, "\($0.errno)"], ["setsockopt", "\(ENOPROTOOPT)"])
    }
    assertThrows(SystemError.self) {
      _ = try client.option(SOL_SOCKET, -1)
    } check: {
      XCTAssertEqual([$0.call, "\($0.errno)"], ["getsockopt", "\(ENOPROTOOPT)"])
    }
  }

  // Eventlet: H36
  func testAListenerMadeBeforeAForkAcceptsInTheChild() throws {
    try XCTSkipIf(Sanitizer.isThread, "it follows no child of several OS threads")
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    // Registered before the fork.
    assertThrows(IOTimeout.self) { _ = try listener.accept(timeout: .seconds(1)) }
    try ForkedChild.run {
      let server = spawn {
        let client = try listener.accept().socket
        try client.sendAll(client.receive(upTo: 10))
      }
      let client = try GreenSocket.connect(to: listener.localAddress)
      try client.sendAll("echo")
      let answer = try client.receive(upTo: 10)
      try server.wait()
      return answer == Array("echo".utf8)
    }
  }

  func testIPv6() throws {
    let listener: GreenSocket
    do { listener = try GreenSocket.listen(on: .ipv6("::1", port: 0)) } catch {
      throw XCTSkip("no IPv6 here: \(error)")
    }
    defer { listener.close() }
    let client = try GreenSocket.connect(to: listener.localAddress)
    defer { client.close() }
    let (server, address) = try listener.accept()
    defer { server.close() }
    XCTAssertEqual(address, try client.localAddress)
  }

  /// An address that means nothing without its interface, if there is one here.
  private func findLinkLocalAddress() throws -> SocketAddress? {
    guard let file = fopen("/proc/net/if_inet6", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 200)
    while fgets(&line, Int32(line.count), file) != nil {
      // The sixteen bytes without colons, numbers, and the interface.
      let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        .split { $0 == " " || $0 == "\n" }
      guard let digits = words.first, let interface = words.last, digits.hasPrefix("fe80") else {
        continue
      }
      var host = ""
      for (index, digit) in digits.enumerated() {
        if index > 0, index % 4 == 0 { host += ":" }
        host.append(digit)
      }
      return try SocketAddress(parsing: "[\(host)%\(interface)]:0")
    }
    return nil
  }

  func testLinkLocalAddressesKeepTheirInterface() throws {
    guard let address = try findLinkLocalAddress() else { throw XCTSkip("none here") }
    let listener = try GreenSocket.listen(on: address)
    defer { listener.close() }
    XCTAssertEqual(try listener.localAddress.host, address.host)
    let client = try GreenSocket.connect(to: listener.localAddress)
    defer { client.close() }
    let (server, peer) = try listener.accept()
    defer { server.close() }
    XCTAssertEqual(peer, try client.localAddress)
    XCTAssertEqual(peer.host, address.host)
  }
}
