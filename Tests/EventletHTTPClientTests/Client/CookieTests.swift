import EventletCore
import EventletHTTP
import EventletHTTPClient
import EventletNet
import EventletTesting
import HTTPTypes
import XCTest

final class CookieTests: ClientTestCase {
  private func counting() throws -> String {
    try serve { request in
      var response = ServerResponse.text(request.headerFields[.cookie] ?? "-")
      if let value = try request.queryParameters["set"] {
        response.headerFields[.setCookie] = value
      }
      return response
    }
  }

  func testNoneAreKeptByDefault() throws {
    let url = try counting()
    let client = makeClient()
    XCTAssertEqual(try client.get("\(url)/?set=a%3D1").text(), "-")
    XCTAssertEqual(try client.get(url).text(), "-")
    XCTAssertEqual(try client.cookies(), [])
    XCTAssertThrowsError(try client.setCookie(.init(name: "a", value: "1", domain: "127.0.0.1")))
  }

  func testAJar() throws {
    let url = try counting()
    let client = makeClient { $0.cookies = .jar }
    let other = makeClient { $0.cookies = .jar }
    XCTAssertEqual(try client.get("\(url)/?set=a%3D1%3BPath%3D/below").text(), "-")
    XCTAssertEqual(try client.get(url).text(), "-")
    XCTAssertEqual(try client.get("\(url)/below").text(), "a=1")
    XCTAssertEqual(try other.get("\(url)/below").text(), "-")
    let cookie = try XCTUnwrap(client.cookies().first)
    XCTAssertEqual(
      [cookie.name, cookie.value, cookie.path, cookie.domain], ["a", "1", "/below", "127.0.0.1"])
    XCTAssertNil(cookie.expires)
    // Written by hand.
    try client.setCookie(.init(name: "b", value: "2", domain: "127.0.0.1"))
    XCTAssertEqual(try client.get(url).text(), "b=2")
    XCTAssertEqual(try client.cookies().count, 2)
    try client.removeCookies()
    XCTAssertEqual(try client.cookies(), [])
    XCTAssertEqual(try client.get("\(url)/below").text(), "-")
    XCTAssertThrowsError(
      try client.setCookie(.init(name: "a", value: "1\n", domain: "127.0.0.1")))
  }

  func testACookieOfARedirectIsSentWhereItLeads() throws {
    let url = try serve { request in
      if request.path == "/end" { return .text(request.headerFields[.cookie] ?? "-") }
      var response = ServerResponse.redirect(to: "/end")
      response.headerFields[.setCookie] = "session=7; HttpOnly"
      return response
    }
    XCTAssertEqual(try makeClient { $0.cookies = .jar }.get(url).text(), "session=7")
  }

  func testACookieThatMayNotBe() throws {
    let client = makeClient { $0.cookies = .jar }
    let error = try clientError {
      try client.setCookie(.init(name: "__Host-b", value: "2", domain: "a.test"))
    }
    XCTAssertEqual(
      error.reason, .invalidRequest("the cookie '__Host-b' may not be for a.test"))
    XCTAssertEqual(try client.cookies(), [])
    // One that has ended takes the other away.
    var cookie = HTTPClient.Cookie(name: "a", value: "1", domain: "a.test")
    cookie.includesSubdomains = true
    try client.setCookie(cookie)
    XCTAssertEqual(try client.cookies().map(\.domain), [".a.test"])
    cookie.expires = 1
    try client.setCookie(cookie)
    XCTAssertEqual(try client.cookies(), [])
  }

  func testACookieThatScriptsMayNotSee() throws {
    let url = try serve { _ in
      var response = ServerResponse.text("")
      response.headerFields[.setCookie] = "session=7; HttpOnly"
      return response
    }
    let client = makeClient { $0.cookies = .jar }
    _ = try client.get(url).text()
    let cookie = try XCTUnwrap(client.cookies().first)
    XCTAssertTrue(cookie.isHTTPOnly)
    try client.removeCookies()
    try client.setCookie(cookie)
    XCTAssertEqual(try client.cookies(), [cookie])
  }
}
