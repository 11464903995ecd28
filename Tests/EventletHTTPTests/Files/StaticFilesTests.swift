import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Which file answers a request, and with which fields.
final class StaticFilesTests: StaticFilesTestCase {
  private let page = "<p>Hello</p>"

  func testAFileIsSentWithWhatIsKnownOfIt() throws {
    let tree = try makeTree([("a.html", page)])
    setTime(of: "a.html", in: tree, 784_111_777)
    let client = try connect(files: tree)
    try client.send(request: "GET /a.html?x=1")
    let response = try client.expectResponse(
      200, page,
      fields: [
        "Content-Type": "text/html; charset=utf-8", "Content-Length": "12",
        "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT", "Accept-Ranges": "bytes",
        "Cache-Control": nil, "Vary": nil, "Content-Encoding": nil, "Transfer-Encoding": nil,
      ])
    let tag = try XCTUnwrap(response["ETag"].flatMap(EntityTag.init(parsing:)))
    XCTAssertFalse(tag.isWeak)
    try client.expectIdle()
  }

  func testHEADIsAnsweredWithTheSameFields() throws {
    let tree = try makeTree([("a.html", page)])
    let client = try connect(files: tree)
    try client.send(request: "GET /a.html")
    let full = try client.expectResponse(200, page)
    try client.send(request: "HEAD /a.html")
    let head = try client.expectResponse(200, "", to: "HEAD")
    for (name, value) in full.fields where name != "Date" { XCTAssertEqual(head[name], value) }
    try client.expectIdle()
  }

  func testOtherMethodsAreNotAllowed() throws {
    let client = try connect(files: makeTree([("a", "a")]))
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"] {
      for path in ["/a", "/none"] {
        try client.send(request: "\(method) \(path)", "Content-Length: 0")
        try client.expectResponse(405, fields: ["Allow": "GET, HEAD"])
      }
    }
  }

  func testTheEndOfTheNameTellsTheType() throws {
    let tree = try makeTree([
      ("a.css", ""), ("b.JSON", ""), ("c.tar.gz", ""), ("d", ""), ("e.odd", ""), ("f.mine", ""),
    ])
    let client = try connect(files: tree) { $0.mediaTypes["mine"] = "text/x-mine" }
    for (name, type) in [
      ("a.css", "text/css; charset=utf-8"), ("b.JSON", "application/json"),
      ("c.tar.gz", "application/gzip"), ("d", "application/octet-stream"),
      ("e.odd", "application/octet-stream"), ("f.mine", "text/x-mine"),
    ] {
      try client.send(request: "GET /\(name)")
      try client.expectResponse(200, "", fields: ["Content-Type": type])
    }
  }

  // MARK: Directories

  func testADirectoryIsAnsweredWithItsIndex() throws {
    let tree = try makeTree([
      ("index.html", "top"), ("sub/index.html", "sub"), ("two/b", "two b"), ("none/x", ""),
      ("dir/index.html/x", ""),
    ])
    let client = try connect(files: tree) { $0.indexNames = ["index.html", "a", "b"] }
    for (path, text) in [
      ("/", "top"), ("/sub/", "sub"), ("/sub/.", "sub"), ("/two/", "two b"), ("/sub//", "sub"),
      ("//", "top"),
    ] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(200, text)
    }
    for path in ["/none/", "/dir/", "/nowhere/", "/index.html/"] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(404, "Not Found\n")
    }
  }

  func testADirectoryWithoutASlashIsRedirected() throws {
    let tree = try makeTree([
      ("sub/index.html", "sub"), ("a b%/x", ""), ("a:b/x", ""), ("\u{e4}/x", ""),
      (#"\evil.example"# + "/x", ""), ("sub/deep/x", ""),
    ])
    let client = try connect(files: tree)
    for (target, location) in [
      ("/sub", "./sub/"), ("/sub?", "./sub/?"), ("/sub?a=b/c", "./sub/?a=b/c"),
      ("/a%20b%25", "./a%20b%25/"), ("/a:b", "./a:b/"), ("/%c3%a4", "./%C3%A4/"),
      (#"/\evil.example"#, "./%5Cevil.example/"), ("//sub", "./sub/"), ("/./sub", "./sub/"),
      ("http://test/sub/deep", "./deep/"), ("//sub//deep", "./deep/"),
    ] {
      for method in ["GET", "HEAD"] {
        try client.send(request: "\(method) \(target)")
        try client.expectResponse(308, "", fields: ["Location": location], to: method)
      }
    }
  }

  func testRedirectionsMayBeOff() throws {
    let tree = try makeTree([("sub/index.html", "sub"), ("none/x", "")])
    let client = try connect(files: tree) { $0.redirectsDirectories = false }
    try client.send(request: "GET /sub")
    try client.expectResponse(200, "sub", fields: ["Content-Type": "text/html; charset=utf-8"])
    try client.send(request: "GET /none")
    try client.expectResponse(404)
  }

  // MARK: Where it is mounted

  func testThePrefixIsTakenOff() throws {
    let tree = try makeTree([("index.html", "top"), ("a.txt", "a"), ("static/a.txt", "deep")])
    for prefix in ["/static", "/static/"] {
      let client = try connect(files: tree) { $0.prefix = prefix }
      for (path, status, text) in [
        ("/static/a.txt", 200, "a"), ("/static/", 200, "top"),
        ("/static/static/a.txt", 200, "deep"),
        ("/st%61tic/a.txt", 200, "a"), ("/static//a.txt", 200, "a"), ("/a.txt", 404, nil),
        ("/", 404, nil), ("/statica.txt", 404, nil), ("/Static/a.txt", 404, nil),
        ("/static%2fa.txt", 404, nil),
      ] {
        try client.send(request: "GET \(path)")
        try client.expectResponse(status, text)
      }
      try client.send(request: "GET /static")
      try client.expectResponse(308, fields: ["Location": "./static/"])
    }
  }

  func testTheRestOfThePathMayBeAParameter() throws {
    let tree = try makeTree([("index.html", "top"), ("a b.txt", "a"), ("sub/x", "x")])
    var configuration = StaticFiles.Configuration()
    configuration.prefix = "/of/no/effect"
    let files = try StaticFiles(directory: tree.path, configuration: configuration)
    configuration.parameter = "rest"
    let others = try StaticFiles(directory: tree.path, configuration: configuration)
    let client = try connect { request in
      let rest = String(request.path.dropFirst("/mount/".count))
      request.parameters = [rest.hasPrefix("sub") ? "rest" : "path": rest]
      return try (rest.hasPrefix("sub") ? others : files).handle(request)
    }
    for (path, status, text) in [
      ("/mount/", 200, "top"), ("/mount/a%20b.txt", 200, "a"), ("/mount/sub/x", 200, "x"),
      ("/mount/sub%2Fx", 404, nil), ("/mount/..", 400, nil), ("/mount//a%20b.txt", 200, "a"),
    ] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(status, text)
    }
    try client.send(request: "GET /mount/sub")
    try client.expectResponse(308, fields: ["Location": "./sub/"])
  }

  // MARK: Settings

  func testTheFallbackAnswersPathsOfPrograms() throws {
    let tree = try makeTree([("app.html", "the program"), ("sub/x", ""), ("a.js", "script")])
    let client = try connect(files: tree) { $0.fallbackFile = "app.html" }
    for path in ["/", "/users/7", "/users/john.doe", "/sub/", "/sub/none", "/a.js/x"] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(
        200, "the program", fields: ["Content-Type": "text/html; charset=utf-8"])
    }
    for (path, status, text) in [
      ("/a.js", 200, "script"), ("/b.js", 404, nil), ("/sub/logo.PNG", 404, nil),
      ("/.hidden", 404, nil), ("/../x", 400, nil),
    ] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(status, text)
    }
    let empty = try connect(files: makeTree([])) { $0.fallbackFile = "app.html" }
    try empty.send(request: "GET /x")
    try empty.expectResponse(404)
  }

  func testFieldsMayBeAddedAndChanged() throws {
    let tree = try makeTree([("a.txt", "a"), ("sub/index.html", "sub")])
    let client = try connect(files: tree) {
      $0.cacheControl = "public, max-age=3600"
      $0.changeFields = { file, fields in
        fields[.contentLanguage] = "en"
        fields[.server] = file.path
        if file.path == "/a.txt" {
          fields[.eTag] = "\"own\""
          fields[.lastModified] = "Sun, 06 Nov 1994 08:49:37 GMT"
          fields[.contentType] = "text/x-own"
        }
      }
    }
    try client.send(request: "GET /a.txt")
    try client.expectResponse(
      200, "a",
      fields: [
        "Cache-Control": "public, max-age=3600", "Content-Language": "en", "Server": "/a.txt",
        "ETag": "\"own\"", "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT",
        "Content-Type": "text/x-own",
      ])
    try client.send(request: "GET /a.txt", "If-None-Match: \"own\"")
    try client.expectResponse(
      304,
      fields: [
        "ETag": "\"own\"", "Cache-Control": "public, max-age=3600", "Content-Type": nil,
        "Content-Language": nil, "Content-Length": nil, "Server": "/a.txt",
      ])
    try client.send(request: "GET /a.txt", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT")
    try client.expectResponse(304)
    for path in ["/sub/", "/sub/.", "/sub//"] {
      try client.send(request: "GET \(path)")
      let response = try client.expectResponse(200, "sub")
      XCTAssertEqual(response["Server"]?.hasSuffix("/index.html"), true)
    }
  }

  /// A clock that was wrong, or an unpacked archive (RFC 9110, 8.8.2.1).
  func testNothingWasModifiedInTheFuture() throws {
    let tree = try makeTree([("a", "a")])
    setTime(of: "a", in: tree, 4_000_000_000)
    let client = try connect(files: tree)
    let before = HTTPDate.now
    try client.send(request: "GET /a")
    let text = try client.expectResponse(200)["Last-Modified"]
    let date = try XCTUnwrap(text.flatMap { HTTPDate(parsing: $0) })
    XCTAssertTrue((before...HTTPDate.now).contains(date), "\(date)")
  }

  func testADirectoryThatIsNotThereIsAnError() throws {
    let tree = try makeTree([("file", "")])
    for name in ["none", "file"] {
      assertThrows(SystemError.self) {
        _ = try StaticFiles(directory: "\(tree.path)/\(name)")
      } check: {
        XCTAssertTrue("\($0)".contains("\(tree.path)/\(name)"), "\($0)")
      }
    }
    XCTAssertEqual(
      "\(try StaticFiles(directory: tree.path))", "files of directory \(tree.path)")
  }
}
