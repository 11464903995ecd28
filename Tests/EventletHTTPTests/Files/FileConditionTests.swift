import EventletHTTP
import EventletTesting
import XCTest

/// Conditions of requests for files, on the wire.
///
/// Which of them holds is `PreconditionsTests`' matter.
final class FileConditionTests: StaticFilesTestCase {
  private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
  private static let earlier = "Sun, 06 Nov 1994 08:49:36 GMT"
  private static let later = "Sun, 06 Nov 1994 08:49:38 GMT"

  private func connectToDatedFile() throws -> (client: RawClient, tag: String) {
    let tree = try makeTree([("a.txt", "content")])
    setTime(of: "a.txt", in: tree, 784_111_777)
    let client = try connect(files: tree) { $0.cacheControl = "no-cache" }
    try client.send(request: "GET /a.txt")
    return (client, try XCTUnwrap(client.expectResponse(200)["ETag"]))
  }

  func testConditionsAreObeyed() throws {
    let (client, tag) = try connectToDatedFile()
    for (fields, status) in [
      (["If-None-Match: \(tag)"], 304), (["If-None-Match: W/\(tag)"], 304),
      (["If-None-Match: *"], 304), (["If-None-Match: \"x\", \(tag)"], 304),
      (["If-None-Match: \"x\""], 200), (["If-None-Match: x"], 200),
      (["If-Modified-Since: \(Self.date)"], 304), (["If-Modified-Since: \(Self.later)"], 304),
      (["If-Modified-Since: \(Self.earlier)"], 200), (["If-Modified-Since: yesterday"], 200),
      (["If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT"], 304),
      (["If-Modified-Since: Sun Nov  6 08:49:37 1994"], 304),
      (["If-None-Match: \"x\"", "If-Modified-Since: \(Self.later)"], 200),
      (["If-None-Match: \(tag)", "If-Modified-Since: \(Self.earlier)"], 304),
      (["If-Match: \(tag)"], 200), (["If-Match: *"], 200), (["If-Match: W/\(tag)"], 412),
      (["If-Match: \"x\""], 412), (["If-Match: \(tag)", "If-None-Match: \(tag)"], 304),
      (["If-Unmodified-Since: \(Self.date)"], 200), (["If-Unmodified-Since: \(Self.earlier)"], 412),
      (["If-Unmodified-Since: \(Self.earlier)", "If-Match: \(tag)"], 200),
    ] {
      for method in ["GET", "HEAD"] {
        let lines = fields.map { $0 + "\r\n" }.joined()
        try client.send("\(method) /a.txt HTTP/1.1\r\nHost: test\r\n\(lines)\r\n")
        let response = try client.expectResponse(status, to: method)
        XCTAssertEqual(response.status, status, "\(method) \(fields)")
      }
    }
    try client.expectIdle()
  }

  /// RFC 9110, 15.4.5.
  func testNotModifiedHasTheFieldsThatACacheNeeds() throws {
    let (client, tag) = try connectToDatedFile()
    try client.send(request: "GET /a.txt", "If-None-Match: \(tag)")
    let response = try client.expectResponse(
      304, "",
      fields: [
        "ETag": tag, "Last-Modified": Self.date, "Cache-Control": "no-cache",
        "Content-Length": nil, "Content-Type": nil, "Accept-Ranges": nil, "Transfer-Encoding": nil,
      ])
    XCTAssertNotNil(response["Date"])
    try client.expectIdle()
  }

  func testAConditionOfWhatIsNotThereChangesNothing() throws {
    let (client, _) = try connectToDatedFile()
    for field in ["If-Match: \"x\"", "If-None-Match: *"] {
      try client.send(request: "GET /none", field)
      try client.expectResponse(404)
    }
  }

  func testTheTagChangesWithTheFile() throws {
    let tree = try makeTree([("a", "one")])
    let client = try connect(files: tree)
    try client.send(request: "GET /a")
    let tag = try XCTUnwrap(client.expectResponse(200, "one")["ETag"])
    try tree.write("other", to: "new")
    try tree.move("new", to: "a")
    try client.send(request: "GET /a", "If-None-Match: \(tag)")
    XCTAssertNotEqual(try client.expectResponse(200, "other")["ETag"], tag)
  }
}
