import EventletHTTP
import HTTPTypes
import Testing

@Suite struct HTTPErrorTests {
  @Test func theMessageIsALineOfText() {
    let response = HTTPError(.badRequest, "why", headerFields: [.retryAfter: "5"]).response
    #expect(response.status == .badRequest)
    #expect(
      response.headerFields == [.contentType: "text/plain; charset=utf-8", .retryAfter: "5"])
    #expect(HTTPError(.notFound).message == "Not Found")
  }

  @Test func aFieldReplacesThatOfTheText() {
    let error = HTTPError(
      .badRequest, "{}", headerFields: [.contentType: "application/json", .retryAfter: "5"])
    #expect(error.response.headerFields == [.contentType: "application/json", .retryAfter: "5"])
  }

  @Test func aFieldMayComeMoreThanOnce() {
    let challenges: HTTPFields = [.wwwAuthenticate: "Basic", .wwwAuthenticate: "Bearer"]
    let response = HTTPError(.unauthorized, headerFields: challenges).response
    #expect(response.headerFields[values: .wwwAuthenticate] == ["Basic", "Bearer"])
  }
}
