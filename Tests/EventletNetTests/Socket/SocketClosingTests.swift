import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class SocketClosingTests: NetTestCase {
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
    stale.close()
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

  /// How many descriptors the sets of epoll hold.
  private func registrations() throws -> Int {
    var count = 0
    for number in 0..<1024 {
      guard let info = fopen("/proc/self/fdinfo/\(number)", "r") else { continue }
      defer { fclose(info) }
      var line = [CChar](repeating: 0, count: 256)
      while fgets(&line, 256, info) != nil { if strncmp(line, "tfd:", 4) == 0 { count += 1 } }
    }
    return count
  }

  /// It would wake the hub for ever.
  func testNothingStaysRegisteredOfASocketThatIsOpenElsewhere() throws {
    let isRemembered = getenv("EVENTLET_HUB").map { strcmp($0, "poll") != 0 } ?? true
    let (c, d) = try GreenSocket.pair()
    defer { c.close(); d.close() }
    for giveAway in [
      { try $0.release() },
      { socket in
        let other = try socket.duplicate()
        socket.close()
        return try other.release()
      },
      { socket in
        let other = try GreenSocket(adopting: socket.duplicate().release())
        socket.close()
        return try other.release()
      },
      { socket in
        try c.send([1], passing: [socket.fileDescriptor])
        socket.close()
        return -1
      },
    ] as [(GreenSocket) throws -> Int32] {
      let (ours, theirs) = try GreenSocket.pair()
      defer { theirs.close() }
      let before = try registrations()
      spawn { try theirs.sendAll("x") }
      XCTAssertEqual(try ours.receive(upTo: 1).count, 1)
      XCTAssertEqual(try registrations(), before + (isRemembered ? 1 : 0))
      let descriptor = try giveAway(ours)
      XCTAssertEqual(try registrations(), before)
      if descriptor >= 0 { Glibc.close(descriptor) }
    }
  }
}
