import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Requests that come before the ones before them have been answered.
final class PipeliningTests: HTTPTestCase {
  private func requests(_ paths: String...) -> String {
    paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
  }

  /// The bodies of the responses that one sending has brought.
  private func bodies(_ sent: String) -> [String] {
    sent.split(separator: "HTTP/1.1 200 OK\r\n").map {
      String($0.split(separator: "\r\n\r\n").last ?? "")
    }
  }

  // Eventlet: W111
  func testTheyAreServedOneAfterTheOtherInTheirOrder() throws {
    var (running, most) = (0, 0)
    let client = try connect { request in
      running += 1
      most = max(most, running)
      defer { running -= 1 }
      // The first takes longest.
      try GreenThread.sleep(for: .seconds(3 - (Int(request.path.dropFirst()) ?? 0)))
      return .text(request.path)
    }
    try client.send(requests("/0", "/1", "/2"))
    for path in ["/0", "/1", "/2"] { try client.expectResponse(200, path) }
    try client.expectIdle()
    XCTAssertEqual(most, 1)
    XCTAssertLessThan(clock.elapsed, .milliseconds(6001))
  }

  // Eventlet: W111
  func testBodiesBetweenThem() throws {
    let client = try connect { request in
      .text(request.path == "/unread" ? "-" : try request.body.readText())
    }
    try client.send(
      "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        + "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ndef"
        + "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ngh\r\n0\r\n\r\n"
        + "POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ni\r\n0\r\n\r\n"
        + requests("/c"))
    for text in ["abc", "-", "gh", "-", ""] { try client.expectResponse(200, text) }
    try client.expectIdle()
  }

  func testAThousandInOnePieceOfTheirOwnSizes() throws {
    let client = try connect { .text(String(repeating: "x", count: $0.path.utf8.count)) }
    let paths = (0..<1000).map { "/" + String(repeating: "p", count: $0 % 300) }
    let sender = spawn {
      try client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
    }
    for path in paths {
      try client.expectResponse(200, String(repeating: "x", count: path.utf8.count))
    }
    try sender.wait()
    try client.expectIdle()
  }

  // MARK: Sending

  func testOthersWaitForAFewOfThemOnly() throws {
    var served: [String] = []
    let server = makeServer { request in
      served.append(request.path)
      return .text("")
    }
    let greedy = try connect(to: server)
    let polite = try connect(to: server)
    try greedy.send(String(repeating: requests("/greedy"), count: 1000))
    try polite.send(requests("/polite"))
    try polite.expectResponse(200)
    XCTAssertLessThan(served.count, 50)
    for _ in 0..<1000 { try greedy.expectResponse(200) }
  }

  func testAnswersAreGatheredInOneSending() throws {
    let client = try RawClient(apartOf: makeServer { .text($0.path) })
    try client.send(requests("/a", "/b", "/c", "/d"))
    XCTAssertEqual(bodies(try client.receiveSending()), ["/a", "/b", "/c", "/d"])
    try client.expectIdle()
    try client.finish()
  }

  func testMoreThanABufferfulIsSentOnTheWay() throws {
    // Each is copied behind its head, being smaller than 16 KiB.
    let body = [UInt8](repeating: 1, count: 16_000)
    let client = try RawClient(apartOf: makeServer { _ in .bytes(body) })
    try client.send(requests("/1", "/2", "/3", "/4", "/5", "/6"))
    let sizes = try (0..<2).map { _ in try client.socket.receive(upTo: 1 << 20).count }
    XCTAssertGreaterThanOrEqual(sizes[0], 65_536)
    XCTAssertLessThan(sizes[0], 65_536 + 17_000)
    XCTAssertGreaterThan(sizes[1], 16_000)
    try client.expectIdle()
    try client.finish()
  }

  func testAnEarlierAnswerIsSentWhileALaterHandlerWaits() throws {
    let client = try RawClient(
      apartOf: makeServer { request in
        if request.path == "/slow" { try GreenThread.sleep(for: .seconds(3600)) }
        return .text(request.path)
      })
    try client.send(requests("/a", "/b", "/slow", "/c", "/d"))
    // Answers that were ready together come together.
    for paths in [["/a", "/b"], ["/slow", "/c", "/d"]] {
      XCTAssertEqual(bodies(try client.receiveSending()), paths)
      if paths.count == 2 { XCTAssertLessThan(clock.elapsed, .seconds(1)) }
    }
    XCTAssertGreaterThanOrEqual(clock.elapsed, .seconds(3600))
    try client.finish()
  }

  func testAnEarlierAnswerIsSentWhileALaterStreamWaits() throws {
    let client = try connect { request in
      guard request.path == "/slow" else { return .text(request.path) }
      return .stream { writer in
        try writer.write("early ")
        try GreenThread.sleep(for: .seconds(3600))
        try writer.write("late")
      }
    }
    try client.send(requests("/a", "/slow", "/b"))
    try client.expectResponse(200, "/a")
    XCTAssertLessThan(clock.elapsed, .seconds(1))
    try client.expectResponse(200, "early late")
    try client.expectResponse(200, "/b")
    try client.expectIdle()
  }

  func testAnEarlierAnswerIsSentWhileTheRestOfARequestIsAwaited() throws {
    for (first, rest) in [
      ("GET /b HT", "TP/1.1\r\nHost: a\r\n\r\n"), ("POST /b HTTP/1.1\r\nHost: a\r\n", "\r\n"),
      ("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1", "2"),
      ("POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n\r\n"),
    ] {
      let client = try connect { request in
        _ = try request.body.readAll()
        return .text(request.path)
      }
      try client.send(requests("/a") + first)
      try client.expectResponse(200, "/a")
      try client.expectIdle()
      try client.send(rest)
      try client.expectResponse(200, "/b")
      try client.expectIdle()
    }
  }

  /// More than the client has room for, and then it takes it while the handler waits.
  func testEarlierAnswersThatWaitForRoomAreWholeInTheEnd() throws {
    let body = ResponseBodyTests.pattern(15_000)
    let client = try RawClient(
      narrowOf: makeServer { request in
        if request.path == "/slow" { try GreenThread.sleep(for: .seconds(10)) }
        return .bytes(body)
      })
    try client.send(requests("/a", "/b", "/slow", "/c"))
    try client.settle()
    for _ in 0..<4 { XCTAssertTrue(try client.readResponse().body == body) }
    try client.expectIdle()
    try client.finish()
  }

  // MARK: The last one

  func testNothingIsServedAfterTheLast() throws {
    var served: [String] = []
    let client = try connect { request in
      served.append(request.path)
      return .text(request.path)
    }
    try client.send(
      requests("/a") + "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + requests("/b")
    )
    try client.expectResponse(200, "/a", fields: ["Connection": nil])
    try client.expectResponse(200, "/last", fields: ["Connection": "close"])
    try client.expectClosed()
    XCTAssertEqual(served, ["/a", "/last"])
  }

  func testARefusalComesAfterTheAnswersBeforeIt() throws {
    let client = try connect { .text($0.path) }
    try client.send(requests("/a", "/b") + "nonsense\r\n\r\n" + requests("/c"))
    try client.expectResponse(200, "/a")
    try client.expectResponse(200, "/b")
    try client.expectRefusal(400)
  }

  func testAFailureComesAfterTheAnswersBeforeIt() throws {
    struct Odd: Error {}
    for isLate in [false, true] {
      let client = try connect { request in
        if request.path == "/odd" {
          if isLate { try GreenThread.sleep(for: .seconds(1)) }
          throw Odd()
        }
        return .text(request.path)
      }
      try client.send(requests("/a", "/odd", "/b"))
      try client.expectResponse(200, "/a")
      try client.expectResponse(500, fields: ["Connection": "close"])
      try client.expectClosed()
      XCTAssertEqual(takeUncaughtErrors().count, 1)
    }
  }

  /// Its head has been sent with them, so that there can be no other answer.
  func testAStreamThatFailsWhileItWaitsAfterOthersIsCut() throws {
    struct Odd: Error {}
    let address = try listen(
      makeServer { request in
        guard request.path == "/odd" else { return .text(request.path) }
        return .stream(status: .created) { _ in
          try GreenThread.sleep(for: .seconds(1))
          throw Odd()
        }
      })
    let client = try connect(to: address)
    try client.send(requests("/a", "/odd", "/b"))
    try client.expectResponse(200, "/a")
    XCTAssertEqual(try client.readLine(), "HTTP/1.1 201 Created")
    while try !client.readLine().isEmpty {}
    try client.expectReset()
    expectReports("Odd()")
  }

  /// Answers that were complete before it reach the client.
  func testAStreamThatFailsCutsAfterTheAnswersBeforeIt() throws {
    struct Odd: Error {}
    let address = try listen(
      makeServer { request in
        guard request.path == "/odd" else { return .text(request.path) }
        return .stream { writer in
          try writer.write("abc")
          try writer.flush()
          try GreenThread.sleep(for: .seconds(1))
          throw Odd()
        }
      })
    let client = try connect(to: address)
    try client.send(requests("/a", "/odd", "/b"))
    try client.expectResponse(200, "/a")
    while try !client.readLine().isEmpty {}
    try client.expectBytes("3\r\nabc\r\n")
    try client.expectReset()
    XCTAssertEqual(takeUncaughtErrors().count, 1)
  }

  /// A handler may wait for what the client does when it has the answers before.
  func testAnswersThatTheKernelTakesInPartsGoOnWhileTheNextIsAwaited() throws {
    let received = Event<Void>()
    let client = try RawClient(
      narrowOf: makeServer { request in
        if request.path == "/last" { try received.wait() }
        return .text(String(repeating: "x", count: 15_000))
      })
    for _ in 0..<4 { try client.send(request: "GET /") }
    try client.send(request: "GET /last")
    for _ in 0..<4 { try client.expectResponse(200) }
    received.send(())
    try client.expectResponse(200)
    try client.expectIdle()
  }

  /// Each waits until what is before it has been sent.
  func testTwoMayTellTheClientToGoOnWhileAnswersAreBeingSent() throws {
    var told = 0
    let client = try RawClient(
      narrowOf: makeServer { request in
        if request.path == "/" { return .text(String(repeating: "x", count: 15_000)) }
        let tellers = (0..<2).map { _ in
          spawn {
            try request.body.sendContinue()
            told += 1
          }
        }
        for teller in tellers { try teller.wait() }
        return .text(String(decoding: try request.body.readAll(), as: UTF8.self))
      })
    for _ in 0..<3 { try client.send(request: "GET /") }
    try client.send(request: "POST /more", "Content-Length: 3", "Expect: 100-continue")
    try client.settle()
    XCTAssertEqual(told, 0)
    for _ in 0..<3 { try client.expectResponse(200) }
    for _ in 0..<2 { try client.expectResponse(100) }
    try client.send("abc")
    try client.expectResponse(200, "abc")
    try client.expectIdle()
  }

  /// It is put behind what is being sent only when that is over, so that it can be taken back.
  func testAFailureWhileAnswersBeforeItAreBeingSentIsAnswered() throws {
    let client = try RawClient(
      narrowOf: makeServer { request in
        if request.path == "/" { return .text(String(repeating: "x", count: 15_000)) }
        try GreenThread.sleep(for: .seconds(1))
        return .stream { _ in
          try GreenThread.sleep(for: .seconds(2))
          throw HTTPError(.conflict)
        }
      })
    for _ in 0..<3 { try client.send(request: "GET /") }
    try client.send(request: "GET /late")
    try GreenThread.sleep(for: .seconds(2))
    for _ in 0..<3 { try client.expectResponse(200) }
    try client.expectResponse(409)
    try client.expectIdle()
    try client.finish()
  }

  /// One who finds, after waiting for that, that the other has told it does not do so again.
  func testAReaderTellsNobodyTwiceToGoOnWhileAnswersAreBeingSent() throws {
    let client = try RawClient(
      narrowOf: makeServer { request in
        if request.path == "/" { return .text(String(repeating: "x", count: 15_000)) }
        // So that the answers before it are being sent.
        try GreenThread.sleep(for: .milliseconds(1))
        let teller = spawn { try request.body.sendContinue() }
        try GreenThread.yield()
        let text = try request.body.readText()
        try teller.wait()
        return .text(text)
      })
    for _ in 0..<3 { try client.send(request: "GET /") }
    try client.send(request: "POST /more", "Content-Length: 3", "Expect: 100-continue")
    try GreenThread.sleep(for: .seconds(1))
    for _ in 0..<3 { try client.expectResponse(200) }
    try client.expectContinue()
    try client.send("abc")
    try client.expectResponse(200, "abc")
    try client.expectIdle()
    try client.finish()
  }
}
