import EventletHTTP
import EventletTesting
import XCTest

/// Files beside which a compressed one lies.
final class CompressedSiblingTests: StaticFilesTestCase {
  private func connectToFiles() throws -> RawClient {
    let tree = try makeTree([
      ("a.js", "script"), ("a.js.gz", "compressed"), ("b.js", "alone"), ("c.js.gz", "only"),
      ("d.js", "newer"), ("d.js.gz", "older"), ("index.html", "page"), ("index.html.gz", "small"),
      ("e.js", "e"), ("e.js.gz/x", ""),
    ])
    for name in ["a.js", "a.js.gz", "d.js.gz", "index.html", "index.html.gz"] {
      setTime(of: name, in: tree, 1_000_000)
    }
    setTime(of: "d.js", in: tree, 1_000_001)
    return try connect(files: tree) { $0.servesCompressedSiblings = true }
  }

  func testItIsSentToWhoTakesIt() throws {
    let client = try connectToFiles()
    for (path, accepted, text) in [
      ("/a.js", "gzip", "compressed"), ("/a.js", "br, gzip;q=0.5", "compressed"),
      ("/a.js", "gzip;q=0", nil), ("/a.js", "deflate", nil), ("/a.js", "identity, gzip;q=0.9", nil),
      ("/", "gzip", "small"), ("/b.js", "gzip", nil), ("/d.js", "gzip", nil),
      ("/e.js", "gzip", nil),
    ] {
      let type = path == "/" ? "text/html; charset=utf-8" : "text/javascript; charset=utf-8"
      try client.send(request: "GET \(path)", "Accept-Encoding: \(accepted)")
      try client.expectResponse(
        200, text,
        fields: [
          "Content-Encoding": text.map { _ in "gzip" }, "Vary": "Accept-Encoding",
          "Content-Type": type,
        ])
    }
    try client.send(request: "GET /a.js")
    try client.expectResponse(200, "script", fields: ["Vary": "Accept-Encoding"])
    try client.send(request: "GET /c.js", "Accept-Encoding: gzip")
    try client.expectResponse(404)
  }

  func testBothHaveTagsOfTheirOwn() throws {
    let client = try connectToFiles()
    try client.send(request: "GET /a.js")
    let plain = try XCTUnwrap(client.expectResponse(200)["ETag"])
    try client.send(request: "GET /a.js", "Accept-Encoding: gzip")
    let compressed = try XCTUnwrap(client.expectResponse(200)["ETag"])
    XCTAssertNotEqual(plain, compressed)
    for (accepted, tag, status) in [
      ("gzip", compressed, 304), ("gzip", plain, 200), ("x", plain, 304), ("x", compressed, 200),
    ] {
      try client.send(
        request: "GET /a.js", "Accept-Encoding: \(accepted)", "If-None-Match: \(tag)")
      try client.expectResponse(status, fields: ["Vary": "Accept-Encoding"])
    }
    // Parts are of the bytes that are sent.
    try client.send(request: "GET /a.js", "Accept-Encoding: gzip", "Range: bytes=0-3")
    try client.expectResponse(
      206, "comp", fields: ["Content-Encoding": "gzip", "Content-Range": "bytes 0-3/10"])
  }

  func testTheyAreLeftAloneByDefault() throws {
    let client = try connect(files: makeTree([("a.js", "script"), ("a.js.gz", "compressed")]))
    try client.send(request: "GET /a.js", "Accept-Encoding: gzip")
    try client.expectResponse(200, "script", fields: ["Vary": nil])
    try client.send(request: "GET /a.js.gz")
    try client.expectResponse(
      200, "compressed", fields: ["Content-Type": "application/gzip", "Content-Encoding": nil])
  }
}
