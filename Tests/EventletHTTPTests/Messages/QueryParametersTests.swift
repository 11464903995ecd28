import EventletHTTP
import HTTPTypes
import XCTest

/// What a handler gets of the part behind the question mark.
final class QueryParametersTests: HTTPTestCase {
  func testMoreThanAThousandAreABadRequest() throws {
    let client = try connect { .text("\(try $0.queryParameters.count)") }
    try client.send(request: "GET /?\(String(repeating: "a&", count: 1000))")
    try client.expectResponse(200, "1000")
    try client.send(request: "GET /?\(String(repeating: "a&", count: 1001))")
    try client.expectResponse(400, "query: more than 1000 parameters\n")
    try client.expectIdle()
  }

  /// Its length is that of the request line, which has a limit of its own.
  func testALongOneIsReadIfItHasCome() throws {
    let client = try connect {
      $0.limits.requestLine = 1 << 21
    } handler: {
      .text("\(try $0.queryParameters["a"]?.count ?? 0)")
    }
    try client.send(request: "GET /?a=\(String(repeating: "x", count: 1 << 20))")
    try client.expectResponse(200, "\(1 << 20)")
  }

  func testMoreThanAThousandFieldsOfAFormAreTooMuchContent() throws {
    let client = try connect { .text("\(try $0.readForm().fields.count)") }
    let form = String(repeating: "a&", count: 1001)
    try client.send(
      request: "POST /", "Content-Type: application/x-www-form-urlencoded",
      "Content-Length: \(form.utf8.count)", body: form)
    try client.expectResponse(413, "form: more than 1000 fields\n")
  }
}
