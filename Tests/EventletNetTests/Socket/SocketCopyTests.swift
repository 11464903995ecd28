import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// From socket to socket, and from file to socket, without copies.
final class SocketCopyTests: NetTestCase {
  private let data = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }

  private func collect(_ socket: GreenSocket) -> GreenThread<[UInt8]> {
    spawn {
      var received: [UInt8] = []
      while case let more = try socket.receive(upTo: 1 << 16), !more.isEmpty { received += more }
      return received
    }
  }

  private func send(_ bytes: [UInt8], over socket: GreenSocket) -> GreenThread<Void> {
    spawn {
      try socket.sendAll(bytes)
      try socket.shutdown(.writing)
    }
  }

  private func seqpacketPair() throws -> (client: GreenSocket, server: GreenSocket) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    XCTAssertEqual(socketpair(AF_UNIX, kind, 0, &ends), 0)
    return (try GreenSocket(adopting: ends[0]), try GreenSocket(adopting: ends[1]))
  }

  func testAllIsCopiedFromKindToKind() throws {
    let makers = [makePair, makeNarrowPair, seqpacketPair]
    for source in makers {
      for target in makers {
        let (left, a) = try source()
        let (b, right) = try target()
        defer { for socket in [left, a, b, right] { socket.close() } }
        // Messages have a largest size.
        let sender = spawn {
          for start in stride(from: 0, to: self.data.count, by: 4000) {
            try left.sendAll(self.data[start..<min(start + 4000, self.data.count)])
          }
          try left.shutdown(.writing)
        }
        let received = collect(right)
        XCTAssertEqual(try a.copy(to: b), data.count)
        try b.shutdown(.writing)
        XCTAssertTrue(try received.wait() == data)
        try sender.wait()
      }
    }
  }

  func testNoMoreThanAskedForIsCopied() throws {
    let (left, a) = try makePair()
    let (b, right) = try makePair()
    defer { for socket in [left, a, b, right] { socket.close() } }
    try left.sendAll("line\n0123456789")
    XCTAssertEqual(try a.reader.readLine(), "line")
    // From what the reader has, and then from the socket.
    XCTAssertEqual(try a.copy(to: b, count: 0), 0)
    XCTAssertEqual(try a.copy(to: b, count: 4), 4)
    try left.sendAll("abcdef")
    XCTAssertEqual(try a.copy(to: b, count: 9), 9)
    XCTAssertEqual(try right.receive(upTo: 100), Array("0123456789abc".utf8))
    XCTAssertEqual(try a.receive(upTo: 100), Array("def".utf8))
    try left.shutdown(.writing)
    XCTAssertEqual(try a.copy(to: b, count: 9), 0)
  }

  func testARelayPassesBothWaysAndBothEnds() throws {
    let (client, a) = try makePair()
    let (b, server) = try makeNarrowPair()
    defer { for socket in [client, a, b, server] { socket.close() } }
    let relay = spawn { try a.relay(with: b) }
    let atServer = collect(server)
    let sender = send(data, over: client)
    // The end of one way leaves the other open.
    XCTAssertTrue(try atServer.wait() == data)
    try sender.wait()
    XCTAssertFalse(relay.isFinished)
    let answer = Array(data[..<1_000_000])
    let atClient = collect(client)
    try send(answer, over: server).wait()
    XCTAssertTrue(try atClient.wait() == answer)
    let counts = try relay.wait()
    XCTAssertEqual([counts.sent, counts.received], [data.count, answer.count])
  }

  func testAnErrorOfOneDirectionEndsTheOther() throws {
    let (client, a) = try makePair()
    let (b, server) = try makePair()
    defer { for socket in [client, a, b, server] { socket.close() } }
    let relay = spawn { try a.relay(with: b) }
    try GreenThread.sleep(for: .seconds(1))
    try server.setOption(.linger, .zero)
    server.close()
    assertThrows(SystemError.self) {
      _ = try relay.wait()
    } check: {
      XCTAssertEqual($0.errno, ECONNRESET)
    }
  }

  /// splice and sendfile raise SIGPIPE, whatever the flags.
  func testABrokenTargetIsAnErrorAndNoSignal() throws {
    var old = sigaction()
    var plain = sigaction()
    plain.__sigaction_handler.sa_handler = SIG_DFL
    sigaction(SIGPIPE, &plain, &old)
    defer { sigaction(SIGPIPE, &old, nil) }
    let file = try makeFile(Array(data[..<100_000]))
    defer { close(file) }
    for (target, far) in [try makePair(), try makeNarrowPair()] {
      let (left, a) = try makePair()
      defer { for socket in [left, a, target] { socket.close() } }
      far.close()
      try left.sendAll("lost")
      for call in [
        { while true { try target.sendFile(file) } }, { _ = try a.copy(to: target) },
      ] as [() throws -> Void] {
        assertThrows(SystemError.self, call) {
          XCTAssertTrue([EPIPE, ECONNRESET].contains($0.errno), "\($0)")
        }
      }
    }
  }

  func testOneReaderAndOneWriterHoldsHereToo() throws {
    let (left, a) = try makePair()
    let (b, right) = try makePair()
    defer { for socket in [left, a, b, right] { socket.close() } }
    let first = spawn { try a.receive(upTo: 1) }
    try GreenThread.yield()
    assertThrows(HubError.self) { try a.copy(to: b) }
    try left.sendAll("x")
    _ = try first.wait()
    let copying = spawn { try a.copy(to: b) }
    try GreenThread.yield()
    assertThrows(HubError.self) { _ = try a.receive(upTo: 1) }
    try left.sendAll("y")
    XCTAssertEqual(try right.receive(upTo: 1), [121])
    try left.shutdown(.writing)
    XCTAssertEqual(try copying.wait(), 1)
  }

  /// At rest, and with a full target.
  func testInterruptionsLeaveNoDescriptor() throws {
    for means in Interruption.allCases {
      for bytes in [0, 1 << 20] {
        let (left, a) = try makePair()
        let (b, right) = try makeNarrowPair()
        let sender = bytes > 0 ? send(data, over: left) : nil
        if bytes > 0 { _ = try fill(b) }
        try GreenThread.yield()
        let before = LeakCheck()
        let victim = means.spawnVictim { limit in
          if means == .own { try a.copy(to: b, timeout: limit) } else { try a.relay(with: b) }
        }
        try GreenThread.sleep(for: .milliseconds(500))
        XCTAssertFalse(victim.isFinished)
        if means == .kill { try victim.kill() }
        // A relay ends when both its directions have.
        XCTAssertThrowsError(try victim.wait())
        XCTAssertEqual(
          before.leaks(of: .current).filter { $0.contains("descriptor ") && $0.contains("pipe:") },
          [])
        try sender?.kill()
        for socket in [left, a, b, right] { socket.close() }
      }
    }
  }

  /// splice stops for good where an urgent byte was taken out.
  func testUrgentDataStopsNoCopy() throws {
    for isThereBefore in [false, true] {
      let (left, a) = try makePair()
      let (b, right) = try makePair()
      defer { for socket in [left, a, b, right] { socket.close() } }
      var copying: GreenThread<Int>?
      if !isThereBefore {
        copying = spawn { try a.copy(to: b) }
        try GreenThread.yield()
      }
      try left.sendAll("one")
      try left.sendUrgent(33)
      try left.sendAll("two")
      if !isThereBefore {
        XCTAssertEqual(try right.reader.read(exactly: 6), Array("onetwo".utf8))
        // The copy waits again.
        try GreenThread.sleep(for: .seconds(1))
      }
      try left.sendAll("three")
      try left.sendUrgent(34)
      try left.sendAll("four")
      try left.shutdown(.writing)
      if isThereBefore { copying = spawn { try a.copy(to: b) } }
      // The second urgent byte makes the first an ordinary one, if that is still there.
      XCTAssertEqual(try copying?.wait(), isThereBefore ? 16 : 15)
      try b.shutdown(.writing)
      let rest = isThereBefore ? "one!twothreefour" : "threefour"
      XCTAssertEqual(try right.reader.readAll(), Array(rest.utf8))
    }
  }

  func testAnUrgentByteBeforeTheEndHidesNoEnd() throws {
    let (left, a) = try makePair()
    let (b, right) = try makePair()
    defer { for socket in [left, a, b, right] { socket.close() } }
    try left.sendUrgent(33)
    try left.shutdown(.writing)
    XCTAssertEqual(try a.copy(to: b, timeout: .seconds(1)), 0)
  }

  func testABusyTargetTakesNothingFromTheReader() throws {
    let (left, a) = try makePair()
    let (b, right) = try makeNarrowPair()
    defer { for socket in [left, a, b, right] { socket.close() } }
    try left.sendAll("line\nahead")
    XCTAssertEqual(try a.reader.readLine(), "line")
    let busy = spawn { try b.sendAll([UInt8](repeating: 1, count: 1 << 20)) }
    try GreenThread.yield()
    assertThrows(HubError.self) { try a.copy(to: b) }
    XCTAssertEqual(try a.reader.read(exactly: 5), Array("ahead".utf8))
    try busy.kill()
  }

  func testACopyThatWaitsForOneSideKeepsOthersOutOfTheOther() throws {
    let (left, a) = try makePair()
    let (b, right) = try makeNarrowPair()
    defer { for socket in [left, a, b, right] { socket.close() } }
    let copying = spawn { try a.copy(to: b) }
    try GreenThread.yield()
    assertThrows(HubError.self) { try b.sendAll("between") }
    _ = try left.sendAll([UInt8](repeating: 1, count: 1 << 20))
    try GreenThread.sleep(for: .seconds(1))
    assertThrows(HubError.self) { _ = try a.receive(upTo: 1) }
    try copying.kill()
  }

  /// Whatever the target's own says.
  func testTheTimeoutOfACopyHoldsAtBothSockets() throws {
    let (left, a) = try makePair()
    let (b, right) = try makeNarrowPair()
    defer { for socket in [left, a, b, right] { socket.close() } }
    b.timeout = .zero
    let sender = send(data, over: left)
    let received = spawn {
      try GreenThread.sleep(for: .seconds(9))
      return try self.collect(right).wait()
    }
    XCTAssertEqual(try a.copy(to: b), data.count)
    XCTAssertEqual(clock.elapsed, .seconds(9))
    try b.shutdown(.writing)
    XCTAssertTrue(try received.wait() == data)
    try sender.wait()

    let (more, c) = try makePair()
    defer { more.close(); c.close() }
    b.timeout = .seconds(50)
    c.timeout = .seconds(2)
    _ = try fill(more)
    let (d, full) = try makeNarrowPair()
    defer { d.close(); full.close() }
    d.timeout = .seconds(50)
    assertThrows(IOTimeout.self) { try c.copy(to: d) }
    XCTAssertEqual(clock.elapsed, .seconds(11))
  }

  // MARK: Files

  private func makeFile(_ bytes: [UInt8]) throws -> Int32 {
    var template = Array("/tmp/eventlet-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { throw SystemError(call: "mkstemp", errno: errno) }
    unlink(template)
    XCTAssertEqual(write(file, bytes, bytes.count), bytes.count)
    return file
  }

  func testPartsOfAFileAreSent() throws {
    let file = try makeFile(data)
    defer { close(file) }
    for (offset, count) in [
      (0, nil), (1, 10), (data.count - 5, nil), (data.count - 5, 100), (data.count, nil),
      (data.count + 9, 3), (0, 0), (262_143, 262_146),
    ] as [(Int, Int?)] {
      let expected = data.dropFirst(offset).prefix(count ?? .max)
      for (client, server) in [try makePair(), try makeNarrowPair()] {
        defer { client.close(); server.close() }
        let received = collect(server)
        XCTAssertEqual(try client.sendFile(file, from: offset, count: count), expected.count)
        try client.shutdown(.writing)
        XCTAssertTrue(try received.wait() == Array(expected), "\(offset), \(count ?? -1)")
      }
    }
    XCTAssertEqual(lseek(file, 0, SEEK_CUR), off_t(data.count), "it stays where it was")
  }

  func testWhatIsNotInMemoryIsReadByAnotherThread() throws {
    let file = try makeFile(data)
    defer { close(file) }
    XCTAssertEqual(fsync(file), 0)
    XCTAssertEqual(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0)
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    let received = collect(server)
    XCTAssertEqual(try client.sendFile(file), data.count)
    try client.shutdown(.writing)
    XCTAssertTrue(try received.wait() == data)
  }

  func testWhatIsNoFileIsAnError() throws {
    let (client, server) = try makePair()
    defer { client.close(); server.close() }
    var ends: [Int32] = [-1, -1]
    XCTAssertEqual(pipe(&ends), 0)
    defer { for end in ends { close(end) } }
    for (file, number) in [(ends[0], EINVAL), (-1, EBADF)] {
      assertThrows(SystemError.self) {
        try client.sendFile(file)
      } check: {
        XCTAssertTrue([number, ESPIPE].contains($0.errno), "\($0)")
      }
    }
    assertThrows(HubError.self) { try client.sendFile(ends[0], from: -1) }
  }

  func testInterruptingAFileKeepsWhatWasSent() throws {
    let file = try makeFile(data)
    defer { close(file) }
    for means in Interruption.allCases {
      let (client, server) = try makeNarrowPair()
      let before = HubHoldings()
      let victim = means.spawnVictim { try client.sendFile(file, timeout: $0) }
      try GreenThread.sleep(for: .milliseconds(500))
      XCTAssertFalse(victim.isFinished)
      if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(1)) }
      XCTAssertThrowsError(try victim.wait())
      XCTAssertEqual(HubHoldings(), before)
      let sent = try drain(server)
      XCTAssertTrue(sent == Array(data[..<sent.count]))
      client.close()
      server.close()
    }
  }
}
