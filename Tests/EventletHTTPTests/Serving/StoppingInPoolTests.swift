import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// The end of a server whose connections wait for a place in a pool.
final class StoppingInPoolTests: HTTPTestCase {
  /// A server in a pool of three.
  private func start(
    in pool: GreenPool, _ handler: @escaping RequestHandler
  ) throws -> RunningServer {
    let server = HTTPServer(pool: pool, handler)
    let listener = try GreenSocket.listen(on: loopback)
    let running = RunningServer(
      server: server, address: try listener.localAddress,
      thread: spawn { try server.serve(listener) })
    try GreenThread.yield()
    return running
  }

  /// Clients of whom the first three are being answered for so many seconds, one waits for the pool,
  /// and the others wait to be accepted.
  private func connect(_ count: Int, to running: RunningServer) throws -> [RawClient] {
    let clients = try (0..<count).map { _ in try connect(to: running.address) }
    for client in clients {
      try client.send(request: "GET /5")
      try client.settle()
    }
    return clients
  }

  func testWhoWaitsForThePoolIsServed() throws {
    let pool = GreenPool(size: 3)
    let running = try start(in: pool) { [sleepy] in try sleepy($0) }
    let clients = try connect(4, to: running)
    XCTAssertEqual(pool.waitingCount, 1)
    running.server.stop()
    for client in clients {
      try client.expectResponse(200, "/5", fields: ["Connection": "close"])
      try client.expectClosed()
    }
    try running.thread.wait()
    XCTAssertEqual(pool.runningCount, 0)
  }

  func testTheRestIsServedHoweverOftenItIsToldToStop() throws {
    let pool = GreenPool(size: 3)
    var most = 0
    let running = try start(in: pool) { [sleepy] in
      most = max(most, pool.runningCount)
      return try sleepy($0)
    }
    let clients = try connect(8, to: running)
    for _ in 0..<3 {
      running.server.stop()
      try clients[0].settle()
    }
    // At once: nobody else shall come.
    assertRefuses(running.address)
    for client in clients {
      try client.expectResponse(200, "/5", fields: ["Connection": "close"])
      try client.expectClosed()
    }
    try running.thread.wait()
    XCTAssertEqual(most, 3)
  }

  func testWhoStillWaitsAtTheLimitIsCut() throws {
    let pool = GreenPool(size: 3)
    let running = try start(in: pool) { .text($0.path) }
    let others = try (0..<3).map { _ in
      try pool.spawn { try GreenThread.sleep(for: .seconds(100)) }
    }
    let clients = try connect(3, to: running)
    running.server.stop(within: .seconds(5))
    try running.thread.wait()
    XCTAssertLessThan(clock.elapsed, .seconds(7))
    for client in clients { try client.expectReset() }
    XCTAssertEqual(pool.waitingCount, 0)
    for other in others { try other.kill() }
  }

  func testWhoWaitsForThePoolIsServedAfterAKillOfTheServing() throws {
    let pool = GreenPool(size: 3)
    let running = try start(in: pool) { [sleepy] in try sleepy($0) }
    let clients = try connect(4, to: running)
    try running.thread.kill()
    XCTAssertTrue(running.thread.isFinished)
    for client in clients {
      try client.expectResponse(200, "/5", fields: ["Connection": "close"])
      try client.expectClosed()
    }
    XCTAssertEqual(pool.runningCount, 0)
  }

  func testTheLimitHoldsForThoseWhoComeToThePoolAfterAKillOfTheServing() throws {
    let pool = GreenPool(size: 3)
    let running = try start(in: pool) { [sleepy] in try sleepy($0) }
    let others = try (0..<3).map { _ in
      try pool.spawn { try GreenThread.sleep(for: .seconds(100)) }
    }
    let client = try connect(to: running.address)
    try client.send(request: "GET /1000")
    try client.settle()
    try running.thread.kill()
    running.server.stop(within: .seconds(150))
    try client.expectReset()
    XCTAssertEqual(clock.elapsed.components.seconds, 150)
    for other in others { try other.wait() }
  }
}
