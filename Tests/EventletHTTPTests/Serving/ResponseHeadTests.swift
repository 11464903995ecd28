import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// What stands in the head of a response, and what never gets there.
final class ResponseHeadTests: HTTPTestCase {
  // Eventlet: W55
  // Differs: there is no `max_http_version`; every answer is of HTTP/1.1 (RFC 9110, 6.2).
  func testTheStatusLineHasTheServersVersionAndThePhraseAsGiven() throws {
    for (status, line) in [
      (HTTPResponse.Status.ok, "HTTP/1.1 200 OK"),
      (.notFound, "HTTP/1.1 404 Not Found"),
      (.init(code: 200, reasonPhrase: "Very well"), "HTTP/1.1 200 Very well"),
      (.init(code: 200, reasonPhrase: "OK "), "HTTP/1.1 200 OK "),
      (.init(code: 599), "HTTP/1.1 599 "),
      (299, "HTTP/1.1 299 "),
    ] {
      let client = try connect { _ in .status(status) }
      try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      XCTAssertEqual(try client.readResponse().statusLine, line)
      try client.send(request: "GET /")
      XCTAssertEqual(try client.readResponse().statusLine, line)
    }
  }

  // Eventlet: W56
  func testThereIsADateUnlessTheHandlerHasSetItAndNoServer() throws {
    let client = try connect { request in
      request.path == "/own" ? ServerResponse(headerFields: [.date: "today"]) : .text("")
    }
    try client.send(request: "GET /")
    let response = try client.expectResponse(200, fields: ["Server": nil])
    let date = try XCTUnwrap(response["Date"])
    XCTAssertEqual(date.utf8.count, 29, date)
    XCTAssertTrue(date.hasSuffix(" GMT"), date)
    try client.send(request: "GET /own")
    try client.expectResponse(200, fields: ["Date": "today"])
  }

  // Eventlet: W57, W68
  func testTheLengthIsThereOnceWhoeverGivesItAndInWhateverCase() throws {
    let lengths: [ResponseBody] = [
      .bytes([1, 2, 3]), .text("a\u{e9}"),
      .stream(length: 3) {
        try $0.write("abc")
      },
    ]
    for body in lengths {
      for name in ["", "Content-Length", "content-length", "CONTENT-LENGTH"] {
        let client = try connect { _ in
          var response = ServerResponse(body: body)
          if let name = HTTPField.Name(name) { response.headerFields[name] = "3" }
          return response
        }
        try client.send(request: "GET /")
        let response = try client.readResponse()
        XCTAssertEqual(response["Content-Length"], "3", name)
        XCTAssertEqual(response.body.count, 3, name)
        let own = response.fields.contains { $0.name == (name.isEmpty ? "Content-Length" : name) }
        XCTAssertTrue(own, "\(response.fields)")
        try client.expectIdle()
      }
    }
  }

  func testALengthThatIsNoNumberIsTheHandlersMistake() throws {
    for length in ["", "x", "-1", "+3", "3, 3", "0x3", "99999999999999999999"] {
      let client = try connect { _ in
        ServerResponse(headerFields: [.contentLength: length], body: .text("abc"))
      }
      try client.send(request: "GET /")
      try client.expectResponse(500, "Internal Server Error\n", fields: ["Connection": "close"])
      try client.expectClosed()
      expectReports("is no number")
    }
  }

  // Eventlet: W67
  // Differs: names go out as given; nobody may care about their case (RFC 9110, 5.1), and
  // who has written one so wants it so.
  func testNamesAndValuesGoOutAsGivenAndInOrder() throws {
    let client = try connect { _ in
      var fields = HTTPFields()
      for (name, value) in [
        ("eTAg", "\"x\""), ("x-lower", "vaLue"), ("X-UPPER", "a;  b"), ("eTAg", "\"y\""),
        ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("x_under", ""),
      ] {
        fields.append(HTTPField(name: try XCTUnwrap(HTTPField.Name(name)), value: value))
      }
      return ServerResponse(headerFields: fields)
    }
    try client.send(request: "GET /")
    let fields = try client.readResponse().fields.prefix(7).map { "\($0.name): \($0.value)" }
    XCTAssertEqual(
      fields,
      [
        "eTAg: \"x\"", "x-lower: vaLue", "X-UPPER: a;  b", "eTAg: \"y\"", "Set-Cookie: a=1",
        "Set-Cookie: b=2", "x_under: ",
      ])
  }

  func testAHeadMayBeLargerThanABuffer() throws {
    let name = try XCTUnwrap(HTTPField.Name("x-large"))
    let client = try connect { request in
      var response = ServerResponse.text(request.path)
      for _ in 0..<20 {
        response.headerFields.append(
          HTTPField(name: name, value: String(repeating: "x", count: 10_000)))
      }
      return response
    }
    for path in ["/a", "/b"] {
      try client.send(request: "GET \(path)")
      let response = try client.expectResponse(200, path)
      XCTAssertEqual(
        response.values("x-large").map(\.utf8.count), [Int](repeating: 10_000, count: 20))
    }
  }

  // Eventlet: W69
  // Differs: text is UTF-8; bytes can be given where it must be something else.
  func testValuesAreBytesAndTextIsUTF8() throws {
    let name = try XCTUnwrap(HTTPField.Name("x-name"))
    let client = try connect { request in
      let field =
        request.path == "/text"
        ? HTTPField(name: name, value: "\u{e9}") : HTTPField(name: name, value: [0x61, 0xE9])
      var response = ServerResponse.text("\u{20ac}")
      response.headerFields.append(field)
      return response
    }
    // The client shows bytes as Latin-1.
    try client.send(request: "GET /text")
    try client.expectResponse(200, "\u{20ac}", fields: ["x-name": "\u{c3}\u{a9}"])
    try client.send(request: "GET /bytes")
    try client.expectResponse(200, fields: ["x-name": "a\u{e9}"])
  }

  // Eventlet: W74
  func testConnectionCloseOfTheHandlersIsObeyed() throws {
    for value in ["close", "Close", "CLOSE", "keep-alive, close", "close , x", "x,close"] {
      let client = try connect { _ in
        ServerResponse(headerFields: [.connection: value], body: .text("body"))
      }
      try client.send(request: "GET /")
      let response = try client.expectResponse(200, "body")
      XCTAssertTrue(response.values("Connection").contains("close"), "\(response.fields)")
      XCTAssertFalse(response.values("Connection").contains("keep-alive"), "\(response.fields)")
      try client.expectClosed()
    }
  }

  // Eventlet: W74
  func testOtherOptionsOfConnectionAreTheHandlersAndKeepingAliveIsNot() throws {
    let client = try connect { request in
      ServerResponse(headerFields: [.connection: request.path == "/other" ? "x-hop" : "keep-alive"])
    }
    try client.send(request: "GET /other")
    try client.expectResponse(200, fields: ["Connection": "x-hop"])
    try client.send(request: "GET /")
    try client.expectResponse(200, fields: ["Connection": nil])
    try client.send(request: "GET /", "Connection: close")
    try client.expectResponse(200, fields: ["Connection": "close"])
    try client.expectClosed()
  }

  // Eventlet: W74
  func testATransferEncodingOfTheHandlersIsItsMistake() throws {
    for (body, method) in [
      (ResponseBody.none, "GET"), (.text("body"), "GET"), (.stream { try $0.write("x") }, "GET"),
      (.text("body"), "HEAD"),
    ] {
      let client = try connect { _ in
        ServerResponse(headerFields: [.transferEncoding: "chunked"], body: body)
      }
      try client.send(request: "\(method) /")
      try client.expectResponse(
        500, fields: ["Transfer-Encoding": nil, "Connection": "close"], to: method)
      try client.expectClosed()
      expectReports("a response cannot have a Transfer-Encoding of its own")
    }
  }

  // Eventlet: W71, W83
  // Differs: a status is a number by its type; what remains are those that end no request.
  func testAnInformationalStatusIsTheHandlersMistake() throws {
    for status in [100, 101, 103, 199, 0, 99] {
      let client = try connect { _ in .status(.init(code: status)) }
      try client.send(request: "GET /")
      try client.expectResponse(500, "Internal Server Error\n", fields: ["Connection": "close"])
      try client.expectClosed()
      expectReports("\(status) is not the status of a response")
    }
  }
}
