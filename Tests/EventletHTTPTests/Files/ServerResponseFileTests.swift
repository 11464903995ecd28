import EventletCore
import EventletHTTP
import EventletTesting
import Glibc
import HTTPTypes
import XCTest

/// Single files as answers of handlers.
final class ServerResponseFileTests: StaticFilesTestCase {
  func testAFileIsAnAnswer() throws {
    let tree = try makeTree([("report.pdf", "0123456789")])
    let client = try connect { request in
      try .file(
        "\(tree.path)/report.pdf", for: request,
        contentType: request.query == "plain" ? "text/plain" : nil,
        headerFields: [.contentDisposition: "attachment"])
    }
    try client.send(request: "GET /")
    let response = try client.expectResponse(
      200, "0123456789",
      fields: [
        "Content-Type": "application/pdf", "Content-Disposition": "attachment",
        "Accept-Ranges": "bytes", "Content-Length": "10",
      ])
    let tag = try XCTUnwrap(response["ETag"])
    try client.send(request: "GET /?plain", "Range: bytes=1-2")
    try client.expectResponse(206, "12", fields: ["Content-Type": "text/plain"])
    try client.send(request: "GET /", "If-None-Match: \(tag)")
    try client.expectResponse(304, fields: ["ETag": tag, "Content-Disposition": nil])
    try client.send(request: "HEAD /")
    try client.expectResponse(200, fields: ["Content-Length": "10"], to: "HEAD")
  }

  /// What a POST has made is no state of what it was sent to.
  func testToOtherMethodsItIsSentWhole() throws {
    let tree = try makeTree([("a", "0123456789")])
    let client = try connect { try .file("\(tree.path)/a", for: $0) }
    for field in ["Range: bytes=1-2", "If-Match: \"x\"", "If-None-Match: *"] {
      try client.send(request: "POST /", "Content-Length: 0", field)
      try client.expectResponse(
        200, "0123456789", fields: ["ETag": nil, "Last-Modified": nil, "Accept-Ranges": nil])
    }
  }

  func testAnOpenFileMayBeSentAgainAndAgain() throws {
    let tree = try makeTree([("a.txt", "0123456789")])
    let file = try OpenedFile.open("\(tree.path)/a.txt")
    let client = try connect { request in
      if request.path == "/part" {
        return ServerResponse(body: .file(file, range: ByteRange(first: 2, last: 4)))
      }
      return .file(file, for: request)
    }
    for _ in 0..<2 {
      try client.send(request: "GET /")
      try client.expectResponse(
        200, "0123456789", fields: ["Content-Type": "text/plain; charset=utf-8"])
      try client.send(request: "GET /part")
      try client.expectResponse(200, "234", fields: ["Content-Length": "3"])
    }
  }

  func testWhatIsNoFileIsAnsweredWithItsStatus() throws {
    let tree = try makeTree([("dir/x", ""), ("file", "")])
    try tree.makePipe("pipe")
    try tree.link("loop", to: "loop")
    let client = try connect { try .file("\(tree.path)\($0.path)", for: $0) }
    for (path, status) in [
      ("/none", 404), ("/dir", 404), ("/pipe", 404), ("/loop", 404), ("/file/x", 404),
      ("/file%00", 400), ("/file", 200),
    ] {
      try client.send(request: "GET \(path)")
      try client.expectResponse(status)
    }
  }

  func testOpeningTellsWhatIsWrong() throws {
    let tree = try makeTree([("dir/x", ""), ("file", "text")])
    try tree.link("link", to: "file")
    for (name, reason) in [
      ("none", FileAccessError.Reason.notFound), ("dir", .notAFile), ("file/x", .notFound),
      ("file\0", .holdsNUL),
    ] {
      let path = "\(tree.path)/\(name)"
      assertThrows(FileAccessError.self) {
        _ = try OpenedFile.open(path)
      } check: {
        XCTAssertEqual($0, FileAccessError(path: path, reason: reason))
      }
    }
    let file = try assertSwitches { try OpenedFile.open("\(tree.path)/link") }
    XCTAssertEqual(file.path, "\(tree.path)/link")
    XCTAssertEqual(file.size, 4)
    XCTAssertEqual(fcntl(file.descriptor, F_GETFD), FD_CLOEXEC)
  }
}
