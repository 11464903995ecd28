import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Clients that send the body slowly, in virtual time.
final class BodyTimeoutTests: HTTPTestCase {
  private static let chunked = "Transfer-Encoding: chunked"

  private func echo(_ request: ServerRequest) throws -> ServerResponse {
    .text("\(try request.body.readAll().count) bytes")
  }

  /// Sends `piece` each second until it is told that this takes too long.
  /// - Returns: after how many seconds that was; nil if all of it could be sent.
  private func send(
    _ piece: String, times: Int, each pause: Duration = .seconds(1), by client: RawClient
  ) throws -> Int? {
    let before = clock.elapsed
    for _ in 0..<times {
      try GreenThread.sleep(for: pause)
      do { try client.send(piece) } catch SystemError.brokenPipe {
        return Int((clock.elapsed - before).components.seconds)
      }
      // Until it has all of the body, only a server that refuses it has something to say.
      if try client.hasReceived() { return Int((clock.elapsed - before).components.seconds) }
    }
    return nil
  }

  func testABodyThatDoesNotComeIsATimeout() throws {
    XCTAssertEqual(HTTPTimeouts().body, .seconds(30))
    for kind in StreamKind.allCases {
      for field in ["Content-Length: 10", Self.chunked] {
        for begin in ["", "5\r\nab"] {
          let client = try connect(to: makeServer(handler: echo), over: kind)
          try client.send(request: "POST /", field, body: begin)
          let before = clock.elapsed
          let response = try client.expectResponse(
            408, "body not sent in time\n", fields: ["Connection": "close"])
          XCTAssertNotNil(response["Date"])
          XCTAssertEqual((clock.elapsed - before).components.seconds, 30)
          try client.expectClosed()
        }
      }
    }
  }

  func testAByteASecondIsNotEnough() throws {
    for (field, begin, piece) in [
      ("Content-Length: 1000", "", "a"), (Self.chunked, "3e8\r\n", "a"),
      // Nor is what is not of the data.
      (Self.chunked, "3e8;", "x"), (Self.chunked, "", "1\r\na\r\n"), (Self.chunked, "0\r\n", "X"),
    ] {
      for kind in StreamKind.allCases {
        let client = try connect(to: makeServer(handler: echo), over: kind)
        try client.send(request: "POST /", field, body: begin)
        let seconds = try send(piece, times: 1000, by: client)
        XCTAssertEqual(seconds, 31, "\(kind) \(piece)")
        try client.expectRefusal(408, "body not sent in time")
      }
    }
  }

  func testTheMinimumRateIsEnoughForAsLongAsItTakes() throws {
    XCTAssertEqual(HTTPTimeouts().minimumRate, 1024)
    let kibibyte = String(repeating: "a", count: 1024)
    for kind in StreamKind.allCases {
      let client = try connect(to: makeServer(handler: echo), over: kind)
      try client.send(request: "POST /", "Content-Length: \(1024 * 1000)")
      XCTAssertNil(try send(kibibyte, times: 1000, by: client))
      try client.expectResponse(200, "1024000 bytes")
      try client.send(request: "POST /", Self.chunked)
      XCTAssertNil(try send("400\r\n\(kibibyte)\r\n", times: 1000, by: client))
      try client.send("0\r\n\r\n")
      try client.expectResponse(200, "1024000 bytes")
    }
  }

  /// After `t` seconds there is time for 30 + t / 2.
  func testHalfTheMinimumRateIsEnoughForAWhile() throws {
    let client = try connect(handler: echo)
    try client.send(request: "POST /", "Content-Length: 1000000")
    XCTAssertEqual(try send(String(repeating: "a", count: 512), times: 1000, by: client), 60)
    try client.expectRefusal(408, "body not sent in time")
  }

  func testWithoutARateThereIsOneTimeForAllOfIt() throws {
    let client = try connect(
      {
        $0.timeouts.minimumRate = 0
        $0.timeouts.body = .seconds(5)
      }, handler: echo)
    try client.send(request: "POST /", "Content-Length: 1000000")
    let piece = String(repeating: "a", count: 10_000)
    XCTAssertEqual(try send(piece, times: 1000, each: .milliseconds(700), by: client), 5)
    try client.expectRefusal(408, "body not sent in time")
  }

  func testTheTimeMayBeForEver() throws {
    let client = try connect({ $0.timeouts.body = nil }, handler: echo)
    try client.send(request: "POST /", "Content-Length: 10")
    XCTAssertNil(try send("a", times: 10, each: .seconds(3600), by: client))
    try client.expectResponse(200, "10 bytes")
  }

  /// The time is the client's: what the handler does meanwhile is not of it.
  func testTheTimeOfTheHandlerDoesNotCount() throws {
    let client = try connect { request in
      var count = 0
      while case let piece = try request.body.receive(upTo: 1), !piece.isEmpty {
        try GreenThread.sleep(for: .seconds(100))
        count += piece.count
      }
      return .text("\(count) bytes")
    }
    try client.send(request: "POST /", "Content-Length: 6", body: "abc")
    try GreenThread.sleep(for: .seconds(329))
    try client.send("def")
    // Waited for during 29 seconds.
    try client.expectResponse(200, "6 bytes")
  }

  func testEachBodyHasItsTime() throws {
    let client = try connect(handler: echo)
    for _ in 0..<3 {
      try client.send(request: "POST /", "Content-Length: 2", body: "a")
      try GreenThread.sleep(for: .seconds(29))
      try client.send("b")
      try client.expectResponse(200, "2 bytes")
    }
  }

  func testTheTimeIsThatOfAllWaits() throws {
    var caught: [Int64] = []
    let client = try connect { [self] request in
      let begin = clock.elapsed
      for _ in 0..<3 {
        do { while case let piece = try request.body.receive(upTo: 1), !piece.isEmpty {} } catch {
          XCTAssertEqual(error as? RequestError, RequestError(.bodyTimedOut))
          caught.append((clock.elapsed - begin).components.seconds)
        }
      }
      // By itself a timeout is an error like others.
      return .text("caught", status: .accepted)
    }
    try client.send(request: "POST /", "Content-Length: 10", body: "a")
    for _ in 0..<2 {
      try GreenThread.sleep(for: .seconds(14))
      try client.send("a")
    }
    try client.expectResponse(202, "caught", fields: ["Connection": "close"])
    try client.expectClosed()
    XCTAssertEqual(caught, [30, 30, 30])
  }

  /// The answer may be in the way of the body.
  func testAClientThatDoesNotTakeTheAnswerIsNotWaitedForTwice() throws {
    let client = try connect { request in
      .stream { writer in
        try writer.write([UInt8](repeating: 0, count: 4_000_000))
        _ = try request.body.readAll()
      }
    }
    try client.send(request: "POST /", "Content-Length: 10")
    try client.serving?.wait()
    // 30 seconds, and one for each KiB that the kernel has taken of nearly four thousand.
    XCTAssertTrue((31..<900).contains(clock.elapsed.components.seconds), "\(clock.elapsed)")
  }
}
