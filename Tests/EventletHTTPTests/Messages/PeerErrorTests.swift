import EventletCompression
import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// What a client brings about by what it sends is not the handler's error.
final class PeerErrorTests: HTTPTestCase {
  private struct Nonsense: PeerError {}

  private let handlers: [String: (ServerRequest) throws -> Void] = [
    "/line": { _ = try BufferedReader($0.body, maxLineLength: 5).readLine() },
    "/count": { _ = try $0.body.makeReader().read(exactly: 100) },
    "/all": { _ = try $0.body.makeReader().readAll(limit: 5) },
    "/inflate": {
      _ = try Decompressor(format: .gzip, limit: 100).decompress(try $0.body.readAll())
    },
    "/own": { _ in throw Nonsense() },
  ]

  func testItIsAnsweredWith400AndNotReported() throws {
    let log = LogRecord()
    let handlers = handlers
    let client = try connect({ $0.logger = log.logger }) { request in
      try handlers[request.path]?(request)
      return .text("never")
    }
    _ = log.take()
    for path in handlers.keys.sorted() {
      try client.send(request: "POST \(path)", "Content-Length: 10", body: "0123456789")
      try client.expectResponse(400, "Bad Request\n", fields: ["Connection": nil])
      XCTAssertEqual(log.take().map { String($0.prefix(6)) }, ["debug:"], path)
    }
    try client.expectIdle()
  }

  /// Of a body, of a stream that answers, and of a connection that is taken.
  func testOfSomebodyElsesConnectionItIsReported() throws {
    let failures: [(BufferedReader) throws -> Void] = [
      { _ = try $0.read(exactly: 10) }, { _ = try $0.readAll(limit: 2) },
      { _ = try $0.readBytes(through: 0, limit: 2) },
    ]
    for fail in failures {
      let ask = {
        let (near, far) = try GreenSocket.pair()
        try near.sendAll("nonsense")
        near.close()
        try fail(far.reader)
      }
      let server = makeServer { request in
        let body = try request.body.readAll()
        if request.path == "/stream" {
          return .stream { writer in
            try writer.write(body)
            try writer.flush()
            try ask()
          }
        }
        if request.path == "/taken" { return .takeOver { _ in try ask() } }
        try ask()
        return .text("never")
      }
      let client = try connect(to: server)
      try client.send(request: "POST /", "Content-Length: 4", body: "body")
      try client.expectResponse(500, fields: ["Connection": "close"])
      expectReports("the handler of POST /")
      for path in ["/stream", "/taken"] {
        let client = try connect(to: server)
        try client.send(request: "POST \(path)", "Content-Length: 4", body: "body")
        _ = try client.readToEnd()
        expectReports("the response to POST \(path)")
      }
    }
  }

  func testOfAConnectionThatIsTakenItIsTheClients() throws {
    let log = LogRecord()
    let client = try connect({ $0.logger = log.logger }) { _ in
      .takeOver { _ = try $0.reader.read(exactly: 10) }
    }
    _ = log.take()
    try client.send(request: "GET /")
    try client.send("nonsense")
    try client.endSending()
    _ = try client.readToEnd()
    XCTAssertEqual(log.take().map { String($0.prefix(6)) }, ["debug:"])
  }

  func testOfABodyThatTheRequestHasNotItIsOfSomebodyElse() throws {
    let client = try connect { _ in throw UnexpectedEnd(missing: 1) }
    try client.send(request: "GET /")
    try client.expectResponse(500, fields: ["Connection": "close"])
    XCTAssertEqual(takeUncaughtErrors().count, 1)
  }

  private struct Backend: ConnectionError {
    let connection = "the backend"
  }

  /// What a handler's other connections tell is nothing that the client has sent.
  func testOfAnotherConnectionItIsOfSomebodyElse() throws {
    let client = try connect { _ in throw Backend() }
    try client.send(request: "POST /", "Content-Length: 1", body: "x")
    try client.expectResponse(500, fields: ["Connection": "close"])
    expectReports("Backend")
  }

  /// Then nobody else tells of it: the client gets no answer.
  func testInAResponseThatHasBegunItIsReportedUnlessItIsTheClients() throws {
    let errors: [(path: String, body: String, error: any Error, isReported: Bool)] = [
      ("/bodiless", "", Nonsense(), true), ("/body", "x", Nonsense(), false),
      ("/bodiless", "", Backend(), true), ("/body", "x", Backend(), true),
      ("/bodiless", "", RequestError(.malformedChunk), false),
      ("/body", "x", RequestError(.malformedChunk), false),
    ]
    for (path, body, error, isReported) in errors {
      let log = LogRecord()
      let server = makeServer({ $0.logger = log.logger }) { _ in
        .stream { writer in
          try writer.write("begun")
          try writer.flush()
          throw error
        }
      }
      let client = try connect(to: try listen(server))
      let fields = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
      _ = log.take()
      try client.send(request: "POST \(path)", fields.first ?? "X: y", body: body)
      try client.expectReset()
      let lines = log.take().filter { $0.contains("\(error)") }
      XCTAssertEqual(lines.count, 1, "\(lines)")
      XCTAssertEqual(lines.first?.hasPrefix("error:"), isReported, "\(error) \(path)")
    }
  }
}
