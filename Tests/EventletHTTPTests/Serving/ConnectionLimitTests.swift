import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// How many clients are served at a time, and what happens to the others.
final class ConnectionLimitTests: HTTPTestCase {
  // Eventlet: W112
  // Differs: nobody is accepted beyond the limit; the kernel holds them all.
  func testFurtherClientsWaitInTheKernel() throws {
    let server = makeServer {
      $0.maximumConnections = 2
    } handler: {
      .text($0.path)
    }
    let address = try listen(server)
    let clients = try (0..<4).map { _ in try connect(to: address) }
    for client in clients { try client.send(request: "GET /") }
    for client in clients[..<2] { try client.expectResponse(200, "/") }
    for client in clients[2...] { try client.expectIdle() }
    XCTAssertEqual(server.connectionCount, 2)
    XCTAssertEqual(server.statistics.connectionCount, 2)
    clients[1].socket.close()
    try clients[2].expectResponse(200, "/")
    try clients[3].expectIdle()
    clients[0].socket.close()
    try clients[3].expectResponse(200, "/")
    XCTAssertEqual(server.statistics.connectionCount, 4)
  }

  // Eventlet: W112
  func testTheLimitIsOfAllListenersTogether() throws {
    let server = makeServer {
      $0.maximumConnections = 1
    } handler: {
      .text($0.path)
    }
    let addresses = try (0..<2).map { _ in try listen(server) }
    for _ in 0..<2 {
      let clients = try addresses.map { try connect(to: $0) }
      for client in clients { try client.send(request: "GET /") }
      // Whichever came first.
      try clients[0].settle()
      let first = try clients[0].hasReceived() ? 0 : 1
      try clients[first].expectResponse(200, "/")
      try clients[1 - first].expectIdle()
      XCTAssertEqual(server.connectionCount, 1)
      clients[first].socket.close()
      try clients[1 - first].expectResponse(200, "/")
      clients[1 - first].socket.close()
    }
    server.stop()
  }

  // Eventlet: W113
  // Differs: the limit of connections holds as well.
  func testConnectionsMayRunInAPoolWithOthers() throws {
    let pool = GreenPool(size: 3)
    let server = HTTPServer(pool: pool) { .text($0.path) }
    let address = try listen(server)
    let other = try pool.spawn { try GreenThread.sleep(for: .seconds(10)) }
    let clients = try (0..<3).map { _ in try connect(to: address) }
    for client in clients { try client.send(request: "GET /") }
    for client in clients[..<2] { try client.expectResponse(200, "/") }
    try clients[2].expectIdle()
    XCTAssertEqual(pool.runningCount, 3)
    XCTAssertEqual(pool.waitingCount, 1)
    try clients[2].expectResponse(200, "/")
    XCTAssertTrue(other.isFinished)
    XCTAssertEqual(clock.elapsed, .seconds(10))
  }

  // Eventlet: W122
  // Differs: other work in the pool is not waited for.
  func testAServerDoesNotWaitForOtherWorkInItsPool() throws {
    let pool = GreenPool(size: 3)
    let server = HTTPServer(pool: pool) { .text($0.path) }
    let listener = try GreenSocket.listen(on: loopback)
    let other = try pool.spawn { try GreenThread.sleep(for: .seconds(10)) }
    let serving = spawn { try server.serve(listener) }
    let client = try connect(to: listener.localAddress)
    try client.send(request: "GET /")
    try client.expectResponse(200, "/")
    server.stop()
    try serving.wait()
    XCTAssertFalse(other.isFinished)
    try other.wait()
  }

  func testAPoolThatKillsItsGreenThreadsEndsTheirConnections() throws {
    let pool = GreenPool(size: 3)
    let server = HTTPServer(pool: pool) { request in
      try GreenThread.sleep(for: .seconds(3600))
      return .text("never")
    }
    let address = try listen(server)
    let clients = try (0..<2).map { _ in try connect(to: address) }
    try clients[1].send(request: "GET /")
    try clients[1].settle()
    XCTAssertEqual(server.connectionCount, 2)
    try pool.killAll()
    for client in clients { try client.expectClosed() }
    XCTAssertEqual(server.connectionCount, 0)
    XCTAssertEqual(pool.runningCount, 0)
  }

  /// Runs `body` while the process may have no more descriptors than it has.
  private func withoutFreeDescriptors(_ body: () throws -> Void) rethrows {
    var before = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before)
    // The lowest free number is out of bounds now.
    let free = dup(0)
    Glibc.close(free)
    var limit = before
    limit.rlim_cur = rlim_t(free)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
    try body()
  }

  // Eventlet: W114, W115
  func testAShortageOfDescriptorsPausesAcceptingAndEndsNothing() throws {
    let address = try listen(makeServer { .text($0.path) })
    let early = try connect(to: address)
    try early.send(request: "GET /early")
    try early.expectResponse(200, "/early")
    let late = try RawClient(unnoticedTo: address)
    try late.send(request: "GET /late")
    try withoutFreeDescriptors {
      try GreenThread.sleep(for: .milliseconds(100))
      // Those who are there are served on.
      try early.send(request: "GET /again")
      try early.expectResponse(200, "/again")
      try late.expectIdle()
    }
    try late.expectResponse(200, "/late")
    expectReports("EMFILE")
    try late.finish()
  }

  // Eventlet: W115
  func testAServerThatStopsInTheMiddleOfAShortageServesWhomItCan() throws {
    let server = makeServer { .text($0.path) }
    let listener = try GreenSocket.listen(on: loopback)
    let serving = spawn { try server.serve(listener) }
    try GreenThread.yield()
    let clients = try (0..<2).map { _ in try RawClient(unnoticedTo: listener.localAddress) }
    for client in clients { try client.send(request: "GET /late") }
    try withoutFreeDescriptors {
      try GreenThread.sleep(for: .milliseconds(100))
      server.stop()
      try serving.wait()
    }
    assertClosed(listener)
    // One descriptor is kept to spare; there is none for the other.
    try clients[0].expectResponse(200, "/late", fields: ["Connection": "close"])
    try clients[1].expectReset()
    expectReports("EMFILE")
    for client in clients { try client.finish() }
  }
}
