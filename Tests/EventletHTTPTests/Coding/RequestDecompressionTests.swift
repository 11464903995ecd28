import EventletCompression
import EventletCore
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletHTTP

/// Bodies of requests that come in a coding.
final class RequestDecompressionTests: DecompressionTestCase {
  private static let codings = [("gzip", CompressionFormat.gzip), ("deflate", .zlib)]

  func testEveryWayOfReadingGivesTheText() throws {
    let ways: [(String, (RequestBody) throws -> [UInt8])] = [
      ("all", { try $0.readAll() }), ("text", { Array(try $0.readText().utf8) }),
      (
        "pieces",
        { body in
          var all: [UInt8] = []
          try body.forEach { all += $0 }
          return all
        }
      ),
      (
        "bytes",
        { body in
          var all: [UInt8] = []
          while case let piece = try body.receive(upTo: 1), !piece.isEmpty { all += piece }
          return all
        }
      ),
      (
        "memory",
        { body in
          let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
          defer { memory.deallocate() }
          var all: [UInt8] = []
          while case let count = try body.receive(into: memory), count > 0 {
            all += memory[..<count]
          }
          return all
        }
      ),
      (
        "lines",
        { body in
          let reader = body.makeReader()
          var all: [UInt8] = []
          while let line = try reader.readLine() { all += Array((line + "\n").utf8) }
          return all
        }
      ),
    ]
    for (coding, format) in Self.codings {
      for (name, read) in ways {
        for kind in StreamKind.allCases {
          let client = try connect(
            expanding: { request in
              XCTAssertNil(request.body.length)
              XCTAssertFalse(request.body.isAtEnd)
              let all = try read(request.body)
              XCTAssertTrue(request.body.isAtEnd)
              XCTAssertEqual(try request.body.receive(upTo: 1), [])
              return .bytes(all)
            }, over: kind)
          for isChunked in [false, true] {
            try client.send(post(coding, encode(text, format), isChunked: isChunked))
            let response = try client.expectResponse(200, fields: ["Connection": nil])
            XCTAssertTrue(response.text == text, "\(coding) \(name) \(kind)")
          }
          try client.expectIdle()
        }
      }
    }
  }

  func testEverySplitOfARequest() throws {
    for (coding, format) in Self.codings {
      for isChunked in [false, true] {
        let client = try connect(expanding: echo)
        let body = encode("green threads, green sockets", format)
        for way in everyWay(of: post(coding, body, isChunked: isChunked)) {
          try client.send(parts: way)
          try client.expectResponse(200, "green threads, green sockets")
        }
      }
    }
  }

  func testRequestsThatFollowAreAsTheyAre() throws {
    let client = try connect(expanding: echo)
    try client.send(
      post("gzip", encode("one", .gzip)) + post("identity", Array("two".utf8))
        + post("deflate", encode("three", .zlib)))
    try client.send(request: "POST /", "Content-Length: 4", body: "four")
    for text in ["one", "two", "three", "four"] { try client.expectResponse(200, text) }
    try client.expectIdle()
  }

  func testTheFieldsStayAsTheyCame() throws {
    let body = encode(text, .gzip)
    let client = try connect(expanding: { request in
      XCTAssertEqual(request[.contentEncoding], "gzip")
      XCTAssertEqual(request[.contentLength], "\(body.count)")
      return .text("\(try request.body.readAll().count)")
    })
    try client.send(post("gzip", body))
    try client.expectResponse(200, "\(text.utf8.count)")
  }

  func testTrailersFollow() throws {
    let client = try connect(expanding: { request in
      XCTAssertEqual(request.body.trailers, HTTPFields())
      _ = try request.body.readAll()
      return .text(request.body.trailers.first?.value ?? "none")
    })
    try client.send(post("gzip", encode(text, .gzip), isChunked: true))
    try client.expectResponse(200, "yes")
  }

  func testForms() throws {
    let client = try connect(expanding: { request in
      let form = try request.readForm()
      return .text("\(form.fields["a"] ?? "") \(form.fields["b"] ?? "")")
    })
    let multipart = """
      --x\r
      Content-Disposition: form-data; name="a"\r
      \r
      1\r
      --x\r
      Content-Disposition: form-data; name="b"\r
      \r
      2\r
      --x--\r

      """
    for (type, body) in [
      ("application/x-www-form-urlencoded", "a=1&b=2"),
      ("multipart/form-data; boundary=x", multipart),
    ] {
      let coded = encode(body, .gzip)
      try client.send(
        request: "POST /", "Content-Type: \(type)", "Content-Encoding: gzip",
        "Content-Length: \(coded.count)")
      try client.send(coded)
      try client.expectResponse(200, "1 2")
    }
  }

  // Eventlet: W48
  func testAClientThatWaitsIsToldToGoOn() throws {
    let client = try connect(expanding: echo)
    let body = encode(text, .gzip)
    try client.send(
      request: "POST /", "Expect: 100-continue", "Content-Encoding: gzip",
      "Content-Length: \(body.count)")
    try client.expectContinue()
    try client.send(body)
    XCTAssertTrue(try client.expectResponse(200).text == text)
    try client.expectIdle()
  }

  /// A client that sends as it goes gets answers as it goes.
  func testWhatHasComeCanBeReadBeforeTheRest() throws {
    let client = try connect(expanding: { request in
      .stream { writer in
        writer.minimumChunkSize = 1
        try request.body.forEach { try writer.write($0) }
      }
    })
    let compressor = Compressor(format: .gzip)
    try client.send(
      request: "POST /", "Content-Encoding: gzip", "Transfer-Encoding: chunked")
    for word in ["one", "two"] {
      let piece = compressor.compress(Array(word.utf8), flush: .sync)
      try client.send("\(String(piece.count, radix: 16))\r\n")
      try client.send(piece + Array("\r\n".utf8))
      if word == "one" { while try !client.readLine().isEmpty {} }
      try client.expectBytes("3\r\n\(word)\r\n")
    }
    let piece = compressor.compress([], flush: .finish)
    try client.send("\(String(piece.count, radix: 16))\r\n")
    try client.send(piece + Array("\r\n0\r\n\r\n".utf8))
    try client.expectBytes("0\r\n\r\n")
    try client.expectIdle()
  }
}
