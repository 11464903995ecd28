import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import XCTest

/// Handlers that wait for their client to go.
final class ClientEndTests: HTTPTestCase {
  private enum Way: CaseIterable {
    case close
    case endOfSending
    case reset

    func go(_ client: RawClient) throws {
      switch self {
      case .close: client.socket.close()
      case .endOfSending: try client.endSending()
      case .reset: try client.reset()
      }
    }
  }

  /// What a waiter beside a handler ends with; the handler ends when that does.
  private func makeServer(_ outcomes: Queue<String>) -> HTTPServer {
    makeServer { request in
      let watcher = spawn {
        do {
          try request.waitUntilClientCloses()
          try outcomes.putNoWait("closed")
        } catch { try outcomes.putNoWait("\(error)") }
      }
      _ = try watcher.wait()
      return .text("still here")
    }
  }

  func testAClientThatGoesIsNoticed() throws {
    for isUnix in [false, true] {
      for way in Way.allCases {
        let directory = try TemporaryTree()
        let address = isUnix ? try .unix(directory.path + "/socket") : loopback
        let outcomes = Queue<String>()
        let server = makeServer(outcomes)
        let client = try connect(to: try listen(server, on: address))
        try client.send(request: "GET /")
        try client.settle()
        XCTAssertEqual(outcomes.count, 0)
        try way.go(client)
        XCTAssertEqual(try outcomes.get(), "closed", "\(way)")
        // It is still there, as far as we know.
        if way == .endOfSending {
          try client.expectResponse(200, "still here")
          try client.expectClosed()
        }
        server.stop()
        while server.connectionCount > 0 { try GreenThread.sleep(for: .milliseconds(1)) }
      }
    }
  }

  func testWhatTheClientHasSentDoesNotMatter() throws {
    let outcomes = Queue<String>()
    let client = try connect(to: makeServer(outcomes))
    try client.send(request: "GET /", body: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    try client.settle()
    XCTAssertEqual(outcomes.count, 0)
    try client.endSending()
    for _ in 0..<2 {
      try client.expectResponse(200, "still here")
      XCTAssertEqual(try outcomes.get(), "closed")
    }
  }

  func testOneThatIsLeftBehindEndsWithItsRequest() throws {
    for kind in StreamKind.allCases {
      let outcomes = Queue<String>()
      let server = makeServer { request in
        spawn {
          do { try request.waitUntilClientCloses() } catch { try outcomes.putNoWait("\(error)") }
        }
        try GreenThread.yield()
        return .text("x")
      }
      let client = try connect(to: server, over: kind)
      for _ in 0..<2 {
        try client.send(request: "GET /")
        try client.expectResponse(200, "x")
        XCTAssertEqual(try outcomes.get(), "\(HTTPServerError.requestEnded)")
      }
    }
  }

  func testARequestThatIsOverHasNoClient() throws {
    var kept: ServerRequest?
    let client = try connect { request in
      kept = request
      return .text("x")
    }
    try client.send(request: "GET /")
    try client.expectResponse(200)
    try client.settle()
    let request = try XCTUnwrap(kept)
    XCTAssertThrowsError(try request.waitUntilClientCloses()) { error in
      XCTAssertEqual(error as? HTTPServerError, .requestEnded)
    }
  }

  func testItTakesNoLongerThanItMay() throws {
    for kind in StreamKind.allCases {
      let client = try connect(
        to: makeServer { request in
          assertThrows(IOTimeout.self) {
            try request.waitUntilClientCloses(timeout: .seconds(5))
          }
          return .text("x")
        }, over: kind)
      try client.send(request: "GET /")
      try client.expectResponse(200)
    }
    XCTAssertEqual(clock.elapsed, .seconds(15))
  }

  func testAServerThatStopsIsNotTakenForTheClientsEnd() throws {
    let outcomes = Queue<String>()
    let server = makeServer { request in
      spawn {
        do {
          try request.waitUntilClientCloses()
          try outcomes.putNoWait("closed")
        } catch { try outcomes.putNoWait("\(error)") }
      }
      try GreenThread.sleep(for: .seconds(1))
      return .text("x")
    }
    let client = try connect(to: try listen(server))
    try client.settle()
    // Without a switch, in which it would be served.
    try client.send(request: "GET /")
    server.stop()
    try client.expectResponse(200, "x")
    XCTAssertEqual(try outcomes.get(), "\(HTTPServerError.requestEnded)")
  }

  /// Who has waited once is told nothing more, though the request is kept.
  func testTheEndOfARequestDisturbsNobodyWhoHasWaited() throws {
    var kept: [ServerRequest] = []
    let client = try connect { request in
      kept.append(request)
      assertThrows(IOTimeout.self) { try request.waitUntilClientCloses(timeout: .seconds(5)) }
      return .text("x")
    }
    for _ in 0..<2 {
      try client.send(request: "GET /")
      try client.expectResponse(200, "x")
    }
    try client.expectIdle()
  }
}
