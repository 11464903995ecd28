import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

final class RedirectTests: ClientTestCase {
  /// Sends to where the query says, with the status of the path, and says at `/end` what came.
  private func redirecting() throws -> String {
    try serve { request in
      if request.path == "/end" {
        let fields = [HTTPField.Name.authorization, .cookie, .contentType, .accept]
          .map { request.headerFields[$0] ?? "-" }.joined(separator: " ")
        return .text("\(request.method.rawValue) \(fields) \(try request.body.readText())")
      }
      var response = ServerResponse.text("elsewhere")
      response.status = .init(code: Int(request.path.dropFirst()) ?? 302)
      response.headerFields[.location] = try request.queryParameters["to"]
      return response
    }
  }

  func testMethodsAndBodies() throws {
    let url = try redirecting()
    let client = makeClient()
    let outcomes: [(HTTPRequest.Method, Int, String)] = [
      (.get, 301, "GET"), (.get, 303, "GET"), (.get, 308, "GET"), (.head, 303, ""),
      (.post, 301, "GET"), (.post, 302, "GET"), (.post, 303, "GET"),
      (.post, 307, "POST"), (.post, 308, "POST"),
      (.put, 301, "PUT"), (.put, 302, "PUT"), (.put, 303, "GET"), (.put, 307, "PUT"),
      (.delete, 302, "DELETE"),
    ]
    for (method, status, result) in outcomes {
      let hasBody = method == .post || method == .put
      let response = try client.request(
        method, "\(url)/\(status)?to=/end", body: hasBody ? .text("body") : .none)
      let expected =
        switch result {
        case "": ""
        case "POST", "PUT": "\(result) - - text/plain; charset=utf-8 */* body"
        default: "\(result) - - - */* "
        }
      XCTAssertEqual(try response.text(), expected, "\(method) \(status)")
      XCTAssertEqual(response.url, "\(url)/end")
      XCTAssertEqual(response.redirectCount, 1)
    }
    XCTAssertEqual(client.statistics.connections, 1)
  }

  func testRelativeTargets() throws {
    let url = try serve { request in
      switch request.path {
      case "/a/b": .redirect(to: "c?x=1#part")
      case "/a/c": .redirect(to: "//\(request.connection.localAddress.map { "\($0)" } ?? "")/d")
      case "/d": .redirect(to: "/e f")
      default: .text(request.target)
      }
    }
    let response = try makeClient().get("\(url)/a/b")
    XCTAssertEqual(try response.text(), "/e%20f")
    XCTAssertEqual(response.redirectCount, 3)
  }

  func testCredentialsDoNotGoToAnotherOrigin() throws {
    let first = try redirecting()
    let second = try redirecting()
    let client = makeClient()
    let fields: HTTPFields = [.authorization: "secret", .cookie: "a=b", .accept: "text/*"]
    XCTAssertEqual(
      try client.get("\(first)/302?to=/end", headerFields: fields).text(),
      "GET secret a=b - text/* ")
    XCTAssertEqual(
      try client.get("\(first)/302?to=\(second)/end", headerFields: fields).text(),
      "GET - - - text/* ")
    // Not either by way of there and back.
    XCTAssertEqual(
      try client.get(
        "\(first)/302?to=\(second)/302?to=\(first)/end", headerFields: fields
      ).text(), "GET - - - text/* ")
    let host = first.dropFirst("http://".count)
    XCTAssertEqual(
      try client.get("http://ann:secret@\(host)/302?to=\(second)/end").text(), "GET - - - */* ")
    XCTAssertEqual(
      try client.get("http://ann:secret@\(host)/302?to=/end").text(),
      "GET Basic YW5uOnNlY3JldA== - - */* ")
  }

  func testLimits() throws {
    let url = try serve { request in
      .redirect(to: "/\((Int(request.path.dropFirst()) ?? 0) + 1)")
    }
    let client = makeClient { $0.redirects.limit = 3 }
    let error = try clientError { try client.get("\(url)/0") }
    XCTAssertEqual(error.reason, .redirectLimit(3))
    XCTAssertEqual(error.phase, .redirect)
    XCTAssertEqual(error.url, "\(url)/3")
    var request = HTTPClientRequest(.get, "\(url)/0")
    request.redirects = .never
    let response = try client.send(request)
    XCTAssertEqual(response.headerFields[.location], "/1")
    assertThrows(UnsuccessfulResponse.self) { try response.requireSuccess() }
  }

  func testACircle() throws {
    let url = try serve { request in .redirect(to: request.path == "/a" ? "/b" : "/a") }
    XCTAssertEqual(try clientError { try makeClient().get("\(url)/a") }.reason, .redirectLoop)
    let jar = makeClient { $0.cookies = .jar }
    XCTAssertEqual(try clientError { try jar.get("\(url)/a") }.reason, .redirectLoop)
    XCTAssertEqual(jar.statistics.transfers, 0)
  }

  func testWhatIsNotFollowed() throws {
    let url = try redirecting()
    let client = makeClient()
    for target in ["ftp://example.org/", "file:///etc/passwd", "http://"] {
      XCTAssertEqual(
        try clientError { try client.get("\(url)/302?to=\(target)") }.reason,
        .redirectRefused(target))
    }
    XCTAssertEqual(try client.get("\(url)/302").status.code, 302)
    XCTAssertEqual(try client.get("\(url)/300?to=/end").status.code, 300)
  }

  func testABodyThatIsGone() throws {
    let url = try redirecting()
    let client = makeClient()
    let error = try clientError {
      try client.post("\(url)/307?to=/end", body: .stream { try $0.write("once") })
    }
    XCTAssertEqual(error.reason, .bodyNotRepeatable)
    XCTAssertEqual(
      try client.post(
        "\(url)/307?to=/end", body: .stream(isRepeatable: true) { try $0.write("twice") }
      ).text(), "POST - - - */* twice")
    XCTAssertEqual(
      try client.post("\(url)/303?to=/end", body: .stream { try $0.write("once") }).text(),
      "GET - - - */* ")
  }

  func testTheWholeTimeIsForAll() throws {
    let url = try serve { request in
      try GreenThread.sleep(for: .seconds(3))
      return .redirect(to: "/\((Int(request.path.dropFirst()) ?? 0) + 1)")
    }
    let error = try timeout { try makeClient().get("\(url)/0", timeout: .seconds(10)) }
    XCTAssertTrue(error.isWhole)
    XCTAssertEqual(error.url, "\(url)/3")
  }

  func testCredentialsOfTheConfigurationDoNotGoToAnotherOrigin() throws {
    let first = try redirecting()
    let second = try redirecting()
    let client = makeClient {
      $0.headerFields[.authorization] = "secret"
      $0.headerFields[.cookie] = "a=b"
      $0.headerFields[.accept] = "text/*"
    }
    XCTAssertEqual(
      try client.get("\(first)/302?to=/end").text(), "GET secret a=b - text/* ")
    XCTAssertEqual(
      try client.get("\(first)/302?to=\(second)/end").text(), "GET - - - text/* ")
  }

  func testCredentialsOfTheURLStayWithItsOrigin() throws {
    let url = try redirecting()
    let other = try redirecting()
    let host = url.dropFirst("http://".count)
    let otherHost = other.dropFirst("http://".count)
    let client = makeClient()
    let start = "http://ann:secret@\(host)/302?to="
    XCTAssertEqual(
      try client.get("\(start)\(url)/end").text(), "GET Basic YW5uOnNlY3JldA== - - */* ")
    XCTAssertEqual(
      try client.get("\(start)http://bob:other@\(host)/end").text(),
      "GET Basic Ym9iOm90aGVy - - */* ")
    XCTAssertEqual(try client.get("\(start)//\(otherHost)/end").text(), "GET - - - */* ")
    XCTAssertEqual(
      try client.get("\(start)\(other)/302?to=\(url)/end").text(), "GET - - - */* ")
  }

  func testPostRedirectGetOfTheSameURL() throws {
    let url = try serve { request in
      if request.method == .get { return .text("done") }
      var response = ServerResponse.redirect(to: request.path)
      response.status = .seeOther
      return response
    }
    XCTAssertEqual(try makeClient().post("\(url)/form", body: .text("a")).text(), "done")
  }

  func testAPlaceMayHaveAnotherAnswerTheSecondTime() throws {
    var count = 0
    let url = try serve { _ in
      count += 1
      return count < 4 ? .redirect(to: "/") : .text("ready")
    }
    XCTAssertEqual(try makeClient().get(url).text(), "ready")
  }

  func testABodyThatIsPassedOverHoldsNobodyUp() throws {
    let good = try serve { _ in .text("good") }
    for pause in [Duration.seconds(50), .seconds(1_000_000)] {
      let server = try serveRaw { socket in
        try socket.answer(
          "HTTP/1.1 302 Found\r\nLocation: \(good)/\r\nContent-Length: 5000\r\n\r\n")
        while true {
          try GreenThread.sleep(for: pause)
          try socket.sendAll("a")
        }
      }
      let begin = clock.elapsed
      XCTAssertEqual(try makeClient().get(server.url).text(), "good")
      XCTAssertLessThan(clock.elapsed - begin, .seconds(3))
    }
  }
}
