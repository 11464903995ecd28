import EventletCore
import EventletHTTP
import EventletTesting
import HTTPTypes
import XCTest

final class RouteGroupTests: HandlerTestCase {
  private var log: [String] = []

  /// Middleware that notes when it is entered and left.
  private func note(_ name: String) -> Middleware {
    { [unowned self] request, next in
      log.append("+\(name)")
      defer { log.append("-\(name)") }
      return try next(request)
    }
  }

  private func handler(_ request: ServerRequest) -> ServerResponse {
    log.append("handler")
    return .text(request.parameters.map(\.value).joined(separator: " "))
  }

  private func takeLog() -> String {
    defer { log = [] }
    return log.joined(separator: " ")
  }

  func testPrefixesAreJoined() throws {
    let router = Router()
    router.group("/api") { api in
      api.get("", handler)
      api.get("/", handler)
      api.group("/users/{user}") { user in
        user.get("/notes/{note}", handler)
        user.group("") { $0.post("", handler) }
      }
      api.mount("/files", handler)
    }
    router.grouped("/v{version}").grouped("/x").get("/{y...}", handler)
    XCTAssertEqual(
      router.routes.map(\.pattern),
      [
        "/api", "/api/", "/api/users/{user}/notes/{note}", "/api/users/{user}",
        "/api/files/{path...}", "/v{version}/x/{y...}",
      ])
    XCTAssertEqual(try answer("GET /api/users/1/notes/2", by: router.handle).body, "1 2")
    XCTAssertEqual(try answer("GET /v3/x/a/b", by: router.handle).body, "3 a/b")
    XCTAssertEqual(try answer("GET /api/files/a", by: router.handle).body, "a")
  }

  func testMiddlewareStandsAroundInOrder() throws {
    let router = Router()
    router.get("/early", handler)
    router.use(note("a"))
    router.use(note("b"))
    router.group("/one", middleware: [note("c"), note("d")]) { one in
      one.get("", handler)
      one.group("/two", middleware: [note("e")]) { $0.get("", handler) }
    }
    router.get("/late", handler)
    let expected = [
      ("GET /early", 200, "+a +b handler -b -a"), ("GET /late", 200, "+a +b handler -b -a"),
      ("GET /one", 200, "+a +b +c +d handler -d -c -b -a"),
      ("GET /one/two", 200, "+a +b +c +d +e handler -e -d -c -b -a"),
      ("GET /none", 404, "+a +b -b -a"), ("GET /one/none", 404, "+a +b -b -a"),
      ("PUT /early", 405, "+a +b -b -a"), ("OPTIONS *", 204, "+a +b -b -a"),
      // What a group asks of its clients it asks of those, too.
      ("PUT /one/two", 405, "+a +b +c +d +e -e -d -c -b -a"),
      ("OPTIONS /one", 204, "+a +b +c +d -d -c -b -a"),
    ]
    for (request, status, log) in expected {
      XCTAssertEqual(try answer(request, by: router.handle).status, status, request)
      XCTAssertEqual(takeLog(), log, request)
    }
  }

  func testMiddlewareMayBeAddedToAGroup() throws {
    let router = Router()
    let one = router.grouped("/one", middleware: [note("a")])
    one.get("", handler)
    one.group("/two", middleware: [note("c")]) { $0.get("", handler) }
    let three = one.grouped("/three")
    three.get("", handler)
    one.use(note("b"))
    three.use(note("d"))
    one.use(note("e"))
    one.get("/late", handler)
    three.get("/late", handler)
    router.get("/other", handler)
    let expected = [
      ("GET /one", 200, "+a +b +e handler -e -b -a"),
      ("GET /one/late", 200, "+a +b +e handler -e -b -a"),
      ("GET /one/two", 200, "+a +b +e +c handler -c -e -b -a"),
      ("PUT /one/two", 405, "+a +b +e +c -c -e -b -a"),
      ("GET /one/three", 200, "+a +b +e +d handler -d -e -b -a"),
      ("GET /one/three/late", 200, "+a +b +e +d handler -d -e -b -a"),
      ("GET /other", 200, "handler"), ("GET /one/none", 404, ""),
    ]
    for (request, status, log) in expected {
      XCTAssertEqual(try answer(request, by: router.handle).status, status, request)
      XCTAssertEqual(takeLog(), log, request)
    }
  }

  func testThatOfAllRoutesIsTheRouters() throws {
    let router = Router()
    router.get("/early", handler)
    router.routeGroup.use(note("a"))
    router.grouped("").use(note("b"))
    for (path, log) in [("/early", "+a handler -a"), ("/none", "+a -a")] {
      _ = try answer("GET \(path)", by: router.handle)
      XCTAssertEqual(takeLog(), log, path)
    }
  }

  func testMiddlewareMayAnswerItself() throws {
    let router = Router()
    router.use { request, next in
      request.path == "/closed" ? .text("closed", status: .forbidden) : try next(request)
    }
    router.get("/{name}", handler)
    XCTAssertEqual(try answer("GET /closed", by: router.handle).status, 403)
    XCTAssertEqual(takeLog(), "")
    XCTAssertEqual(try answer("GET /open", by: router.handle).body, "open")
  }

  func testMiddlewareSeesErrorsAndMayAnswerForThem() throws {
    struct Failure: Error {}
    let router = Router()
    router.use { request, next in
      do { return try next(request) } catch is Failure { return .text("caught", status: .conflict) }
    }
    router.get("/fails") { _ in throw Failure() }
    router.get("/refuses") { _ in throw HTTPError(.gone) }
    XCTAssertEqual(try answer("GET /fails", by: router.handle).status, 409)
    XCTAssertEqual(try answer("GET /refuses", by: router.handle).status, 410)
  }

  func testMiddlewareMayWait() throws {
    let router = Router()
    router.use { request, next in
      try GreenThread.sleep(for: .seconds(60))
      return try next(request)
    }
    router.get("/", handler)
    try assertSwitches { _ = try answer("GET /", by: router.handle) }
  }

  func testAGroupRethrowsWhatRegisteringThrows() {
    struct Failure: Error {}
    let router = Router()
    XCTAssertThrowsError(try router.group("/a") { _ in throw Failure() }) {
      XCTAssertTrue($0 is Failure)
    }
  }

  /// A function that adds routes anywhere.
  private func addRoutes(to routes: some RoutesBuilder) { routes.get("/x", handler) }

  func testRoutesAreAddedToAnything() {
    let router = Router()
    addRoutes(to: router)
    addRoutes(to: router.grouped("/a"))
    XCTAssertEqual(router.routes.map(\.pattern), ["/x", "/a/x"])
  }

  // Its handlers have it only without owning it.
  func testARouterGoesWithItsRoutes() throws {
    weak var left: Router?
    do {
      let router = Router()
      left = router
      router.use(note("a"))
      router.group("/a", middleware: [note("b")]) { group in
        group.get("", handler)
        group.group("/c") { $0.get("", handler) }
        group.use(note("d"))
      }
      _ = try answer("PUT /a", by: router.handle)
    }
    XCTAssertNil(left)
  }
}
