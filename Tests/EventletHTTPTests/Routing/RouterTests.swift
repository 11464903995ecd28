import EventletCore
import EventletHTTP
import EventletTesting
import HTTPTypes
import XCTest

final class RouterTests: HandlerTestCase {
  /// A handler that tells which route it is of, and the parameters.
  private func tell(_ name: String) -> RequestHandler {
    { request in
      let parameters = request.parameters.map { "\($0.name)=\($0.value)" }
      return .text(([name] + parameters).joined(separator: " "))
    }
  }

  private func assertAnswers(
    _ expected: [(request: String, status: Int, body: String)], _ router: Router,
    line: UInt = #line
  ) throws {
    for (request, status, body) in expected {
      let answer = try answer(request, by: router.handle)
      XCTAssertEqual(answer.status, status, request, line: line)
      XCTAssertEqual(answer.body, body, request, line: line)
    }
  }

  // Eventlet: W19
  func testHandlersAreFoundByPathAndMethod() throws {
    let router = Router()
    router.get("/", tell("root"))
    router.get("/users/{id}", tell("show"))
    router.post("/users", tell("add"))
    router.put("/users/{id}", tell("put"))
    router.patch("/users/{id}", tell("patch"))
    router.delete("/users/{id}", tell("delete"))
    router.on(methods: [.get, .post], "/form", tell("form"))
    router.any("/any", tell("any"))
    router.get("/any", tell("get any"))
    router.on(methods: [HTTPRequest.Method("BREW") ?? .get], "/coffee", tell("brew"))
    router.get("/files/{path...}", tell("files"))
    try assertAnswers(
      [
        ("GET /", 200, "root"), ("GET /?a=b", 200, "root"), ("GET /users/7", 200, "show id=7"),
        ("GET /users/7?x=/y", 200, "show id=7"), ("GET //users/7", 200, "show id=7"),
        ("GET /users/a%2Fb%20c", 200, "show id=a/b c"), ("POST /users", 200, "add"),
        ("PUT /users/7", 200, "put id=7"), ("PATCH /users/7", 200, "patch id=7"),
        ("DELETE /users/7", 200, "delete id=7"), ("GET /form", 200, "form"),
        ("POST /form", 200, "form"), ("GET /any", 200, "get any"), ("TRACE /any", 200, "any"),
        ("SPILL /any", 200, "any"), ("BREW /coffee", 200, "brew"),
        ("GET /files/", 200, "files path="), ("GET /files/a/b%3Fc", 200, "files path=a/b?c"),
        ("GET http://example.org/users/7", 200, "show id=7"),
        ("GET http://example.org", 200, "root"), ("GET http://example.org?a", 200, "root"),
        ("GET /files", 404, "Not Found\n"), ("GET /users/", 404, "Not Found\n"),
        ("GET /users/7/", 404, "Not Found\n"), ("GET /Users/7", 404, "Not Found\n"),
        ("GET /x/../users/7", 404, "Not Found\n"), ("CONNECT users:7", 404, "Not Found\n"),
      ], router)
  }

  func testARouterThatIsEmptyFindsNothing() throws {
    try assertAnswers([("GET /", 404, "Not Found\n")], Router())
  }

  func testARequestThatFollowsHasItsOwnParameters() throws {
    let router = Router()
    router.get("/a/{x}", tell("a"))
    router.get("/b", tell("b"))
    let requests = "GET /a/1 HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n"
    let answers = try exchange(requests) { try router($0) }
    XCTAssertTrue(answers.contains("\r\n\r\na x=1HTTP/1.1"), answers)
    XCTAssertTrue(answers.hasSuffix("\r\n\r\nb"), answers)
  }

  // MARK: Methods

  // Eventlet: W71
  func testGetAnswersHead() throws {
    let router = Router()
    router.get("/a", tell("a"))
    router.get("/b", tell("b"))
    router.head("/b") { _ in ServerResponse(headerFields: [.eTag: "\"own\""]) }
    let answerA = try answer("HEAD /a", by: router.handle)
    XCTAssertEqual(answerA.status, 200)
    XCTAssertEqual(answerA.fields["content-length"], "1")
    XCTAssertEqual(answerA.body, "")
    let answerB = try answer("HEAD /b", by: router.handle)
    XCTAssertEqual(answerB.fields["etag"], "\"own\"")
    XCTAssertNil(try answer("GET /b", by: router.handle).fields["etag"])
  }

  func testOtherMethodsAreNotAllowed() throws {
    let router = Router()
    router.get("/a", tell("a"))
    router.post("/a", tell("a"))
    router.delete("/b/{x}", tell("delete"))
    router.put("/b/c", tell("put"))
    router.get("/b/{x...}", tell("get"))
    router.on(methods: [HTTPRequest.Method("BREW") ?? .get], "/coffee", tell("brew"))
    let expected = [
      ("DELETE /a", "GET, HEAD, OPTIONS, POST"), ("BREW /a", "GET, HEAD, OPTIONS, POST"),
      ("POST /b/c", "DELETE, GET, HEAD, OPTIONS, PUT"), ("PUT /b/d", "DELETE, GET, HEAD, OPTIONS"),
      ("PUT /b/c/d", "GET, HEAD, OPTIONS"), ("GET /coffee", "BREW, OPTIONS"),
    ]
    for (request, allow) in expected {
      let answer = try answer(request, by: router.handle)
      XCTAssertEqual(answer.status, 405, request)
      XCTAssertEqual(answer.fields["allow"], allow, request)
      XCTAssertEqual(answer.body, "Method Not Allowed\n", request)
    }
  }

  func testARouteWithoutTheMethodIsPassedOver() throws {
    let router = Router()
    router.get("/users/me", tell("me"))
    router.delete("/users/{id}", tell("delete"))
    router.any("/{path...}", tell("any"))
    try assertAnswers(
      [
        ("GET /users/me", 200, "me"), ("HEAD /users/me", 200, ""),
        ("DELETE /users/me", 200, "delete id=me"), ("PUT /users/me", 200, "any path=users/me"),
      ], router)
  }

  func testOptionsAreAnswered() throws {
    let router = Router()
    router.get("/a", tell("a"))
    router.put("/b", tell("b"))
    router.options("/b", tell("own"))
    router.any("/c", tell("any"))
    let expected = [
      ("OPTIONS /a", 204, "GET, HEAD, OPTIONS", ""), ("OPTIONS /b", 200, nil, "own"),
      ("OPTIONS /c", 200, nil, "any"), ("OPTIONS /d", 404, nil, "Not Found\n"),
    ]
    for (request, status, allow, body) in expected {
      let answer = try answer(request, by: router.handle)
      XCTAssertEqual(answer.status, status, request)
      XCTAssertEqual(answer.fields["allow"], allow, request)
      XCTAssertEqual(answer.body, body, request)
    }
  }

  func testOptionsOfTheServerAreThoseOfAllRoutes() throws {
    let router = Router()
    XCTAssertEqual(try answer("OPTIONS *", by: router.handle).fields["allow"], "OPTIONS")
    router.get("/a", tell("a"))
    router.put("/b", tell("b"))
    let some = try answer("OPTIONS *", by: router.handle)
    XCTAssertEqual(some.status, 204)
    XCTAssertEqual(some.fields["allow"], "GET, HEAD, OPTIONS, PUT")
    router.any("/{path...}", tell("any"))
    XCTAssertEqual(
      try answer("OPTIONS *", by: router.handle).fields["allow"],
      "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
  }

  func testAnswersWithoutARouteCanBeOthers() throws {
    let router = Router()
    router.get("/a", tell("a"))
    router.notFound = { request in .text("no \(request.path)", status: .gone) }
    router.methodNotAllowed = { _, allowed in
      .text("only \(allowed)", status: .methodNotAllowed)
    }
    let missing = try answer("GET /b", by: router.handle)
    XCTAssertEqual(missing.status, 410)
    XCTAssertEqual(missing.body, "no /b")
    let refused = try answer("PUT /a", by: router.handle)
    XCTAssertEqual(refused.body, "only [GET, HEAD, OPTIONS]")
    XCTAssertEqual(refused.fields["allow"], "GET, HEAD, OPTIONS")
    router.methodNotAllowed = { _, _ in
      ServerResponse(status: .methodNotAllowed, headerFields: [.allow: "GET"])
    }
    XCTAssertEqual(try answer("PUT /a", by: router.handle).fields["allow"], "GET")
    router.methodNotAllowed = { _, _ in .text("", status: .notFound) }
    XCTAssertNil(try answer("PUT /a", by: router.handle).fields["allow"])
  }

  // MARK: Redirections

  func testTrailingSlashesAreRedirectedIfWanted() throws {
    let router = Router(redirectsTrailingSlashes: true)
    router.get("/users", tell("users"))
    router.get("/notes/", tell("notes"))
    router.get("/both", tell("without"))
    router.get("/both/", tell("with"))
    router.get("/files/{path...}", tell("files"))
    router.get("/x/{a}", tell("x"))
    let expected = [
      ("GET /users/", "/users"), ("GET /users/?a=b&c=/", "/users?a=b&c=/"),
      ("GET /notes", "/notes/"), ("POST /notes?", "/notes/?"), ("GET /files", "/files/"),
      ("GET /x/1%2f/", "/x/1%2f"),
      ("GET //x/%5c/", "/x/%5c"), ("GET /x/\\evil/", "/x/%5Cevil"), ("GET /x/%/", "/x/%25"),
      ("GET /x/é/?\"", "/x/%C3%A9?%22"), ("GET http://h/notes", "/notes/"),
    ]
    for (request, location) in expected {
      let answer = try answer(request, by: router.handle)
      XCTAssertEqual(answer.status, 308, request)
      XCTAssertEqual(answer.fields["location"], location, request)
    }
    try assertAnswers(
      [
        ("GET /users", 200, "users"), ("GET /both", 200, "without"), ("GET /both/", 200, "with"),
        ("GET /users//", 404, "Not Found\n"), ("GET /", 404, "Not Found\n"),
        ("OPTIONS *", 204, ""), ("CONNECT h:1", 404, "Not Found\n"),
      ], router)
  }

  // To a browser the first would be another site.
  func testARedirectionStaysHere() throws {
    let router = Router(redirectsTrailingSlashes: true)
    router.get("/{a}/", tell("a"))
    router.get("/{a}/{b}", tell("b"))
    XCTAssertEqual(try answer("GET /\\evil", by: router.handle).fields["location"], "/%5Cevil/")
    XCTAssertEqual(try answer("GET //evil", by: router.handle).fields["location"], "/evil/")
    XCTAssertEqual(try answer("GET /%2fevil", by: router.handle).fields["location"], "/%2fevil/")
  }

  func testAMountGetsWhatIsBelow() throws {
    let router = Router()
    router.mount("/static", tell("static"))
    router.mount("/{user}/files/", parameter: "rest", tell("files"))
    router.get("/static/own", tell("own"))
    try assertAnswers(
      [
        ("GET /static/", 200, "static path="), ("PUT /static/a/b", 200, "static path=a/b"),
        ("GET /static/own", 200, "own"), ("GET /me/files/x", 200, "files user=me rest=x"),
        ("GET /static/own/", 200, "static path=own/"), ("GET /me/", 404, "Not Found\n"),
      ], router)
    let redirection = try answer("GET /static?a=b", by: router.handle)
    XCTAssertEqual(redirection.status, 308)
    XCTAssertEqual(redirection.fields["location"], "/static/?a=b")
    XCTAssertEqual(try answer("GET /me/files", by: router.handle).fields["location"], "/me/files/")
    router.mount("/", tell("all"))
    try assertAnswers([("GET /else", 200, "all path=else"), ("GET /", 200, "all path=")], router)
  }

  // MARK: Listing, switching

  func testRoutesAreListed() {
    let router = Router()
    router.get("/", tell(""))
    router.on(methods: [.put, .post], "/a/{b}", tell(""))
    router.group("/api") { $0.any("/{x...}", tell("")) }
    XCTAssertEqual(
      router.routes.map(\.description), ["GET /", "PUT, POST /a/{b}", "any /api/{x...}"])
  }

  func testAHandlerMayWait() throws {
    let router = Router()
    router.get("/{seconds}") { request in
      try GreenThread.sleep(for: .seconds(request.parameters.require("seconds", as: Int.self)))
      return .text(try request.parameters.require("seconds"))
    }
    try assertSwitches { try assertAnswers([("GET /60", 200, "60")], router) }
    try assertAnswers(
      [("GET /x", 400, "the path's parameter 'seconds' is no Int\n")], router)
  }
}
