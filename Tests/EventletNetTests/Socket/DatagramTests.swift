import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class DatagramTests: NetTestCase {
  /// Two sockets of UDP that know each other's address.
  private func makeUDPPair() throws -> (GreenDatagramSocket, GreenDatagramSocket) {
    let first = try GreenDatagramSocket.bound(to: loopback)
    let second = try GreenDatagramSocket.connected(to: first.localAddress, from: loopback)
    try first.connect(to: second.localAddress)
    return (first, second)
  }

  // Eventlet: IO40
  func testAMessageComesWithItsSender() throws {
    let families: [SocketAddress] = [
      loopback, .ipv6("::1", port: 0), .unnamed,
    ]
    for here in families {
      let server = try GreenDatagramSocket.bound(to: here)
      let client = try GreenDatagramSocket.bound(to: here)
      defer { server.close(); client.close() }
      let serving = spawn {
        let question = try server.receive(upTo: 100)
        try server.send(question.bytes + [33], to: question.sender)
        return question
      }
      try GreenThread.yield()
      try client.send("what?", to: server.localAddress)
      let answer = try client.receive(upTo: 100)
      XCTAssertEqual(answer.bytes, Array("what?!".utf8))
      XCTAssertEqual(answer.sender, try server.localAddress)
      XCTAssertFalse(answer.isTruncated)
      XCTAssertEqual(try serving.wait().sender, try client.localAddress)
    }
  }

  // Eventlet: IO40
  func testMemoryOfTheCallersIsFilled() throws {
    let (first, second) = try makeUDPPair()
    defer { first.close(); second.close() }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
    defer { buffer.deallocate() }
    try first.send([1, 2, 3])
    let (length, sender) = try second.receive(into: buffer)
    XCTAssertEqual(Array(buffer[..<length]), [1, 2, 3])
    XCTAssertEqual(sender, try first.localAddress)
    try first.send([1, 2, 3, 4, 5, 6])
    XCTAssertEqual(try second.receive(into: buffer).length, 6)
  }

  func testWhatIsCutSaysSo() throws {
    for (first, second) in [try makeUDPPair(), try GreenDatagramSocket.pair()] {
      defer { first.close(); second.close() }
      try first.send("long message")
      let message = try second.receive(upTo: 4)
      XCTAssertEqual(message.bytes, Array("long".utf8))
      XCTAssertEqual(message.length, 12)
      XCTAssertTrue(message.isTruncated)
      try first.send("long message")
      try first.send("next")
      XCTAssertEqual(try second.receive(upTo: 0).length, 12)
      XCTAssertEqual(try second.peek(upTo: 100).bytes, Array("next".utf8))
      XCTAssertEqual(try second.receive(upTo: 100).bytes, Array("next".utf8))
    }
  }

  func testAnEmptyMessageIsNoEnd() throws {
    for (first, second) in [try makeUDPPair(), try GreenDatagramSocket.pair()] {
      defer { first.close(); second.close() }
      let receiver = spawn { try (second.receive(upTo: 10), second.receive(upTo: 10)) }
      try GreenThread.yield()
      try first.send([])
      try first.send([1])
      let (empty, full) = try receiver.wait()
      XCTAssertEqual(empty.bytes, [])
      XCTAssertFalse(empty.isTruncated)
      XCTAssertEqual(full.bytes, [1])
    }
  }

  func testThatNobodyIsThereIsToldOnceAndEndsNothing() throws {
    let nobody = try GreenDatagramSocket.bound(to: loopback)
    let address = try nobody.localAddress
    nobody.close()
    let socket = try GreenDatagramSocket.connected(to: address)
    defer { socket.close() }
    for _ in 0..<2 {
      let receiver = spawn { try socket.receive(upTo: 10) }
      try GreenThread.yield()
      try socket.send("anybody?")
      assertThrows(SystemError.self) {
        _ = try receiver.wait()
      } check: {
        XCTAssertEqual([$0.errno], [ECONNREFUSED])
        XCTAssertEqual($0.subject, "\(address)")
      }
      assertThrows(IOTimeout.self) { _ = try socket.receive(upTo: 10, timeout: .seconds(1)) }
    }
    // Told to a call that sends, too, and once.
    try socket.send("anybody?")
    assertThrows(SystemError.self) { try socket.send("anybody?") }
    // Somebody comes.
    let somebody = try GreenDatagramSocket.bound(to: address)
    defer { somebody.close() }
    try socket.send("hello")
    let question = try somebody.receive(upTo: 10)
    XCTAssertEqual(question.bytes, Array("hello".utf8))
    try somebody.send("here", to: question.sender)
    XCTAssertEqual(try socket.receive(upTo: 10).bytes, Array("here".utf8))
  }

  // Eventlet: IO27, IO36
  func testTimeoutsHoldForMessages() throws {
    let (first, second) = try GreenDatagramSocket.pair()
    defer { first.close(); second.close() }
    assertThrows(IOTimeout.self) { _ = try first.receive(upTo: 1, timeout: .seconds(1)) }
    assertThrows(IOTimeout.self) {
      _ = try first.receiveMany(upTo: 2, of: 1, timeout: .seconds(1))
    }
    assertThrows(SystemError.self) {
      _ = try first.receive(upTo: 1, timeout: .zero)
    } check: {
      XCTAssertEqual($0.errno, EAGAIN)
    }
    let block = [UInt8](repeating: 1, count: 1000)
    assertThrows(IOTimeout.self) {
      while true { try first.send(block, timeout: .seconds(1)) }
    }
    assertThrows(SystemError.self) {
      try first.send(block, timeout: .zero)
    } check: {
      XCTAssertEqual($0.errno, EAGAIN)
    }
    // Room again wakes who waits for it.
    let sender = spawn { try first.send(block) }
    try GreenThread.yield()
    XCTAssertFalse(sender.isFinished)
    // The kernel says so when there is much of it.
    while !sender.isFinished {
      _ = try second.receive(upTo: 1000, timeout: .seconds(1))
      try GreenThread.yield()
    }
    try sender.wait()
  }

  // The kernel never tells that the line of a peer to which one is not connected has room again.
  func testSendingToAFullPeerWaitsUntilItReceives() throws {
    let peer = try GreenDatagramSocket.bound(to: .unnamed)
    let address = try peer.localAddress
    let socket = try GreenDatagramSocket(family: .unix)
    defer { peer.close(); socket.close() }
    var sent = 0
    do {
      while true {
        try socket.send([UInt8(sent)], to: address, timeout: .zero)
        sent += 1
      }
    } catch SystemError.wouldBlock {}
    for means in Interruption.allCases {
      let before = HubHoldings()
      let victim = means.spawnVictim { try socket.send([99], to: address, timeout: $0) }
      try GreenThread.sleep(for: .milliseconds(100))
      XCTAssertFalse(victim.isFinished)
      if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(1)) }
      XCTAssertThrowsError(try victim.wait())
      XCTAssertEqual(HubHoldings(), before)
    }
    let sender = spawn { try socket.send([UInt8(sent)], to: address) }
    try GreenThread.sleep(for: .seconds(3))
    XCTAssertFalse(sender.isFinished)
    for expected in 0...sent {
      XCTAssertEqual(try peer.receive(upTo: 10).bytes, [UInt8(expected)])
      try GreenThread.sleep(for: .seconds(1))
    }
    try sender.wait()
  }

  func testErrorsOfSendingSayWhatIsWrong() throws {
    let socket = try GreenDatagramSocket(family: .ipv4)
    defer { socket.close() }
    for (send, number) in [
      ({ try socket.send("to nobody") }, EDESTADDRREQ),
      ({ try socket.send([UInt8](repeating: 0, count: 70000), to: self.loopback) }, EMSGSIZE),
      ({ try socket.send("x", to: .ipv4("255.255.255.255", port: 9)) }, EACCES),
    ] as [(() throws -> Void, Int32)] {
      assertThrows(SystemError.self, send) { XCTAssertEqual([$0.errno], [number]) }
    }
    try socket.setOption(.broadcast, true)
    XCTAssertTrue(try socket.option(.broadcast))
    // A machine without a network may refuse it now, but not for want of permission.
    do { try socket.send("x", to: .ipv4("127.255.255.255", port: 9)) } catch let error
      as SystemError
    {
      XCTAssertNotEqual(error.errno, EACCES)
    }
    assertThrows(HubError.self) { _ = try socket.receiveMany(upTo: 0, of: 10) }
    assertThrows(HubError.self) { _ = try socket.receive(upTo: -1) }
  }

  func testAStreamIsNotAdopted() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    assertThrows(SystemError.self) {
      _ = try GreenDatagramSocket(adopting: descriptor)
    } check: {
      XCTAssertEqual($0.errno, EPROTOTYPE)
    }
    let messages = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let adopted = try GreenDatagramSocket(adopting: messages)
    defer { adopted.close() }
    XCTAssertNotEqual(fcntl(messages, F_GETFL) & O_NONBLOCK, 0)
    try adopted.bind(to: loopback)
    XCTAssertNotEqual(try adopted.localAddress.port, 0)
  }

  // MARK: Many at a time

  func testManyMessagesGoAndComeInOrder() throws {
    let (first, second) = try GreenDatagramSocket.pair()
    defer { first.close(); second.close() }
    let messages = (0..<200).map { [UInt8](repeating: UInt8($0), count: $0 % 7) }
    let sender = spawn { try first.sendMany(messages.map { (bytes: $0, to: nil) }) }
    var received: [Datagram] = []
    while received.count < messages.count {
      let some = try second.receiveMany(upTo: 100, of: 4)
      XCTAssertLessThanOrEqual(some.count, 64)
      received += some
    }
    try sender.wait()
    XCTAssertEqual(received.map(\.bytes), messages.map { Array($0.prefix(4)) })
    XCTAssertEqual(received.map(\.length), messages.map(\.count))
    assertThrows(IOTimeout.self) { _ = try second.receive(upTo: 1, timeout: .seconds(1)) }
  }

  func testManyMessagesGoToTheirAddresses() throws {
    let receivers = try (0..<3).map { _ in try GreenDatagramSocket.bound(to: loopback) }
    let sender = try GreenDatagramSocket.bound(to: loopback)
    defer { for socket in receivers + [sender] { socket.close() } }
    try sender.sendMany(
      (0..<9).map { (bytes: [UInt8($0)], to: try receivers[$0 % 3].localAddress) })
    for (index, receiver) in receivers.enumerated() {
      let messages = try receiver.receiveMany(upTo: 10, of: 10)
      XCTAssertEqual(
        messages.map(\.bytes), [[index], [index + 3], [index + 6]].map { $0.map(UInt8.init) })
      XCTAssertEqual(Set(messages.map(\.sender)), [try sender.localAddress])
    }
  }

  func testOfManyThoseBeforeTheOneThatFailsAreSent() throws {
    let receiver = try GreenDatagramSocket.bound(to: loopback)
    let sender = try GreenDatagramSocket(family: .ipv4)
    defer { receiver.close(); sender.close() }
    let address = try receiver.localAddress
    assertThrows(SystemError.self) {
      try sender.sendMany([
        (bytes: [1], to: address), (bytes: [UInt8](repeating: 0, count: 70000), to: address),
        (bytes: [3], to: address),
      ])
    } check: {
      XCTAssertEqual($0.errno, EMSGSIZE)
    }
    XCTAssertEqual(try receiver.receiveMany(upTo: 10, of: 10).map(\.bytes), [[1]])
  }

  // MARK: Multicast

  func testAGroupReceivesWhatIsSentToIt() throws {
    for (group, any) in [
      (SocketAddress.ipv4("239.1.2.3", port: 0), SocketAddress.ipv4("0.0.0.0", port: 0)),
      (SocketAddress.ipv6("ff01::1:2:3", port: 0), SocketAddress.ipv6("::", port: 0)),
    ] {
      let member = try GreenDatagramSocket(family: group.family)
      let sender = try GreenDatagramSocket(family: group.family)
      defer { member.close(); sender.close() }
      try member.setOption(.reuseAddress, true)
      try member.bind(to: any)
      try member.joinGroup(group, interface: "lo")
      try sender.setMulticastInterface("lo")
      try sender.setMulticastTTL(0)
      try sender.setMulticastLoop(true)
      let port = try member.localAddress.port
      let target: SocketAddress =
        group.family == .ipv4 ? .ipv4(group.host, port: port) : .ipv6(group.host, port: port)
      do { try sender.send("news", to: target) } catch let error as SystemError
        where group.family == .ipv6
      {
        // Without a route for groups there is no telling more.
        XCTAssertEqual(error.errno, ENETUNREACH)
        continue
      }
      XCTAssertEqual(try member.receive(upTo: 10, timeout: .seconds(60)).bytes, Array("news".utf8))
      try member.leaveGroup(group, interface: "lo")
      assertThrows(SystemError.self) {
        try member.leaveGroup(group, interface: "lo")
      } check: {
        XCTAssertEqual($0.errno, EADDRNOTAVAIL)
      }
    }
  }

  func testWhatIsNoGroupIsAnError() throws {
    let socket = try GreenDatagramSocket(family: .ipv4)
    let local = try GreenDatagramSocket(family: .unix)
    defer { socket.close(); local.close() }
    for (call, number) in [
      ({ try socket.joinGroup(self.loopback) }, EINVAL),
      ({ try socket.joinGroup(.unnamed) }, EAFNOSUPPORT),
      ({ try socket.joinGroup(.ipv4("239.1.2.3", port: 0), interface: "no such") }, ENODEV),
      ({ try local.setMulticastTTL(1) }, EOPNOTSUPP),
    ] as [(() throws -> Void, Int32)] {
      assertThrows(SystemError.self, call) { XCTAssertEqual([$0.errno], [number]) }
    }
  }
}
