import EventletHTTP
import EventletTesting
import XCTest

/// Parts of files, on the wire.
///
/// How the field is read is `ByteRangeTests`' matter.
final class FileRangeTests: StaticFilesTestCase {
  private static let text = "0123456789abcdefghijklmnopqrstuvwxyz"
  private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"

  private func connectToFile(over kind: StreamKind = .socket) throws -> RawClient {
    let tree = try makeTree([("a.txt", Self.text), ("empty", "")])
    setTime(of: "a.txt", in: tree, 784_111_777)
    return try connect(files: tree, over: kind)
  }

  func testOnePart() throws {
    for kind in StreamKind.allCases {
      let client = try connectToFile(over: kind)
      for (range, text, first, last) in [
        ("0-0", "0", 0, 0), ("0-9", "0123456789", 0, 9), ("10-12", "abc", 10, 12),
        ("35-", "z", 35, 35), ("30-99", "uvwxyz", 30, 35), ("-1", "z", 35, 35),
        ("-99", Self.text, 0, 35), ("0-", Self.text, 0, 35), ("0-1,2-3", "0123", 0, 3),
        ("0-3,2-9", "0123456789", 0, 9), ("99-,0-0", "0", 0, 0),
      ] {
        try client.send(request: "GET /a.txt", "Range: bytes=\(range)")
        let response = try client.expectResponse(
          206, text,
          fields: [
            "Content-Range": "bytes \(first)-\(last)/36", "Content-Length": "\(text.utf8.count)",
            "Content-Type": "text/plain; charset=utf-8", "Accept-Ranges": "bytes",
            "Last-Modified": Self.date,
          ])
        XCTAssertNotNil(response["ETag"])
      }
      try client.expectIdle()
    }
  }

  func testSeveralParts() throws {
    let client = try connectToFile()
    var boundaries: Set<String> = []
    for (range, parts) in [
      ("0-0,2-2", [(0, 0), (2, 2)]), ("0-9, 20-, 12-13", [(0, 9), (20, 35), (12, 13)]),
      ("-1,0-0", [(35, 35), (0, 0)]), ("5-6,0-1,99-100", [(5, 6), (0, 1)]),
    ] {
      try client.send(request: "GET /a.txt", "Range: bytes=\(range)")
      let response = try client.expectResponse(206, fields: ["Content-Range": nil])
      XCTAssertEqual(response["Content-Length"], "\(response.body.count)")
      XCTAssertNotNil(response["ETag"])
      let expected = parts.map { first, last in
        MultipartParts.Part(
          fields: [
            "Content-Type: text/plain; charset=utf-8", "Content-Range: bytes \(first)-\(last)/36",
          ],
          text: String(Self.text.dropFirst(first).prefix(last - first + 1)))
      }
      XCTAssertEqual(try MultipartParts(response).parts, expected)
      boundaries.insert(response["Content-Type"] ?? "")
    }
    // Whoever can guess it could put one into a file.
    XCTAssertEqual(boundaries.count, 4)
    try client.expectIdle()
  }

  func testLongParts() throws {
    let text = Self.longText
    let tree = try makeTree([("long", text)])
    for kind in StreamKind.allCases {
      let client = try connect(files: tree, over: kind)
      try client.send(request: "GET /long", "Range: bytes=1000-199999,200100-300099")
      let parts = try MultipartParts(client.expectResponse(206)).parts
      let bytes = Array(text.utf8)
      let expected = [1000..<200_000, 200_100..<300_100].map {
        String(decoding: bytes[$0], as: UTF8.self)
      }
      XCTAssertTrue(parts.map(\.text) == expected)
      try client.expectIdle()
    }
  }

  func testNothingThatThereIs() throws {
    let client = try connectToFile()
    for range in ["36-", "99-100", "-0", "36-,-0"] {
      try client.send(request: "GET /a.txt", "Range: bytes=\(range)")
      try client.expectResponse(
        416, "Range Not Satisfiable\n",
        fields: ["Content-Range": "bytes */36", "Accept-Ranges": "bytes", "ETag": nil])
    }
  }

  func testAllOfItIsSentWhereTheFieldDoesNotCount() throws {
    let client = try connectToFile()
    for (range, path) in [
      ("bytes=5-1", "/a.txt"), ("bytes=", "/a.txt"), ("bytes=x", "/a.txt"), ("lines=1-2", "/a.txt"),
      ("bytes=0-0" + String(repeating: ",0-0", count: 40), "/a.txt"), ("bytes=0-0", "/empty"),
      ("bytes=-1", "/empty"),
    ] {
      try client.send(request: "GET \(path)", "Range: \(range)")
      try client.expectResponse(
        200, path == "/empty" ? "" : Self.text, fields: ["Content-Range": nil])
    }
    try client.send(request: "HEAD /a.txt", "Range: bytes=0-0")
    try client.expectResponse(200, fields: ["Content-Length": "36"], to: "HEAD")
  }

  func testAPartIsOfTheStateThatTheClientHas() throws {
    let client = try connectToFile()
    try client.send(request: "GET /a.txt")
    let tag = try XCTUnwrap(client.expectResponse(200)["ETag"])
    for (value, status) in [
      (tag, 206), (Self.date, 206), ("W/" + tag, 200), ("\"x\"", 200),
      ("Sun, 06 Nov 1994 08:49:38 GMT", 200), ("Sun, 06 Nov 1994 08:49:36 GMT", 200), ("x", 200),
    ] {
      for range in ["0-1", "0-1,3-4"] {
        try client.send(request: "GET /a.txt", "Range: bytes=\(range)", "If-Range: \(value)")
        XCTAssertEqual(try client.expectResponse(status).status, status, value)
      }
    }
    // A part that there is not, of another state: the whole, not 416.
    try client.send(request: "GET /a.txt", "Range: bytes=99-", "If-Range: \"x\"")
    try client.expectResponse(200, Self.text)
    // Conditions come before parts (RFC 9110, 13.2.2).
    try client.send(request: "GET /a.txt", "Range: bytes=99-", "If-None-Match: \(tag)")
    try client.expectResponse(304)
    try client.send(request: "GET /a.txt", "Range: bytes=0-1", "If-Match: \"x\"")
    try client.expectResponse(412)
  }
}
