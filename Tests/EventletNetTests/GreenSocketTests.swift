import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class GreenSocketTests: NetTestCase {
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
    assertThrows(SocketTimeout.self) {
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

  // Eventlet: IO7, IO47
  func testAdoptingWhatIsNotOpenIsAnErrorAndLeavesNothing() throws {
    let closed = dup(0)
    Glibc.close(closed)
    for descriptor in [-1, closed] {
      assertThrows(SystemError.self) {
        _ = try GreenSocket(adopting: descriptor)
      } check: {
        XCTAssertEqual($0.errno, EBADF)
      }
    }
    XCTAssertEqual(Hub.current.statistics.descriptors, 0)
  }

  // Eventlet: IO1, IO22
  func testDescriptorsAreNonBlocking() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    for socket in [client, server] {
      XCTAssertNotEqual(fcntl(socket.fileDescriptor, F_GETFL) & O_NONBLOCK, 0)
      XCTAssertNotEqual(fcntl(socket.fileDescriptor, F_GETFD) & FD_CLOEXEC, 0)
    }
  }

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
    assertThrows(SocketTimeout.self) { _ = try server.receive(upTo: 1, timeout: .seconds(1)) }
    for _ in 0..<2 {
      try client.sendAll("before")
      XCTAssertEqual(Glibc.send(client.fileDescriptor, "!", 1, Int32(MSG_OOB)), 1)
      try client.sendAll("behind")
      var received: [UInt8] = []
      while received.count < 12 {
        received += try server.receive(upTo: 100, timeout: .seconds(1))
      }
      XCTAssertEqual(received, Array("beforebehind".utf8))
      assertThrows(SocketTimeout.self) { _ = try server.receive(upTo: 1, timeout: .seconds(1)) }
    }
  }

  /// A pair of Unix sockets.
  private func makeUnixPair(_ kind: __socket_type) throws -> [GreenSocket] {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(
      socketpair(AF_UNIX, Int32(kind.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends), 0)
    return try ends.map { try GreenSocket(adopting: $0) }
  }

  // A message is shorter than the room for it although another one is there.
  func testAdoptedSocketsOfMessagesReceiveAllOfThem() throws {
    for kind in [SOCK_DGRAM, SOCK_SEQPACKET] {
      let pair = try makeUnixPair(kind)
      defer { for socket in pair { socket.close() } }
      assertThrows(SocketTimeout.self) { _ = try pair[0].receive(upTo: 1, timeout: .seconds(1)) }
      for text in ["one", "two", "three"] { try pair[1].sendAll(text) }
      for text in ["one", "two", "three"] {
        XCTAssertEqual(try pair[0].receive(upTo: 100, timeout: .seconds(1)), Array(text.utf8))
      }
    }
  }

  // A stream of Unix sockets stops at each descriptor that was sent along.
  func testAdoptedUnixStreamsReceiveWhatFollowsAPassedDescriptor() throws {
    let pair = try makeUnixPair(SOCK_STREAM)
    defer { for socket in pair { socket.close() } }
    assertThrows(SocketTimeout.self) { _ = try pair[0].receive(upTo: 1, timeout: .seconds(1)) }
    try pair[1].sendAll("before")
    sendDescriptor(0, over: pair[1].fileDescriptor)
    try pair[1].sendAll("behind")
    var received: [UInt8] = []
    while received.count < 13 {
      received += try pair[0].receive(upTo: 100, timeout: .seconds(1))
    }
    XCTAssertEqual(received, Array("before!behind".utf8))
  }

  /// Sends an exclamation mark and a descriptor.
  private func sendDescriptor(_ passed: Int32, over descriptor: Int32) {
    var byte = UInt8(ascii: "!")
    var control = [Int](repeating: 0, count: 3)
    withUnsafeMutablePointer(to: &byte) { byte in
      control.withUnsafeMutableBytes { control in
        control.storeBytes(of: 20, as: Int.self)
        control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
        control.storeBytes(of: Int32(SCM_RIGHTS), toByteOffset: 12, as: Int32.self)
        control.storeBytes(of: passed, toByteOffset: 16, as: Int32.self)
        var data = iovec(iov_base: byte, iov_len: 1)
        withUnsafeMutablePointer(to: &data) { data in
          var message = msghdr()
          message.msg_iov = data
          message.msg_iovlen = 1
          message.msg_control = control.baseAddress
          message.msg_controllen = 20
          XCTAssertEqual(sendmsg(descriptor, &message, 0), 1)
        }
      }
    }
  }

  func testAdoptingWhatIsNoSocketIsAnErrorAndChangesNothing() throws {
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer { for end in ends { Glibc.close(end) } }
    assertThrows(SystemError.self) {
      _ = try GreenSocket(adopting: ends[0])
    } check: {
      XCTAssertEqual($0.errno, ENOTSOCK)
    }
    XCTAssertEqual(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0)
  }

  func testAUnixSocketHasNoAddressAndAcceptsNobody() throws {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    // No name: the kernel makes one up.
    var address = sockaddr(sa_family: sa_family_t(AF_UNIX), sa_data: sockaddr().sa_data)
    XCTAssertEqual(bind(listener, &address, socklen_t(MemoryLayout<sa_family_t>.size)), 0)
    XCTAssertEqual(Glibc.listen(listener, 1), 0)
    var name = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        XCTAssertEqual(getsockname(listener, $0, &length), 0)
        XCTAssertEqual(Glibc.connect(client, $0, length), 0)
      }
    }
    let socket = try GreenSocket(adopting: listener)
    defer { socket.close(); Glibc.close(client) }
    for (call, use) in [
      ("accept", { _ = try socket.accept(timeout: .seconds(1)) }),
      ("getsockname", { _ = try socket.localAddress }),
    ] as [(String, () throws -> Void)] {
      assertThrows(SystemError.self) {
        try use()
      } check: {
        XCTAssertEqual([$0.call, "\($0.errno)"], [call, "\(EAFNOSUPPORT)"])
      }
    }
    // The client was not taken.
    let taken = Glibc.accept(listener, nil, nil)
    XCTAssertGreaterThanOrEqual(taken, 0)
    Glibc.close(taken)
  }

  // Eventlet: IO12, IO23, IO27
  func testOperationsTimeOut() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    client.timeout = .seconds(5)
    assertThrows(SocketTimeout.self) { _ = try client.receive(upTo: 1) }
    XCTAssertEqual(clock.elapsed, .seconds(5))
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    assertThrows(SocketTimeout.self) { _ = try listener.accept(timeout: .seconds(2)) }
    XCTAssertEqual(clock.elapsed, .seconds(7))
  }

  // Eventlet: IO11
  func testANegativeTimeoutHasPassedAlready() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    assertThrows(SocketTimeout.self) { _ = try client.receive(upTo: 1, timeout: .seconds(-1)) }
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
    assertThrows(SocketTimeout.self) {
      try client.sendAll([UInt8](repeating: 1, count: 64 << 20), timeout: .seconds(10))
    }
    XCTAssertEqual(clock.elapsed, .seconds(10))
    try trickle.kill()
  }

  // Eventlet: IO28
  func testReceivingNothingWaitsForReadability() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    assertThrows(SocketTimeout.self) { _ = try client.receive(upTo: 0, timeout: .seconds(1)) }
    try server.sendAll("ab")
    XCTAssertEqual(try client.receive(upTo: 0), [])
    XCTAssertEqual(try client.receive(upTo: 9), Array("ab".utf8))
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

  // Eventlet: IO33
  func testDataAfterATimeoutWakesNobodyWrongly() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let sleeper = spawn {
      do { _ = try client.receive(upTo: 1, timeout: .seconds(1)) } catch is SocketTimeout {}
      try GreenThread.sleep(for: .seconds(10))
      return Hub.current.statistics.descriptorWaits
    }
    try GreenThread.sleep(for: .seconds(2))
    try server.sendAll("late")
    XCTAssertEqual(try sleeper.wait(), 0)
    XCTAssertEqual(clock.elapsed, .seconds(11))
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

  // Eventlet: IO41, H19
  func testASecondReaderGetsAnErrorThatNamesBoth() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let first = spawn(name: "first") { try client.receive(upTo: 1) }
    let second = spawn(name: "second") { try client.receive(upTo: 1) }
    XCTAssertThrowsError(try second.wait()) {
      XCTAssert("\($0)".contains("'first'") && "\($0)".contains("'second'"), "\($0)")
    }
    try server.sendAll("x")
    XCTAssertEqual(try first.wait(), [UInt8(ascii: "x")])
  }

  private func assertIsRefused(
    _ what: String, line: UInt = #line, _ body: () throws -> Void
  ) {
    XCTAssertThrowsError(try body(), what, line: line) { error in
      guard case HubError.secondWaiter = error else {
        return XCTFail("\(what): \(error)", line: line)
      }
      XCTAssert(
        "\(error)".contains("'first'") && "\(error)".contains("'second'"), "\(error)", line: line)
    }
  }

  /// Calls `body` in a green thread named `second`.
  private func asSecond(_ body: @escaping () throws -> Void) throws {
    try spawn(name: "second", body).wait()
  }

  func testASecondSenderComesBetweenNoBytesOfTheFirst() throws {
    let data = (0..<1 << 18).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let (client, server) = try makeNarrowPair()
    defer { client.close(); server.close() }
    let first = spawn(name: "first") { try client.sendAll(data) }
    try GreenThread.yield()
    var refusals = 0
    let second = spawn(name: "second") {
      while !first.isFinished {
        self.assertIsRefused("send all") { try client.sendAll("stray") }
        self.assertIsRefused("send") {
          _ = try Array("stray".utf8).withUnsafeBytes { try client.send($0, timeout: .zero) }
        }
        refusals += 1
        try GreenThread.yield()
      }
      try client.sendAll("next")
      try client.shutdown(.writing)
    }
    var received: [UInt8] = []
    while case let more = try server.receive(upTo: 2048), !more.isEmpty { received += more }
    try first.wait()
    try second.wait()
    XCTAssertGreaterThan(refusals, 10)
    XCTAssertTrue(received == data + Array("next".utf8))
  }

  func testASenderThatHasEndedIsInNobodysWay() throws {
    let data = [UInt8](repeating: 7, count: 1 << 18)
    for end in ["kill", "timeout", "own timeout", "close"] {
      let (client, server) = try makeNarrowPair()
      defer { client.close(); server.close() }
      let first = spawn(name: "first") {
        switch end {
        case "timeout": try withTimeout(.seconds(1)) { try client.sendAll(data) }
        case "own timeout": try client.sendAll(data, timeout: .seconds(1))
        default: try client.sendAll(data)
        }
      }
      try GreenThread.yield()
      try asSecond { self.assertIsRefused(end) { try client.sendAll("stray") } }
      switch end {
      case "kill": try first.kill()
      case "close": server.close()
      default: try GreenThread.sleep(for: .seconds(2))
      }
      XCTAssertThrowsError(try first.wait(), end)
      if end == "close" {
        assertThrows(SystemError.self) { try client.sendAll("next") }
      } else {
        _ = try drain(server)
        try client.sendAll("next")
        XCTAssertEqual(try server.receive(upTo: 10), Array("next".utf8))
      }
    }
  }

  // The first was told of its byte, and has not resumed: the second must not take it.
  func testASecondReceiverTakesNothingFromOneThatIsAboutToResume() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let hub = Hub.current
    let first = spawn(name: "first") { try client.receive(upTo: 1) }
    try GreenThread.yield()
    try server.sendAll("x")
    var refusals = 0
    // Ahead of the first in line, in the turn in which it is told.
    let second = spawn(name: "second") {
      for _ in 0..<10 where !first.isFinished {
        self.assertIsRefused("receive") { _ = try client.receive(upTo: 1, timeout: .zero) }
        refusals += hub.statistics.descriptorWaits == 0 ? 1 : 0
        try GreenThread.yield()
      }
    }
    try second.wait()
    try server.sendAll("y")
    XCTAssertEqual(try first.wait(), [UInt8(ascii: "x")])
    XCTAssertGreaterThan(refusals, 0)
  }

  func testMoreThanOneMaySendAndReceiveIfThatIsAllowed() throws {
    Hub.current.preventsMultipleReaders = false
    defer { Hub.current.preventsMultipleReaders = true }
    let data = [UInt8](repeating: 7, count: 1 << 16)
    let (client, server) = try makeNarrowPair()
    defer { client.close(); server.close() }
    let senders = (0..<3).map { _ in spawn { try client.sendAll(data) } }
    let receivers = (0..<3).map { _ in
      spawn {
        var count = 0
        while case let more = try server.receive(upTo: 2048), !more.isEmpty { count += more.count }
        return count
      }
    }
    for sender in senders { try sender.wait() }
    try client.shutdown(.writing)
    var count = 0
    for receiver in receivers { count += try receiver.wait() }
    XCTAssertEqual(count, 3 << 16)
  }

  func testASecondReaderOfLinesGetsAnErrorAndTheFirstItsLine() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll("0123456789")
    let first = spawn(name: "first") { try client.reader.readLine() }
    while client.reader.bufferedCount < 10 { try GreenThread.yield() }
    for (name, use) in [
      ("read up to", { _ = try client.reader.read(upTo: 10) }),
      ("read exactly", { _ = try client.reader.read(exactly: 10) }),
      ("read line", { _ = try client.reader.readLine() }),
      ("read through", { _ = try client.reader.readBytes(through: 0x39, limit: 10) }),
      ("receive", { _ = try client.receive(upTo: 10) }),
    ] as [(String, () throws -> Void)] {
      try asSecond { self.assertIsRefused(name, use) }
    }
    try server.sendAll("\nnext\n")
    XCTAssertEqual(try first.wait(), "0123456789")
    XCTAssertEqual(try client.reader.readLine(), "next")
  }

  // Each gets some of the data, and no more than that goes wrong.
  func testReadersThatMayDisturbEachOtherLoseNothing() throws {
    Hub.current.preventsMultipleReaders = false
    defer { Hub.current.preventsMultipleReaders = true }
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll("0123456789")
    let line = spawn { try client.reader.readLine() }
    let exact = spawn { try client.reader.read(exactly: 12) }
    while client.reader.bufferedCount < 10 { try GreenThread.yield() }
    XCTAssertEqual(try client.reader.read(upTo: 10).count, 10)
    try server.sendAll("short\n")
    XCTAssertEqual(try line.wait(), "short")
    try server.sendAll("twelve bytes")
    XCTAssertEqual(try exact.wait(), Array("twelve bytes".utf8))
  }

  func testALimitOfLinesHoldsForAllReadersOfASocket() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    client.reader.maxLineLength = 5
    XCTAssertEqual(client.reader.maxLineLength, 5)
    try server.sendAll("1234\n12345\n")
    XCTAssertEqual(try client.reader.readLine(), "1234")
    assertThrows(LineTooLong.self) {
      _ = try client.reader.readLine()
    } check: {
      XCTAssertEqual($0.limit, 5)
    }
    XCTAssertEqual(server.reader.maxLineLength, 65_536)
  }

  // Eventlet: IO49, H25
  func testClosingWakesWhoWaits() throws {
    let (client, server) = try makePair()
    defer { server.close() }
    let reader = spawn { try client.receive(upTo: 1) }
    try GreenThread.yield()
    client.close()
    XCTAssertThrowsError(try reader.wait()) { error in
      guard case HubError.closedWhileWaiting = error else { return XCTFail("\(error)") }
    }
  }

  // Eventlet: IO43
  func testUsingAClosedSocketIsABadDescriptor() throws {
    let (client, server) = try makePair()
    server.close()
    client.close()
    assertThrows(SystemError.self) {
      try client.sendAll("x")
    } check: {
      XCTAssertEqual($0.errno, EBADF)
    }
  }

  // Eventlet: IO48
  func testClosingTwiceLeavesTheNextOwnerOfTheNumberAlone() throws {
    let (client, server) = try makePair()
    defer { server.close() }
    let number = client.fileDescriptor
    client.close()
    let copy = fcntl(server.fileDescriptor, F_DUPFD, number)
    defer { Glibc.close(copy) }
    XCTAssertEqual(copy, number)
    client.close()
    XCTAssertGreaterThanOrEqual(fcntl(copy, F_GETFD), 0)
  }

  // Eventlet: IO31, IO38
  func testASocketWhoseNumberHasANewOwnerLeavesItAlone() throws {
    let (stale, server) = try makePair()
    let (client, other) = try makePair()
    defer { for socket in [server, client, other] { socket.close() } }
    let reader = spawn { try stale.receive(upTo: 1) }
    try GreenThread.yield()
    // Behind its back; the number goes to a new socket at once.
    let number = stale.fileDescriptor
    XCTAssertEqual(dup2(other.fileDescriptor, number), number)
    let owner = try GreenSocket(adopting: number)
    XCTAssertThrowsError(try reader.wait()) { error in
      guard case HubError.closedWhileWaiting = error else { return XCTFail("\(error)") }
    }
    try client.sendAll("for the owner")
    for use in [
      { _ = try stale.receive(upTo: 20) }, { _ = try stale.receive(upTo: 0) },
      { try stale.sendAll("stray") }, { _ = try stale.accept() },
      { try stale.shutdown(.both) }, { try stale.setNoDelay(true) },
    ] as [() throws -> Void] {
      assertThrows(SystemError.self) {
        try use()
      } check: {
        XCTAssertEqual($0.errno, EBADF)
      }
    }
    XCTAssertEqual(try owner.receive(upTo: 20), Array("for the owner".utf8))
    try owner.sendAll("answer")
    XCTAssertEqual(try client.receive(upTo: 20), Array("answer".utf8))
    owner.close()
    // Closing it would still close the number: let that be nobody's.
    XCTAssertEqual(dup2(other.fileDescriptor, number), number)
    stale.close()
  }

  // Eventlet: IO46
  func testDroppingTheLastReferenceCloses() throws {
    let (client, server) = try makePair()
    defer { client.close() }
    func drop(_ socket: consuming GreenSocket) {}
    var only: GreenSocket? = server
    _ = only?.reader
    only = nil
    _ = only
    drop(server)
  }

  // Eventlet: IO50
  func testShutdownWakesAReceiverWithTheEnd() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let reader = spawn { try client.receive(upTo: 1) }
    try GreenThread.yield()
    try client.shutdown(.both)
    XCTAssertEqual(try reader.wait(), [])
  }

  // Eventlet: IO51
  func testShutdownSafelyIgnoresWhatIsGone() throws {
    let (client, server) = try makePair()
    server.close()
    try client.shutdownSafely()
    client.close()
    try client.shutdownSafely()
  }

  // Eventlet: H36
  func testAListenerMadeBeforeAForkAcceptsInTheChild() throws {
    try XCTSkipIf(Sanitizer.isThread, "it follows no child of several OS threads")
    typealias Fork = @convention(c) () -> pid_t
    guard let symbol = dlsym(nil, "fork") else { throw XCTSkip("no fork") }
    let fork = unsafeBitCast(symbol, to: Fork.self)
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    // Registered before the fork.
    assertThrows(SocketTimeout.self) { _ = try listener.accept(timeout: .seconds(1)) }
    let child = fork()
    if child == 0 {
      do {
        let server = spawn {
          let client = try listener.accept().socket
          try client.sendAll(client.receive(upTo: 10))
        }
        let client = try GreenSocket.connect(to: listener.localAddress)
        try client.sendAll("echo")
        let answer = try client.receive(upTo: 10)
        try server.wait()
        _exit(answer == Array("echo".utf8) ? 0 : 1)
      } catch { _exit(2) }
    }
    var status: Int32 = -1
    XCTAssertEqual(waitpid(child, &status, 0), child)
    XCTAssertEqual(status, 0)
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

  /// What another green thread sees of `count` while `operation`, which never has to wait, is done
  /// so many times.
  private func countSeenByAnother(_ times: Int, _ operation: () throws -> Void) throws -> Int {
    var count = 0
    let other = spawn { count }
    for _ in 0..<times {
      try operation()
      count += 1
    }
    return try other.wait()
  }

  func testReceivingWithoutAWaitLetsOthersRun() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll([UInt8](repeating: 1, count: 500))
    let seen = try countSeenByAnother(500) { _ = try client.receive(upTo: 1) }
    XCTAssertLessThan(seen, 100)
  }

  func testSendingWithoutAWaitLetsOthersRun() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let seen = try countSeenByAnother(500) { try client.sendAll([1]) }
    XCTAssertLessThan(seen, 100)
  }

  // A loop over large pieces takes its time in fewer calls.
  func testReceivingMuchWithoutAWaitLetsOthersRun() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll([UInt8](repeating: 1, count: 50 * 8192))
    let seen = try countSeenByAnother(40) { _ = try client.receive(upTo: 8192) }
    XCTAssertLessThan(seen, 10)
  }

  func testAcceptingWithoutAWaitLetsOthersRun() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let clients = try (0..<200).map { _ in try GreenSocket.connect(to: listener.localAddress) }
    let seen = try countSeenByAnother(200) { try listener.accept().socket.close() }
    XCTAssertLessThan(seen, 100)
    for client in clients { client.close() }
  }

  func testLettingOthersRunIsNotForCallsThatMustNotWait() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll([UInt8](repeating: 1, count: 500))
    client.timeout = .zero
    try assertDoesNotSwitch { for _ in 0..<500 { _ = try client.receive(upTo: 1) } }
  }

  // Who never waits could not be killed otherwise.
  func testAKillReachesWhoNeverWaits() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    try server.sendAll([UInt8](repeating: 1, count: 500))
    var received = 0
    let reader = spawn {
      while true {
        _ = try client.receive(upTo: 1)
        received += 1
      }
    }
    try GreenThread.yield()
    try reader.kill()
    XCTAssertLessThan(received, 100)
    // Nothing is lost.
    XCTAssertEqual(try client.receive(upTo: 500, timeout: .zero).count, 500 - received)
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
