import EventletCore
import EventletNet
import EventletTesting
import XCTest

/// Kills and times out a green thread at every point where a call of a socket waits: before the
/// kernel reports anything, and after it has but before the green thread resumes.
///
/// No byte, client, descriptor or registration may be lost, and the hub must hold what it held.
final class SocketInterruptionTests: NetTestCase {
  /// For calls that return false when the time has passed.
  private struct TimedOut: TimeoutError {}

  private struct Point {
    /// Waits, at most so long.
    let victim: (Duration?) throws -> Void
    /// Makes that possible for which the victim waits, without a switch.
    let makeReady: () throws -> Void
    /// Looks at what is left, told whether the victim's call returned, and closes everything.
    let verify: (Bool) throws -> Void
  }

  private func check(_ name: String, _ make: () throws -> Point) throws {
    for means in Interruption.allCases {
      for isReady in [false, true] {
        let before = HubHoldings()
        let name = "\(name), \(means), ready: \(isReady)"
        try check(name, make(), means, isReady)
        XCTAssertEqual(HubHoldings(), before, name)
      }
    }
  }

  private func check(_ name: String, _ point: Point, _ means: Interruption, _ isReady: Bool) throws
  {
    let before = HubHoldings()
    let victim = try means.ofDescriptorWait(
      name, makingReady: isReady ? point.makeReady : nil, point.victim)
    var hasReturned = false
    do {
      try victim.wait()
      hasReturned = true
    } catch { means.assertThrown(error, name) }
    XCTAssertEqual(hasReturned, isReady && means == .own, name)
    if !hasReturned { XCTAssertEqual(HubHoldings(), before, name) }
    try point.verify(hasReturned)
  }

  // MARK: Receiving

  private func receivePoint(
    _ receive: @escaping (GreenSocket, Duration?) throws -> [UInt8]
  ) throws -> Point {
    let (client, server) = try makePair()
    let data = Array("data".utf8)
    var received: [UInt8] = []
    var isSent = false
    func makeReady() throws {
      try server.sendAll(data)
      isSent = true
    }
    return Point(
      victim: { received = try receive(client, $0) }, makeReady: makeReady,
      verify: { _ in
        if !isSent {
          // Its registration and the edges to come are as before.
          let next = spawn { try client.receive(upTo: 100) }
          try GreenThread.sleep(for: .seconds(1))
          XCTAssertFalse(next.isFinished)
          try makeReady()
          received += try next.wait()
        }
        while received.count < data.count { received += try client.receive(upTo: 100) }
        XCTAssertEqual(received, data)
        try server.shutdown(.writing)
        XCTAssertEqual(try client.receive(upTo: 100), [])
        client.close()
        server.close()
      })
  }

  // Eventlet: IO27, IO33
  func testReceive() throws {
    try check("receive") { try receivePoint { try $0.receive(upTo: 100, timeout: $1) } }
    try check("receive in parts") { try receivePoint { try $0.receive(upTo: 1, timeout: $1) } }
    try check("receive nothing") { try receivePoint { try $0.receive(upTo: 0, timeout: $1) } }
    try check("receive into memory") {
      try receivePoint { socket, timeout in
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
        defer { buffer.deallocate() }
        let count = try socket.receive(into: buffer, timeout: timeout)
        return Array(buffer[..<count])
      }
    }
    try check("receive within the socket's own timeout") {
      try receivePoint { socket, timeout in
        socket.timeout = timeout
        defer { socket.timeout = nil }
        return try socket.receive(upTo: 100)
      }
    }
  }

  // Eventlet: H18
  func testWaitingForTheDescriptorOfASocket() throws {
    try check("waitUntilReadable") {
      try receivePoint { socket, timeout in
        if try !Hub.current.waitUntilReadable(socket.fileDescriptor, timeout: timeout) {
          throw TimedOut()
        }
        return []
      }
    }
    try check("waitUntilWritable") {
      try sendPoint { socket, _, timeout in
        if try !Hub.current.waitUntilWritable(socket.fileDescriptor, timeout: timeout) {
          throw TimedOut()
        }
        return 0
      }
    }
  }

  // MARK: Sending

  private func sendPoint(
    _ send: @escaping (GreenSocket, UnsafeRawBufferPointer, Duration?) throws -> Int
  ) throws -> Point {
    let (client, server) = try makeNarrowPair()
    let filled = try fill(client)
    let data = [UInt8](repeating: 2, count: 100)
    var expected = [UInt8](repeating: 1, count: filled)
    var received: [UInt8] = []
    return Point(
      victim: { timeout in
        let count = try data.withUnsafeBytes { try send(client, $0, timeout) }
        expected += data[..<count]
      }, makeReady: { received += try self.drain(server) },
      verify: { _ in
        received += try self.drain(server)
        // There is room again, and who waits for it hears of it.
        try client.sendAll("more")
        expected += Array("more".utf8)
        try client.shutdown(.writing)
        while case let more = try server.receive(upTo: 1 << 20), !more.isEmpty { received += more }
        XCTAssertEqual(received.count, expected.count)
        XCTAssertTrue(received == expected)
        client.close()
        server.close()
      })
  }

  // Eventlet: IO36
  func testSend() throws {
    try check("send") { try sendPoint { try $0.send($1, timeout: $2) } }
    try check("send all") {
      try sendPoint {
        try $0.sendAll($1, timeout: $2)
        return $1.count
      }
    }
    try check("send all within the socket's own timeout") {
      try sendPoint { socket, bytes, timeout in
        socket.timeout = timeout
        defer { socket.timeout = nil }
        try socket.sendAll(Array(bytes))
        return bytes.count
      }
    }
  }

  /// What was sent when a large amount is interrupted, at each wait, is the beginning of it.
  func testSendAllAtEachOfItsWaits() throws {
    let data = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for means in Interruption.allCases {
      for waits in 1..<4 {
        let before = HubHoldings()
        let (client, server) = try makeNarrowPair()
        var received: [UInt8] = []
        let victim = spawn {
          switch means {
          case .kill: try client.sendAll(data)
          case .scope: try withTimeout(.seconds(1)) { try client.sendAll(data) }
          case .own: try client.sendAll(data, timeout: .seconds(1))
          }
        }
        for wait in 1...waits {
          while Hub.current.statistics.descriptorWaits == 0 { try GreenThread.yield() }
          if wait < waits {
            received += try drain(server)
            while Hub.current.statistics.ready == 0 { try GreenThread.yield() }
            try GreenThread.yield()
          }
        }
        XCTAssertFalse(victim.isFinished)
        if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
        XCTAssertThrowsError(try victim.wait())
        try client.shutdown(.writing)
        while case let more = try server.receive(upTo: 1 << 20), !more.isEmpty { received += more }
        XCTAssertGreaterThan(received.count, 0)
        XCTAssertLessThan(received.count, data.count)
        XCTAssertTrue(received == Array(data[..<received.count]), "\(means), wait \(waits)")
        client.close()
        server.close()
        XCTAssertEqual(HubHoldings(), before)
      }
    }
  }

  // MARK: Connections

  // Eventlet: IO23
  func testAccept() throws {
    for usesOwnTimeout in [false, true] {
      try check("accept") {
        let listener = try GreenSocket.listen(on: loopback)
        let address = try listener.localAddress
        var accepted: GreenSocket?
        var client: Int32?
        return Point(
          victim: { timeout in
            if usesOwnTimeout { listener.timeout = timeout }
            defer { listener.timeout = nil }
            accepted = try listener.accept(timeout: usesOwnTimeout ? nil : timeout).socket
          }, makeReady: { client = try self.connectedDescriptor(to: address) },
          verify: { _ in
            if client == nil {
              let next = spawn { try listener.accept().socket }
              try GreenThread.sleep(for: .seconds(1))
              XCTAssertFalse(next.isFinished)
              client = try self.connectedDescriptor(to: address)
              accepted = try next.wait()
            }
            if accepted == nil { accepted = try listener.accept().socket }
            let its = try GreenSocket(adopting: XCTUnwrap(client))
            XCTAssertEqual(try accepted?.remoteAddress, try its.localAddress)
            XCTAssertThrowsError(try listener.accept(timeout: .seconds(1)))
            its.close()
            accepted?.close()
            listener.close()
          })
      }
    }
  }

  // Eventlet: IO16
  func testConnectToWhoDoesNotAnswer() throws {
    let (listener, clients) = try makeSilentListener()
    defer { for socket in clients + [listener] { socket.close() } }
    let address = try listener.localAddress
    for means in Interruption.allCases {
      let before = HubHoldings()
      let check = LeakCheck()
      let victim = spawn {
        switch means {
        case .kill: try GreenSocket.connect(to: address)
        case .scope: try withTimeout(.seconds(1)) { try GreenSocket.connect(to: address) }
        case .own: try GreenSocket.connect(to: address, timeout: .seconds(1))
        }
      }
      try GreenThread.yield()
      XCTAssertEqual(Hub.current.statistics.descriptorWaits, 1)
      if means == .kill { try victim.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
      XCTAssertThrowsError(try victim.wait())
      XCTAssertEqual(HubHoldings(), before)
      XCTAssertEqual(check.leaks(of: Hub.current).filter { $0.contains("socket:") }, [])
    }
  }

  /// The connection stands already when its maker is killed: it is closed, and its peer hears it.
  func testConnectThatHasSucceeded() throws {
    for means in Interruption.allCases {
      let before = HubHoldings()
      let listener = try GreenSocket.listen(on: loopback)
      let address = try listener.localAddress
      let victim = spawn {
        switch means {
        case .kill: try GreenSocket.connect(to: address)
        // Due in the turn that hears of the connection.
        case .scope: try withTimeout(.zero) { try GreenSocket.connect(to: address) }
        case .own: try GreenSocket.connect(to: address, timeout: .zero)
        }
      }
      if means == .kill {
        while Hub.current.statistics.descriptorWaits == 0 { try GreenThread.yield() }
        while Hub.current.statistics.ready == 0 { try GreenThread.yield() }
        XCTAssertFalse(victim.isFinished)
        try victim.kill()
      }
      var client: GreenSocket?
      do {
        client = try victim.wait()
        XCTAssertEqual(means, .own)
      } catch {
        XCTAssertTrue(means == .kill ? error is GreenThreadExit : error is Timeout, "\(error)")
      }
      let server = try listener.accept().socket
      client?.close()
      XCTAssertEqual(try server.receive(upTo: 1), [])
      server.close()
      listener.close()
      client = nil
      XCTAssertEqual(HubHoldings(), before)
    }
  }
}
