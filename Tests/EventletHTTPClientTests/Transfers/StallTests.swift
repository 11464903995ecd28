import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Whatever ends a wait leaves nothing behind, and the client as good as before.
final class StallTests: ClientTestCase {
  private func makeStuckClient(
    _ stall: Stall, limit: Duration? = nil
  ) -> HTTPClient {
    makeClient {
      if stall == .nameLookUp { $0.resolver = StuckResolver() }
      if stall == .connection { $0.connections = 1 }
      stall.limit(&$0.timeouts, to: limit)
    }
  }

  /// Fails the test if there is anything of a transfer, or the client is of no use any more.
  private func assertWhole(_ client: HTTPClient, _ name: String) throws {
    XCTAssertEqual(client.statistics.transfers, 0, name)
    XCTAssertEqual(client.statistics.connections, 0, name)
    let url = try serve { _ in .text("good") }
    XCTAssertEqual(try client.get(url).text(), "good", name)
    XCTAssertEqual(client.statistics.connections, 1, name)
  }

  func testEachPhaseHasItsLimit() throws {
    for stall in Stall.allCases where stall != .connection {
      let client = makeStuckClient(stall, limit: .seconds(5))
      let call = try stuckCall(at: stall)
      let begin = clock.elapsed
      let error = try timeout { try call(client, nil) }
      XCTAssertEqual(error.phase, stall.phase)
      XCTAssertFalse(error.isWhole, "\(stall)")
      XCTAssertEqual(error.limit, .seconds(5))
      XCTAssertGreaterThanOrEqual(clock.elapsed - begin, .seconds(5), "\(stall)")
      XCTAssertLessThan(clock.elapsed - begin, .seconds(6), "\(stall)")
      try settle()
      try assertWhole(client, "\(stall)")
    }
  }

  func testTheWholeHasALimit() throws {
    for stall in Stall.allCases {
      let client = makeStuckClient(stall)
      let call = try stuckCall(at: stall)
      let begin = clock.elapsed
      let error = try timeout { try call(client, .seconds(5)) }
      XCTAssertEqual(error.phase, stall.phase)
      XCTAssertTrue(error.isWhole, "\(stall)")
      XCTAssertEqual(error.limit, .seconds(5))
      XCTAssertGreaterThanOrEqual(clock.elapsed - begin, .seconds(5), "\(stall)")
      XCTAssertLessThan(clock.elapsed - begin, .seconds(6), "\(stall)")
      try settle()
      try assertWhole(client, "\(stall)")
    }
  }

  func testAKillGivesTheRequestUp() throws {
    for stall in Stall.allCases {
      let client = makeStuckClient(stall)
      let call = try stuckCall(at: stall)
      let victim = spawn { try call(client, nil) }
      try settle()
      XCTAssertFalse(victim.isFinished, "\(stall)")
      try victim.kill()
      XCTAssertThrowsError(try victim.wait()) {
        XCTAssertTrue($0 is GreenThreadExit, "\(stall): \($0)")
      }
      try settle()
      try assertWhole(client, "\(stall)")
    }
  }

  func testATimeoutOfTheScopeGivesTheRequestUp() throws {
    for stall in Stall.allCases {
      let client = makeStuckClient(stall)
      let call = try stuckCall(at: stall)
      XCTAssertThrowsError(try withTimeout(.seconds(3)) { try call(client, nil) }) {
        XCTAssertTrue($0 is Timeout, "\(stall): \($0)")
      }
      try settle()
      try assertWhole(client, "\(stall)")
    }
  }

  func testTheHubCanBeDestroyedMeanwhile() throws {
    for stall in Stall.allCases {
      let client = makeStuckClient(stall)
      let call = try stuckCall(at: stall)
      let victim = spawn { try call(client, nil) }
      try settle()
      XCTAssertFalse(victim.isFinished, "\(stall)")
      // Every green thread of its own, as the hub would: the driver may come first.
      for thread in Hub.current.greenThreads where "\(thread)".contains("HTTP client") {
        try thread.kill()
      }
      try settle()
      if stall != .nameLookUp { XCTAssertTrue(victim.isFinished, "\(stall)") }
      try victim.kill()
      XCTAssertThrowsError(try victim.wait())
      try settle()
      try assertWhole(client, "\(stall)")
    }
  }

  func testALimitDoesNotCountWhileNobodyReads() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
      try GreenThread.sleep(for: .seconds(104))
      try socket.sendAll("lf")
    }
    let client = makeClient { $0.timeouts.stall = .seconds(5) }
    let response = try client.get(server.url)
    XCTAssertEqual(try response.receive(upTo: 10), Array("ha".utf8))
    try GreenThread.sleep(for: .seconds(100))
    XCTAssertEqual(try response.receive(upTo: 10), Array("lf".utf8))
    XCTAssertEqual(try response.receive(upTo: 10), [])
  }

  func testATimeoutOfAReadLosesNothing() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
      try GreenThread.sleep(for: .seconds(10))
      try socket.sendAll("lf")
    }
    let response = try makeClient().get(server.url)
    XCTAssertEqual(try response.receive(upTo: 10), Array("ha".utf8))
    XCTAssertThrowsError(try withTimeout(.seconds(1)) { try response.receive(upTo: 10) })
    XCTAssertEqual(try response.text(), "lf")
  }

  func testASecondReaderIsRefused() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
      try GreenThread.sleep(for: .seconds(10))
      try socket.sendAll("late")
    }
    let response = try makeClient().get(server.url)
    let first = spawn { try response.text() }
    try settle()
    assertThrows(HubError.self, { _ = try response.receive(upTo: 1) }) { error in
      guard case .secondWaiter("read", _, _, _) = error else { return XCTFail("\(error)") }
    }
    XCTAssertEqual(try first.wait(), "late")
  }

  func testAnIdleClientDoesNotHideADeadlock() throws {
    let server = try serveRaw { try $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    let client = makeClient()
    _ = try client.get(server.url).text()
    try settle()
    XCTAssertEqual(Hub.current.greenThreads.filter { "\($0)".contains("HTTP client") }.count, 0)
    XCTAssertEqual(Hub.current.statistics.descriptorWaits, 1, "the server's")
  }

  func testADroppedResponseGivesItsTransferUp() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
      try socket.waitForEnd()
    }
    let client = makeClient()
    var response: HTTPClientResponse? = try client.get(server.url)
    XCTAssertEqual(response?.status, .ok)
    XCTAssertEqual(client.statistics.transfers, 1)
    response = nil
    XCTAssertEqual(client.statistics.transfers, 0)
    XCTAssertEqual(client.statistics.connections, 0)
  }

  func testAResponseOutlivesItsClient() throws {
    let url = try serve { _ in
      .init(
        body: .stream { writer in
          for _ in 0..<3 {
            try GreenThread.sleep(for: .seconds(1))
            try writer.write("piece")
            try writer.flush()
          }
        })
    }
    var configuration = HTTPClient.Configuration()
    configuration.proxy = .none
    let response = try HTTPClient(configuration).get(url)
    XCTAssertEqual(try response.text(), "piecepiecepiece")
  }

  // MARK: Who may not hold up anybody for ever

  func testAnEarlyAnswerThatNobodyReadsDoesNotLiftTheLimits() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
      // A trickle of the answer is no room for the body.
      for _ in 0..<7 {
        try GreenThread.sleep(for: .seconds(4))
        try socket.sendAll("d")
      }
      try GreenThread.sleep(for: .seconds(1_000_000))
    }
    let body = HTTPClientBody.stream { writer in
      while true { try writer.write([UInt8](repeating: 0, count: 65_536)) }
    }
    for (stall, whole) in [(Duration.seconds(5), nil), (nil, Duration.seconds(5))] {
      let client = makeClient { $0.timeouts.stall = stall }
      var request = HTTPClientRequest(.put, server.url, body: body)
      request.timeout = whole
      let begin = clock.elapsed
      let error = try timeout { try client.send(request) }
      XCTAssertEqual(error.phase, .sending)
      XCTAssertEqual(error.isWhole, stall == nil)
      XCTAssertLessThan(clock.elapsed - begin, .seconds(6))
      try settle()
      try assertWhole(client, "early")
    }
  }

  func testAnAnswerWithoutAnEndHasTheWholeTimeAlone() throws {
    let server = try serveRaw { socket in
      try socket.answer("HTTP/1.1 200 OK\r\n\r\n")
      while true { try socket.sendAll([UInt8](repeating: 65, count: 65_536)) }
    }
    let client = makeClient()
    let response = try client.get(server.url, timeout: .seconds(5))
    let begin = clock.elapsed
    let error = try timeout {
      try response.forEach { _ in
        // There is always something by then.
        try GreenThread.sleep(for: .milliseconds(10))
        if self.clock.elapsed - begin > .seconds(7) { throw Endless() }
      }
    }
    XCTAssertTrue(error.isWhole)
    XCTAssertEqual(error.phase, .body)
    XCTAssertEqual(client.statistics.transfers, 0)
  }

  private struct Endless: Error {}

  func testABodyThatIsOverBeforeItsClosureHasAnAnswerToWaitFor() throws {
    let server = try serveRaw { try $0.waitForEnd() }
    let client = makeClient { $0.timeouts.head = .seconds(5) }
    let late = HTTPClientBody.stream(length: 10) { writer in
      try writer.write("hello")
      try GreenThread.sleep(for: .seconds(1))
      try writer.write("world")
      try GreenThread.sleep(for: .seconds(1))
    }
    for body in [late, .stream(length: 0) { _ in }, .multipart(.init()), .stream { _ in }] {
      let begin = clock.elapsed
      let error = try timeout { try client.put(server.url, body: body) }
      XCTAssertEqual(error.phase, .head)
      XCTAssertLessThan(clock.elapsed - begin, .seconds(8))
    }
  }

  func testTheTimeForTheHeadBeginsWithTheEndOfTheClosure() throws {
    let server = try serveRaw { socket in
      _ = try socket.readHead()
      try GreenThread.sleep(for: .seconds(103))
      try socket.sendAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    }
    let client = makeClient { $0.timeouts.head = .seconds(5) }
    let body = HTTPClientBody.stream(length: 5) { writer in
      try writer.write("hello")
      try GreenThread.sleep(for: .seconds(100))
    }
    XCTAssertEqual(try client.put(server.url, body: body).text(), "ok")
  }

  func testThoseWhoWaitForAConnectionThatIsNotMadeWaitOnce() throws {
    let server = try serveRaw { try $0.waitForEnd() }
    let url = "https://127.0.0.1:\(server.port)/"
    let client = makeClient { $0.timeouts.tls = .seconds(5) }
    let begin = clock.elapsed
    let threads = (0..<4).map { number in spawn { try client.get("\(url)\(number)") } }
    try GreenThread.sleep(for: .seconds(3))
    let late = spawn { try client.get("\(url)late") }
    for (number, thread) in threads.enumerated() {
      let error = try timeout { try thread.wait() }
      XCTAssertEqual(error.phase, .tls)
      XCTAssertEqual(error.url, "\(url)\(number)")
      XCTAssertLessThan(clock.elapsed - begin, .seconds(6))
    }
    // Who has not waited as long tries for himself.
    XCTAssertFalse(late.isFinished)
    XCTAssertEqual(try timeout { try late.wait() }.phase, .tls)
    XCTAssertLessThan(clock.elapsed - begin, .seconds(11))
    XCTAssertEqual(server.connectionCount, 2)
  }
}
