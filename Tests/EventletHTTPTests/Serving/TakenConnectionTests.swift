import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Connections that handlers upgrade, take over, or make a tunnel of.
final class TakenConnectionTests: HTTPTestCase {
  private let upgrade = ["Connection: Upgrade", "Upgrade: echo"]

  private func echo(_ connection: TakenConnection) throws {
    while let line = try connection.reader.readLine() { try connection.sendAll("\(line)!\n") }
  }

  private func send(upgradeOf path: String, _ client: RawClient, then text: String = "") throws {
    try client.send(request: "GET \(path)", upgrade[0], upgrade[1], body: text)
  }

  func testAnUpgradeIsAnsweredAndThenTheConnectionIsTheHandlers() throws {
    let client = try connect { [echo] _ in
      .upgrade(to: "echo", headerFields: [.secWebSocketAccept: "x"], echo)
    }
    try send(upgradeOf: "/", client)
    let response = try client.expectResponse(
      101,
      fields: [
        "Upgrade": "echo", "Connection": "Upgrade", "Sec-WebSocket-Accept": "x",
        "Content-Length": nil, "Transfer-Encoding": nil, "Keep-Alive": nil,
      ])
    XCTAssertEqual(response.statusLine, "HTTP/1.1 101 Switching Protocols")
    for word in ["one", "two"] {
      try client.send("\(word)\n")
      try client.expectBytes("\(word)!\n")
    }
    try client.expectIdle()
    try client.endSending()
    try client.expectClosed()
  }

  func testWhatCameWithTheRequestIsReadFirst() throws {
    for size in [1, 3, 1000] {
      var read: [UInt8] = []
      let client = try connect { _ in
        .upgrade(to: "echo") { connection in
          while case let more = try connection.receive(upTo: size), !more.isEmpty { read += more }
          XCTAssertEqual(try connection.receive(upTo: size), [])
        }
      }
      try send(upgradeOf: "/", client, then: "early")
      try client.expectResponse(101)
      try client.send(" and late")
      try client.endSending()
      try client.expectClosed()
      XCTAssertEqual(String(decoding: read, as: UTF8.self), "early and late")
    }
  }

  func testTheRestOfABodyIsNotOfTheOtherProtocol() throws {
    for (fields, body) in [
      ("Content-Length: 5", "abcde"), ("Transfer-Encoding: chunked", "5\r\nabcde\r\n0\r\n\r\n"),
    ] {
      for reads in [0, 3, 5] {
        let client = try connect { [echo] request in
          if reads > 0 { XCTAssertEqual(try request.body.receive(upTo: reads).count, reads) }
          return .upgrade(to: "echo", echo)
        }
        try client.send(request: "POST /", upgrade[0], upgrade[1], fields)
        // In two parts, of which the second comes late.
        try client.send(parts: [Array(body.utf8.prefix(8)), Array((body.utf8.dropFirst(8)))])
        try client.send("first\n")
        try client.expectResponse(101)
        try client.expectBytes("first!\n")
      }
    }
    let client = try connect { [echo] _ in .upgrade(to: "echo", echo) }
    try client.send(request: "POST /", upgrade[0], upgrade[1], "Content-Length: 1000000")
    try client.expectResponse(413, fields: ["Upgrade": nil, "Connection": "close"])
    try client.expectClosed()
  }

  func testTheProtocolMayBeOneOfSeveral() throws {
    for names in ["x, Echo", " ECHO ,x", "x\r\nUpgrade: echo"] {
      let client = try connect { [echo] _ in .upgrade(to: "echo", echo) }
      try client.send(request: "GET /", "Connection: upgrade", "Upgrade: \(names)")
      try client.send("first\n")
      try client.expectResponse(101, fields: ["Upgrade": "echo"])
      try client.expectBytes("first!\n")
    }
  }

  /// Who waits for being told to go on is told before the protocol changes (RFC 9110, 7.8).
  func testAClientThatWaitsWithItsBodyIsToldFirst() throws {
    let client = try connect { [echo] _ in .upgrade(to: "echo", echo) }
    try client.send(
      request: "POST /", upgrade[0], upgrade[1], "Expect: 100-continue", "Content-Length: 5")
    try client.expectContinue()
    try client.send("abcdefirst\n")
    try client.expectResponse(101)
    try client.expectBytes("first!\n")
  }

  /// What was sent for a request before is not sent again.
  func testAnUpgradeThatFailsBehindAnotherRequest() throws {
    for (fields, body, status, isTold) in [
      (["Content-Length: 300000", "Expect: 100-continue"], "", 413, false),
      (["Transfer-Encoding: chunked", "Expect: 100-continue"], "x\r\n", 400, true),
      (["Transfer-Encoding: chunked", "X: y"], "x\r\n", 400, false),
    ] {
      let client = try connect { [echo] request in
        request.path == "/up" ? .upgrade(to: "echo", echo) : .text("first")
      }
      try client.send(
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /up HTTP/1.1\r\nHost: a\r\n"
          + (upgrade + fields).joined(separator: "\r\n") + "\r\n\r\n")
      try client.expectResponse(200, "first")
      if isTold { try client.expectContinue() }
      try client.send(body)
      try client.expectResponse(status, fields: ["Connection": "close", "Upgrade": nil])
      try client.expectClosed()
    }
  }

  func testAnUpgradeWhoseHeadIsImpossibleBehindAnotherRequest() throws {
    let client = try connect { [echo] request in
      request.path == "/up"
        ? .upgrade(to: "echo", headerFields: [.transferEncoding: "x"], echo) : .text("first")
    }
    try client.send(
      "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
        + upgrade.joined(separator: "\r\n") + "\r\n\r\n")
    try client.expectResponse(200, "first")
    try client.send("abcde")
    try client.expectResponse(500, fields: ["Connection": "close", "Upgrade": nil])
    try client.expectClosed()
    expectReports("Transfer-Encoding")
  }

  func testABodyThatIsMalformedKeepsTheProtocolAsItIs() throws {
    let client = try connect { [echo] _ in .upgrade(to: "echo", echo) }
    try client.send(
      request: "POST /", upgrade[0], upgrade[1], "Transfer-Encoding: chunked", body: "x\r\n")
    try client.expectRefusal(400, "malformed chunk")
  }

  func testNothingIsNoCount() throws {
    let client = try connect { _ in
      .upgrade(to: "echo") { connection in
        XCTAssertEqual(try connection.receive(upTo: 0), [])
        XCTAssertEqual(try connection.receive(upTo: 5), Array("early".utf8))
      }
    }
    try send(upgradeOf: "/", client, then: "early")
    try client.expectResponse(101)
    try client.expectClosed()
  }

  func testAnUpgradeThatNobodyHasAskedForIsTheHandlersMistake() throws {
    for request in [
      "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\n",
      // To be ignored there (RFC 9110, 7.8).
      "GET / HTTP/1.0\r\nConnection: upgrade, keep-alive\r\nUpgrade: echo\r\n",
      // Of no protocol, and of others.
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket, echo/2, ech\r\n",
    ] {
      let client = try connect { [echo] _ in .upgrade(to: "echo", echo) }
      try client.send(request + "\r\n")
      try client.expectResponse(500, fields: ["Upgrade": nil, "Connection": "close"])
      try client.expectClosed()
      expectReports("does not ask for an upgrade")
    }
  }

  // Eventlet: W79
  func testOfAConnectionThatIsTakenOverNothingIsSaid() throws {
    let client = try connect { request in
      .takeOver { connection in
        XCTAssertEqual(try connection.receive(upTo: 5), Array("early".utf8))
        try connection.sendAll("my own \(request.path)")
      }
    }
    try client.send(request: "GET /a", body: "early")
    try client.expectBytes("my own /a")
    try client.expectClosed()
  }

  // Eventlet: W71
  func testATunnel() throws {
    let client = try connect { [echo] request in
      XCTAssertEqual(request.authority, "host:443")
      return .tunnel(echo)
    }
    try client.send("CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\nearly\n")
    let response = try client.expectResponse(
      200,
      fields: ["Content-Length": nil, "Transfer-Encoding": nil, "Connection": nil, "Upgrade": nil],
      to: "HEAD")
    XCTAssertEqual(response.statusLine, "HTTP/1.1 200 OK")
    try client.expectBytes("early!\n")
    try client.send("late\n")
    try client.expectBytes("late!\n")
    try client.endSending()
    try client.expectClosed()
  }

  func testATunnelThatNobodyHasAskedForIsTheHandlersMistake() throws {
    let client = try connect { [echo] _ in .tunnel(echo) }
    try client.send(request: "GET /")
    try client.expectResponse(500)
    try client.expectClosed()
    expectReports("does not ask for an upgrade")
  }

  func testAnswersBeforeItAreSentFirst() throws {
    for (path, status) in [("/upgrade", 101), ("/taken", 0)] {
      let client = try connect { request in
        switch request.path {
        case "/upgrade": .upgrade(to: "echo") { try $0.sendAll("taken") }
        case "/taken": .takeOver { try $0.sendAll("taken") }
        default: .text(request.path)
        }
      }
      try client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
      try send(upgradeOf: path, client)
      try client.expectResponse(200, "/a")
      if status > 0 { try client.expectResponse(status) }
      try client.expectBytes("taken")
      try client.expectClosed()
    }
  }

  func testNoTimeOfTheServersHolds() throws {
    let client = try connect({
      $0.timeouts.idle = .seconds(1)
      $0.timeouts.handler = .seconds(1)
      $0.timeouts.send = .seconds(1)
      $0.timeouts.body = .seconds(1)
    }) { [echo] _ in .upgrade(to: "echo", echo) }
    try send(upgradeOf: "/", client)
    try client.expectResponse(101)
    try GreenThread.sleep(for: .seconds(3600))
    try client.send("late\n")
    try client.expectBytes("late!\n")
  }

  func testItHasTimesOfItsOwn() throws {
    let client = try connect { _ in
      .upgrade(to: "echo") { connection in
        assertThrows(IOTimeout.self) {
          _ = try connection.receive(upTo: 1, timeout: .seconds(5))
        }
        XCTAssertEqual(try connection.receive(upTo: 9, timeout: .seconds(5)), [120])
        try [UInt8]("bye".utf8).withUnsafeBytes {
          try connection.sendAll($0, timeout: .seconds(5))
        }
      }
    }
    try send(upgradeOf: "/", client)
    try client.expectResponse(101)
    try GreenThread.sleep(for: .seconds(6))
    try client.send("x")
    try client.expectBytes("bye")
    try client.expectClosed()
  }

  func testAStreamThatIsNoSocketCanBeTaken() throws {
    let (near, far) = try GreenSocket.pair()
    let server = makeServer { [echo] _ in .upgrade(to: "echo", echo) }
    let client = RawClient(
      near, servedBy: spawn { try server.serve(connection: PlainStream(far)) })
    try send(upgradeOf: "/", client, then: "early\n")
    try client.expectResponse(101)
    try client.expectBytes("early!\n")
    try client.send("late\n")
    try client.expectBytes("late!\n")
    try client.endSending()
    try client.expectClosed()
    try client.finish()
  }
}
