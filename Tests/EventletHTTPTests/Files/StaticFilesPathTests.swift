import EventletCore
import EventletHTTP
import EventletTesting
import Glibc
import XCTest

/// What clients send to get out of the directory, all the way through the server.
final class StaticFilesPathTests: StaticFilesTestCase {
  private func makeTraps() throws -> TemporaryTree {
    let tree = try makeTree([
      ("secret", "SECRET"), ("www/in", "in"), ("www/sub/in", "in sub"), ("www/.hidden", "SECRET"),
      ("www/.git/config", "SECRET"), ("www/.well-known/x", "known"), ("www/..odd", "SECRET"),
      (#"www/a\b"#, "backslash"), ("www2/in", "SECRET"),
    ])
    try tree.link("www/out", to: "../secret")
    try tree.link("www/up", to: "..")
    try tree.link("www/absolute", to: tree.path + "/secret")
    try tree.link("www/inside", to: "sub/in")
    try tree.link("www/loop", to: "loop")
    try tree.makePipe("www/pipe")
    return tree
  }

  private func connect(
    in tree: TemporaryTree, _ configure: (inout StaticFiles.Configuration) -> Void = { _ in }
  ) throws -> RawClient {
    var configuration = StaticFiles.Configuration()
    configure(&configuration)
    let files = try StaticFiles(directory: tree.path + "/www", configuration: configuration)
    return try connect(handler: files.handle)
  }

  func testNoPathLeadsOut() throws {
    let tree = try makeTraps()
    let client = try connect(in: tree)
    for (path, status) in [
      ("/../secret", 400), ("/..", 400), ("/../", 400), ("/sub/../../secret", 400),
      ("/sub/../in", 400), ("/%2e%2e/secret", 400), ("/.%2E/secret", 400), ("/%2E./secret", 400),
      ("/..%2fsecret", 404), ("/%2e%2e%2fsecret", 404), ("/..%5csecret", 404),
      (#"/..\secret"#, 404), ("/%252e%252e/secret", 404), ("/..%252fsecret", 404),
      ("/..%c0%afsecret", 404), ("/%c0%ae%c0%ae/secret", 404), ("/....//secret", 404),
      ("/..;/secret", 404), ("/../www2/in", 400), ("//../secret", 400), ("/./../secret", 400),
      ("/in%00.html", 400), ("/%00", 400), ("/..%00/secret", 400), ("/in%00/../secret", 400),
      ("/.hidden", 404), ("/%2ehidden", 404), ("/.git/config", 404), ("/sub/.well-known/x", 404),
      ("/..odd", 404), ("/out", 404), ("/up/secret", 404), ("/up", 404), ("/absolute", 404),
      ("/loop", 404), ("/pipe", 404), ("/in/", 404), ("/in/x", 404), ("/none", 404),
      ("/" + String(repeating: "a", count: 300), 404),
      ("/" + String(repeating: "sub/", count: 1500), 404),
      ("/etc/passwd", 404), ("/proc/self/environ", 404), ("http://test/../secret", 400),
      ("http://secret", 404), ("/sub%2Fin", 404),
    ] {
      for method in ["GET", "HEAD"] {
        try client.send(request: "\(method) \(path)")
        let response = try client.expectResponse(status, to: method)
        XCTAssertEqual(response.status, status, path)
        XCTAssertFalse(response.text.contains("SECRET"), path)
        // Nothing is told of what there is.
        XCTAssertFalse(response.text.contains(tree.path), path)
      }
    }
    for (path, text) in [
      ("/in", "in"), ("/sub/in", "in sub"), ("/inside", "in sub"), ("/.well-known/x", "known"),
      ("/a%5Cb", "backslash"), (#"/a\b"#, "backslash"), ("/%73ub/%69n", "in sub"),
      ("/sub//in", "in sub"), ("/./in", "in"), ("http://test/in", "in"),
    ] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(200, text)
    }
  }

  func testLinksMayBeRefusedAndHiddenFilesShown() throws {
    let tree = try makeTraps()
    let strict = try connect(in: tree) { $0.followsSymbolicLinks = false }
    let open = try connect(in: tree) { $0.showsHiddenFiles = true }
    for (client, path, status) in [
      (strict, "/inside", 404), (strict, "/in", 200), (open, "/.hidden", 200),
      (open, "/.git/config", 200), (open, "/..", 400), (open, "/out", 404),
    ] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(status)
    }
  }

  /// Names are bytes.
  func testANameNeedNotBeUTF8() throws {
    let tree = try makeTree([])
    let name = (Array("\(tree.path)/".utf8) + [0xff, 0xfe, 0]).map(CChar.init(bitPattern:))
    let file = open(name, O_CREAT, 0o644)
    XCTAssertGreaterThanOrEqual(file, 0)
    close(file)
    let files = try StaticFiles(directory: tree.path)
    let router = Router()
    router.mount("/static/{version}", files.handle)
    for (handler, path) in [
      (files.handle, "/%ff%FE"), (router.handle, "/static/%ff/%ff%FE"),
      (router.handle, "/static/1//%ff%FE"),
    ] as [(RequestHandler, String)] {
      let client = try connect(handler: handler)
      try client.send(request: "GET \(path)")
      try client.expectResponse(200, "")
    }
    XCTAssertEqual(unlink(name), 0)
  }
}
