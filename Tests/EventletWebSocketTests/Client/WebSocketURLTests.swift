import EventletNet
import Testing

@testable import EventletWebSocket

@Suite struct WebSocketURLTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    var isSecure = false
    let host: String
    let port: UInt16
    let authority: String
    let resource: String

    init(
      _ text: String, secure: Bool = false, _ host: String, _ port: UInt16, _ authority: String,
      _ resource: String
    ) {
      self.text = text
      isSecure = secure
      self.host = host
      self.port = port
      self.authority = authority
      self.resource = resource
    }

    var testDescription: String { text }
  }

  // Eventlet: WS60 [!]
  @Test(arguments: [
    Case("ws://example.org", "example.org", 80, "example.org", "/"),
    Case("ws://example.org/", "example.org", 80, "example.org", "/"),
    Case("ws://example.org:80/", "example.org", 80, "example.org", "/"),
    Case("ws://example.org:443/", "example.org", 443, "example.org:443", "/"),
    Case("wss://example.org", secure: true, "example.org", 443, "example.org", "/"),
    Case("wss://example.org:443", secure: true, "example.org", 443, "example.org", "/"),
    Case("wss://example.org:80", secure: true, "example.org", 80, "example.org:80", "/"),
    Case("WS://EXAMPLE.org/Path", "EXAMPLE.org", 80, "EXAMPLE.org", "/Path"),
    Case("Wss://example.org", secure: true, "example.org", 443, "example.org", "/"),
    Case("ws://h:8080/a/b?c=d/e?f", "h", 8080, "h:8080", "/a/b?c=d/e?f"),
    Case("ws://example.org?a=b", "example.org", 80, "example.org", "/?a=b"),
    Case("ws://example.org?a=/", "example.org", 80, "example.org", "/?a=/"),
    Case("ws://example.org?", "example.org", 80, "example.org", "/?"),
    Case("ws://example.org/a%20b?%23", "example.org", 80, "example.org", "/a%20b?%23"),
    Case("ws://127.0.0.1:9000/", "127.0.0.1", 9000, "127.0.0.1:9000", "/"),
    Case("ws://[::1]", "::1", 80, "[::1]", "/"),
    Case("ws://[::1]:80/", "::1", 80, "[::1]", "/"),
    Case(
      "wss://[2001:db8::1]:8443/x", secure: true, "2001:db8::1", 8443, "[2001:db8::1]:8443", "/x"),
    Case("ws://example.org//evil", "example.org", 80, "example.org", "//evil"),
    Case("ws://example.org/http://x@y:z", "example.org", 80, "example.org", "/http://x@y:z"),
  ])
  func whereAClientConnectsTo(url: Case) throws {
    let parsed = try WebSocketURL(parsing: url.text)
    #expect(parsed.isSecure == url.isSecure)
    #expect(parsed.target.host == url.host)
    #expect(parsed.target.port == url.port)
    #expect(parsed.authority == url.authority)
    #expect(parsed.resource == url.resource)
  }

  @Test(arguments: [
    ("", "write ws://example.org/path"), ("example.org", "write ws://example.org/path"),
    ("/path", "write ws://example.org/path"), ("ws:example.org", "write ws://example.org/path"),
    ("ws:/example.org", "write ws://example.org/path"),
    ("http://example.org", "the scheme must be ws or wss"),
    ("https://example.org", "the scheme must be ws or wss"),
    ("wsss://example.org", "the scheme must be ws or wss"),
    ("://example.org", "the scheme must be ws or wss"),
    ("ws://example.org/#top", "a fragment means nothing to a server"),
    ("ws://example.org#", "a fragment means nothing to a server"),
    ("ws://user@example.org", "send credentials as a field"),
    ("ws://user:word@example.org/", "send credentials as a field"),
    ("ws://@example.org/", "send credentials as a field"),
    ("ws://", "no host"), ("ws:///path", "no host"), ("ws://?a", "no host"),
    ("ws://:80/", "no host"), ("ws://::1/", "no host"), ("ws://[::1/", "no host"),
    ("ws://[example.org]/", "no host"), ("ws://exa mple.org/", "visible ASCII"),
    ("ws://example.org:/", "the port must be"), ("ws://example.org:65536/", "the port must be"),
    ("ws://example.org:-1/", "the port must be"), ("ws://example.org:8o/", "the port must be"),
    ("ws://example.org/a b", "visible ASCII"), (" ws://example.org/", "visible ASCII"),
    ("ws://example.org/ü", "visible ASCII"), ("ws://exämple.org/", "visible ASCII"),
    ("ws://example.org/\r\nHost: evil", "visible ASCII"),
    ("ws://example.org/\u{7F}", "visible ASCII"), ("ws://example.org/\0", "visible ASCII"),
    ("ws://example.org\n", "visible ASCII"),
  ])
  func whatIsNoURLOfAWebSocketSaysWhy(text: String, reason: String) throws {
    do {
      let parsed = try WebSocketURL(parsing: text)
      Issue.record("\(parsed)")
    } catch {
      guard case .invalidURL(text, let found) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(found.contains(reason))
    }
  }
}
