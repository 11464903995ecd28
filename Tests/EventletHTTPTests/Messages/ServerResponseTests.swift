import EventletHTTP
import HTTPTypes
import Testing

@Test(
  arguments: [
    ("/next?a=%20b#c", "/next?a=%20b#c"),
    ("https://[::1]:8080/a\\b|c", "https://[::1]:8080/a\\b|c"),
    ("/é 1", "/%C3%A9%201"), ("/a\r\nSet-Cookie: b", "/a%0D%0ASet-Cookie:%20b"), ("", ""),
    ("/%zz\u{7F}", "/%zz%7F"),
  ])
func aRedirectionIsToAURL(location: String, value: String) {
  #expect(ServerResponse.redirect(to: location).headerFields[.location] == value)
}
