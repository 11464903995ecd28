import EventletCompression
import EventletCore
import EventletTesting
import XCTest

@testable import EventletHTTP

/// Which codings of a request's body are taken off, and what is refused.
final class ContentCodingTests: DecompressionTestCase {
  func testCodingsAreTakenOffInTurn() throws {
    let gzip = encode(text, .gzip)
    let deflate = encode(text, .zlib)
    for (codings, body) in [
      ("gzip", gzip), ("x-gzip", gzip), ("GZip", gzip), (" , gzip,", gzip), ("deflate", deflate),
      ("gzip, identity", gzip), ("deflate, gzip", encode(deflate, .gzip)),
      ("gzip, deflate", encode(gzip, .zlib)), ("gzip,gzip", encode(gzip, .gzip)),
      ("deflate\r\nContent-Encoding: gzip", encode(deflate, .gzip)),
      ("identity", Array(text.utf8)), ("", Array(text.utf8)),
    ] {
      let client = try connect(expanding: echo)
      for isChunked in [false, true] {
        try client.send(post(codings, body, isChunked: isChunked))
        XCTAssertTrue(try client.expectResponse(200).text == text, codings)
      }
      try client.expectIdle()
    }
  }

  /// RFC 9110, 15.5.16.
  func testAnUnknownCodingIsRefused() throws {
    for codings in ["br", "gzip, br", "br, gzip", "gzip;q=1", "gzip gzip", "gzip, gzip, gzip"] {
      let client = try connect(expanding: { request in
        XCTAssertEqual(request.path, "/empty")
        return .text("")
      })
      try client.send(post(codings, Array("body".utf8)))
      try client.expectResponse(415, fields: ["Accept-Encoding": "gzip, deflate"])
      // The body was thrown away.
      try client.send(post("zstd", [], path: "/empty"))
      try client.expectResponse(200)
    }
  }

  func testWhoeverTellsAClientMayChangeTheFields() throws {
    let server = makeServer(
      handler: compose(
        [requestIdentifier(acceptsClients: false), requestDecompression()], around: echo))
    let client = try connect(to: server)
    try client.send(post("br", Array("body".utf8)))
    let response = try client.expectResponse(
      415, "the content coding 'br' is not supported\n")
    XCTAssertNotNil(response["X-Request-ID"])
  }

  func testNoBodyIsNoBody() throws {
    let client = try connect(expanding: { request in
      XCTAssertEqual(request.body.length, 0)
      XCTAssertTrue(request.body.isAtEnd)
      return .text("read \(try request.body.readAll().count)")
    })
    for fields in [["Content-Encoding: gzip"], ["Content-Encoding: br", "Content-Length: 0"]] {
      try client.send(request: "GET /", fields[0], fields.count > 1 ? fields[1] : "X: y")
      try client.expectResponse(200, "read 0")
    }
  }

  func testABodyWithoutAByteIsEmpty() throws {
    let client = try connect(expanding: echo)
    try client.send(post("gzip", [], isChunked: true))
    try client.expectResponse(200, "")
    try client.expectIdle()
  }

  func testASecondMiddlewareHasNothingToDo() throws {
    let client = try connect(expanding: compose([requestDecompression()], around: echo))
    try client.send(post("gzip", encode(text, .gzip)))
    XCTAssertTrue(try client.expectResponse(200).text == text)
  }

  // MARK: Malformed bodies

  func testAMalformedBodyIs400() throws {
    let gzip = encode(text, .gzip)
    var broken = gzip
    broken[gzip.count - 5] ^= 1
    for (coding, body, message) in [
      ("gzip", Array(gzip.dropLast()), "body whose content coding, gzip, does not end"),
      ("gzip", gzip + [0], "body that goes on behind the end of its content coding, gzip"),
      ("gzip", broken, "body that is not in its content coding, gzip"),
      ("gzip", Array(text.utf8), "body that is not in its content coding, gzip"),
      ("deflate", gzip, "body that is not in its content coding, deflate"),
      ("deflate", encode(text, .raw), "body that is not in its content coding, deflate"),
      ("gzip, deflate", gzip, "body that is not in its content coding, deflate"),
    ] {
      for isChunked in [false, true] {
        let client = try connect(expanding: { request in
          // Whoever takes the error for the end still gets it.
          var failures = 0
          while failures < 2 {
            do {
              if try request.body.receive(upTo: 10_000).isEmpty { break }
            } catch is RequestError { failures += 1 }
          }
          XCTAssertEqual(failures, 2)
          return .text(try request.body.readText())
        })
        try client.send(post(coding, body, isChunked: isChunked))
        try client.endSending()
        try client.expectRefusal(400, message)
      }
    }
  }

  func testABodyThatEndsEarlyIs400() throws {
    let body = encode(text, .gzip)
    for isChunked in [false, true] {
      let bytes = post("gzip", body, isChunked: isChunked)
      for missing in [1, 30, body.count - 10] {
        let client = try connect(expanding: echo)
        try client.send(Array(bytes.dropLast(missing)))
        try client.endSending()
        let response = try client.expectResponse(400, fields: ["Connection": "close"])
        XCTAssertTrue(response.text.hasPrefix("body that ended early"), response.text)
        try client.expectClosed()
      }
    }
  }
}
