import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// The end of connections that handlers have taken.
final class TakenConnectionEndTests: HTTPTestCase {
  private struct Odd: Error {}

  private let upgrade = ["Connection: Upgrade", "Upgrade: echo"]

  private func echo(_ connection: TakenConnection) throws {
    while let line = try connection.reader.readLine() { try connection.sendAll("\(line)!\n") }
  }

  private func send(upgradeOf path: String, _ client: RawClient, then text: String = "") throws {
    try client.send(request: "GET \(path)", upgrade[0], upgrade[1], body: text)
  }

  func testAnErrorInItIsReportedAndBreaksTheConnectionOff() throws {
    let address = try listen(
      makeServer { request in
        let fail: (TakenConnection) throws -> Void = { connection in
          try connection.sendAll("abc")
          throw Odd()
        }
        return request.path == "/taken" ? .takeOver(fail) : .upgrade(to: "echo", fail)
      })
    for (path, status) in [("/taken", 0), ("/upgrade", 101)] {
      let client = try connect(to: address)
      try send(upgradeOf: path, client)
      if status > 0 { try client.expectResponse(status) }
      try client.expectBytes("abc")
      try client.expectReset()
      expectReports("Odd()")
    }
  }

  // Eventlet: W84
  func testAClientThatGoesIsNoError() throws {
    let server = makeServer { [echo] _ in .upgrade(to: "echo", echo) }
    let address = try listen(server)
    let client = try connect(to: address)
    try send(upgradeOf: "/", client)
    try client.expectResponse(101)
    try client.reset()
    while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
  }

  func testItMayCloseTheConnectionItself() throws {
    let client = try connect { _ in
      .takeOver { connection in
        try connection.sendAll("bye")
        connection.close()
        connection.close()
      }
    }
    try client.send(request: "GET /")
    try client.expectBytes("bye")
    try client.expectClosed()
  }

  // MARK: Stopping

  // Eventlet: W123
  func testItReadsTheEndWhenTheServerStops() throws {
    var log: [Bool] = []
    let server = makeServer { _ in
      .upgrade(to: "echo") { connection in
        log.append(connection.isStopping)
        XCTAssertEqual(try connection.receive(upTo: 1), [])
        log.append(connection.isStopping)
        try connection.sendAll("good-bye")
      }
    }
    let address = try listen(server)
    let client = try connect(to: address)
    try send(upgradeOf: "/", client)
    try client.expectResponse(101)
    server.stop()
    try client.expectBytes("good-bye")
    try client.expectClosed()
    XCTAssertEqual(log, [false, true])
  }

  func testItReadsTheEndOfAnyStream() throws {
    for kind in StreamKind.allCases {
      for readsLines in [true, false] {
        let server = makeServer { _ in
          .takeOver { connection in
            if readsLines {
              XCTAssertNil(try connection.reader.readLine())
            } else {
              XCTAssertEqual(try connection.receive(upTo: 1), [])
            }
            XCTAssertEqual(try connection.receive(upTo: 1), [])
            try connection.sendAll("good-bye")
          }
        }
        let client = try connect(to: server, over: kind)
        try client.send(request: "GET /")
        try client.settle()
        server.stop()
        try client.expectBytes("good-bye")
        try client.expectClosed()
      }
    }
  }

  func testItReadsFirstWhatCameBeforeTheServerStopped() throws {
    for isReceiving in [false, true] {
      for kind in StreamKind.allCases {
        let server = makeServer { _ in
          .takeOver { connection in
            if !isReceiving { try GreenThread.sleep(for: .seconds(1)) }
            for byte in "abc".utf8 { XCTAssertEqual(try connection.receive(upTo: 1), [byte]) }
            for _ in 0..<2 { XCTAssertEqual(try connection.receive(upTo: 1), []) }
          }
        }
        let client = try connect(to: server, over: kind)
        try client.send(request: "GET /", body: "a")
        try client.settle()
        // What has arrived when it stops, though nobody has been told of it.
        try client.send("bc")
        server.stop()
        try client.expectClosed()
      }
    }
  }

  func testATimeoutIsNotTakenForTheEnd() throws {
    for kind in StreamKind.allCases {
      let client = try connect(
        to: makeServer { _ in
          .takeOver { connection in
            assertThrows(IOTimeout.self) {
              _ = try connection.receive(upTo: 1, timeout: .seconds(1))
            }
            try connection.sendAll("late")
          }
        }, over: kind)
      try client.send(request: "GET /")
      try client.expectBytes("late")
      try client.expectClosed()
    }
  }

  // Eventlet: W123
  func testAHookIsCalledOnceInstead() throws {
    var calls = 0
    let server = makeServer { _ in
      .upgrade(to: "echo") { connection in
        let stopped = Event<Void>()
        connection.whenServerStops {
          calls += 1
          stopped.send(())
        }
        try stopped.wait()
        // Still open for reading: the client says good-bye, too.
        try connection.sendAll("good-bye\n")
        XCTAssertEqual(try connection.reader.readLine(), "good-bye")
      }
    }
    let address = try listen(server)
    let client = try connect(to: address)
    try send(upgradeOf: "/", client)
    try client.expectResponse(101)
    server.stop()
    server.stop()
    try client.expectBytes("good-bye\n")
    try client.send("good-bye\n")
    try client.expectClosed()
    XCTAssertEqual(calls, 1)
  }

  func testAHookThatComesLateIsCalledAtOnce() throws {
    var calls = 0
    let server = makeServer { _ in
      try GreenThread.sleep(for: .seconds(5))
      return .upgrade(to: "echo") { connection in
        XCTAssertTrue(connection.isStopping)
        XCTAssertEqual(try connection.receive(upTo: 1), [])
        connection.whenServerStops { calls += 1 }
        XCTAssertEqual(calls, 1)
      }
    }
    let address = try listen(server)
    let client = try connect(to: address)
    try send(upgradeOf: "/", client)
    try client.settle()
    server.stop()
    try client.expectResponse(101)
    try client.expectClosed()
    XCTAssertEqual(calls, 1)
  }

  private struct Nonsense: PeerError {}

  /// What comes over it is the client's.
  func testNonsenseOfTheClientsIsNotReported() throws {
    let address = try listen(makeServer { _ in .upgrade(to: "echo") { _ in throw Nonsense() } })
    let client = try connect(to: address)
    try send(upgradeOf: "/", client)
    try client.expectReset()
    expectReports()
  }
}
