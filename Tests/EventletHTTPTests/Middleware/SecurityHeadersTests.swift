import EventletTesting
import HTTPTypes
import XCTest

@testable import EventletHTTP

final class SecurityHeadersTests: HandlerTestCase {
  private func fields(
    _ headers: SecurityHeaders, _ handler: @escaping RequestHandler = { _ in .text("") }
  ) throws -> [String: String] {
    let middleware = securityHeaders(headers)
    let usual: Set = ["date", "content-length", "content-type", "connection"]
    return try answer("GET /", by: { try middleware($0, handler) }).fields
      .filter { !usual.contains($0.key) }
  }

  private let standard = [
    "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
  ]

  func testAnswersHaveThem() throws {
    XCTAssertEqual(try fields(SecurityHeaders()), standard)
    XCTAssertEqual(try fields(SecurityHeaders()) { _ in throw HTTPError(.gone) }, standard)
  }

  func testEachMayBeLeftOut() throws {
    var headers = SecurityHeaders()
    headers.forbidsSniffing = false
    headers.frameOptions = nil
    headers.referrerPolicy = nil
    headers.crossOriginOpenerPolicy = nil
    XCTAssertEqual(try fields(headers), [:])
    headers.contentSecurityPolicy = "default-src 'self'"
    XCTAssertEqual(try fields(headers), ["content-security-policy": "default-src 'self'"])
  }

  func testAHandlersOwnAreKept() throws {
    var expected = standard
    expected["x-frame-options"] = "SAMEORIGIN"
    let own = try XCTUnwrap(HTTPField.Name("X-Frame-Options"))
    XCTAssertEqual(
      try fields(SecurityHeaders()) { _ in ServerResponse(headerFields: [own: "SAMEORIGIN"]) },
      expected)
  }

  func testTransportSecurityIsForTLSOnly() throws {
    var headers = SecurityHeaders()
    headers.strictTransportSecurity = .seconds(31_536_000)
    XCTAssertEqual(try fields(headers), standard)
    XCTAssertEqual(headers.fields(isSecure: true)[.strictTransportSecurity], "max-age=31536000")
  }
}
