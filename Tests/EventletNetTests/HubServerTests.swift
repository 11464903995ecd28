import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class HubServerTests: NetTestCase {
  override var time: GreenTest.Time { .real }
  override var timeLimit: Duration { .seconds(60) }

  private struct Odd: Error, Equatable {}

  /// Sends a line, and gives what comes back up to the end.
  private func ask(_ address: SocketAddress, _ line: String) throws -> String? {
    let client = try GreenSocket.connect(to: address)
    defer { client.close() }
    try client.sendAll(line + "\n")
    return try client.reader.readLine()
  }

  private func startEcho(hubs: Int = 2, on address: SocketAddress? = nil) throws -> HubServer {
    try HubServer.start(on: address ?? loopback, hubs: hubs) { client, _ in
      while let line = try client.reader.readLine() {
        if line == "stop" { throw StopServing() }
        if line == "fail" { throw Odd() }
        try client.sendAll(line + "\n")
      }
    }
  }

  func testConnectionsAreServedBySeveralHubs() throws {
    let hubs = Channel<ObjectIdentifier>(capacity: nil)
    let server = try HubServer.start(on: loopback, hubs: 3) { client, _ in
      try hubs.send(ObjectIdentifier(Hub.current))
      _ = try client.receive(upTo: 1)
    }
    XCTAssertNotEqual(server.address.port, 0)
    var seen: Set<ObjectIdentifier> = []
    for _ in 0..<300 where seen.count < 3 {
      let client = try GreenSocket.connect(to: server.address)
      defer { client.close() }
      if let hub = try hubs.receive() { seen.insert(hub) }
    }
    XCTAssertEqual(seen.count, 3)
    XCTAssertFalse(seen.contains(ObjectIdentifier(Hub.current)))
    server.stop()
    try server.wait()
  }

  func testStopServingOnOneHubStopsAll() throws {
    let server = try startEcho(hubs: 3)
    XCTAssertEqual(try ask(server.address, "hello"), "hello")
    let waiter = spawn { try server.wait() }
    XCTAssertNil(try ask(server.address, "stop"))
    XCTAssertTrue(try waiter.wait())
    XCTAssertThrowsError(try GreenSocket.connect(to: server.address)) { error in
      guard case SystemError.connectionRefused = error else { return XCTFail("\(error)") }
    }
    try server.wait()
  }

  func testAHandlersErrorComesOut() throws {
    let server = try startEcho()
    _ = try ask(server.address, "fail")
    for _ in 0..<2 { XCTAssertThrowsError(try server.wait()) { XCTAssert($0 is Odd, "\($0)") } }
  }

  func testAnErrorComesOutOfServe() throws {
    let addresses = Channel<SocketAddress>(capacity: 1)
    // A port that is free now; `serve` does not tell one of the system's choice.
    let probe = try GreenSocket.listen(on: loopback)
    let address = try probe.localAddress
    probe.close()
    let server = spawn {
      try serve(on: address, hubs: 2) { _, address in
        try addresses.send(address)
        throw Odd()
      }
    }
    try GreenThread.yield()
    let client = try GreenSocket.connect(to: address)
    defer { client.close() }
    XCTAssertEqual(try addresses.receive(), try client.localAddress)
    XCTAssertThrowsError(try server.wait()) { XCTAssert($0 is Odd, "\($0)") }
  }

  func testKillingTheCallerOfServeStopsAllHubs() throws {
    let probe = try GreenSocket.listen(on: loopback)
    let address = try probe.localAddress
    probe.close()
    let ended = Channel<Void>(capacity: nil)
    let server = spawn {
      try serve(on: address, hubs: 2) { client, _ in
        defer { try? ended.sendNoWait(()) }
        try client.sendAll("hello\n")
        _ = try client.receive(upTo: 1)
        try client.sendAll("bye\n")
      }
    }
    try GreenThread.yield()
    let client = try GreenSocket.connect(to: address)
    defer { client.close() }
    XCTAssertEqual(try client.reader.readLine(), "hello")
    try server.kill()
    XCTAssertTrue(server.isFinished)
    // Nobody accepts any more.
    while let late = try? GreenSocket.connect(to: address) {
      late.close()
      try GreenThread.sleep(for: .milliseconds(1))
    }
    // The handler that ran goes on.
    try client.sendAll("x")
    XCTAssertEqual(try client.reader.readLine(), "bye")
    _ = try ended.receive()
    try waitUntilNoHubServes()
  }

  func testStopLetsHandlersEndAndCutsThemAtItsLimit() throws {
    let begun = Channel<Void>(capacity: nil)
    let log = Channel<String>(capacity: nil)
    let server = try HubServer.start(on: loopback, hubs: 2) { client, _ in
      try begun.send(())
      do { while !(try client.receive(upTo: 1).isEmpty) {} } catch is GreenThreadExit {
        try log.sendNoWait("killed")
        throw GreenThreadExit()
      }
      try log.send("ended")
    }
    let clients = try (0..<2).map { _ in try GreenSocket.connect(to: server.address) }
    defer { for client in clients { client.close() } }
    for _ in clients { _ = try begun.receive() }
    server.stop()
    XCTAssertFalse(try server.wait(timeout: .milliseconds(5)))
    clients[0].close()
    XCTAssertEqual(try log.receive(), "ended")
    XCTAssertFalse(try server.wait(timeout: .milliseconds(20)))
    server.stop(within: .milliseconds(1))
    XCTAssertEqual(try log.receive(), "killed")
    XCTAssertTrue(try server.wait())
  }

  func testAnAddressInUseIsAnErrorAndLeavesNoThread() throws {
    let listener = try GreenSocket.listen(on: loopback)
    defer { listener.close() }
    let server = try startEcho()
    for address in [try listener.localAddress, server.address] {
      XCTAssertThrowsError(try startEcho(on: address)) { error in
        guard case SystemError.addressInUse = error else { return XCTFail("\(error)") }
      }
    }
    // One that has just begun may not have its name yet.
    XCTAssertLessThanOrEqual(try hubThreads(), 2)
    server.stop()
    try server.wait()
    XCTAssertEqual(try hubThreads(), 0)
    XCTAssertThrowsError(try startEcho(hubs: 0))
  }

  func testOneAfterTheOtherMayHaveTheSameAddress() throws {
    var address = loopback
    for _ in 0..<20 {
      let server = try startEcho(hubs: 3, on: address)
      address = server.address
      XCTAssertEqual(try ask(address, "hello"), "hello")
      server.stop(within: .zero)
      try server.wait()
    }
    XCTAssertEqual(try hubThreads(), 0)
  }

  func testStoppingAtOnceLeavesNothing() throws {
    for _ in 0..<50 {
      let server = try startEcho(hubs: 2)
      server.stop(within: .zero)
      try server.wait()
    }
    XCTAssertEqual(try hubThreads(), 0)
  }

  func testHubsThatCannotBeMadeStopTheServer() throws {
    try XCTSkipIf(Hub.current.pollerName == "poll", "that hub takes no descriptor of its own")
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    getrlimit(resource, &limit)
    let before = limit
    defer {
      var restored = before
      setrlimit(resource, &restored)
    }
    // Enough for two listeners and two eventfds, and one epoll descriptor; numbers in use may lie
    // between free ones.
    var (number, free): (CInt, Int) = (0, 0)
    while free < 5 {
      if fcntl(number, F_GETFD) < 0 { free += 1 }
      number += 1
    }
    limit.rlim_cur = rlim_t(number)
    setrlimit(resource, &limit)
    var started: HubServer?
    while started == nil {
      // An OS thread of an earlier test may have taken one meanwhile.
      do { started = try startEcho(hubs: 2) } catch let error as SystemError {
        guard error.errno == EMFILE else { throw error }
        limit.rlim_cur += 1
        setrlimit(resource, &limit)
      }
    }
    let server = try XCTUnwrap(started)
    XCTAssertThrowsError(try server.wait()) { error in
      XCTAssertEqual((error as? SystemError)?.errno, EMFILE, "\(error)")
    }
    setrlimit(resource, [before])
    XCTAssertEqual(try hubThreads(), 0)
  }

  func testAsyncCodeWaits() throws {
    let server = try startEcho()
    try GreenThread.awaiting {
      server.stop()
      try await server.wait()
    }
  }

  // MARK: The system's view

  private func waitUntilNoHubServes() throws {
    while try hubThreads() > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
  }

  /// How many OS threads are a server's.
  private func hubThreads() throws -> Int {
    let directory = try XCTUnwrap(opendir("/proc/self/task"))
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
      let file = open("/proc/self/task/\(name)/comm", O_RDONLY)
      guard file >= 0 else { continue }
      var text = [UInt8](repeating: 0, count: 16)
      let length = read(file, &text, 16)
      close(file)
      if String(decoding: text[..<max(0, length)], as: UTF8.self).hasPrefix("serve ") { count += 1 }
    }
    return count
  }
}
