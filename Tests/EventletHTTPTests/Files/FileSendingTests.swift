import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// Files on their way to the client, and what becomes of them when they do not arrive.
final class FileSendingTests: StaticFilesTestCase {
  func testALongFileArrivesWhole() throws {
    let tree = try makeTree([("long", Self.longText)])
    for kind in StreamKind.allCases {
      let client = try connect(files: tree, over: kind)
      for _ in 0..<2 {
        try client.send(request: "GET /long")
        let response = try client.expectResponse(
          200, fields: ["Content-Length": "\(Self.longText.utf8.count)", "Transfer-Encoding": nil])
        XCTAssertTrue(response.body == Array(Self.longText.utf8), "\(kind)")
      }
      try client.expectIdle()
      XCTAssertEqual(openCount(in: tree), 0)
    }
  }

  func testToHTTP1_0() throws {
    let tree = try makeTree([("long", Self.longText)])
    let client = try connect(files: tree)
    try client.send("GET /long HTTP/1.0\r\n\r\n")
    let response = try client.expectResponse(200, fields: ["Connection": "close"])
    XCTAssertTrue(response.body == Array(Self.longText.utf8))
    try client.expectClosed()
  }

  func testTheFileIsClosedHoweverItIsAnswered() throws {
    let tree = try makeTree([("a.txt", Self.longText)])
    let client = try connect(files: tree) { $0.changeFields = { $1[.eTag] = "\"t\"" } }
    for (method, field, status) in [
      ("GET", "X: y", 200), ("HEAD", "X: y", 200), ("GET", "If-None-Match: \"t\"", 304),
      ("GET", "If-Match: \"x\"", 412), ("GET", "Range: bytes=0-5", 206),
      ("GET", "Range: bytes=0-5,7-8", 206), ("GET", "Range: bytes=999999-", 416),
    ] {
      try client.send(request: "\(method) /a.txt", field)
      try client.expectResponse(status, to: method)
      try client.settle()
      XCTAssertEqual(openCount(in: tree), 0, "\(method) \(field)")
    }
  }

  func testTheFileIsClosedIfTheAnswerIsAnother() throws {
    let tree = try makeTree([("a.txt", Self.longText)])
    let files = try StaticFiles(directory: tree.path)
    var opened = 0
    let client = try connect { [unowned self] request in
      _ = try files.handle(request)
      let kept = try files.handle(request)
      opened = openCount(in: tree)
      if request.path == "/a.txt", request.query == "error" { throw HTTPError(.conflict) }
      return kept.status == .ok ? .text("other") : kept
    }
    for (query, status) in [("", 200), ("error", 409)] {
      try client.send(request: "GET /a.txt?\(query)")
      try client.expectResponse(status)
      try client.settle()
      XCTAssertEqual(opened, 1)
      XCTAssertEqual(openCount(in: tree), 0)
    }
  }

  func testAKillWhileItIsSentClosesIt() throws {
    let tree = try makeTree([("a.txt", String(repeating: Self.longText, count: 20))])
    let files = try StaticFiles(directory: tree.path)
    for kind in StreamKind.allCases {
      for range in ["X: y", "Range: bytes=0-5000000", "Range: bytes=0-1,100-6000000"] {
        let client = try RawClient(of: makeServer(handler: files.handle), over: kind)
        defer { client.socket.close() }
        try client.send(request: "GET /a.txt", range)
        // It takes no more: the server waits in the middle.
        _ = try client.read(1)
        XCTAssertGreaterThan(openCount(in: tree), 0, "\(kind)")
        try client.serving?.kill()
        assertThrows(GreenThreadExit.self) { try client.serving?.wait() }
        // An OS thread may be reading a part.
        try wait { openCount(in: tree) == 0 }
      }
    }
  }

  func testAKillWhileItIsOpenedClosesIt() throws {
    let tree = try makeTree([("a.txt", "a")])
    let files = try StaticFiles(directory: tree.path)
    var hasBegun = false
    let server = makeServer { request in
      hasBegun = true
      return try files.handle(request)
    }
    let client = try RawClient(of: server)
    defer { client.socket.close() }
    try client.send(request: "GET /a.txt")
    while !hasBegun { try GreenThread.yield() }
    try client.serving?.kill()
    assertThrows(GreenThreadExit.self) { try client.serving?.wait() }
    // The OS thread that opens it goes on.
    try wait { openCount(in: tree) == 0 }
  }

  func testAClientThatGoesLeavesNothing() throws {
    let tree = try makeTree([("a.txt", String(repeating: Self.longText, count: 20))])
    for kind in StreamKind.allCases {
      let client = try connect(files: tree, over: kind)
      try client.send(request: "GET /a.txt")
      _ = try client.read(1000)
      client.socket.close()
      try client.serving?.wait()
      XCTAssertEqual(openCount(in: tree), 0, "\(kind)")
    }
  }

  // MARK: Files that change

  private func resize(_ name: String, in tree: TemporaryTree, to size: Int) {
    XCTAssertEqual(truncate("\(tree.path)/\(name)", size), 0)
  }

  func testAFileThatShrinksCutsTheConnection() throws {
    for kind in StreamKind.allCases {
      let tree = try makeTree([("a.txt", String(repeating: Self.longText, count: 20))])
      let client = try connect(files: tree, over: kind)
      try client.send(request: "GET /a.txt")
      _ = try client.read(1)
      resize("a.txt", in: tree, to: 10)
      let received = try client.readToEnd().count
      XCTAssertLessThan(received, 20 * Self.longText.utf8.count)
      try client.serving?.wait()
      let reports = takeUncaughtErrors().map { "\($0)" }
      XCTAssertEqual(reports.count, 1, "\(reports)")
      XCTAssertEqual(reports.first?.contains("Content-Length is"), true, "\(reports)")
      XCTAssertEqual(openCount(in: tree), 0)
    }
  }

  func testOfAFileThatGrowsThePartIsSentThatWasAnnounced() throws {
    for kind in StreamKind.allCases {
      let text = String(repeating: Self.longText, count: 5)
      let tree = try makeTree([("a.txt", text)])
      let client = try connect(files: tree, over: kind)
      try client.send(request: "GET /a.txt")
      try client.expectBytes("H")
      resize("a.txt", in: tree, to: 5_000_000)
      while try client.readLine() != "" {}
      XCTAssertTrue(try client.read(text.utf8.count) == Array(text.utf8))
      try client.expectIdle()
    }
  }

  func testAFileThatIsReplacedIsSentAsItWas() throws {
    let text = String(repeating: Self.longText, count: 5)
    let tree = try makeTree([("a.txt", text), ("b.txt", "new")])
    let client = try connect(files: tree)
    try client.send(request: "GET /a.txt")
    try client.expectBytes("H")
    try tree.move("b.txt", to: "a.txt")
    while try client.readLine() != "" {}
    XCTAssertTrue(try client.read(text.utf8.count) == Array(text.utf8))
    try client.send(request: "GET /a.txt")
    try client.expectResponse(200, "new")
  }
}
