import EventletCompression
import EventletCore
import EventletHTTP
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

/// The programs of the guide "Serving HTTP".
final class ServingHTTPTests: HTTPTestCase {
  func testTheRequest() throws {
    let server = HTTPServer { request in
      guard let name = try request.queryParameters["name"] else {
        throw HTTPError(.badRequest, "who are you?")
      }
      let languages = request[.acceptLanguage] ?? "any"
      return .text("hello \(name), your languages: \(languages)\n")
    }
    let client = try connect(to: server)
    try client.send(request: "GET /?name=ada", "Accept-Language: sv")
    try client.expectResponse(200, "hello ada, your languages: sv\n")
    try client.send(request: "GET /")
    try client.expectResponse(400, "who are you?\n")
  }

  func testTheResponse() throws {
    let router = Router()
    router.get("/page") { _ in
      var response = ServerResponse.html("<h1>Hello</h1>")
      response.headerFields[.cacheControl] = "no-store"
      return response
    }
    router.get("/old") { _ in .redirect(to: "/page", status: .movedPermanently) }
    router.delete("/page") { _ in .status(.noContent) }
    router.get("/health") { _ in .text(#"{"ok":true}"#, contentType: "application/json") }

    let client = try connect(handler: router.handle)
    try client.send(request: "GET /page")
    try client.expectResponse(200, "<h1>Hello</h1>", fields: ["Cache-Control": "no-store"])
    try client.send(request: "GET /old")
    try client.expectResponse(301, fields: ["Location": "/page"])
    try client.send(request: "DELETE /page")
    try client.expectResponse(204)
    try client.send(request: "GET /health")
    try client.expectResponse(
      200, #"{"ok":true}"#, fields: ["Content-Type": "application/json"])
  }

  func testRoutes() throws {
    var notes = [1: "milk"]

    let router = Router()
    router.get("/notes/{id}") { request in
      let id = try request.parameters.require("id", as: Int.self)
      guard let note = notes[id] else { throw HTTPError(.notFound, "no note \(id)") }
      return .text(note)
    }
    router.put("/notes/{id}") { request in
      let id = try request.parameters.require("id", as: Int.self)
      notes[id] = try request.body.readText(limit: 10_000)
      return .status(.noContent)
    }
    let server = HTTPServer(router.handle)

    let client = try connect(to: server)
    for (request, status, text) in [
      ("GET /notes/1", 200, "milk"), ("GET /notes/2", 404, "no note 2\n"),
      ("GET /notes/x", 400, "the path's parameter 'id' is no Int\n"),
    ] {
      try client.send(request: request)
      try client.expectResponse(status, text)
    }
    try client.send(request: "PUT /notes/2", "Content-Length: 5", body: "bread")
    try client.expectResponse(204)
    XCTAssertEqual(notes, [1: "milk", 2: "bread"])
  }

  func testErrors() throws {
    let client = try connect { _ in throw OutOfStock(item: "milk") }
    try client.send(request: "GET /")
    try client.expectResponse(409, "no milk left\n")
  }

  func testMiddleware() throws {
    var printed: [String] = []
    func print(_ line: String) { printed.append(line) }
    let router = Router()
    let timing: Middleware = { request, next in
      let begin = ContinuousClock.now
      defer { print("\(request.method) \(request.path): \(ContinuousClock.now - begin)") }
      return try next(request)
    }
    router.use(timing)
    router.use(securityHeaders())
    let secret = "sesame"
    let asking = basicAuthentication(realm: "admin") { user, password in
      user == "admin" && isEqualInConstantTime(password, to: secret)
    }
    router.group("/admin", middleware: [asking]) { admin in
      admin.get("/") { request in .text("hello \(request.authenticatedUser ?? "")\n") }
    }

    let client = try connect(handler: router.handle)
    try client.send(request: "GET /admin/")
    try client.expectResponse(401, fields: ["X-Frame-Options": "DENY"])
    try client.send(request: "GET /admin/", "Authorization: Basic YWRtaW46c2VzYW1l")
    try client.expectResponse(200, "hello admin\n", fields: ["X-Frame-Options": "DENY"])
    XCTAssertEqual(printed.count, 2)
    XCTAssertTrue(printed[0].hasPrefix("GET /admin/: "), printed[0])
  }

  func testValues() throws {
    let router = Router()
    router.use { request, next in
      request[VisitorKey.self] = request.cookies["visitor"]
      return try next(request)
    }
    router.get("/visitor") { request in .text(request[VisitorKey.self] ?? "nobody") }

    let client = try connect(handler: router.handle)
    try client.send(request: "GET /visitor")
    try client.expectResponse(200, "nobody")
    try client.send(request: "GET /visitor", "Cookie: visitor=ada")
    try client.expectResponse(200, "ada")
  }

  func testCompressionAndConditions() throws {
    let router = Router()
    router.use(responseCompression())
    router.use(conditionalResponses())
    router.use(requestDecompression())
    router.post("/echo") { request in .bytes(try request.body.readAll(), contentType: "text/plain")
    }
    let text = String(repeating: "green threads ", count: 500)
    router.get("/text") { _ in .text(text) }

    let client = try connect(handler: router.handle)
    let body = Compressor(format: .gzip).compress(Array(text.utf8), flush: .finish)
    try client.send(
      request: "POST /echo", "Content-Encoding: gzip", "Content-Length: \(body.count)")
    try client.send(body)
    try client.expectResponse(200, text)
    var tags: [String] = []
    for coding in [nil, "gzip"] {
      try client.send(request: "GET /text", "Accept-Encoding: \(coding ?? "identity")")
      let response = try client.expectResponse(200, fields: ["Content-Encoding": coding])
      let tag = try XCTUnwrap(response["ETag"])
      tags.append(tag)
      try client.send(
        request: "GET /text", "Accept-Encoding: \(coding ?? "identity")", "If-None-Match: \(tag)")
      try client.expectResponse(304)
    }
    XCTAssertEqual(tags[1], "W/\(tags[0])")
  }

  func testCookies() throws {
    let token = "abc"
    let router = Router()
    router.post("/login") { _ in
      var response = ServerResponse.redirect(to: "/")
      let cookie = try SetCookie(
        name: "session", value: token, maxAge: .seconds(86_400), path: "/", isSecure: true,
        isHTTPOnly: true, sameSite: .lax)
      response.headerFields.append(cookie.field)
      return response
    }

    let client = try connect(handler: router.handle)
    try client.send(request: "POST /login", "Content-Length: 0")
    try client.expectResponse(
      303,
      fields: [
        "Location": "/",
        "Set-Cookie": "session=abc; Max-Age=86400; Path=/; Secure; HttpOnly; SameSite=Lax",
      ])
  }
}

struct OutOfStock: RespondingError {
  let item: String
  var response: ServerResponse { .text("no \(item) left\n", status: .conflict) }
}

enum VisitorKey: RequestValueKey { typealias Value = String }
