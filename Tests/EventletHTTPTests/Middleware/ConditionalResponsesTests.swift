import EventletCompression
import EventletCore
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletHTTP

final class ConditionalResponsesTests: CodingTestCase {
  private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
  private static let earlier = "Sun, 06 Nov 1994 08:49:36 GMT"
  private static let later = "Sun, 06 Nov 1994 08:49:38 GMT"

  private func connect(conditional handler: @escaping RequestHandler) throws -> RawClient {
    try connect(handler: compose([conditionalResponses()], around: handler))
  }

  private func get(
    _ client: RawClient, _ path: String = "/", _ field: String = "X: y"
  ) throws -> RawResponse {
    try client.send(request: "GET \(path)", field)
    return try client.readResponse()
  }

  func testAWholeBodyGetsATagOfItsContent() throws {
    var text = "one"
    let client = try connect(conditional: { request in
      request.path == "/bytes" ? .bytes(Array(text.utf8)) : .text(text)
    })
    let tag = try XCTUnwrap(get(client)["ETag"])
    XCTAssertEqual(EntityTag(parsing: tag)?.isWeak, false)
    XCTAssertEqual(try get(client)["ETag"], tag)
    XCTAssertEqual(try get(client, "/bytes")["ETag"], tag)
    try client.send(request: "HEAD /")
    try client.expectResponse(200, fields: ["ETag": tag, "Content-Length": "3"], to: "HEAD")
    text = "two"
    XCTAssertNotEqual(try get(client)["ETag"], tag)
  }

  func testWhatGetsNoTag() throws {
    let responses: [(String, String, ServerResponse)] = [
      ("stream", "GET", .stream { try $0.write("text") }),
      ("nothing", "GET", .status(.ok)), ("created", "GET", .text("text", status: .created)),
      ("missing", "GET", .text("text", status: .notFound)), ("posted", "POST", .text("text")),
      (
        "no-store", "GET",
        ServerResponse(headerFields: [.cacheControl: "no-store, private"], body: .text("text"))
      ),
    ]
    for (name, method, response) in responses {
      let client = try connect(conditional: { _ in response })
      try client.send(request: "\(method) /")
      let received = try client.expectResponse(response.status.code)
      XCTAssertNil(received["ETag"], name)
    }
    let own = try connect(conditional: { _ in
      ServerResponse(headerFields: [.eTag: "W/\"own\""], body: .text("text"))
    })
    XCTAssertEqual(try get(own)["ETag"], "W/\"own\"")
  }

  func testConditionsAreObeyed() throws {
    var streams = 0
    let client = try connect(conditional: { request in
      var response = ServerResponse.text("text")
      if request.path == "/stream" {
        response.body = .stream { writer in
          streams += 1
          try writer.write("text")
        }
      }
      response.headerFields[.eTag] = "\"a\""
      response.headerFields[.lastModified] = Self.date
      return response
    })
    var expected = 0
    for (fields, status) in [
      (["If-None-Match: \"a\""], 304), (["If-None-Match: W/\"a\""], 304),
      (["If-None-Match: *"], 304), (["If-None-Match: \"x\", \"a\""], 304),
      (["If-None-Match: \"x\""], 200), (["If-None-Match: x"], 200),
      (["If-Modified-Since: \(Self.date)"], 304), (["If-Modified-Since: \(Self.later)"], 304),
      (["If-Modified-Since: \(Self.earlier)"], 200), (["If-Modified-Since: yesterday"], 200),
      (["If-None-Match: \"x\"", "If-Modified-Since: \(Self.later)"], 200),
      (["If-None-Match: \"a\"", "If-Modified-Since: \(Self.earlier)"], 304),
      (["If-Match: \"a\""], 200), (["If-Match: *"], 200), (["If-Match: W/\"a\""], 412),
      (["If-Match: \"x\""], 412), (["If-Match: \"a\"", "If-None-Match: \"a\""], 304),
      (["If-Unmodified-Since: \(Self.date)"], 200), (["If-Unmodified-Since: \(Self.earlier)"], 412),
      (["X: y"], 200),
    ] {
      for path in ["/", "/stream"] {
        for method in ["GET", "HEAD"] {
          let lines = fields.map { $0 + "\r\n" }.joined()
          try client.send("\(method) \(path) HTTP/1.1\r\nHost: test\r\n\(lines)\r\n")
          let response = try client.expectResponse(status, to: method)
          XCTAssertEqual(response.status, status, "\(method) \(path) \(fields)")
          if status == 304 { XCTAssertEqual(response["ETag"], "\"a\"") }
          if status == 200, path == "/stream", method == "GET" { expected += 1 }
        }
      }
    }
    XCTAssertEqual(streams, expected)
    try client.expectIdle()
  }

  func testATagOfTheContentIsHeldAgainstWhatTheClientHas() throws {
    var text = "one"
    let client = try connect(conditional: { _ in .text(text) })
    let tag = try XCTUnwrap(get(client)["ETag"])
    for asked in [tag, "W/\(tag)", "\"x\", \(tag)"] {
      try client.send(request: "GET /", "If-None-Match: \(asked)")
      try client.expectResponse(304, "", fields: ["ETag": tag])
    }
    text = "two"
    try client.send(request: "GET /", "If-None-Match: \(tag)")
    try client.expectResponse(200, "two")
    // Without a date there is nothing to hold a date against.
    try client.send(request: "GET /", "If-Modified-Since: \(Self.later)")
    try client.expectResponse(200, "two")
  }

  /// RFC 9110, 15.4.5.
  func testNotModifiedHasTheFieldsThatACacheNeeds() throws {
    let client = try connect(conditional: { _ in
      var response = ServerResponse.text("text")
      response.headerFields[.cacheControl] = "max-age=60"
      response.headerFields[.contentLocation] = "/there"
      response.headerFields[.expires] = Self.later
      response.headerFields[.vary] = "Accept"
      response.headerFields[.lastModified] = Self.date
      response.headerFields[.contentLanguage] = "en"
      response.headerFields[.contentLength] = "4"
      response.headerFields.append(HTTPField(name: .setCookie, value: "a=1"))
      response.headerFields.append(HTTPField(name: .setCookie, value: "b=2"))
      return response
    })
    try client.send(request: "GET /", "If-None-Match: *")
    let response = try client.expectResponse(
      304, "",
      fields: [
        "Cache-Control": "max-age=60", "Content-Location": "/there", "Expires": Self.later,
        "Vary": "Accept", "Last-Modified": Self.date, "Content-Length": nil, "Content-Type": nil,
        "Content-Language": nil, "Transfer-Encoding": nil,
      ])
    XCTAssertNotNil(response["ETag"])
    XCTAssertNotNil(response["Date"])
    XCTAssertEqual(response.values("Set-Cookie"), ["a=1", "b=2"])
    try client.expectIdle()
  }

  func testWhatIsNot200StaysAsItIs() throws {
    for status in [HTTPResponse.Status.notFound, .found, .notModified, .noContent] {
      let client = try connect(conditional: { _ in
        ServerResponse(status: status, headerFields: [.eTag: "\"a\""])
      })
      for field in ["If-None-Match: \"a\"", "If-Match: \"x\""] {
        try client.send(request: "GET /", field)
        try client.expectResponse(status.code, fields: ["ETag": "\"a\""])
      }
    }
    let thrown = try connect(conditional: { _ in throw HTTPError(.conflict) })
    try thrown.send(request: "GET /", "If-None-Match: *")
    try thrown.expectResponse(409)
  }

  func testFilesDecideForThemselves() throws {
    let tree = try makeTree([("a.txt", "content")])
    let files = try StaticFiles(directory: tree.path)
    let client = try connect(conditional: files.handle)
    let tag = try XCTUnwrap(get(client, "/a.txt")["ETag"])
    try client.send(request: "GET /a.txt", "If-None-Match: \(tag)")
    try client.expectResponse(304, fields: ["ETag": tag])
    try client.send(request: "GET /a.txt", "If-Range: \(tag)", "Range: bytes=0-3")
    try client.expectResponse(206, "cont")
    try client.send(request: "GET /a.txt", "If-None-Match: \"x\"")
    try client.expectResponse(200, "content")
  }

  // MARK: With compression

  private func connect(
    _ middleware: [Middleware], _ handler: @escaping RequestHandler
  ) throws -> RawClient { try connect(handler: compose(middleware, around: handler)) }

  func testInsideOfCompressionTheTagIsOfTheBodyAsItIs() throws {
    let text = Self.longText
    let compression = responseCompression(ResponseCompression(), by: compressors)
    let client = try connect([compression, conditionalResponses()]) { _ in .text(text) }
    let strong = try XCTUnwrap(get(client)["ETag"])
    for coding in ["gzip", "deflate"] {
      let compressed = try get(client, "/", "Accept-Encoding: \(coding)")
      XCTAssertEqual(compressed["ETag"], "W/\(strong)")
      XCTAssertTrue(try expand(compressed) == text)
    }
    for (accepted, asked) in [
      ("gzip", "W/\(strong)"), ("deflate", "W/\(strong)"), ("gzip", strong), ("br", strong),
    ] {
      try client.send(
        request: "GET /", "Accept-Encoding: \(accepted)", "If-None-Match: \(asked)")
      try client.expectResponse(
        304, "",
        fields: ["ETag": asked, "Vary": "Accept-Encoding", "Content-Encoding": nil])
    }
    try client.expectIdle()
  }

  func testOutsideOfCompressionEachCodingHasATagOfItsOwn() throws {
    let text = Self.longText
    let compression = responseCompression(ResponseCompression(), by: compressors)
    let client = try connect([conditionalResponses(), compression]) { _ in .text(text) }
    var tags: [String: String] = [:]
    for coding in ["gzip", "deflate", "identity"] {
      let response = try get(client, "/", "Accept-Encoding: \(coding)")
      XCTAssertTrue(try expand(response) == text)
      let tag = try XCTUnwrap(response["ETag"])
      XCTAssertTrue(tag.hasPrefix("\""), tag)
      tags[coding] = tag
    }
    XCTAssertEqual(Set(tags.values).count, 3)
    for (coding, tag) in tags {
      for (accepted, status) in [
        (coding, 304), (coding == "gzip" ? "deflate" : "gzip", 200),
      ] {
        try client.send(
          request: "GET /", "Accept-Encoding: \(accepted)", "If-None-Match: \(tag)")
        try client.expectResponse(
          status, fields: ["Vary": "Accept-Encoding", "ETag": tags[accepted]])
      }
    }
    try client.expectIdle()
  }
}
