import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// One green thread receives and one sends; what a second one gets, or does if it may.
final class SocketUsersTests: NetTestCase {
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
}
