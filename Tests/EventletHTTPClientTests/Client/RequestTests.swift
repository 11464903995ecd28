import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

final class RequestTests: ClientTestCase {
  func testGettingAPage() throws {
    let url = try serve { request in .text("hello \(request.path)") }
    let client = makeClient()
    let page = try client.get(url + "/page")
    XCTAssertEqual(page.status, .ok)
    XCTAssertEqual(page.version, .http1_1)
    XCTAssertEqual(page.url, url + "/page")
    XCTAssertEqual(page.headerFields[.contentType], "text/plain; charset=utf-8")
    XCTAssertEqual(page.length, 11)
    XCTAssertEqual(try page.text(), "hello /page")
    XCTAssertTrue(page.isAtEnd)
    XCTAssertEqual(try page.receive(upTo: 10), [])
  }

  func testAConnectionIsUsedAgain() throws {
    let url = try serve { request in .text(request.path) }
    let client = makeClient()
    for number in 0..<10 {
      let page = try client.get("\(url)/\(number)")
      XCTAssertEqual(try page.text(), "/\(number)")
      XCTAssertEqual(page.reusedConnection, number > 0)
    }
    XCTAssertEqual(client.statistics.connections, 1)
  }

  // Eventlet: GM2
  func testOthersRunWhileOneWaits() throws {
    let url = try serve { request in
      try GreenThread.sleep(for: .seconds(1))
      return .text("late")
    }
    let client = makeClient()
    let begin = clock.elapsed
    let threads = (0..<50).map { _ in spawn { try client.get(url).text() } }
    for thread in threads { XCTAssertEqual(try thread.wait(), "late") }
    XCTAssertEqual(clock.elapsed - begin, .seconds(1), accuracy: .milliseconds(10))
    XCTAssertEqual(client.statistics.connections, 50)
  }

  func testEachMethod() throws {
    let url = try serve { request in
      .text("\(request.method.rawValue) \(try request.body.readText())")
    }
    let client = makeClient()
    XCTAssertEqual(try client.get(url).text(), "GET ")
    XCTAssertEqual(try client.post(url, body: .text("a")).text(), "POST a")
    XCTAssertEqual(try client.put(url, body: .text("b")).text(), "PUT b")
    XCTAssertEqual(try client.patch(url, body: .text("c")).text(), "PATCH c")
    XCTAssertEqual(try client.delete(url).text(), "DELETE ")
    let method = try XCTUnwrap(HTTPRequest.Method("REPORT"))
    XCTAssertEqual(try client.request(method, url).text(), "REPORT ")
    let head = try client.head(url)
    XCTAssertEqual(head.status, .ok)
    XCTAssertEqual(try head.text(), "")
    // And nothing of one stays with the handle for the next.
    XCTAssertEqual(try client.get(url).text(), "GET ")
    XCTAssertEqual(try client.request(.post, url).text(), "POST ")
    XCTAssertEqual(try client.get(url).text(), "GET ")
    XCTAssertEqual(client.statistics.connections, 1)
  }

  func testFieldsOfTheRequest() throws {
    let url = try serve { request in
      .text(request.headerFields.map { "\($0.name): \($0.value)" }.sorted().joined(separator: "\n"))
    }
    let client = makeClient {
      $0.headerFields[.acceptLanguage] = "de"
      $0.headerFields[.authorization] = "default"
      $0.userAgent = "test/1"
      $0.decompresses = false
    }
    var fields = HTTPFields()
    fields[.authorization] = "own"
    fields[.init("X-Empty").unsafelyUnwrapped] = ""
    let text = try client.get(url, headerFields: fields).text()
    let host = url.dropFirst("http://".count)
    XCTAssertEqual(
      text,
      "Accept-Language: de\nAccept: */*\nAuthorization: own\nHost: \(host)\nUser-Agent: test/1\nX-Empty: "
    )
  }

  func testTheHubsOwnClient() throws {
    let url = try serve { request in .text(request.method.rawValue) }
    defer { Hub.current.httpClient.close() }
    XCTAssertEqual(try HTTPClient.get(url).text(), "GET")
    XCTAssertEqual(try HTTPClient.post(url, body: .form(["a": "1"])).text(), "POST")
    XCTAssertEqual(try HTTPClient.put(url, body: .none).text(), "PUT")
    XCTAssertEqual(try HTTPClient.patch(url, body: .none).text(), "PATCH")
    XCTAssertEqual(try HTTPClient.delete(url).text(), "DELETE")
    XCTAssertEqual(try HTTPClient.head(url).status, .ok)
    XCTAssertEqual(try HTTPClient.request(.options, url).text(), "OPTIONS")
    XCTAssertEqual(Hub.current.httpClient.statistics.connections, 1)
    let first = Hub.current.httpClient
    first.close()
    XCTAssertFalse(Hub.current.httpClient === first)
    XCTAssertEqual(try HTTPClient.get(url).text(), "GET")
  }

  func testAClosedClientTakesNothing() throws {
    let url = try serve { _ in .text("") }
    let client = makeClient()
    _ = try client.get(url).text()
    client.close()
    client.close()
    XCTAssertEqual(try clientError { try client.get(url) }.reason, .clientClosed)
  }

  func testClosingTheClientEndsWhatIsOnItsWay() throws {
    let url = try serve { _ in
      try GreenThread.sleep(for: .seconds(100))
      return .text("")
    }
    let client = makeClient()
    let thread = spawn { try client.get(url) }
    try settle()
    XCTAssertEqual(client.statistics.transfers, 1)
    client.close()
    XCTAssertEqual(try clientError { try thread.wait() }.reason, .clientClosed)
  }

  func testClosingTheClientDuringALookUp() throws {
    let client = makeClient { $0.resolver = SlowResolver(["a.test": ["127.0.0.1"]]) }
    let url = try serve { _ in .text("") }
    // There is something to be closed.
    _ = try client.get(url).text()
    let victim = spawn { try client.get("http://a.test:1/") }
    try settle()
    client.close()
    let error = try clientError { try victim.wait() }
    XCTAssertEqual(error.reason, .clientClosed)
    XCTAssertEqual(error.phase, .request)
    XCTAssertEqual(error.url, "http://a.test:1/")
  }

  func testWhatIsRefusedBeforeAnythingIsSent() throws {
    let server = try serveRaw { _ in }
    let client = makeClient()
    for url in [
      "", "example.org", "ftp://example.org/", "http://", "http:///path", "http://a b/",
      "http://127.0.0.1:99999/", "http://127.0.0.1/a b", "http://a/\r\nX: y", "http://[::1/",
      "file:///etc/passwd",
    ] {
      let error = try clientError { try client.get(url) }
      guard case .invalidURL = error.reason else { return XCTFail("\(url): \(error)") }
    }
    for name in ["Content-Length", "Transfer-Encoding", "Connection"] {
      var fields = HTTPFields()
      fields[try XCTUnwrap(.init(name))] = "1"
      let error = try clientError { try client.get(server.url, headerFields: fields) }
      guard case .invalidRequest = error.reason else { return XCTFail("\(error)") }
    }
    XCTAssertThrowsError(try client.request(.connect, server.url))
    XCTAssertEqual(server.connectionCount, 0)
  }

  func testMethodsThatHaveNoBody() throws {
    let url = try serve { request in .text(request.method.rawValue) }
    let client = makeClient()
    for method in [HTTPRequest.Method.head, .trace] {
      let error = try clientError { try client.request(method, url, body: .text("a")) }
      XCTAssertEqual(error.reason, .invalidRequest("\(method.rawValue) has no body"))
      XCTAssertThrowsError(try client.open(HTTPClientRequest(method, url)))
    }
    XCTAssertEqual(try client.head(url).text(), "")
  }

  func testAUserAgentThatAddsFields() throws {
    let server = try serveRaw { _ in }
    let client = makeClient { $0.userAgent = "a\r\nX-Evil: 1" }
    let error = try clientError { try client.get(server.url) }
    XCTAssertEqual(
      error.reason, .invalidRequest("the user agent has characters that end a line"))
    XCTAssertEqual(error.url, server.url)
    XCTAssertEqual(server.connectionCount, 0)
  }

  func testSeveralFieldsOfANameInTheConfiguration() throws {
    let name = try XCTUnwrap(HTTPField.Name("X-Tag"))
    let url = try serve { .text($0.headerFields[values: name].joined(separator: " ")) }
    let client = makeClient {
      $0.headerFields.append(HTTPField(name: name, value: "one"))
      $0.headerFields.append(HTTPField(name: name, value: "two"))
    }
    XCTAssertEqual(try client.get(url).text(), "one two")
    XCTAssertEqual(try client.get(url, headerFields: [name: "own"]).text(), "own")
  }

  func testLimitsOfARequest() throws {
    let server = try serveRaw { try $0.waitForEnd() }
    let client = makeClient()
    var request = HTTPClientRequest(.get, server.url)
    request.timeouts = .init()
    request.timeouts?.head = .seconds(3)
    let error = try timeout { try client.send(request) }
    XCTAssertEqual(error.limit, .seconds(3))
    XCTAssertFalse(error.isWhole)
    request.timeouts?.whole = .seconds(2)
    XCTAssertEqual(try timeout { try client.send(request) }.limit, .seconds(2))
    request.timeout = .seconds(1)
    XCTAssertEqual(try timeout { try client.send(request) }.limit, .seconds(1))
  }

  func testARequestOfSwiftHTTPTypes() throws {
    let url = try serve { request in .text(request.target) }
    let request = HTTPRequest(
      method: .get, scheme: "http", authority: String(url.dropFirst("http://".count)),
      path: "/a?b=c")
    XCTAssertEqual(try makeClient().send(HTTPClientRequest(request)).text(), "/a?b=c")
  }

  func testWhatIsKnownOfTheWay() throws {
    let url = try serve { _ in .text("") }
    let client = makeClient()
    let page = try client.get(url)
    _ = try page.bytes()
    XCTAssertEqual(page.remoteAddress.map { "http://\($0)" }, url)
    XCTAssertNotNil(page.timings.connected)
    XCTAssertNil(page.timings.secured)
    XCTAssertGreaterThan(page.timings.firstByte, .zero)
    XCTAssertGreaterThanOrEqual(page.timings.total, page.timings.firstByte)
    XCTAssertNil(try client.get(url).timings.connected)
  }

  func testAStatusWithoutSuccess() throws {
    let url = try serve { _ in .text("no such page\nat all", status: .notFound) }
    let client = makeClient()
    let page = try client.get(url)
    XCTAssertEqual(page.status, .notFound)
    assertThrows(UnsuccessfulResponse.self, { try page.requireSuccess() }) { error in
      XCTAssertEqual(error.status, .notFound)
      XCTAssertEqual(error.bodyPrefix, Array("no such page\nat all".utf8))
      XCTAssertEqual("\(error)", "\(url)/: 404 Not Found: no such page")
    }
  }
}

private func XCTAssertEqual(
  _ one: Duration, _ other: Duration, accuracy: Duration, file: StaticString = #filePath,
  line: UInt = #line
) {
  XCTAssertTrue(
    one >= other && one < other + accuracy, "\(one) is not \(other)", file: file, line: line)
}
