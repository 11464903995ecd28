import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class ServeTests: NetTestCase {
  private struct Odd: Error {}

  // Eventlet: C7, C8, C10, C15
  func testEveryClientIsServedOnceAndItsSocketClosed() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let address = try listener.localAddress
    var calls = 0
    let server = spawn {
      try serve(listener) { client, _ in
        calls += 1
        if try client.reader.readLine() == "stop" { throw StopServing() }
      }
    }
    for _ in 0..<100 {
      let client = try GreenSocket.connect(to: address)
      defer { client.close() }
      try client.sendAll("hello\n")
      XCTAssertEqual(try client.receive(upTo: 1), [])
    }
    XCTAssertEqual(calls, 100)
    let client = try GreenSocket.connect(to: address)
    defer { client.close() }
    try client.sendAll("stop\n")
    try server.wait()
  }

  // Eventlet: C9
  func testAHandlersErrorComesOutOfServe() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let server = spawn { try serve(listener) { _, _ in throw Odd() } }
    let client = try GreenSocket.connect(to: listener.localAddress)
    defer { client.close() }
    XCTAssertEqual(try client.receive(upTo: 1), [])
    XCTAssertThrowsError(try server.wait()) { XCTAssert($0 is Odd, "\($0)") }
  }

  // Eventlet: C11
  func testHandlersThatRunWhenServeEndsGoOnAndTheListenerStaysOpen() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let address = try listener.localAddress
    let server = spawn {
      try serve(listener) { client, _ in
        if try client.reader.readLine() == "stop" { throw StopServing() }
        try GreenThread.sleep(for: .seconds(1))
        try client.sendAll("served")
      }
    }
    let slow = try GreenSocket.connect(to: address)
    defer { slow.close() }
    try slow.sendAll("slow\n")
    let stopper = try GreenSocket.connect(to: address)
    defer { stopper.close() }
    try stopper.sendAll("stop\n")
    try server.wait()
    XCTAssertEqual(clock.elapsed, .zero)
    XCTAssertEqual(try slow.receive(upTo: 10), Array("served".utf8))
    let next = try GreenSocket.connect(to: address)
    defer { next.close() }
    try listener.accept().socket.close()
  }

  // Eventlet: C12
  func testAKilledHandlerEndsItsConnectionOnly() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let address = try listener.localAddress
    let server = spawn { try serve(listener) { _, _ in throw GreenThreadExit() } }
    for _ in 0..<2 {
      let client = try GreenSocket.connect(to: address)
      defer { client.close() }
      XCTAssertEqual(try client.receive(upTo: 1), [])
    }
    try server.kill()
  }

  /// Breaks the connection off.
  private func reset(_ client: GreenSocket) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      client.fileDescriptor, SOL_SOCKET, SO_LINGER, &option,
      socklen_t(MemoryLayout<linger>.size))
    client.close()
  }

  /// Ends the serving of `listener` in the regular way: it serves, then.
  private func stop(
    _ server: GreenThread<Void>, _ address: SocketAddress, line: UInt = #line
  ) throws {
    XCTAssertFalse(server.isFinished, line: line)
    let client = try GreenSocket.connect(to: address)
    defer { client.close() }
    try client.sendAll("stop\n")
    try server.wait()
  }

  func testAClientThatIsResetEndsItsConnectionOnlyAndSilently() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let address = try listener.localAddress
    var errors: [any Error] = []
    let server = spawn {
      try serve(listener) { client, _ in
        let order = try client.reader.readLine()
        if order == "stop" { throw StopServing() }
        do {
          if order == "receive" {
            _ = try client.reader.readLine()
          } else {
            while true { try client.sendAll([UInt8](repeating: 1, count: 65536)) }
          }
        } catch {
          errors.append(error)
          throw error
        }
      }
    }
    for order in ["receive\n", "send\n"] {
      let client = try GreenSocket.connect(to: address)
      try client.sendAll(order)
      try GreenThread.sleep(for: .seconds(1))
      reset(client)
      try GreenThread.sleep(for: .seconds(1))
    }
    try stop(server, address)
    XCTAssertEqual(errors.map { $0 is SystemError }, [true, true], "\(errors)")
    XCTAssertEqual(takeUncaughtErrors().count, 0)
  }

  func testAClientThatIsClosedElsewhereEndsItsConnectionOnlyAndSilently() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let address = try listener.localAddress
    var errors: [any Error] = []
    let server = spawn {
      try serve(listener) { client, _ in
        let order = try client.reader.readLine()
        if order == "stop" { throw StopServing() }
        spawn { client.close() }
        do {
          if order == "later" { try GreenThread.yield() }
          _ = try client.reader.readLine()
        } catch {
          errors.append(error)
          throw error
        }
      }
    }
    for order in ["now\n", "later\n"] {
      let client = try GreenSocket.connect(to: address)
      defer { client.close() }
      try client.sendAll(order)
      XCTAssertEqual(try client.receive(upTo: 1, timeout: .seconds(5)), [])
    }
    try stop(server, address)
    XCTAssertEqual(errors.map { $0 is HubError }, [true, false], "\(errors)")
    XCTAssertEqual(takeUncaughtErrors().count, 0)
  }

  func testErrorsOfOtherSocketsAreReportedAndEndOneConnection() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let address = try listener.localAddress
    let nobody = try GreenSocket.listen(on: loopback)
    let nowhere = try nobody.localAddress
    nobody.close()
    let upstream = try GreenSocket.listen(on: loopback)
    defer { upstream.close() }
    let server = spawn {
      try serve(listener) { client, _ in
        switch try client.reader.readLine() {
        case "stop": throw StopServing()
        case "refused": _ = try GreenSocket.connect(to: nowhere)
        case "reset":
          let other = try GreenSocket.connect(to: upstream.localAddress)
          defer { other.close() }
          self.reset(try upstream.accept().socket)
          _ = try other.receive(upTo: 1)
        default:
          let other = try GreenSocket.connect(to: upstream.localAddress)
          spawn { other.close() }
          _ = try other.receive(upTo: 1)
        }
      }
    }
    for (order, text) in [
      ("refused", "ECONNREFUSED"), ("reset", "ECONNRESET"), ("closed", "closed by another"),
    ] {
      let client = try GreenSocket.connect(to: address)
      defer { client.close() }
      try client.sendAll(order + "\n")
      XCTAssertEqual(try client.receive(upTo: 1, timeout: .seconds(5)), [])
      let reports = takeUncaughtErrors().map { "\($0)" }
      XCTAssertEqual(reports.count, 1, order)
      for part in [text, "\(try client.localAddress)"] {
        XCTAssert(reports.first?.contains(part) ?? false, "\(order): \(reports)")
      }
    }
    try stop(server, address)
  }

  // Eventlet: C13
  func testConcurrencyIsBounded() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let address = try listener.localAddress
    var (running, most) = (0, 0)
    let server = spawn {
      try serve(listener, concurrency: 2) { client, _ in
        running += 1
        most = max(most, running)
        defer { running -= 1 }
        try GreenThread.sleep(for: .seconds(1))
        try client.sendAll("done")
      }
    }
    let clients = (0..<6).map { _ in
      spawn {
        let client = try GreenSocket.connect(to: address)
        defer { client.close() }
        return try client.receive(upTo: 10)
      }
    }
    for client in clients { XCTAssertEqual(try client.wait(), Array("done".utf8)) }
    XCTAssertEqual(most, 2)
    XCTAssertEqual(clock.elapsed, .seconds(3))
    try server.kill()
  }

  // Eventlet: C14
  func testClosingTheListenerEndsServe() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let server = spawn { try serve(listener) { _, _ in } }
    try GreenThread.yield()
    listener.close()
    XCTAssertThrowsError(try server.wait()) { error in
      guard case HubError.closedWhileWaiting = error else { return XCTFail("\(error)") }
    }
  }

  // Eventlet: IO25
  func testAShortageOfDescriptorsPausesAcceptingAndEndsNothing() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let client = try GreenSocket.connect(to: listener.localAddress)
    defer { client.close() }
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let before = limit
    // The lowest free number is out of bounds now.
    let free = dup(0)
    Glibc.close(free)
    limit.rlim_cur = rlim_t(free)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let server = spawn {
      try serve(listener) { client, _ in try client.sendAll("at last") }
    }
    try GreenThread.sleep(for: .seconds(5))
    var restored = before
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &restored)
    XCTAssertEqual(try client.receive(upTo: 20), Array("at last".utf8))
    let reports = takeUncaughtErrors()
    XCTAssertEqual(reports.count, 1)
    XCTAssert("\(reports)".contains("EMFILE"), "\(reports)")
    try server.kill()
  }

  // Eventlet: IO25
  func testALongShortageTurnsWaitingClientsAwayAndIsReportedNowAndThen() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let clients = try (0..<3).map { _ in try GreenSocket.connect(to: listener.localAddress) }
    defer { for client in clients { client.close() } }
    // Begins with a descriptor to spare.
    let server = spawn { try serve(listener) { client, _ in try client.sendAll("served") } }
    var before = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
    XCTAssertEqual(
      try clients.map { try $0.receive(upTo: 20) },
      [[UInt8]](repeating: Array("served".utf8), count: 3))
    // Without a switch, in which it would be accepted.
    let late = try GreenSocket(adopting: connectedDescriptor(to: listener.localAddress))
    defer { late.close() }
    // The number of the next descriptor is out of bounds now.
    let free = dup(0)
    Glibc.close(free)
    var limit = before
    limit.rlim_cur = rlim_t(free)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let isLate = spawn { try late.receive(upTo: 20) }
    try GreenThread.sleep(for: .seconds(25))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
    XCTAssertEqual(try isLate.wait(), [])
    XCTAssertEqual(takeUncaughtErrors().count, 1)
    try server.kill()
  }

  /// As many as come: others run meanwhile.
  func testTurningClientsAwayLetsOthersRun() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let server = spawn { try serve(listener) { client, _ in try client.sendAll("served") } }
    let first = try GreenSocket.connect(to: listener.localAddress)
    defer { first.close() }
    XCTAssertEqual(try first.receive(upTo: 20), Array("served".utf8))
    // Without a switch, in which they would be accepted.
    let clients = try (0..<500).map { _ in
      try GreenSocket(adopting: connectedDescriptor(to: listener.localAddress))
    }
    defer { for client in clients { client.close() } }
    var before = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
    let free = dup(0)
    Glibc.close(free)
    var limit = before
    limit.rlim_cur = rlim_t(free)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
    XCTAssertEqual(try clients[0].receive(upTo: 20), [])
    assertThrows(SystemError.self) { _ = try clients[499].receive(upTo: 20, timeout: .zero) }
    XCTAssertEqual(try clients[499].receive(upTo: 20), [])
    XCTAssertEqual(takeUncaughtErrors().count, 1)
    try server.kill()
  }

  func testAClientWithAnEndlessLineEndsOnlyItself() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let address = try listener.localAddress
    let server = spawn {
      try serve(listener) { client, _ in
        while let line = try client.reader.readLine() { try client.sendAll(line + "\n") }
      }
    }
    let endless = try GreenSocket.connect(to: address)
    defer { endless.close() }
    XCTAssertThrowsError(try endless.sendAll([UInt8](repeating: 120, count: 16 << 20)))
    let polite = try GreenSocket.connect(to: address)
    defer { polite.close() }
    try polite.sendAll("hello\n")
    XCTAssertEqual(try polite.reader.readLine(), "hello")
    try server.kill()
  }
}
