import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// What becomes of bodies, or parts of them, that no handler has read.
final class DiscardedBodyTests: HTTPTestCase {
  /// Reads as much of the body as the path says, and answers with that.
  private func readPart(_ request: ServerRequest) throws -> ServerResponse {
    let count = Int(request.path.dropFirst()) ?? 0
    var part: [UInt8] = []
    while part.count < count { part += try request.body.receive(upTo: count - part.count) }
    return .bytes(part)
  }

  /// The same ten bytes, in both ways of telling their length.
  private static let bodies = [
    (field: "Content-Length: 10", body: "0123456789"),
    (field: "Transfer-Encoding: chunked", body: "4\r\n0123\r\n6;x\r\n456789\r\n0\r\nX: y\r\n\r\n"),
  ]

  // Eventlet: W39
  func testTheRestIsThrownAwayBeforeTheNextRequest() throws {
    for kind in StreamKind.allCases {
      for (field, body) in Self.bodies {
        let client = try connect(to: makeServer(handler: readPart), over: kind)
        for count in 0...10 {
          // Both at once, and the second when the first was answered.
          for pause in [false, true] {
            try client.send(request: "POST /\(count)", field, body: body)
            if pause { try client.settle() }
            try client.send(request: "POST /0", field, body: body)
            try client.expectResponse(
              200, String("0123456789".prefix(count)), fields: ["Connection": nil])
            try client.expectResponse(200, "", fields: ["Connection": nil])
          }
        }
        try client.expectIdle()
      }
    }
  }

  // Eventlet: W39
  func testEverySplitOfABodyThatNobodyReads() throws {
    for (field, body) in Self.bodies {
      let client = try connect(handler: readPart)
      let request = "POST /2 HTTP/1.1\r\nHost: test\r\n\(field)\r\n\r\n\(body)"
      for way in everyWay(of: Array(request.utf8)) {
        try client.send(parts: way)
        try client.expectResponse(200, "01")
      }
    }
  }

  /// The client may wait for the answer before it sends more.
  func testTheResponseComesBeforeTheRestOfTheBody() throws {
    for (field, body) in Self.bodies {
      let client = try connect(handler: readPart)
      for sent in [0, 3, body.utf8.count - 1] {
        try client.send(request: "POST /0", field, body: String(body.prefix(sent)))
        try client.expectResponse(200, "", fields: ["Connection": nil])
        try client.expectIdle()
        try client.send(String(body.dropFirst(sent)))
        try client.send(request: "GET /0")
        try client.expectResponse(200, "")
      }
    }
  }

  // Eventlet: W104
  func testTheRestIsThrownAwayInHTTP1_0() throws {
    let client = try connect(handler: readPart)
    for count in [0, 3, 10] {
      try client.send(
        "POST /\(count) HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 10\r\n\r\n0123456789")
      try client.expectResponse(
        200, String("0123456789".prefix(count)), fields: ["Connection": "keep-alive"])
    }
    try client.send("GET /0 HTTP/1.0\r\n\r\n")
    try client.expectResponse(200, "")
    try client.expectClosed()
  }

  func testTheRestIsThrownAwayAfterAnError() throws {
    let client = try connect { request in
      _ = try request.body.receive(upTo: 1)
      throw HTTPError(.notFound)
    }
    for (field, body) in Self.bodies {
      try client.send(request: "POST /", field, body: body)
      try client.expectResponse(404, fields: ["Connection": nil])
    }
    try client.expectIdle()
  }

  // MARK: How much

  private func body(_ count: Int, inChunksOf size: Int? = nil) -> String {
    guard let size else { return String(repeating: "x", count: count) }
    var rest = count
    var body = ""
    while rest > 0 {
      let part = min(rest, size)
      body += "\(String(part, radix: 16))\r\n\(String(repeating: "x", count: part))\r\n"
      rest -= part
    }
    return body + "0\r\n\r\n"
  }

  func testAKnownLengthOverTheLimitClosesTheConnection() throws {
    for limit in [0, 100] {
      for (rest, isTaken) in [(limit, true), (limit + 1, false)] where rest > 0 {
        let client = try connect({ $0.limits.discardedBody = limit }, handler: readPart)
        try client.send(
          request: "POST /4", "Content-Length: \(rest + 4)", body: "abcd" + body(rest))
        try client.expectResponse(200, "abcd", fields: ["Connection": isTaken ? nil : "close"])
        if isTaken { try client.expectIdle() } else { try client.expectClosed() }
      }
    }
  }

  /// How long it is turns out too late for the response to say so.
  func testAnUnknownLengthOverTheLimitClosesTheConnection() throws {
    for (count, isTaken) in [(100, true), (20_000, false)] {
      let client = try connect({ $0.limits.discardedBody = 100 }, handler: readPart)
      try client.send(request: "POST /4", "Transfer-Encoding: chunked", body: "4\r\nabcd\r\n")
      try client.expectResponse(200, "abcd", fields: ["Connection": nil])
      try client.send(body(count, inChunksOf: 10))
      try client.send(request: "GET /0")
      if isTaken {
        try client.expectResponse(200, "")
        try client.expectIdle()
      } else {
        try client.expectClosed()
      }
    }
  }

  /// What a client goes on to send is taken in for a while, so that it gets to see the response.
  func testAClosingConnectionTakesInWhatComesForAWhile() throws {
    let client = try connect({ $0.limits.discardedBody = 100 }, handler: readPart)
    try client.send(request: "POST /0", "Content-Length: 1000000", body: body(1000))
    try client.expectResponse(200, "", fields: ["Connection": "close"])
    for _ in 0..<3 {
      try client.send(body(1000))
      try GreenThread.sleep(for: .milliseconds(500))
    }
    // It has nothing to say any more.
    try client.expectClosed()
    XCTAssertEqual(client.serving?.isFinished, false)
    let before = clock.elapsed
    try client.serving?.wait()
    XCTAssertEqual((clock.elapsed - before + .milliseconds(1)).components.seconds, 0)
    XCTAssertEqual((clock.elapsed + .milliseconds(1)).components.seconds, 2)
  }

  func testAClosingConnectionTakesInSoMuchOnly() throws {
    let client = try connect({ $0.limits.discardedBody = 100 }, handler: readPart)
    try client.send(request: "POST /0", "Content-Length: 100000000")
    try client.expectResponse(200, "", fields: ["Connection": "close"])
    var sent = 0
    let piece = [UInt8](repeating: 0, count: 65_536)
    do {
      while sent < 100_000_000 {
        try client.send(piece)
        sent += piece.count
      }
      XCTFail("took in all of it")
    } catch SystemError.brokenPipe {}
    XCTAssertGreaterThan(sent, 900_000)
    XCTAssertLessThan(sent, 3_000_000)
    XCTAssertEqual(clock.elapsed, .zero)
  }

  // MARK: What goes wrong meanwhile

  // Eventlet: W41
  func testErrorsWhileThrowingAwayCloseTheConnection() throws {
    for (field, body, message) in [
      ("Transfer-Encoding: chunked", "4\r\n0123\r\nx\r\n", "malformed chunk"),
      ("Transfer-Encoding: chunked", "4\r\n0123XX", "malformed chunk"),
      ("Transfer-Encoding: chunked", "4\r\n0123\r\n0\r\nx\r\n\r\n", "malformed field name"),
      ("Transfer-Encoding: chunked", "4\r\n01", "body that ended early, at least 2 bytes missing"),
      ("Content-Length: 10", "0", "body that ended early, at least 9 bytes missing"),
    ] {
      let log = LogRecord()
      var hooks: [String] = []
      let client = try connect({ $0.logger = log.logger }) { request in
        request.afterResponse { hooks.append($0.path) }
        return .text("answer")
      }
      try client.send(request: "POST /a", field, body: body)
      if message.contains("early") { try client.endSending() }
      try client.expectResponse(200, "answer", fields: ["Connection": nil])
      try client.expectClosed()
      XCTAssertEqual(hooks, ["/a"], message)
      XCTAssertEqual(log.lines.count, 1, "\(log.lines)")
      XCTAssertEqual(log.lines.first?.hasPrefix("debug: "), true, "\(log.lines)")
      XCTAssertEqual(log.lines.first?.hasSuffix(": \(message)"), true, "\(log.lines)")
    }
  }

  func testABodyThatDoesNotComeIsNotWaitedForForEver() throws {
    for (field, body) in Self.bodies {
      var hooks = 0
      let client = try connect({ $0.timeouts.body = .seconds(7) }) { request in
        request.afterResponse { _ in hooks += 1 }
        return .text("answer")
      }
      try client.send(request: "POST /", field, body: String(body.prefix(3)))
      try client.expectResponse(200, "answer")
      let before = clock.elapsed
      // By halves: it lingers for two more seconds, in which nothing can be sent.
      try client.expectClosed()
      XCTAssertEqual(hooks, 1)
      XCTAssertEqual((clock.elapsed - before).components.seconds, 7)
    }
  }

  /// After an error of the body nobody knows where the next request begins.
  func testABodyThatWasRefusedIsNotThrownAway() throws {
    let client = try connect { request in
      XCTAssertThrowsError(try request.body.readAll())
      return .text("caught")
    }
    try client.send(request: "POST /", "Transfer-Encoding: chunked", body: "x\r\n0\r\n\r\n")
    try client.send(request: "GET /")
    try client.expectResponse(200, "caught", fields: ["Connection": "close"])
    try client.expectClosed()
  }
}
