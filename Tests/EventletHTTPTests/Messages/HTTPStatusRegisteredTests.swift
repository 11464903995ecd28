import EventletHTTP
import HTTPTypes
import Testing

@Test func aRegisteredStatusHasItsPhrase() {
  #expect(HTTPResponse.Status(registered: 207)?.reasonPhrase == "Multi-Status")
  for status: HTTPResponse.Status in [
    .ok, .nonAuthoritativeInformation, .found, .unprocessableContent, .requestHeaderFieldsTooLarge,
    .networkAuthenticationRequired,
  ] {
    #expect(HTTPResponse.Status(registered: status.code)?.reasonPhrase == status.reasonPhrase)
  }
}

@Test(arguments: [-1, 0, 99, 299, 306, 418, 600, 1000])
func othersAreNotRegistered(code: Int) { #expect(HTTPResponse.Status(registered: code) == nil) }
