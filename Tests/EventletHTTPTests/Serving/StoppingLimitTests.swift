import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// How long a server that stops waits for those who are still at something.
final class StoppingLimitTests: HTTPTestCase {
  // Eventlet: W122
  func testWithoutALimitItWaitsForAsLongAsItTakes() throws {
    let running = try start { [sleepy] in try sleepy($0) }
    let client = try connect(to: running.address)
    try client.send(request: "GET /1000000")
    try client.settle()
    running.server.stop()
    try client.expectResponse(200)
    try running.thread.wait()
    XCTAssertGreaterThanOrEqual(clock.elapsed, .seconds(1_000_000))
  }

  // Eventlet: W122
  func testThoseThatTakeLongerThanTheLimitAreCut() throws {
    var ended: [String] = []
    let running = try start { [sleepy] request in
      defer { ended.append(request.path) }
      return try sleepy(request)
    }
    let slow = try connect(to: running.address)
    try slow.send(request: "GET /10")
    let quick = try connect(to: running.address)
    try quick.send(request: "GET /4")
    try quick.settle()
    running.server.stop(within: .seconds(5))
    try quick.expectResponse(200, "/4", fields: ["Connection": "close"])
    try slow.expectReset()
    try running.thread.wait()
    XCTAssertEqual(ended, ["/4", "/10"])
    XCTAssertTrue((.seconds(5)...(.seconds(5.1))).contains(clock.elapsed), "\(clock.elapsed)")
  }

  func testWhateverAConnectionWaitsForItIsCut() throws {
    let running = try start { request in
      if request.path == "/taken" {
        return .takeOver { connection in
          connection.whenServerStops {}
          _ = try connection.receive(upTo: 1)
        }
      }
      if request.path == "/large" { return .bytes([UInt8](repeating: 0, count: 64 << 20)) }
      return .bytes(try request.body.readAll())
    }
    let requests = [
      "GET", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na",
      "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", "GET /taken HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
    let clients = try requests.map { request in
      let client = try connect(to: running.address)
      try client.send(request)
      try client.settle()
      return client
    }
    XCTAssertEqual(running.server.connectionCount, 4)
    running.server.stop(within: .seconds(1))
    try running.thread.wait()
    for client in clients { try client.expectReset() }
    XCTAssertTrue((.seconds(1)...(.seconds(1.1))).contains(clock.elapsed), "\(clock.elapsed)")
  }

  func testALimitOfZeroCutsAtOnce() throws {
    let running = try start { [sleepy] in try sleepy($0) }
    let client = try connect(to: running.address)
    try client.send(request: "GET /10")
    try client.settle()
    running.server.stop(within: .zero)
    try running.thread.wait()
    try client.expectReset()
    XCTAssertLessThan(clock.elapsed, .seconds(1))
  }

  func testNothingIsLeftOfALimitThatWasNotNeeded() throws {
    for hasClient in [false, true] {
      let running = try start { [sleepy] in try sleepy($0) }
      if hasClient {
        let client = try connect(to: running.address)
        try client.send(request: "GET /1")
        try client.settle()
        running.server.stop(within: .seconds(3600))
        try client.expectResponse(200)
      } else {
        running.server.stop(within: .seconds(3600))
      }
      try running.thread.wait()
      XCTAssertEqual(Hub.current.statistics.timers, 0)
      XCTAssertLessThan(clock.elapsed, .seconds(3600))
    }
  }

  func testTheLimitIsForThoseInTheBacklogToo() throws {
    let running = try start { [sleepy] in try sleepy($0) }
    let client = try RawClient(unnoticedTo: running.address)
    try assertDoesNotSwitch {
      try client.send(request: "GET /3600")
      running.server.stop(within: .seconds(5))
    }
    try running.thread.wait()
    try client.expectReset()
    XCTAssertTrue((.seconds(5)...(.seconds(5.1))).contains(clock.elapsed), "\(clock.elapsed)")
    try client.finish()
  }

  func testTheShortestOfSeveralLimitsCounts() throws {
    for limits in [
      [5], [nil, 5], [5, nil], [5, 10], [10, 5], [nil, 10, 5, nil, 20],
    ] as [[Int?]] {
      let running = try start { [sleepy] in try sleepy($0) }
      let begin = clock.elapsed
      let client = try connect(to: running.address)
      try client.send(request: "GET /3600")
      for limit in limits {
        try client.settle()
        running.server.stop(within: limit.map { .seconds($0) })
      }
      try running.thread.wait()
      try client.expectReset()
      let taken = clock.elapsed - begin
      XCTAssertTrue((.seconds(5)...(.seconds(5.1))).contains(taken), "\(limits) \(taken)")
    }
  }

  /// It cannot be forced, and does not hold the others up for ever.
  func testAHandlerThatWillNotBeKilledIsLeftBehind() throws {
    let running = try start { _ in
      for _ in 0..<5 { do { try GreenThread.sleep(for: .seconds(10)) } catch {} }
      return .text("stubborn")
    }
    let client = try connect(to: running.address)
    try client.send(request: "GET /")
    try client.settle()
    running.server.stop(within: .seconds(5))
    try running.thread.wait()
    XCTAssertTrue((.seconds(6)...(.seconds(6.1))).contains(clock.elapsed), "\(clock.elapsed)")
    XCTAssertEqual(running.server.connectionCount, 1)
    try client.expectResponse(200, "stubborn")
    try client.settle()
    XCTAssertEqual(running.server.connectionCount, 0)
  }
}
