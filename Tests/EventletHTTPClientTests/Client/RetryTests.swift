import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

final class RetryTests: ClientTestCase {
  private let unavailable = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: "

  func testWhatIsSentAgain() throws {
    var answers: [String?] = []
    let server = try serveRaw { socket in
      _ = try socket.readHead()
      // One connection each.
      if let answer = answers.removeFirst() { try socket.sendAll(answer) }
    }
    let good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    let client = makeClient { $0.retries = .init() }
    answers = [nil, nil, good]
    XCTAssertEqual(try client.get(server.url).text(), "ok")
    XCTAssertEqual(clock.elapsed.components.seconds, 0)
    answers = [unavailable + "7\r\nConnection: close\r\n\r\n", good]
    let begin = clock.elapsed
    XCTAssertEqual(try client.put(server.url, body: .text("a")).text(), "ok")
    XCTAssertGreaterThanOrEqual(clock.elapsed - begin, .seconds(7))
    // Not more often than asked for.
    answers = [nil, nil, nil]
    XCTAssertEqual(try clientError { try client.get(server.url) }.reason, .connectionClosed)
    let again = unavailable + "0\r\nConnection: close\r\n\r\n"
    answers = [again, again, again]
    XCTAssertEqual(try client.get(server.url).status, .serviceUnavailable)
    // What may not be sent twice, or cannot.
    answers = [nil]
    XCTAssertThrowsError(try client.post(server.url, body: .text("a")))
    answers = [nil]
    XCTAssertThrowsError(try client.put(server.url, body: .stream { try $0.write("a") }))
    answers = [nil]
    var request = HTTPClientRequest(.get, server.url)
    request.retries = .init(count: 0)
    XCTAssertThrowsError(try client.send(request))
    answers = [nil]
    XCTAssertThrowsError(try makeClient().get(server.url))
    XCTAssertEqual(answers.count, 0)
  }

  func testPausesGrow() throws {
    let listener = try GreenSocket.listen(on: loopback)
    let address = try listener.localAddress
    listener.close()
    let client = makeClient {
      $0.retries = .init(count: 5)
      $0.retries?.longestPause = .milliseconds(500)
      $0.retries?.jitter = 0
    }
    let begin = clock.elapsed
    XCTAssertEqual(try clientError { try client.get("http://\(address)/") }.reason, .connect)
    let spent = clock.elapsed - begin
    XCTAssertGreaterThanOrEqual(spent, .milliseconds(100 + 200 + 400 + 500 + 500))
    XCTAssertLessThan(spent, .milliseconds(1800))
    XCTAssertTrue(
      try timeout { try client.get("http://\(address)/", timeout: .milliseconds(250)) }.isWhole)
  }

  func testPausesDiffer() throws {
    let url = try serve { _ in throw HTTPError(.serviceUnavailable) }
    let client = makeClient {
      $0.retries = .init(count: 1)
      $0.retries?.pause = .seconds(4)
    }
    let spent = try (0..<5).map { _ in
      let begin = clock.elapsed
      _ = try client.get(url)
      return clock.elapsed - begin
    }
    XCTAssertTrue(spent.allSatisfy { $0 >= .seconds(2) && $0 < .seconds(5) }, "\(spent)")
    XCTAssertGreaterThan(Set(spent.map { $0 / .milliseconds(1) }).count, 1)
  }

  func testRetryAfterMayBeADate() throws {
    let date = HTTPDate(secondsSinceEpoch: HTTPDate.now.secondsSinceEpoch + 300)
    let answers = [
      unavailable + "\(date)\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ]
    let server = try serveRaw { socket in
      for answer in answers { try socket.answer(answer) }
    }
    let client = makeClient {
      $0.retries = .init()
      $0.retries?.longestPause = .seconds(1000)
    }
    let begin = clock.elapsed
    XCTAssertEqual(try client.get(server.url).text(), "ok")
    XCTAssertGreaterThan(clock.elapsed - begin, .seconds(250))
    XCTAssertLessThanOrEqual(clock.elapsed - begin, .seconds(301))
  }

  func testAPauseIsPartOfTheWholeTime() throws {
    let url = try serve { _ in throw HTTPError(.serviceUnavailable) }
    let client = makeClient {
      $0.retries = .init(count: 5)
      $0.retries?.pause = .seconds(10)
    }
    let error = try timeout { try client.get(url, timeout: .seconds(3)) }
    XCTAssertEqual(error.phase, .pause)
    XCTAssertTrue(error.isWhole)
    XCTAssertEqual("\(error)", "\(url): no further try after 3.0 seconds in all")
  }

  func testHandshakesThatFailAreMadeAgain() throws {
    let server = try serveRaw { _ in }
    let client = makeClient { $0.retries = .init(count: 2) }
    let error = try clientError { try client.get("https://127.0.0.1:\(server.port)/") }
    XCTAssertEqual(error.reason, .tls)
    XCTAssertEqual(server.connectionCount, 3)
  }

  func testABodyThatIsWrittenIsSentAgainAfterADeadConnection() throws {
    for isRepeatable in [true, false] {
      var isFirst = true
      let server = try serveRaw { socket in
        if isFirst {
          isFirst = false
          try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
          _ = try socket.readHead()
          try GreenThread.sleep(for: .seconds(1))
          return try socket.reset()
        }
        try socket.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try GreenThread.sleep(for: .seconds(1))
      }
      let client = makeClient { $0.retries = .init() }
      XCTAssertEqual(try client.get(server.url).text(), "ok")
      let body = HTTPClientBody.stream(length: 10, isRepeatable: isRepeatable) {
        try $0.write("helloworld")
      }
      if isRepeatable {
        XCTAssertEqual(try client.put(server.url, body: body).text(), "ok")
      } else {
        let error = try clientError { try client.put(server.url, body: body) }
        XCTAssertEqual(error.reason, .connectionClosed)
      }
    }
  }
}
