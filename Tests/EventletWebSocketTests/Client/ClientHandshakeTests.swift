import HTTPTypes
import Testing

@testable import EventletWebSocket

@Suite struct ClientHandshakeTests {
  private func request(
    _ url: String = "ws://example.org/feed", _ fields: HTTPFields = [:],
    _ configure: (inout WebSocket.Configuration) -> Void = { _ in }
  ) throws -> String {
    var configuration = WebSocket.Configuration()
    configure(&configuration)
    return try ClientHandshake(try WebSocketURL(parsing: url), fields, configuration).request
  }

  /// Without the key, which is another in each request.
  private func withoutKey(_ request: String) throws -> String {
    let name = "Sec-WebSocket-Key: "
    var lines = request.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    let index = try #require(lines.firstIndex { $0.hasPrefix(name) })
    #expect(AcceptKey.isKey(String(lines[index].dropFirst(name.count))))
    lines[index] = name + "KEY"
    return lines.joined(separator: "\r\n")
  }

  // Eventlet: WS60 [!]
  @Test func theLeastRequest() throws {
    let expected = """
      GET /feed HTTP/1.1\r
      Host: example.org\r
      Upgrade: websocket\r
      Connection: Upgrade\r
      Sec-WebSocket-Key: KEY\r
      Sec-WebSocket-Version: 13\r
      \r

      """
    #expect(try withoutKey(request()) == expected)
  }

  // Eventlet: WS60 [!]
  @Test func aRequestWithEverything() throws {
    let fields: HTTPFields = [.origin: "https://example.org", .cookie: "a=b"]
    let found = try request("wss://[::1]:8443?q=1", fields) {
      $0.subprotocols = ["chat", "superchat"]
      $0.compression = WebSocketDeflate()
    }
    let expected = """
      GET /?q=1 HTTP/1.1\r
      Host: [::1]:8443\r
      Upgrade: websocket\r
      Connection: Upgrade\r
      Sec-WebSocket-Key: KEY\r
      Sec-WebSocket-Version: 13\r
      Sec-WebSocket-Protocol: chat, superchat\r
      Sec-WebSocket-Extensions: \(DeflateNegotiation.offer(WebSocketDeflate()))\r
      Origin: https://example.org\r
      Cookie: a=b\r
      \r

      """
    #expect(try withoutKey(found) == expected)
  }

  @Test func eachRequestHasAKeyOfItsOwn() throws {
    let requests = try (0..<100).map { _ in try request() }
    #expect(Set(requests).count == 100)
  }

  @Test(arguments: [
    "Upgrade", "connection", "SEC-WEBSOCKET-KEY", "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept",
    "Content-Length", "Transfer-Encoding", "Host", "HOST",
  ])
  func theHandshakesOwnFieldsCannotBeGiven(text: String) throws {
    let name = try #require(HTTPField.Name(text))
    #expect(throws: WebSocketConnectError.reservedField(name)) {
      try request("ws://example.org/", [name: "x"])
    }
  }

  @Test func aFieldCannotBringInAnother() throws {
    var fields = HTTPFields()
    let name = try #require(HTTPField.Name("X-Token"))
    let bytes = Array("a\r\nSec-WebSocket-Key: mine\n\nHost: evil\0\r".utf8)
    fields.append(HTTPField(name: name, value: String(decoding: bytes, as: UTF8.self)))
    fields.append(HTTPField(name: name, lenientValue: bytes))
    let lines = try request("ws://example.org/", fields)
      .split(separator: "\r\n", omittingEmptySubsequences: false)
    // A line for the request, five fields of the handshake's, two more, and the end.
    #expect(lines.count == 10)
    #expect(lines.filter { $0.hasPrefix("X-Token: ") }.count == 2)
    for line in lines {
      #expect(
        line.utf8.allSatisfy { $0 != 0 && $0 != 0x0A && $0 != 0x0D }, "\(line.debugDescription)")
    }
  }

  @Test(arguments: [
    "", " ", "a b", "a,b", "a\r\nX: y", "ü", "a;b", "\"a\"", "a/b", "\0",
  ])
  func aSubprotocolIsAToken(name: String) {
    #expect(throws: WebSocketConnectError.invalidSubprotocol(name)) {
      try request { $0.subprotocols = ["chat", name] }
    }
  }

  @Test func aSubprotocolComesOnce() throws {
    #expect(throws: WebSocketConnectError.invalidSubprotocol("chat")) {
      try request { $0.subprotocols = ["chat", "other", "chat"] }
    }
    // Case counts (RFC 6455, 4.1).
    #expect(throws: Never.self) { try request { $0.subprotocols = ["chat", "Chat"] } }
  }
}
