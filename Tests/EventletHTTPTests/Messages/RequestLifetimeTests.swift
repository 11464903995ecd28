import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// Requests that are kept for longer than their response, and what one leaves for the next.
final class RequestLifetimeTests: HTTPTestCase {
  private enum NoteKey: RequestValueKey { typealias Value = String }
  private static let one = HTTPField.Name("X-One").unsafelyUnwrapped

  /// All that can be seen of a request.
  private func describe(_ request: ServerRequest) -> String {
    let raw = request.rawFields.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }
    return "\(request.line) \(request.method) \(request.path) \(request.rawPath) "
      + "\(request.query ?? "-") \(request.authority ?? "-") \(request.version) "
      + "\(request[Self.one] ?? "-") \(request.headerFields.count) \(raw) "
      + "\(request.body.length.map { "\($0)" } ?? "-") \(request.body.trailers.count) "
      + "\(request[NoteKey.self] ?? "-")"
  }

  private static let requests = [
    "GET /a%20b?c HTTP/1.1\r\nHost: one\r\nX-One: first\r\nX_Two: 2\r\n\r\n",
    "POST /long HTTP/1.1\r\nHost: two\r\nX-One: \(String(repeating: "v", count: 5000))\r\n"
      + "Content-Length: 10000\r\n\r\n" + String(repeating: "b", count: 10_000),
    "PUT http://other/ HTTP/1.1\r\nHost: three\r\nTransfer-Encoding: chunked\r\n\r\n"
      + "3\r\nabc\r\n0\r\nX-One: trailer\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: four\r\nX-One: 4\r\n\r\n",
  ]

  /// Asked before, and for the first time after, the handler has returned.
  func testAKeptRequestStaysWhatItWas() throws {
    for kind in StreamKind.allCases {
      for looksBefore in [false, true] {
        var kept: [(request: ServerRequest, description: String?)] = []
        let server = makeServer { [self] request in
          request[NoteKey.self] = request.path
          kept.append((request, looksBefore ? describe(request) : nil))
          return .text(request.path)
        }
        var expected: [String] = []
        let other = makeServer { [self] request in
          request[NoteKey.self] = request.path
          _ = try request.body.readAll()
          expected.append(describe(request))
          return .text("")
        }
        // What each looks like while it is answered, on a connection of its own.
        for text in Self.requests {
          let client = try connect(to: other)
          let sender = spawn { try client.send(text) }
          try client.expectResponse(200)
          try sender.wait()
        }
        // All at once, and one after the other; by a client that goes, and by others meanwhile.
        for pause in [false, true] {
          kept = []
          let client = try connect(to: server, over: kind)
          let sender = spawn {
            for text in Self.requests {
              try client.send(text)
              if pause { try client.settle() }
            }
          }
          for _ in Self.requests { try client.expectResponse(200) }
          try sender.wait()
          client.socket.close()
          try client.serving?.wait()
          let another = try connect(to: server, over: kind)
          for number in 0..<10 {
            try another.send(request: "GET /other\(number)", "X-One: other")
            try another.expectResponse(200, "/other\(number)")
          }
          for (index, text) in expected.enumerated() {
            XCTAssertEqual(describe(kept[index].request), text)
            XCTAssertEqual(describe(kept[index].request), text)
            if let before = kept[index].description, index != 2 { XCTAssertEqual(before, text) }
          }
        }
      }
    }
  }

  /// A kept body is of its own request, too.
  func testAKeptBodyHasItsTrailersAndLength() throws {
    var kept: [RequestBody] = []
    let client = try connect { request in
      kept.append(request.body)
      return .text("")
    }
    for text in Self.requests {
      let sender = spawn { try client.send(text) }
      try client.expectResponse(200)
      try sender.wait()
    }
    try client.settle()
    XCTAssertEqual(kept.map(\.length), [0, 10_000, nil, 0])
    XCTAssertEqual(kept.map { $0.trailers[Self.one] }, [nil, nil, "trailer", nil])
  }

  // Eventlet: W26
  // Differs: what came from the client stays as it is; what may be changed is the request's own.
  func testWhatAHandlerLeavesIsGoneWithTheRequest() throws {
    for keeps in [false, true] {
      var kept: [ServerRequest] = []
      var hooks: [String] = []
      let client = try connect { request in
        if keeps { kept.append(request) }
        XCTAssertNil(request[NoteKey.self])
        XCTAssertEqual(request.body.limit, request.body.isAtEnd ? nil : 16 << 20)
        request[NoteKey.self] = request.path
        request.body.limit = 1000
        request.body.close()
        request.afterResponse { hooks.append("\($0.path) \($0[NoteKey.self] ?? "-")") }
        return .text(try request.body.readText())
      }
      try client.send(request: "POST /a", "Content-Length: 3", body: "abc")
      try client.send(request: "POST /b", "Content-Length: 3", body: "def")
      try client.send(request: "GET /c")
      for text in ["abc", "def", ""] { try client.expectResponse(200, text) }
      try client.settle()
      XCTAssertEqual(hooks, ["/a /a", "/b /b", "/c /c"])
      XCTAssertEqual(kept.map(\.path), keeps ? ["/a", "/b", "/c"] : [])
    }
  }

  /// Its buffer goes from connection to connection.
  func testTheNextRequestHasNothingOfTheOneBefore() throws {
    let server = makeServer { [self] request in .text(describe(request)) }
    let first = try connect(to: server)
    try first.send(Self.requests[2])
    try first.expectResponse(200)
    try first.send("GET /?x HTTP/1.0\r\nX-One: 1\r\nX-Two: 2\r\n\r\n")
    try first.expectResponse(200)
    try first.expectClosed()
    let second = try connect(to: server)
    try second.send("GET / HTTP/1.0\r\n\r\n")
    try second.expectResponse(
      200, "GET / HTTP/1.0 GET / / - - HTTP/1.0 - 0 [] 0 0 -", fields: ["Connection": "close"])
  }

  /// Kept by a green thread that outlives the connection.
  func testARequestMayBeUsedByAnotherGreenThread() throws {
    var later: GreenThread<String>?
    let client = try connect { [self] request in
      later = spawn { [self] in
        try GreenThread.sleep(for: .seconds(10))
        return describe(request)
      }
      return .text("at once")
    }
    try client.send(Self.requests[0])
    try client.expectResponse(200, "at once")
    try client.finish()
    XCTAssertEqual(
      try later?.wait(),
      "GET /a%20b?c HTTP/1.1 GET /a b /a%20b c one HTTP/1.1 first 2 "
        + #"["Host=one", "X-One=first", "X_Two=2"] 0 0 -"#)
  }
}
