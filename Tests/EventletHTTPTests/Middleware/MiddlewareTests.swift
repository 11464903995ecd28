import EventletCore
import EventletHTTP
import EventletTesting
import HTTPTypes
import XCTest

/// What middleware adds to answers that are no responses of handlers.
final class MiddlewareTests: HTTPTestCase {
  private struct Odd: Error {}
  private struct OutOfStock: RespondingError {
    var response: ServerResponse {
      .stream(status: .conflict, length: 4) { writer in try writer.write("none") }
    }
  }

  private func configure(_ configuration: inout HTTPServer.Configuration) {
    configuration.timeouts.handler = .seconds(5)
    configuration.limits.body = 10
  }

  private func expectFields(
    _ client: RawClient, _ status: Int, to line: String, file: StaticString = #filePath,
    at: UInt = #line
  ) throws {
    let response = try client.readResponse(to: String(line.prefix { $0 != " " }))
    XCTAssertEqual(response.status, status, line, file: file, line: at)
    for (name, value) in [
      "Access-Control-Allow-Origin": "https://a.example", "Vary": "Origin", "X-Request-ID": "7",
      "X-Frame-Options": "DENY",
    ] {
      XCTAssertEqual(response[name], value, "\(line): \(name)", file: file, line: at)
    }
  }

  private func makeRouter() throws -> Router {
    let router = Router()
    router.use(crossOrigin(CrossOriginPolicy(origins: ["https://a.example"])))
    router.use(requestIdentifier())
    router.use(securityHeaders())
    router.get("/refuses") { _ in throw HTTPError(.gone) }
    router.get("/files") { _ in throw FileAccessError(path: "x", reason: .notFound) }
    router.get("/stock") { _ in throw OutOfStock() }
    router.get("/odd") { _ in throw Odd() }
    router.get("/slow") { _ in
      try GreenThread.sleep(for: .seconds(6))
      return .text("never")
    }
    router.get("/percent") { request in .text(try "%".percentDecodedStrictly()) }
    router.post("/form") { request in
      _ = try request.readForm()
      return .text("never")
    }
    router.post("/body") { request in .bytes(try request.body.readAll()) }
    router.get("/stream") { _ in .stream { _ in throw HTTPError(.conflict) } }
    router.get("/upgrade") { _ in .upgrade(to: "echo") { _ in } }
    router.get("/wrong") { _ in
      ServerResponse(headerFields: [.transferEncoding: "chunked"])
    }
    router.get("/mistaken") { _ in
      .stream { _ in throw HTTPError(.conflict, headerFields: [.transferEncoding: "chunked"]) }
    }
    return router
  }

  private func send(_ client: RawClient, _ line: String, _ body: String = "") throws {
    try client.send(
      request: line, "Origin: https://a.example", "X-Request-ID: 7",
      "Content-Type: application/x-www-form-urlencoded", "Content-Length: \(body.utf8.count)",
      body: body)
  }

  func testErrorsThatAreAnswersHaveItsFields() throws {
    let client = try connect(configure, handler: try makeRouter().handle)
    for (line, status) in [
      ("GET /refuses", 410), ("GET /files", 404), ("GET /stock", 409), ("GET /percent", 400),
      ("GET /stream", 409), ("HEAD /files", 404), ("GET /none", 404), ("PUT /form", 405),
    ] {
      try send(client, line)
      try expectFields(client, status, to: line)
    }
    try client.expectIdle()
  }

  func testABodyThatIsTooLongIsAnsweredWithItsFields() throws {
    for path in ["/form", "/body"] {
      let client = try connect(configure, handler: try makeRouter().handle)
      try send(client, "POST \(path)", String(repeating: "x", count: 11))
      try expectFields(client, 413, to: path)
    }
  }

  func testTheServersOwnAnswersHaveItsFields() throws {
    for (path, status) in [
      ("/odd", 500), ("/slow", 503), ("/upgrade", 500), ("/wrong", 500), ("/mistaken", 500),
    ] {
      let client = try connect(configure, handler: try makeRouter().handle)
      try send(client, "GET \(path)")
      try expectFields(client, status, to: path)
      try client.expectClosed()
      XCTAssertEqual(takeUncaughtErrors().count, 1)
    }
  }

  func testInnerChangesComeBeforeOuter() throws {
    let client = try connect { request in
      for name in ["outer", "inner"] {
        request.beforeResponse { $0[.server] = ($0[.server] ?? "") + "-\(name)" }
      }
      return ServerResponse(headerFields: [.server: "own"])
    }
    try client.send(request: "GET /")
    try client.expectResponse(200, fields: ["Server": "own-inner-outer"])
  }

  /// Then even the answer to the error is impossible.
  func testAnImpossibleChangeIsABare500() throws {
    let client = try connect { request in
      request.beforeResponse { $0[.transferEncoding] = "chunked" }
      return .text("never")
    }
    try client.send(request: "GET /")
    try client.expectResponse(
      500, "Internal Server Error\n", fields: ["Transfer-Encoding": nil, "Connection": "close"])
    try client.expectClosed()
    XCTAssertEqual(takeUncaughtErrors().count, 2)
  }

  /// One that holds the request must not keep it for ever.
  func testChangesAreGivenUpWithTheAnswer() throws {
    weak var kept: ServerRequest?
    let client = try connect { request in
      kept = request
      request.beforeResponse { _ in _ = request.path }
      return .text("x")
    }
    try client.send(request: "GET /")
    try client.expectResponse(200)
    try client.finish()
    XCTAssertNil(kept)
  }
}
