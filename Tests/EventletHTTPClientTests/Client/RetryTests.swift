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
    }
    let begin = clock.elapsed
    XCTAssertEqual(try clientError { try client.get("http://\(address)/") }.reason, .connect)
    let spent = clock.elapsed - begin
    XCTAssertGreaterThanOrEqual(spent, .milliseconds(100 + 200 + 400 + 500 + 500))
    XCTAssertLessThan(spent, .milliseconds(1800))
    XCTAssertTrue(
      try timeout { try client.get("http://\(address)/", timeout: .milliseconds(250)) }.isWhole)
  }
}
