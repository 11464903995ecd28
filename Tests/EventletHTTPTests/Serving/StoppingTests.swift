import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// The end of a server: what is on its way arrives, and nothing else begins.
final class StoppingTests: HTTPTestCase {
  // Eventlet: W118, W119
  func testIdleConnectionsAreClosedAtOnceAndServeReturns() throws {
    let running = try start()
    let fresh = try connect(to: running.address)
    let used = try connect(to: running.address)
    try used.send(request: "GET /")
    try used.expectResponse(200)
    try used.settle()
    running.server.stop()
    XCTAssertTrue(running.server.isStopping)
    try running.thread.wait()
    try fresh.expectClosed()
    try used.expectClosed()
    XCTAssertEqual(running.server.connectionCount, 0)
    XCTAssertLessThan(clock.elapsed, .seconds(1))
    assertRefuses(running.address)
  }

  func testAListenerThatIsNotServedAnyMoreIsClosed() throws {
    let server = makeServer { _ in .text("never") }
    server.stop()
    let listener = try GreenSocket.listen(on: loopback)
    XCTAssertThrowsError(try server.serve(listener)) { error in
      XCTAssertEqual(error as? HTTPServerError, .stopped)
    }
    assertClosed(listener)
  }

  // Eventlet: W120, W121, W122
  func testARequestThatIsBeingAnsweredIsFinishedWithConnectionClose() throws {
    let running = try start { [sleepy] in try sleepy($0) }
    let client = try connect(to: running.address)
    // The second is not served any more.
    try client.send(request: "GET /5")
    try client.send(request: "GET /0")
    try client.settle()
    running.server.stop()
    XCTAssertNil(try running.thread.wait(timeout: .seconds(4)))
    assertRefuses(running.address)
    try client.expectResponse(200, "/5", fields: ["Connection": "close"])
    try client.expectClosed()
    client.socket.close()
    try running.thread.wait()
    XCTAssertLessThan(clock.elapsed, .seconds(6))
  }

  // Eventlet: W120, W121
  func testARequestThatIsBeingReceivedIsFinished() throws {
    for (first, rest) in [
      ("GET / HT", "TP/1.1\r\nHost: a\r\n\r\n"),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na", "bc"),
    ] {
      let running = try start { request in
        _ = try request.body.readAll()
        return .text("all")
      }
      let client = try connect(to: running.address)
      try client.send(first)
      try client.settle()
      running.server.stop()
      try client.settle()
      XCTAssertFalse(running.thread.isFinished)
      try client.send(rest)
      try client.expectResponse(200, "all", fields: ["Connection": "close"])
      try client.expectClosed()
      try running.thread.wait()
    }
  }

  func testAStreamThatHasBegunIsFinishedAndItsConnectionClosed() throws {
    let running = try start { _ in
      .stream { writer in
        try writer.write("abc")
        try writer.flush()
        try GreenThread.sleep(for: .seconds(5))
        try writer.write("def")
      }
    }
    let client = try connect(to: running.address)
    try client.send(request: "GET /")
    try client.settle()
    running.server.stop()
    try client.expectResponse(200, "abcdef")
    try client.expectClosed()
    try running.thread.wait()
    XCTAssertLessThan(clock.elapsed, .seconds(6))
  }

  func testARequestThatHasArrivedAtAnIdleConnectionIsAnswered() throws {
    let running = try start()
    let client = try connect(to: running.address)
    try client.settle()
    // Without a switch, in which it would be served.
    try assertDoesNotSwitch {
      try client.send(request: "GET /a")
      running.server.stop()
    }
    try client.expectResponse(200, "/a", fields: ["Connection": "close"])
    try client.expectClosed()
    try running.thread.wait()
  }

  func testThoseInTheBacklogAreServed() throws {
    let running = try start()
    let clients = try (0..<20).map { _ in try RawClient(unnoticedTo: running.address) }
    try assertDoesNotSwitch {
      for (number, client) in clients.enumerated() where number != 7 {
        try client.send(request: "GET /\(number)")
      }
      running.server.stop()
    }
    try running.thread.wait()
    for (number, client) in clients.enumerated() {
      // One has connected and said nothing.
      if number != 7 {
        try client.expectResponse(200, "/\(number)", fields: ["Connection": "close"])
      }
      try client.expectClosed()
      try client.finish()
    }
    assertRefuses(running.address)
  }

  func testAServerThatWasStoppedDoesNotServe() throws {
    let server = makeServer { _ in .text("never") }
    server.stop()
    let listener = try GreenSocket.listen(on: loopback)
    assertThrows(HTTPServerError.self) {
      try server.serve(listener)
    } check: {
      XCTAssertEqual($0, .stopped)
    }
    listener.close()
    assertThrows(HTTPServerError.self) {
      try server.serve(on: loopback)
    } check: {
      XCTAssertEqual($0, .stopped)
    }
    let (near, far) = try GreenSocket.pair()
    assertThrows(HTTPServerError.self) {
      try server.serve(connection: far)
    } check: {
      XCTAssertEqual($0, .stopped)
    }
    XCTAssertEqual(try near.receive(upTo: 1), [])
    near.close()
  }

  func testAHandlerMayStopItsServer() throws {
    var server: HTTPServer?
    // Which has the handler, which has this.
    defer { server = nil }
    let running = try start { request in
      if request.path == "/stop" { server?.stop() }
      return .text(request.path)
    }
    server = running.server
    let idle = try connect(to: running.address)
    let client = try connect(to: running.address)
    try client.send(request: "GET /stop")
    try client.expectResponse(200, "/stop", fields: ["Connection": "close"])
    try client.expectClosed()
    try idle.expectClosed()
    try running.thread.wait()
  }

  func testACallbackOfTheHubMayStopIt() throws {
    let running = try start { [sleepy] in try sleepy($0) }
    let idle = try connect(to: running.address)
    let active = try connect(to: running.address)
    try active.send(request: "GET /3")
    Hub.current.schedule(after: .seconds(1)) { running.server.stop() }
    try idle.expectClosed()
    try active.expectResponse(200, "/3", fields: ["Connection": "close"])
    try running.thread.wait()
  }

  func testAConnectionThatCameByItselfStopsToo() throws {
    let server = makeServer { [sleepy] in try sleepy($0) }
    let idle = try connect(to: server)
    let active = try connect(to: server)
    try active.send(request: "GET /5")
    try active.settle()
    server.stop()
    try idle.expectClosed()
    try active.expectResponse(200, fields: ["Connection": "close"])
    try active.expectClosed()
  }

  func testAStreamThatIsNoSocketIsStoppedWhileIdle() throws {
    let (near, far) = try GreenSocket.pair()
    let server = makeServer({ $0.timeouts.idle = nil }) { .text($0.path) }
    let client = RawClient(
      near, servedBy: spawn { try server.serve(connection: PlainStream(far)) })
    try client.send(request: "GET /a")
    try client.expectResponse(200, "/a")
    try client.settle()
    server.stop()
    try client.expectClosed()
    try client.finish()
  }

  // Eventlet: W124
  func testClientsOfAUnixSocketAreAllClosed() throws {
    let path = "/tmp/eventlet-http-\(getpid())-stop"
    let running = try start(on: .unix(path)) { [sleepy] in try sleepy($0) }
    let clients = try (0..<5).map { _ in try connect(to: running.address) }
    for client in clients[1...] {
      try client.send(request: "GET /0")
      try client.expectResponse(200, "/0")
    }
    try clients[1].send(request: "GET /5")
    try clients[1].settle()
    XCTAssertEqual(running.server.connectionCount, 5)
    running.server.stop()
    for client in clients where client !== clients[1] { try client.expectClosed() }
    XCTAssertLessThan(clock.elapsed, .seconds(1))
    try clients[1].expectResponse(200, "/5", fields: ["Connection": "close"])
    try clients[1].expectClosed()
    try running.thread.wait()
    XCTAssertNotEqual(access(path, F_OK), 0)
  }

  func testAServerOfSeveralListenersStopsAtAll() throws {
    let server = makeServer { [sleepy] in try sleepy($0) }
    let listeners = try (0..<3).map { _ in try GreenSocket.listen(on: loopback) }
    let addresses = try listeners.map { try $0.localAddress }
    let threads = listeners.map { listener in spawn { try server.serve(listener) } }
    let clients = try addresses.map { try connect(to: $0) }
    for (number, client) in clients.enumerated() {
      try client.send(request: "GET /\(number * 5)")
      try client.settle()
    }
    try clients[0].expectResponse(200)
    server.stop()
    try clients[0].expectClosed()
    for (number, client) in clients.enumerated().dropFirst() {
      try client.expectResponse(200, "/\(number * 5)", fields: ["Connection": "close"])
      try client.expectClosed()
    }
    for thread in threads { try thread.wait() }
    for address in addresses { assertRefuses(address) }
    for listener in listeners { assertClosed(listener) }
  }

  /// A request that has begun to arrive is on its way, however little of it has come.
  func testARequestOfWhichAPartHasArrivedIsServed() throws {
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabcdef"
    for count in [1, 20, request.utf8.count - 6, request.utf8.count - 1] {
      let first = String(request.prefix(count))
      let running = try start { .text(String(decoding: try $0.body.readAll(), as: UTF8.self)) }
      let idle = try connect(to: running.address)
      try idle.send(request: "GET /")
      try idle.expectResponse(200)
      try idle.settle()
      // The one has not been accepted, and the other does not know yet that something has come.
      let waiting = try RawClient(unnoticedTo: running.address)
      try waiting.send(first)
      try idle.send(first)
      running.server.stop()
      for client in [idle, waiting] {
        try client.settle()
        try client.send(String(request.dropFirst(count)))
        try client.expectResponse(200, "abcdef", fields: ["Connection": "close"])
        try client.expectClosed()
        client.socket.close()
      }
      try running.thread.wait()
    }
  }
}
