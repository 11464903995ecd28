import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import Logging
import Synchronization
import XCTest

/// One server on several hubs.
final class HubsTests: HTTPTestCase {
  override var time: GreenTest.Time { .real }
  override var timeLimit: Duration { .seconds(60) }

  private struct Odd: Error {}

  func testConnectionsAreServedBySeveralHubsAndStopped() throws {
    let server = try HTTPServer.start(on: loopback, hubs: 2) { request in
      .text("\(ObjectIdentifier(Hub.current).hashValue) \(request.path)")
    }
    XCTAssertNotEqual(server.address.port, 0)
    var hubs: Set<Substring> = []
    var clients: [RawClient] = []
    for _ in 0..<300 where hubs.count < 2 {
      let client = try connect(to: server.address)
      clients.append(client)
      for path in ["/a", "/b"] {
        try client.send(request: "GET \(path)")
        let words = try client.expectResponse(200).text.split(separator: " ")
        XCTAssertEqual(words.last, Substring(path))
        hubs.insert(words[0])
      }
    }
    XCTAssertEqual(hubs.count, 2)
    // All of them are idle.
    server.stop()
    try server.wait()
    for client in clients { try client.expectClosed() }
    XCTAssertThrowsError(try GreenSocket.connect(to: server.address)) { error in
      guard case SystemError.connectionRefused = error else { return XCTFail("\(error)") }
    }
  }

  func testARequestThatIsBeingAnsweredIsFinished() throws {
    let gate = Channel<Void>(capacity: nil)
    let begun = Channel<Void>(capacity: nil)
    let server = try HTTPServer.start(on: loopback, hubs: 2) { request in
      try begun.send(())
      _ = try gate.receive()
      return .text("finished")
    }
    let client = try connect(to: server.address)
    try client.send(request: "GET /")
    _ = try begun.receive()
    server.stop()
    XCTAssertFalse(try server.wait(timeout: .milliseconds(20)))
    try gate.send(())
    try client.expectResponse(200, "finished", fields: ["Connection": "close"])
    try client.expectClosed()
    try server.wait()
  }

  func testOneThatTakesLongerThanTheLimitIsKilled() throws {
    let begun = Channel<Void>(capacity: nil)
    let ended = Channel<Bool>(capacity: nil)
    let server = try HTTPServer.start(on: loopback, hubs: 2) { request in
      try begun.send(())
      do { try GreenThread.sleep(for: .seconds(3600)) } catch {
        try ended.sendNoWait(error is GreenThreadExit)
        throw error
      }
      return .text("never")
    }
    let client = try connect(to: server.address)
    try client.send(request: "GET /")
    _ = try begun.receive()
    server.stop(within: .milliseconds(10))
    XCTAssertEqual(try ended.receive(), true)
    try server.wait()
    try client.expectReset()
  }

  func testThoseThatAreCutAreToldOfAndCountedNoMore() throws {
    for stopsBefore in [false, true] {
      for waitsForStop in [false, true] {
        try checkACut { server in
          if stopsBefore { server.stop() }
          if waitsForStop { XCTAssertFalse(try server.wait(timeout: .milliseconds(5))) }
          server.stop(within: .milliseconds(10))
        }
      }
    }
  }

  private func checkACut(_ stop: (HTTPHubServer) throws -> Void) throws {
    let begun = Channel<Void>(capacity: nil)
    let log = SharedLog()
    var configuration = HTTPServer.Configuration()
    configuration.logger = log.logger
    let server = try HTTPServer.start(on: loopback, hubs: 2, configuration: configuration) { _ in
      try begun.send(())
      try GreenThread.sleep(for: .seconds(3600))
      return .text("never")
    }
    let client = try connect(to: server.address)
    let name = try client.socket.localAddress
    try client.send(request: "GET /")
    _ = try begun.receive()
    try stop(server)
    try server.wait()
    try client.expectReset()
    XCTAssertEqual(log.lines(.warning), ["\(name): cut, since the time to stop is over"])
    XCTAssertEqual(
      log.lines(.info).last, "(\(getpid())) no longer serving on http://\(server.address)")
    let last = try server.statistics()
    XCTAssertEqual(last.openConnectionCount, 0)
    XCTAssertEqual(last.activeCount, 0)
    XCTAssertEqual(last.requestCount, 1)
  }

  func testAHandlerThatWillNotBeKilledEndsWithItsHub() throws {
    let begun = Channel<Void>(capacity: nil)
    let log = SharedLog()
    var configuration = HTTPServer.Configuration()
    configuration.logger = log.logger
    let server = try HTTPServer.start(on: loopback, hubs: 2, configuration: configuration) { _ in
      try begun.send(())
      for _ in 0..<3 { do { try GreenThread.sleep(for: .seconds(3600)) } catch {} }
      return .text("never")
    }
    let client = try connect(to: server.address)
    try client.send(request: "GET /")
    _ = try begun.receive()
    server.stop(within: .zero)
    try server.wait()
    try client.expectReset()
    XCTAssertEqual(log.lines(.warning).last, "1 connections do not end")
    XCTAssertEqual(
      log.lines(.info).last,
      "(\(getpid())) no longer serving on http://\(server.address); connections left: 1")
    let last = try server.statistics()
    XCTAssertEqual(last.openConnectionCount, 0)
    XCTAssertEqual(last.activeCount, 0)
  }

  func testEachHubMakesItsHandlerOnce() throws {
    let made = Mutex(0)
    let server = try HTTPServer.start(
      on: loopback, hubs: 3,
      makeHandler: {
        made.withLock { $0 += 1 }
        // Not shared by hubs, and so in need of no lock.
        var count = 0
        return { _ in
          count += 1
          return .text("\(count)")
        }
      })
    let client = try connect(to: server.address)
    for number in 1...3 {
      try client.send(request: "GET /")
      try client.expectResponse(200, "\(number)")
    }
    server.stop()
    try server.wait()
    XCTAssertEqual(made.withLock { $0 }, 3)
  }

  func testAHandlerThatCannotBeMadeEndsTheServer() throws {
    let made = Mutex(0)
    let server = try HTTPServer.start(
      on: loopback, hubs: 2,
      makeHandler: {
        let number = made.withLock { made in
          made += 1
          return made
        }
        if number == 2 { throw Odd() }
        return { _ in .text("x") }
      })
    assertThrows(Odd.self) { try server.wait() }
  }

  func testStatisticsAreOfAllHubs() throws {
    let server = try HTTPServer.start(on: loopback, hubs: 2) { request in
      .text("\(ObjectIdentifier(Hub.current).hashValue)")
    }
    var hubs: Set<String> = []
    var clients: [RawClient] = []
    for _ in 0..<300 where hubs.count < 2 {
      let client = try connect(to: server.address)
      clients.append(client)
      for _ in 0..<2 {
        try client.send(request: "GET /")
        hubs.insert(try client.expectResponse(200).text)
      }
    }
    let all = try server.statistics()
    XCTAssertEqual(all.connectionCount, clients.count)
    XCTAssertEqual(all.openConnectionCount, clients.count)
    XCTAssertEqual(all.requestCount, 2 * clients.count)
    let each = try server.hubStatistics()
    XCTAssertEqual(each.count, 2)
    XCTAssertTrue(each.allSatisfy { $0.requestCount > 0 })
    XCTAssertEqual(each[0] + each[1], all)
    server.stop()
    try server.wait()
    let last = try server.statistics()
    XCTAssertEqual(last.requestCount, 2 * clients.count)
    XCTAssertEqual(last.openConnectionCount, 0)
  }

  func testAHandlerMayAskForStatisticsOfItsOwnHub() throws {
    let handle = Mutex<HTTPHubServer?>(nil)
    let server = try HTTPServer.start(on: loopback, hubs: 2) { _ in
      let server = handle.withLock { $0 }
      return .text("\(try server?.statistics().activeCount ?? 0)")
    }
    handle.withLock { $0 = server }
    let client = try connect(to: server.address)
    try client.send(request: "GET /")
    try client.expectResponse(200, "1")
    server.stop()
    try server.wait()
    handle.withLock { $0 = nil }
  }

  // MARK: A stop while a handler is made

  /// Starts two hubs, of which one waits while it makes its handler and then does as told; all
  /// clients are the other's.
  private func startWithAWaitingHub(
    _ directory: String, _ begun: Channel<Void>, _ gate: Channel<Void>,
    _ whenInterrupted: @escaping @Sendable (any Error) throws -> Void
  ) throws -> HTTPHubServer {
    let made = Mutex(0)
    let waits = Channel<Void>(capacity: nil)
    let server = try HTTPServer.start(
      on: .unix(directory + "/socket"), hubs: 2,
      makeHandler: {
        let number = made.withLock { made in
          made += 1
          return made
        }
        if number == 2 {
          try waits.send(())
          do { try GreenThread.sleep(for: .seconds(3600)) } catch { try whenInterrupted(error) }
        }
        return { _ in
          try begun.send(())
          _ = try gate.receive()
          return .text("finished")
        }
      })
    _ = try waits.receive()
    return server
  }

  private func checkAStop(
    _ whenInterrupted: @escaping @Sendable (any Error) throws -> Void,
    _ wait: (HTTPHubServer) throws -> Void
  ) throws {
    let directory = try TemporaryTree()
    let begun = Channel<Void>(capacity: nil)
    let gate = Channel<Void>(capacity: nil)
    let server = try startWithAWaitingHub(directory.path, begun, gate, whenInterrupted)
    let client = try connect(to: server.address)
    try client.send(request: "GET /")
    _ = try begun.receive()
    server.stop(within: .seconds(30))
    server.stop()
    XCTAssertFalse(try server.wait(timeout: .milliseconds(20)))
    try gate.send(())
    try client.expectResponse(200, "finished", fields: ["Connection": "close"])
    try client.expectClosed()
    try wait(server)
  }

  func testAStopWhileAHandlerIsMadeIsNoFailureAndCutsNobody() throws {
    try checkAStop({ throw $0 }, { XCTAssertTrue(try $0.wait()) })
  }

  func testAStopThatIsSwallowedWhileAHandlerIsMadeStopsNevertheless() throws {
    try checkAStop({ _ in }, { XCTAssertTrue(try $0.wait(timeout: .seconds(20))) })
  }

  func testAFailureToMakeAHandlerAfterAStopIsToldAndCutsNobody() throws {
    try checkAStop(
      { _ in throw Odd() }, { server in assertThrows(Odd.self) { try server.wait() } })
  }

  // MARK: More of a stop

  func testAStreamThatHasBegunIsFinishedWithinTheLimit() throws {
    let begun = Channel<Void>(capacity: nil)
    let gate = Channel<Void>(capacity: nil)
    let server = try HTTPServer.start(on: loopback, hubs: 2) { _ in
      .stream { writer in
        try writer.write("abc")
        try writer.flush()
        try begun.send(())
        _ = try gate.receive()
        try writer.write("def")
      }
    }
    let client = try connect(to: server.address)
    try client.send(request: "GET /")
    _ = try begun.receive()
    server.stop(within: .seconds(30))
    XCTAssertFalse(try server.wait(timeout: .milliseconds(20)))
    try gate.send(())
    try client.expectResponse(200, "abcdef")
    try client.expectClosed()
    try server.wait()
  }

  func testAStreamThatTakesLongerThanTheLimitIsCutSoThatTheClientKnows() throws {
    let begun = Channel<Void>(capacity: nil)
    let server = try HTTPServer.start(on: loopback, hubs: 2) { _ in
      .stream { writer in
        try writer.write("abc")
        try writer.flush()
        try begun.send(())
        try GreenThread.sleep(for: .seconds(3600))
      }
    }
    let client = try connect(to: server.address)
    try client.send(request: "GET /")
    _ = try begun.receive()
    server.stop(within: .milliseconds(10))
    try server.wait()
    XCTAssertThrowsError(try client.readResponse())
  }

  func testTheConfigurationIsOfEachHub() throws {
    var configuration = HTTPServer.Configuration()
    configuration.keepsAlive = false
    let server = try HTTPServer.start(on: loopback, hubs: 2, configuration: configuration) { _ in
      .text("\(ObjectIdentifier(Hub.current).hashValue)")
    }
    var hubs: Set<String> = []
    for _ in 0..<300 where hubs.count < 2 {
      let client = try connect(to: server.address)
      try client.send(request: "GET /")
      hubs.insert(try client.expectResponse(200, fields: ["Connection": "close"]).text)
      try client.expectClosed()
    }
    XCTAssertEqual(hubs.count, 2)
    server.stop()
    try server.wait()
  }
}
