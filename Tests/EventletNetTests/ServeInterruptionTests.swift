import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

/// Kills and times out `serve` at every point where it waits: for a client, for a handler to end,
/// and out a shortage of descriptors.
///
/// No client may be lost, handlers go on, and another `serve` takes over.
final class ServeInterruptionTests: NetTestCase {
  private struct Odd: Error {}

  /// Kills or times out `server` and looks at what it ends with.
  private func interrupt(
    _ server: GreenThread<Void>, byKill: Bool, line: UInt = #line
  ) throws {
    if byKill { try server.kill() } else { try GreenThread.sleep(for: .seconds(2)) }
    XCTAssertTrue(server.isFinished, line: line)
    XCTAssertThrowsError(try server.wait(), line: line) {
      XCTAssertTrue(byKill ? $0 is GreenThreadExit : $0 is Timeout, "\($0)", line: line)
    }
  }

  /// Starts to serve, for at most a second unless it is to be killed.
  private func start(
    _ listener: GreenSocket, concurrency: Int = 10, byKill: Bool,
    _ handler: @escaping (GreenSocket, SocketAddress) throws -> Void
  ) -> GreenThread<Void> {
    spawn {
      try withTimeout(byKill ? nil : .seconds(1)) {
        try serve(listener, concurrency: concurrency, handler)
      }
    }
  }

  /// Serves one client, who was there before or comes now.
  private func assertServesOn(
    _ listener: GreenSocket, _ waiting: GreenSocket? = nil, line: UInt = #line
  ) throws {
    let server = spawn {
      try serve(listener) { client, _ in
        try client.sendAll("served")
        throw StopServing()
      }
    }
    let client = try waiting ?? GreenSocket.connect(to: listener.localAddress)
    XCTAssertEqual(try client.receive(upTo: 10), Array("served".utf8), line: line)
    XCTAssertEqual(try client.receive(upTo: 10), [], line: line)
    try server.wait()
    client.close()
  }

  func testWhileItWaitsForAClient() throws {
    for byKill in [true, false] {
      for isReady in [false, true] {
        let before = HubHoldings()
        let listener = try GreenSocket.listen(on: loopback)
        var count = 0
        let server = start(listener, byKill: byKill) { _, _ in count += 1 }
        try GreenThread.yield()
        XCTAssertEqual(Hub.current.statistics.descriptorWaits, 1)
        var client: GreenSocket?
        if isReady {
          // Comes in the turn of the limit, or just before the kill.
          let come = { client = try self.makeQuickClient(of: listener.localAddress) }
          if byKill {
            try come()
            while Hub.current.statistics.ready == 0 { try GreenThread.yield() }
          } else {
            Hub.current.schedule(after: .seconds(1)) { try come() }
          }
        }
        try interrupt(server, byKill: byKill)
        XCTAssertEqual(count, 0)
        try assertServesOn(listener, client)
        listener.close()
        client = nil
        XCTAssertEqual(HubHoldings(), before)
      }
    }
  }

  func testWhileItWaitsForAHandlerToEnd() throws {
    for byKill in [true, false] {
      for isReady in [false, true] {
        let before = HubHoldings()
        let listener = try GreenSocket.listen(on: loopback)
        let gate = Event<Int>()
        if isReady, !byKill { Hub.current.schedule(after: .seconds(1)) { gate.send(1) } }
        var count = 0
        let server = start(listener, concurrency: 1, byKill: byKill) { client, _ in
          count += 1
          _ = try gate.wait()
          try client.sendAll("done")
        }
        let first = try GreenSocket.connect(to: listener.localAddress)
        let second = try GreenSocket.connect(to: listener.localAddress)
        while count == 0 { try GreenThread.yield() }
        if isReady, byKill {
          gate.send(1)
          // The handler ends, and gives its permit to a server that has no time to use it.
          try GreenThread.yield()
          XCTAssertFalse(server.isFinished)
        }
        try interrupt(server, byKill: byKill)
        if !gate.isReady { gate.send(1) }
        XCTAssertEqual(try first.receive(upTo: 10), Array("done".utf8))
        XCTAssertEqual(try first.receive(upTo: 10), [])
        XCTAssertEqual(count, 1)
        try assertServesOn(listener, second)
        first.close()
        listener.close()
        XCTAssertEqual(HubHoldings(), before)
      }
    }
  }

  func testWhileItWaitsOutAShortage() throws {
    for byKill in [true, false] {
      let before = HubHoldings()
      let listener = try GreenSocket.listen(on: loopback)
      let client = try GreenSocket.connect(to: listener.localAddress)
      let server = start(listener, byKill: byKill) { _, _ in XCTFail("served without descriptor") }
      try withoutDescriptors {
        try GreenThread.sleep(for: .milliseconds(500))
        XCTAssertEqual(Hub.current.statistics.descriptorWaits, 0)
        try interrupt(server, byKill: byKill)
      }
      XCTAssertEqual(takeUncaughtErrors().count, 1)
      try assertServesOn(listener, client)
      listener.close()
      XCTAssertEqual(HubHoldings(), before)
    }
  }

  /// An error of a handler that comes together with a timeout of the server: the timeout ends the
  /// serving, and the error is reported instead of ending what the server does next.
  func testAHandlersErrorThatComesTooLateDoesNotFollowTheServer() throws {
    for error in [Odd(), StopServing()] as [any Error] {
      let listener = try GreenSocket.listen(on: loopback)
      let gate = Event<Int>()
      // Before the limit in the same turn: the handler runs first, with the limit over already.
      Hub.current.schedule(after: .seconds(1)) { gate.send(1) }
      let server = spawn {
        XCTAssertThrowsError(
          try withTimeout(.seconds(1)) {
            try serve(listener) { _, _ in
              _ = try gate.wait()
              throw error
            }
          }
        ) { XCTAssertTrue($0 is Timeout, "\($0)") }
        try GreenThread.sleep(for: .seconds(60))
      }
      let client = try GreenSocket.connect(to: listener.localAddress)
      try server.wait()
      XCTAssertEqual(takeUncaughtErrors().map { $0.error is Odd }, error is Odd ? [true] : [])
      client.close()
      listener.close()
    }
  }

  /// As before, with a kill due between the two, which the server gets at its next wait.
  func testAHandlersErrorThatComesTooLateLeavesOthersAlone() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let gate = Event<Int>()
    var server: GreenThread<Void>?
    Hub.current.schedule(after: .seconds(1)) { gate.send(1) }
    server = spawn {
      XCTAssertThrowsError(
        try withTimeout(.seconds(1)) {
          try serve(listener) { _, _ in
            _ = try gate.wait()
            server?.interruptLater(GreenThreadExit())
            throw Odd()
          }
        }
      ) { XCTAssertTrue($0 is Timeout, "\($0)") }
      try GreenThread.sleep(for: .seconds(60))
    }
    let client = try GreenSocket.connect(to: listener.localAddress)
    XCTAssertThrowsError(try server?.wait()) { XCTAssertTrue($0 is GreenThreadExit, "\($0)") }
    XCTAssertEqual(takeUncaughtErrors().map { $0.error is Odd }, [true])
    client.close()
    listener.close()
  }

  func testAHandlersErrorAfterTheEndIsReportedAndDoesNotFollowTheServer() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let gate = Event<Int>()
    let server = spawn {
      XCTAssertThrowsError(
        try withTimeout(.seconds(1)) {
          try serve(listener) { _, _ in
            _ = try gate.wait()
            throw Odd()
          }
        }
      ) { XCTAssertTrue($0 is Timeout, "\($0)") }
      try GreenThread.sleep(for: .seconds(60))
    }
    let client = try GreenSocket.connect(to: listener.localAddress)
    try GreenThread.sleep(for: .seconds(2))
    gate.send(1)
    try server.wait()
    XCTAssertEqual(takeUncaughtErrors().map { $0.error is Odd }, [true])
    client.close()
    listener.close()
  }

  /// With the error first, the timeout ends with its scope.
  func testATimeoutThatComesTooLateDoesNotFollowTheServer() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let clock = clock
    let server = spawn {
      XCTAssertThrowsError(
        try withTimeout(.seconds(1)) {
          try serve(listener) { _, _ in
            // The limit is over before the server has resumed.
            clock.advance(by: .seconds(1))
            throw Odd()
          }
        }
      ) { XCTAssertTrue($0 is Odd, "\($0)") }
      try GreenThread.sleep(for: .seconds(60))
    }
    let client = try GreenSocket.connect(to: listener.localAddress)
    try server.wait()
    client.close()
    listener.close()
  }

  /// Two limits and the error of a handler, all due at once: the first limit ends the serving, and
  /// the second ends with its scope like any other.
  func testATimeoutBesideAHandlersErrorEndsWithItsScope() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let gate = Event<Int>()
    Hub.current.schedule(after: .seconds(1)) { gate.send(1) }
    let server = spawn {
      XCTAssertThrowsError(
        try withTimeout(.seconds(1)) {
          try withTimeout(.seconds(1)) {
            try serve(listener) { _, _ in
              _ = try gate.wait()
              throw StopServing()
            }
          }
        }
      ) { XCTAssertTrue($0 is Timeout, "\($0)") }
      try GreenThread.sleep(for: .seconds(60))
    }
    let client = try GreenSocket.connect(to: listener.localAddress)
    try server.wait()
    client.close()
    listener.close()
  }

  func testInsideAShieldAHandlersErrorEndsTheServing() throws {
    for error in [StopServing(), Odd()] as [any Error] {
      let listener = try GreenSocket.listen(on: loopback)
      let server = spawn {
        try withShield {
          do { try serve(listener) { _, _ in throw error } } catch is Odd {
            XCTAssertTrue(error is Odd)
          }
        }
        try GreenThread.sleep(for: .seconds(60))
      }
      let client = try GreenSocket.connect(to: listener.localAddress)
      XCTAssertEqual(try client.receive(upTo: 1), [])
      try GreenThread.sleep(for: .seconds(61))
      XCTAssertTrue(server.isFinished)
      // It would serve for ever.
      listener.close()
      try server.wait()
      client.close()
    }
  }

  /// A client made without a switch.
  private func makeQuickClient(of address: SocketAddress) throws -> GreenSocket {
    try GreenSocket(adopting: connectedDescriptor(to: address))
  }

  /// Runs `body` with no descriptor left to open.
  private func withoutDescriptors(_ body: () throws -> Void) throws {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    getrlimit(resource, &limit)
    let before = limit
    let free = dup(0)
    Glibc.close(free)
    limit.rlim_cur = rlim_t(free)
    setrlimit(resource, &limit)
    defer {
      var restored = before
      setrlimit(resource, &restored)
    }
    try body()
  }
}
