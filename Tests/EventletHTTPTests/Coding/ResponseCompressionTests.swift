import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import Testing
import XCTest

@testable import EventletHTTP

/// What is compressed, for whom, and what the fields say of it.
final class ResponseCompressionTests: CodingTestCase {
  private let text = String(longText.prefix(100_000))

  /// All kinds of bodies with the same text.
  private func bodies() throws -> [(name: String, body: ResponseBody, length: Int?)] {
    let text = text
    let count = text.utf8.count
    let file = try OpenedFile.open(makeTree([("a.txt", text)]).path + "/a.txt")
    return [
      ("text", .text(text), count), ("bytes", .bytes(Array(text.utf8)), count),
      ("stream", .stream { try $0.write(text) }, nil),
      ("length", .stream(length: count) { try $0.write(text) }, count),
      ("pieces", .pieces(Array(text.utf8).chunks(of: 100)), nil), ("file", .file(file), count),
      (
        "mixed",
        .stream { writer in
          try writer.write(String(text.prefix(10)))
          try writer.write(file, from: 10, count: 90_000)
          try writer.write("")
          try writer.write(String(text.dropFirst(90_010)))
        }, nil
      ),
    ]
  }

  func testEveryKindOfBodyIsCompressed() throws {
    for (name, body, length) in try bodies() {
      for kind in StreamKind.allCases {
        for accepted in ["gzip", "deflate", nil] {
          for version in ["1.0", "1.1"] {
            let name = "\(name) \(kind) \(accepted ?? "none") \(version)"
            let client = try connect(
              compressing: { _ in
                ServerResponse(headerFields: [.contentType: "text/plain"], body: body)
              }, over: kind)
            let field = accepted.map { "Accept-Encoding: \($0)\r\n" } ?? ""
            try client.send("GET / HTTP/\(version)\r\nHost: test\r\n\(field)\r\n")
            let response = try client.expectResponse(
              200, fields: ["Content-Encoding": accepted, "Vary": "Accept-Encoding"])
            XCTAssertTrue(try expand(response) == text, name)
            if accepted != nil { XCTAssertLessThan(response.body.count, 60_000, name) }
            let isWhole = name.hasPrefix("text") || name.hasPrefix("bytes")
            let told = accepted == nil ? length : isWhole ? response.body.count : nil
            XCTAssertEqual(response["Content-Length"], told.map { "\($0)" }, name)
            XCTAssertEqual(response.chunks == nil, told != nil || version == "1.0", name)
            if version == "1.1" { try client.expectIdle() }
          }
        }
      }
    }
  }

  // Eventlet: W71
  func testTheAnswerToHeadHasTheFieldsOfThatToGet() throws {
    for (name, body, _) in try bodies() {
      for version in ["1.0", "1.1"] {
        let fields = try ["HEAD", "GET"].map { method in
          let client = try connect(compressing: { _ in
            ServerResponse(
              headerFields: [.contentType: "text/plain", .eTag: "\"a\"", .date: "today"],
              body: body)
          })
          try client.send(
            """
            \(method) / HTTP/\(version)\r\nHost: test\r\nAccept-Encoding: gzip\r
            Connection: keep-alive\r\n\r\n
            """)
          let response = try client.expectResponse(
            200, method == "HEAD" ? "" : nil,
            fields: ["Content-Encoding": "gzip", "ETag": "W/\"a\""], to: method)
          let isLast = response["Connection"] == "close"
          XCTAssertEqual(isLast, version == "1.0" && response["Content-Length"] == nil)
          if isLast { try client.expectClosed() } else { try client.expectIdle() }
          return response.fields.map { [$0.name, $0.value] }
        }
        XCTAssertEqual(fields[0], fields[1], "\(name) \(version)")
      }
    }
  }

  /// How long it would be is not known, but that it is not that long.
  func testALengthWithoutABodyIsNotThatOfWhatWouldBeCompressed() throws {
    let client = try connect(compressing: { _ in
      ServerResponse(headerFields: [.contentType: "text/plain", .contentLength: "5000"])
    })
    for (accepted, length) in [("gzip", nil), ("br", "5000")] {
      try client.send(request: "HEAD /", "Accept-Encoding: \(accepted)")
      try client.expectResponse(
        200,
        fields: [
          "Content-Length": length, "Content-Encoding": length == nil ? "gzip" : nil,
          "Vary": "Accept-Encoding",
        ], to: "HEAD")
      try client.expectIdle()
    }
  }

  func testTheClientDecides() throws {
    let client = try connect(handler: compressing { _ in .text(self.text) })
    for (accepted, coding) in [
      ("gzip", "gzip"), ("deflate", "deflate"), ("gzip, deflate, br, zstd", "gzip"),
      ("gzip;q=0.5, deflate", "deflate"), ("gzip;q=0", nil), ("x-gzip", "gzip"), ("*", "gzip"),
      ("br", nil), ("identity, gzip;q=0.9", nil), ("identity;q=0.5, gzip;q=0.6", "gzip"),
      ("", nil), ("gzip;q=2", nil), ("gzip;q=0.001", "gzip"),
      // There is nothing else.
      ("identity;q=0", nil), ("*;q=0", nil),
    ] {
      try client.send(request: "GET /", "Accept-Encoding: \(accepted)")
      let response = try client.expectResponse(
        200, fields: ["Content-Encoding": coding, "Vary": "Accept-Encoding"])
      XCTAssertTrue(try expand(response) == text, accepted)
    }
    try client.send(request: "GET /", "Accept-Encoding: br", "Accept-Encoding: gzip")
    try client.expectResponse(200, fields: ["Content-Encoding": "gzip"])
    try client.send(request: "GET /")
    try client.expectResponse(
      200, text, fields: ["Content-Encoding": nil, "Vary": "Accept-Encoding"])
  }

  /// Nobody gets these compressed, so they do not vary either.
  func testWhatIsLeftAlone() throws {
    let text = text
    func response(
      _ fields: HTTPFields, _ status: HTTPResponse.Status = .ok, _ body: ResponseBody? = nil
    ) -> ServerResponse {
      var all: HTTPFields = [.contentType: "text/plain"]
      for field in fields { all[field.name] = field.value }
      return ServerResponse(status: status, headerFields: all, body: body ?? .text(text))
    }
    let digest = try XCTUnwrap(HTTPField.Name("Repr-Digest"))
    let kept: [(String, ServerResponse)] = [
      ("coded", response([.contentEncoding: "br"])),
      ("no-transform", response([.cacheControl: "max-age=60, No-Transform"])),
      ("digest", response([digest: "sha-256=:AAAA:"])),
      ("image", response([.contentType: "image/png"])),
      ("no type", ServerResponse(body: .text(text))),
      ("short", response([:], .ok, .text(String(text.prefix(1023))))),
      ("short stream", response([:], .ok, .stream(length: 1) { try $0.write("x") })),
      ("announced", response([.contentLength: "1"], .ok, .stream { try $0.write("x") })),
      ("empty", response([:], .ok, .text(""))), ("none", response([:], .ok, ResponseBody.none)),
      ("part", response([.contentRange: "bytes 0-9/100"], .partialContent)),
      ("range", response([.contentRange: "bytes */100"])),
      ("no content", response([:], .noContent)),
      ("reset", response([:], .resetContent, ResponseBody.none)),
    ]
    for (name, response) in kept {
      let client = try connect(handler: compressing { _ in response })
      let plain = try connect { _ in response }
      for method in ["GET", "HEAD"] {
        let answers = try [client, plain].map { client in
          try client.send(request: "\(method) /", "Accept-Encoding: gzip")
          return try client.readResponse(to: method)
        }
        for (one, other) in zip(answers[0].fields, answers[1].fields) where one.name != "Date" {
          XCTAssertEqual("\(one)", "\(other)", name)
        }
        XCTAssertEqual(answers[0].fields.count, answers[1].fields.count, name)
        XCTAssertTrue(answers[0].body == answers[1].body, name)
      }
    }
  }

  func testFromTheMinimumOn() throws {
    var compression = ResponseCompression()
    compression.minimumLength = 10
    for (body, coding) in [
      (ResponseBody.text("123456789"), nil), (.text("1234567890"), "gzip"),
      (.stream(length: 9) { try $0.write("123456789") }, nil),
      (.stream(length: 10) { try $0.write("1234567890") }, "gzip"),
      (.stream { try $0.write("1") }, "gzip"),
    ] as [(ResponseBody, String?)] {
      let client = try connect(
        handler: compressing(compression) { _ in
          ServerResponse(headerFields: [.contentType: "text/plain"], body: body)
        })
      try client.send(request: "GET /", "Accept-Encoding: gzip")
      try client.expectResponse(
        200, fields: ["Content-Encoding": coding, "Vary": coding.map { _ in "Accept-Encoding" }])
    }
  }

  func testOtherStatusesAreCompressedToo() throws {
    for status in [HTTPResponse.Status.created, .notFound, .internalServerError, .found] {
      let client = try connect(compressing: { _ in .text(self.text, status: status) })
      try client.send(request: "POST /", "Accept-Encoding: gzip")
      let response = try client.expectResponse(status.code, fields: ["Content-Encoding": "gzip"])
      XCTAssertTrue(try expand(response) == text)
    }
  }

  func testWhatIsThrownIsNot() throws {
    let client = try connect(compressing: { _ in throw HTTPError(.conflict, self.text) })
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    try client.expectResponse(409, text + "\n", fields: ["Content-Encoding": nil])
  }

  func testATakenConnectionIsLeftAlone() throws {
    let client = try connect(compressing: { request in
      if request.method == .connect { return .tunnel { try $0.sendAll("tunnel") } }
      return .upgrade(to: "x", headerFields: [.contentType: "text/plain"]) {
        try $0.sendAll("upgraded")
      }
    })
    try client.send(
      request: "GET /", "Accept-Encoding: gzip", "Connection: upgrade", "Upgrade: x")
    try client.expectResponse(101, fields: ["Content-Encoding": nil, "Vary": nil])
    XCTAssertEqual(try client.readToEnd(), Array("upgraded".utf8))
  }

  // MARK: Fields

  func testVaryIsAdded() throws {
    for (vary, expected) in [
      ("Accept", "Accept, Accept-Encoding"), ("accept-encoding", "accept-encoding"), ("*", "*"),
    ] {
      let client = try connect(compressing: { _ in
        var response = ServerResponse.text("text")
        response.headerFields[.vary] = vary
        return response
      })
      for accepted in ["gzip", "x"] {
        try client.send(request: "GET /", "Accept-Encoding: \(accepted)")
        try client.expectResponse(200, fields: ["Vary": expected])
      }
    }
  }

  func testAStrongTagBecomesWeak() throws {
    for (tag, expected) in [
      ("\"a\"", "W/\"a\""), ("W/\"a\"", "W/\"a\""), ("nonsense", "nonsense"), (nil, nil),
    ] {
      let client = try connect(compressing: { _ in
        var response = ServerResponse.text("text")
        response.headerFields[.eTag] = tag
        response.headerFields[.acceptRanges] = "bytes"
        return response
      })
      try client.send(request: "GET /", "Accept-Encoding: gzip")
      try client.expectResponse(200, fields: ["ETag": expected, "Accept-Ranges": nil])
      try client.send(request: "GET /")
      try client.expectResponse(200, fields: ["ETag": tag, "Accept-Ranges": "bytes"])
    }
  }

  /// A cache finds by the tag of a 304 what it is about (RFC 9111, 4.3.4).
  func testNotModifiedHasTheTagThatTheClientHas() throws {
    let tree = try makeTree([("a.txt", text)])
    let files = try StaticFiles(directory: tree.path)
    let client = try connect(compressing: files.handle)
    try client.send(request: "GET /a.txt")
    let strong = try XCTUnwrap(client.expectResponse(200)["ETag"])
    try client.send(request: "GET /a.txt", "Accept-Encoding: gzip")
    let weak = try XCTUnwrap(client.expectResponse(200)["ETag"])
    XCTAssertEqual(weak, "W/" + strong)
    for (asked, tag) in [
      (strong, strong), (weak, weak), ("\"x\", \(weak)", weak), ("*", strong),
      ("W/\"x\", \(strong)", strong),
    ] {
      try client.send(request: "GET /a.txt", "Accept-Encoding: gzip", "If-None-Match: \(asked)")
      try client.expectResponse(304, "", fields: ["ETag": tag, "Vary": "Accept-Encoding"])
    }
  }

  func testPartsOfFilesAreLeftAlone() throws {
    let tree = try makeTree([("a.txt", text)])
    let files = try StaticFiles(directory: tree.path)
    let client = try connect(compressing: files.handle)
    try client.send(request: "GET /a.txt", "Accept-Encoding: gzip")
    let response = try client.expectResponse(
      200, fields: ["Accept-Ranges": nil, "Content-Encoding": "gzip"])
    XCTAssertTrue(try expand(response) == text)
    try client.send(request: "GET /a.txt", "Accept-Encoding: gzip", "Range: bytes=0-9")
    try client.expectResponse(
      206, String(text.prefix(10)), fields: ["Accept-Ranges": "bytes", "Content-Encoding": nil])
  }

  // MARK: Mistakes

  // Eventlet: W73
  func testAnotherLengthThanAnnouncedIsTheHandlersMistake() throws {
    let bodies: [(HTTPFields, ResponseBody)] = [
      ([:], .stream(length: 5) { try $0.write("text") }),
      ([:], .stream(length: 3) { try $0.write("text") }),
      ([.contentLength: "5"], .stream { try $0.write("text") }),
      ([.contentLength: "5"], .text("text")), ([.contentLength: "x"], .text("text")),
    ]
    for (fields, body) in bodies {
      let client = try connect(compressing: { _ in
        var response = ServerResponse(headerFields: fields, body: body)
        response.headerFields[.contentType] = "text/plain"
        return response
      })
      try client.send(request: "GET /", "Accept-Encoding: gzip")
      try client.expectResponse(500, fields: ["Content-Encoding": nil])
      try client.expectClosed()
      expectReports("Content-Length")
    }
  }

  func testAnErrorBeforeAnythingIsSentIs500() throws {
    let client = try connect(compressing: { _ in
      .textStream { writer in
        try writer.write(String(repeating: "text", count: 10_000))
        throw SomeError()
      }
    })
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    try client.expectResponse(
      500, "Internal Server Error\n", fields: ["Content-Encoding": nil, "Vary": nil])
    expectReports("SomeError")
  }

  // Eventlet: W82
  func testAnErrorAfterwardsCutsTheConnection() throws {
    let address = try listen(
      makeServer(
        handler: compressing { _ in
          .textStream { writer in
            try writer.write("text")
            try writer.flush()
            throw SomeError()
          }
        }))
    let client = try connect(to: address)
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    try client.expectReset()
    expectReports("SomeError")
  }

  func testWhatIsCompressedAlreadyIsLeftAloneByAnother() throws {
    let client = try connect(compressing: compressing { _ in .text(self.text) })
    try client.send(request: "GET /", "Accept-Encoding: gzip")
    let response = try client.expectResponse(
      200, fields: ["Content-Encoding": "gzip", "Vary": "Accept-Encoding"])
    XCTAssertTrue(try expand(response) == text)
  }
}

struct SomeError: Error {}

@Suite struct ResponseCompressionPolicyTests {
  @Test(
    arguments: [
      ("text/html", true), ("text/html; charset=utf-8", true), ("TEXT/HTML;charset=x", true),
      (" text/html ", true), ("text/event-stream", true), ("application/json", true),
      ("application/problem+json", true), ("image/svg+xml", true), ("application/a+b+json", true),
      ("image/png", false), ("image/jpeg", false), ("video/mp4", false), ("font/woff2", false),
      ("application/zip", false), ("application/gzip", false), ("application/octet-stream", false),
      ("multipart/byteranges; boundary=x", false), ("application/+", false), ("text", false),
      ("", false), ("+json", false), ("image/png; a=text/html", false),
    ])
  func whatCompresses(type: String, isCompressible: Bool) {
    #expect(ResponseCompression().includes(type) == isCompressible)
  }

  @Test func typesMayBeAddedAndTakenAway() {
    var compression = ResponseCompression()
    compression.mediaTypes.insert("application/x-model")
    compression.mediaTypes.remove("text/*")
    #expect(compression.includes("application/x-model; version=2"))
    #expect(!compression.includes("text/plain"))
  }

  @Test(arguments: ["level", "compressors"])
  func anImpossibleNumberEndsTheProcess(number: String) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [number] in
      var compression = ResponseCompression()
      if number == "level" { compression.level = 10 } else { compression.maximumCompressors = 0 }
      _ = responseCompression(compression)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output.contains(
        number == "level"
          ? "responseCompression: the level 10 is not in 1...9"
          : "responseCompression: 0 compressors"), "\(output)")
  }
}
