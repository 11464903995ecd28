import EventletCore
import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletHTTP

final class BasicAuthenticationTests: HandlerTestCase {
  private func protected(realm: String = "admin") -> RequestHandler {
    let router = Router()
    let asking = basicAuthentication(realm: realm) { $0 == "Aladdin" && $1 == "open sesame" }
    router.group("", middleware: [asking]) {
      $0.get("/") { request in .text("hello \(request.authenticatedUser ?? "nobody")") }
    }
    router.get("/open") { request in .text(request.authenticatedUser ?? "nobody") }
    return router.handle
  }

  private func status(_ authorization: String...) throws -> Int {
    try answer("GET /", authorization.map { "Authorization: \($0)" }, by: protected()).status
  }

  // RFC 7617, 2.
  func testAUserWithThePasswordPasses() throws {
    let answer = try answer(
      "GET /", ["Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="], by: protected())
    XCTAssertEqual(answer.status, 200)
    XCTAssertEqual(answer.body, "hello Aladdin")
    XCTAssertEqual(try status("bASIC   QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), 200)
  }

  func testOthersAreAsked() throws {
    let answer = try answer("GET /", by: protected())
    XCTAssertEqual(answer.status, 401)
    XCTAssertEqual(answer.fields["www-authenticate"], "Basic realm=\"admin\", charset=\"UTF-8\"")
    XCTAssertEqual(answer.body, "Unauthorized\n")
    let good = "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    for authorization in [
      "", "Basic", "Basic ", good, "Bearer \(good)", "Basic\(good)", "Basic \(good)=",
      "Basic \(good.dropLast())", "Basic x \(good)", "Basic \(good), Basic \(good)",
      "Basic " + Base64.encode(Array("Aladdin:open sesame ".utf8)),
      "Basic " + Base64.encode(Array("aladdin:open sesame".utf8)),
      "Basic " + Base64.encode(Array("Aladdin".utf8)),
    ] { XCTAssertEqual(try status(authorization), 401, authorization) }
    XCTAssertEqual(try status("Basic \(good)", "Basic \(good)"), 401)
  }

  func testOtherRoutesAreOpen() throws {
    XCTAssertEqual(try answer("GET /open", by: protected()).body, "nobody")
  }

  func testTheRealmIsQuoted() throws {
    XCTAssertEqual(
      try answer("GET /", by: protected(realm: "a \"b\" \\c")).fields["www-authenticate"],
      "Basic realm=\"a \\\"b\\\" \\\\c\", charset=\"UTF-8\"")
  }

  func testTheCheckMayWaitAndFail() throws {
    struct Broken: Error {}
    let router = Router()
    router.use(
      basicAuthentication(realm: "r") { user, _ in
        try GreenThread.sleep(for: .seconds(1))
        if user == "broken" { throw HTTPError(.serviceUnavailable) }
        return true
      })
    router.get("/") { _ in .text("in") }
    let fields = ["a:", "broken:"].map { ["Authorization: Basic \(Base64.encode(Array($0.utf8)))"] }
    try assertSwitches {
      XCTAssertEqual(try answer("GET /", fields[0], by: router.handle).status, 200)
    }
    XCTAssertEqual(try answer("GET /", fields[1], by: router.handle).status, 503)
  }
}
