import EventletCore
import EventletNet
import EventletTLS
import EventletTesting
import Glibc
import XCTest

/// Kills and times out a green thread at every point where a call of a connection waits: before the
/// kernel reports anything, and after it has but before the green thread resumes.
final class TLSInterruptionTests: TLSTestCase {
  private struct Point {
    let victim: (Duration?) throws -> Void
    /// Makes that possible for which the victim waits, without a switch.
    let makeReady: () throws -> Void
    let verify: (_ hasReturned: Bool) throws -> Void
  }

  private func check(_ name: String, _ make: () throws -> Point) throws {
    for means in Interruption.allCases {
      for isReady in [false, true] {
        let before = HubHoldings()
        let name = "\(name), \(means), ready: \(isReady)"
        let point = try make()
        let victim = try means.ofDescriptorWait(
          name, makingReady: isReady ? point.makeReady : nil, point.victim)
        var hasReturned = false
        do {
          try victim.wait()
          hasReturned = true
        } catch { means.assertThrown(error, name) }
        try point.verify(hasReturned)
        waitForClosing()
        XCTAssertEqual(HubHoldings(), before, name)
      }
    }
  }

  // MARK: Receiving

  /// A kill or timeout of one that receives loses nothing, be half a record here.
  func testReceiving() throws {
    for half in [false, true] {
      try check("receive, half a record: \(half)") {
        let (client, server) = try makeConnection()
        let tap = Tap(server)
        let record = try tap.record(of: Array("data".utf8))
        let socket = try XCTUnwrap(server.stream as? GreenSocket)
        if half { try socket.sendAll(Array(record[..<10])) }
        let rest = half ? Array(record[10...]) : record
        var isSent = false
        func makeReady() throws {
          try socket.sendAll(rest)
          isSent = true
        }
        var received: [UInt8] = []
        return Point(
          victim: { received = try client.receive(upTo: 100, timeout: $0) }, makeReady: makeReady,
          verify: { _ in
            if !isSent { try makeReady() }
            if received.isEmpty { received = try client.receive(upTo: 100) }
            XCTAssertEqual(received, Array("data".utf8))
            try client.sendAll("back")
            XCTAssertEqual(try server.receive(upTo: 100), Array("back".utf8))
            client.close()
            server.close()
          })
      }
    }
  }

  // MARK: Handshakes

  /// At each of its waits, at either end; then it goes on where it was.
  func testShakingHands() throws {
    for version in [TLSVersion.tls12, .tls13] {
      for victimIsClient in [true, false] {
        for narrow in [true, false] {
          for means in Interruption.allCases {
            var wait = 1
            while try interruptHandshake(version, victimIsClient, narrow, means, at: wait) {
              wait += 1
            }
            XCTAssertGreaterThan(wait, 1)
          }
        }
      }
    }
  }

  /// - Returns: false if the handshake has fewer waits.
  private func interruptHandshake(
    _ version: TLSVersion, _ victimIsClient: Bool, _ narrow: Bool, _ means: Interruption,
    at wait: Int
  ) throws -> Bool {
    let before = HubHoldings()
    let sockets = try narrow ? makeNarrowSockets() : makeSockets()
    let clientStream = StoppingStream(sockets.client, at: victimIsClient ? wait : .max)
    let serverStream = StoppingStream(sockets.server, at: victimIsClient ? .max : wait)
    let (client, server) = try wrap(
      clientStream, serverStream, client: makeClient { $0.maximumVersion = version })
    let (victim, other) = victimIsClient ? (client, server) : (server, client)
    let stopping = victimIsClient ? clientStream : serverStream
    let partner = spawn {
      try other.handshake()
      try other.sendAll("hello")
    }
    let shaking = means.spawnVictim { try victim.handshake(timeout: $0) }
    while !stopping.isStopped, !shaking.isFinished { try GreenThread.yield() }
    let isHit = stopping.isStopped
    if isHit {
      if means == .kill { try shaking.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
      XCTAssertThrowsError(try shaking.wait())
    } else {
      stopping.disarm()
      try shaking.wait()
    }
    if isHit, stopping.wasSending {
      // What the peer has got of it is not known.
      assertThrows(.sendInterrupted) { try victim.handshake() }
      try partner.kill()
      victim.close()
      other.close()
    } else {
      XCTAssertEqual(try victim.receive(upTo: 10), Array("hello".utf8))
      try victim.sendAll("back")
      XCTAssertEqual(try other.receive(upTo: 10), Array("back".utf8))
      try partner.wait()
      victim.close()
      other.close()
    }
    for _ in 0..<3 { try GreenThread.yield() }
    waitForClosing()
    XCTAssertEqual(HubHoldings(), before)
    return isHit
  }

  /// Over a socket it is known what was sent: a handshake goes on even after that.
  func testShakingHandsWhileTheSocketTakesNothing() throws {
    for means in Interruption.allCases {
      let (clientSocket, serverSocket) = try makeNarrowSockets()
      let (client, server) = try wrap(clientSocket, serverSocket)
      let filled = try fill(clientSocket)
      let shaking = means.spawnVictim { try client.handshake(timeout: $0) }
      try GreenThread.yield()
      if means == .kill { try shaking.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
      XCTAssertThrowsError(try shaking.wait())
      var left = filled
      while left > 0 { left -= try serverSocket.receive(upTo: left).count }
      try shakeHands(client, server)
      client.close()
      server.close()
    }
  }

  private func fill(_ socket: GreenSocket) throws -> Int {
    let block = [UInt8](repeating: 1, count: 65536)
    var sent = 0
    do {
      while true { sent += try block.withUnsafeBytes { try socket.send($0, timeout: .zero) } }
    } catch SystemError.wouldBlock { return sent }
  }

  // MARK: Sending

  func testSending() throws {
    for means in Interruption.allCases {
      let before = HubHoldings()
      let (clientSocket, serverSocket) = try makeNarrowSockets()
      let (client, server) = try wrap(clientSocket, serverSocket)
      try shakeHands(client, server)
      let data = Self.pattern(1 << 20)
      let victim = means.spawnVictim { try client.sendAll(data, timeout: $0) }
      try GreenThread.yield()
      XCTAssertEqual(Hub.current.statistics.descriptorWaits, 1)
      if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
      XCTAssertThrowsError(try victim.wait())
      for _ in 0..<2 { assertThrows(.sendInterrupted) { try client.sendAll("more") } }
      assertThrows(.sendInterrupted) { try client.endSending() }
      // Receiving goes on.
      try server.sendAll("still")
      XCTAssertEqual(try client.receive(upTo: 10), Array("still".utf8))
      client.close()
      // The peer has the beginning of it, and does not take it for all.
      var received: [UInt8] = []
      assertThrows(.truncated) {
        while case let more = try server.receive(upTo: 1 << 20), !more.isEmpty { received += more }
      }
      XCTAssertTrue(received == Array(data[..<received.count]))
      XCTAssertLessThan(received.count, data.count)
      server.close()
      waitForClosing()
      XCTAssertEqual(HubHoldings(), before)
    }
  }

  /// One that waits for its turn has sent nothing yet.
  func testWaitingForTheHandshakeOfAnother() throws {
    for means in Interruption.allCases {
      let (client, server) = try makePair()
      let reader = spawn { try client.receive(upTo: 10) }
      try GreenThread.yield()
      let victim = means.spawnVictim { try client.sendAll("lost", timeout: $0) }
      try GreenThread.yield()
      if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
      XCTAssertThrowsError(try victim.wait())
      try server.sendAll("hello")
      XCTAssertEqual(try reader.wait(), Array("hello".utf8))
      try client.sendAll("not lost")
      XCTAssertEqual(try server.receive(upTo: 10), Array("not lost".utf8))
      client.close()
      server.close()
    }
  }

  // MARK: Ending

  func testUnwrapping() throws {
    for means in Interruption.allCases {
      let (client, server) = try makeConnection()
      let victim = means.spawnVictim { _ = try client.unwrap(timeout: $0) }
      try GreenThread.yield()
      if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
      XCTAssertThrowsError(try victim.wait())
      // The peer answers, and the next call goes on.
      XCTAssertEqual(try server.receive(upTo: 1), [])
      let other = spawn { try server.unwrap() }
      let plain = try client.unwrap()
      try plain.sendAll("plain")
      XCTAssertEqual(try other.wait().receive(upTo: 10), Array("plain".utf8))
      plain.close()
      server.stream.close()
    }
  }

  func testClosingWhileOthersWait() throws {
    for handshake in [false, true] {
      let (client, server) = try makePair()
      if handshake { try shakeHands(client, server) }
      let reader = spawn { try client.receive(upTo: 1) }
      try GreenThread.yield()
      client.close()
      XCTAssertThrowsError(try reader.wait()) { error in
        guard case HubError.closedWhileWaiting = error else { return XCTFail("\(error)") }
      }
      assertClosed([
        { _ = try client.receive(upTo: 1) }, { try client.sendAll("x") },
        { try client.handshake() }, { try client.endSending() }, { _ = try client.unwrap() },
      ])
      client.close()
      server.close()
    }
  }

  /// The number was closed behind our back, and may be another's: nothing more is done with it.
  // Eventlet: IO82
  func testADescriptorThatIsAnnouncedAsClosed() throws {
    let (client, server) = try makeConnection()
    let socket = try XCTUnwrap(client.stream as? GreenSocket)
    let reader = spawn { try client.receive(upTo: 1) }
    try GreenThread.yield()
    Hub.current.notifyClose(socket.fileDescriptor)
    XCTAssertThrowsError(try reader.wait()) { error in
      guard case HubError.closedWhileWaiting = error else { return XCTFail("\(error)") }
    }
    assertClosed([{ _ = try client.receive(upTo: 1) }, { try client.sendAll("x") }])
    client.close()
    XCTAssertThrowsError(try server.receive(upTo: 1, timeout: .seconds(1)), "nothing came") {
      XCTAssertTrue($0 is IOTimeout, "\($0)")
    }
    // It is ours to close after all: nobody else did.
    XCTAssertEqual(Glibc.close(socket.fileDescriptor), 0)
    server.close()
  }

  func testClosingWhileAnotherSends() throws {
    let (clientSocket, serverSocket) = try makeNarrowSockets()
    let (client, server) = try wrap(clientSocket, serverSocket)
    try shakeHands(client, server)
    // Or there would be a reset: the server's tickets are unread.
    XCTAssertThrowsError(try client.receive(upTo: 1, timeout: .seconds(1)))
    let sender = spawn { try client.sendAll(Self.pattern(1 << 20)) }
    try GreenThread.yield()
    client.close()
    XCTAssertThrowsError(try sender.wait()) { error in
      guard case HubError.closedWhileWaiting = error else { return XCTFail("\(error)") }
    }
    assertThrows(.truncated) { while try !server.receive(upTo: 1 << 20).isEmpty {} }
    server.close()
  }

  /// A connection that goes with the hub takes its memory along.
  func testTheEndOfTheHub() throws {
    let (client, server) = try makeConnection()
    GreenThread.spawnDiscarding { _ = try client.receive(upTo: 1) }
    try GreenThread.yield()
    server.close()
    client.close()
    try GreenThread.yield()
    XCTAssertTrue(takeUncaughtErrors().allSatisfy { "\($0)".contains("closed") })
  }
}

/// Waits for ever at the n-th call, before it has done anything.
private final class StoppingStream: ByteStream {
  private let stream: any ByteStream
  private var callsLeft: Int
  private(set) var isStopped = false
  private(set) var wasSending = false

  init(_ stream: any ByteStream, at call: Int) {
    self.stream = stream
    callsLeft = call
  }

  func disarm() { callsLeft = 0 }

  private func pass(isSending: Bool) throws {
    callsLeft -= 1
    guard callsLeft == 0 else { return }
    isStopped = true
    wasSending = isSending
    try Event<Void>().wait()
  }

  func receive(upTo count: Int) throws -> [UInt8] {
    try pass(isSending: false)
    return try stream.receive(upTo: count)
  }

  func sendAll(_ bytes: [UInt8]) throws {
    try pass(isSending: true)
    try stream.sendAll(bytes)
  }

  func close() { stream.close() }
}
