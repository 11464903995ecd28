import EventletHTTP
import HTTPTypes
import Testing
import XCTest

final class CrossOriginTests: HandlerTestCase {
  private let app = "Origin: https://app.example.org"
  private let evil = "Origin: https://evil.example"
  private let asks = "Access-Control-Request-Method: PUT"

  private func router(_ policy: CrossOriginPolicy) -> Router {
    let router = Router()
    router.use(crossOrigin(policy))
    router.get("/") { _ in .text("hello") }
    router.get("/refuses") { _ in throw HTTPError(.gone) }
    router.get("/own") { _ in
      ServerResponse(headerFields: [.accessControlAllowOrigin: "own", .vary: "Accept"])
    }
    router.options("/") { _ in .text("options") }
    return router
  }

  private func crossFields(_ answer: Answer) -> [String: String] {
    answer.fields.filter { $0.key.hasPrefix("access-control") || $0.key == "vary" }
  }

  func testAPreflightIsAnswered() throws {
    var policy = CrossOriginPolicy(origins: ["https://app.example.org"])
    policy.allowsCredentials = true
    policy.maxAge = .seconds(600)
    let fields = [app, asks, "Access-Control-Request-Headers: x-one,x-two"]
    for request in ["OPTIONS /", "OPTIONS /none", "OPTIONS *"] {
      let answer = try answer(request, fields, by: router(policy).handle)
      XCTAssertEqual(answer.status, 204, request)
      XCTAssertEqual(
        crossFields(answer),
        [
          "access-control-allow-origin": "https://app.example.org",
          "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
          "access-control-allow-headers": "x-one,x-two",
          "access-control-allow-credentials": "true", "access-control-max-age": "600",
          "vary": "Origin, Access-Control-Request-Headers",
        ], request)
    }
  }

  func testAPreflightOfAnotherOriginIsToldNothing() throws {
    let policy = CrossOriginPolicy(origins: ["https://app.example.org"])
    for origin in [evil, "Origin: null", "Origin: https://app.example.org.evil", "Origin: "] {
      let answer = try answer("OPTIONS /", [origin, asks], by: router(policy).handle)
      XCTAssertEqual(answer.status, 204, origin)
      XCTAssertEqual(
        crossFields(answer), ["vary": "Origin, Access-Control-Request-Headers"], origin)
    }
  }

  func testThePolicyNamesMethodsAndFields() throws {
    var policy = CrossOriginPolicy(origins: .any)
    policy.methods = [.get, .put]
    policy.requestFields = [.contentType, .authorization]
    let answer = try answer("OPTIONS /", [app, asks], by: router(policy).handle)
    XCTAssertEqual(
      crossFields(answer),
      [
        "access-control-allow-origin": "*", "access-control-allow-methods": "GET, PUT",
        "access-control-allow-headers": "Content-Type, Authorization",
      ])
  }

  func testOtherOptionsAreNoPreflight() throws {
    let policy = CrossOriginPolicy(origins: .any)
    XCTAssertEqual(try answer("OPTIONS /", [app], by: router(policy).handle).body, "options")
    XCTAssertEqual(try answer("OPTIONS /", [asks], by: router(policy).handle).body, "options")
    XCTAssertEqual(try answer("GET /", [app, asks], by: router(policy).handle).body, "hello")
  }

  func testAnswersTellWhoMaySeeThem() throws {
    var policy = CrossOriginPolicy(origins: ["https://app.example.org"])
    policy.exposedFields = [.eTag, .location]
    policy.allowsCredentials = true
    let allowed = [
      "access-control-allow-origin": "https://app.example.org",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "ETag, Location", "vary": "Origin",
    ]
    let expected: [(request: String, fields: [String], seen: [String: String], status: Int)] = [
      ("GET /", [app], allowed, 200), ("GET /refuses", [app], allowed, 410),
      ("GET /none", [app], allowed, 404), ("GET /", [evil], ["vary": "Origin"], 200),
      // A cache must know even of a page that asked without an origin.
      ("GET /", [], ["vary": "Origin"], 200),
      (
        "GET /own", [app], ["access-control-allow-origin": "own", "vary": "Accept, Origin"], 200
      ),
    ]
    for (request, fields, seen, status) in expected {
      let answer = try answer(request, fields, by: router(policy).handle)
      XCTAssertEqual(answer.status, status, request)
      XCTAssertEqual(crossFields(answer), seen, "\(request) \(fields)")
    }
  }

  func testAnyOriginIsTheSameAnswerForAll() throws {
    let policy = CrossOriginPolicy(origins: .any)
    for fields in [[app], [evil], []] {
      let answer = try answer("GET /", fields, by: router(policy).handle)
      XCTAssertEqual(crossFields(answer), ["access-control-allow-origin": "*"])
    }
  }

  func testOriginsMayBeDecidedByAFunction() throws {
    let policy = CrossOriginPolicy(origins: .matching { $0.hasSuffix(".example.org") })
    let allowed = try answer("GET /", [app], by: router(policy).handle)
    XCTAssertEqual(allowed.fields["access-control-allow-origin"], "https://app.example.org")
    let refused = try answer("GET /", [evil], by: router(policy).handle)
    XCTAssertEqual(crossFields(refused), ["vary": "Origin"])
  }

  /// Pages in a sandbox have it, whoever has made them.
  func testTheOriginNullGetsNoCredentials() throws {
    for (origins, allowsCredentials, allowed) in [
      (CrossOriginPolicy.Origins.only(["null"]), false, "null"),
      (.matching { _ in true }, false, "null"), (.matching { _ in true }, true, nil),
    ] {
      var policy = CrossOriginPolicy(origins: origins)
      policy.allowsCredentials = allowsCredentials
      for (request, fields) in [("GET /", []), ("OPTIONS /", [asks])] {
        let answer = try answer(request, ["Origin: null"] + fields, by: router(policy).handle)
        XCTAssertEqual(answer.fields["access-control-allow-origin"], allowed, request)
        XCTAssertNil(answer.fields["access-control-allow-credentials"], request)
      }
    }
  }

  // A browser sends no password with its question.
  func testAPreflightPassesBeforeAPassword() throws {
    let router = Router()
    let asking = basicAuthentication(realm: "r") { _, _ in false }
    let policy = CrossOriginPolicy(origins: ["https://app.example.org"])
    router.group("/api", middleware: [crossOrigin(policy), asking]) { api in
      api.put("/x") { _ in .text("") }
    }
    let preflight = try answer("OPTIONS /api/x", [app, asks], by: router.handle)
    XCTAssertEqual(preflight.status, 204)
    XCTAssertNotNil(preflight.fields["access-control-allow-methods"])
    let put = try answer("PUT /api/x", [app], by: router.handle)
    XCTAssertEqual(put.status, 401)
    XCTAssertEqual(put.fields["access-control-allow-origin"], "https://app.example.org")
  }
}

@Test(arguments: [
  "https://app.example.org/", "app.example.org", "https://", "*", "", "HTTPS://app.example.org",
  "https://app.example.org/path", "://a",
])
func originsThatNoBrowserSendsEndTheProcess(origin: String) async {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    [origin] in
    _ = crossOrigin(CrossOriginPolicy(origins: [origin]))
  }
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains("crossOrigin: '\(origin)' is no origin"), "\(output)")
}

@Test func credentialsForEverybodyEndTheProcess() async {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    var policy = CrossOriginPolicy(origins: .any)
    policy.allowsCredentials = true
    _ = crossOrigin(policy)
  }
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains("crossOrigin: credentials of any origin"), "\(output)")
}

@Test func credentialsForSandboxedPagesEndTheProcess() async {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    var policy = CrossOriginPolicy(origins: ["https://app.example.org", "null"])
    policy.allowsCredentials = true
    _ = crossOrigin(policy)
  }
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains("crossOrigin: credentials of the origin 'null'"), "\(output)")
}
