import EventletHTTP
import HTTPTypes
import XCTest

final class RequestIdentifierTests: HandlerTestCase {
  private func router(_ middleware: @escaping Middleware) -> Router {
    let router = Router()
    router.use(middleware)
    router.get("/") { request in .text(request.identifier ?? "none") }
    router.get("/refuses") { _ in throw HTTPError(.gone) }
    return router
  }

  func testAnIdentifierThatComesIsKept() throws {
    let router = router(requestIdentifier())
    for identifier in ["a", "0af7651916cd43dd8448eb211c80319c", "a-b_c.d:e+f/g=h@i~", all(128)] {
      let answer = try answer("GET /", ["x-request-id: \(identifier)"], by: router.handle)
      XCTAssertEqual(answer.body, identifier)
      XCTAssertEqual(answer.fields["x-request-id"], identifier)
    }
  }

  private func all(_ count: Int) -> String { String(repeating: "x", count: count) }

  func testOthersAreReplaced() throws {
    let router = router(requestIdentifier())
    var seen: Set<String> = []
    let sent = ["", "a b", "a,b", "a\"b", "a<b", "é", "a;b", all(129)]
    let twice = ["X-Request-ID: a", "X-Request-ID: b"]
    for fields in sent.map({ ["X-Request-ID: \($0)"] }) + [[], twice] {
      let answer = try answer("GET /", fields, by: router.handle)
      XCTAssertEqual(answer.fields["x-request-id"], answer.body)
      XCTAssertEqual(answer.body.utf8.count, 32)
      XCTAssertTrue(answer.body.allSatisfy { $0.isHexDigit && $0.isASCII }, answer.body)
      XCTAssertTrue(seen.insert(answer.body).inserted)
    }
  }

  func testClientsMayNotBeListenedTo() throws {
    let name = try XCTUnwrap(HTTPField.Name("X-Trace"))
    let router = router(requestIdentifier(field: name, acceptsClients: false))
    let answer = try answer("GET /", ["X-Trace: a"], by: router.handle)
    XCTAssertEqual(answer.body.utf8.count, 32)
    XCTAssertEqual(answer.fields["x-trace"], answer.body)
    XCTAssertNil(answer.fields["x-request-id"])
  }

  func testErrorsHaveItToo() throws {
    let router = router(requestIdentifier())
    for request in ["GET /refuses", "GET /none", "PUT /"] {
      XCTAssertNotNil(try answer(request, by: router.handle).fields["x-request-id"], request)
    }
  }

  func testWithoutItThereIsNone() throws {
    XCTAssertEqual(
      try answer("GET /", by: { .text($0.identifier ?? "none") }).body, "none")
  }
}
