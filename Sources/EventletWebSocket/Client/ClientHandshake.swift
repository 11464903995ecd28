internal import EventletHTTP
internal import EventletNet
internal import HTTPTypes

/// The client's side of the handshake (RFC 6455, 4.1).
struct ClientHandshake {
  private static let ownFields: [HTTPField.Name] = [
    .upgrade, .connection, .webSocketKey, .webSocketVersion, .webSocketProtocol,
    .webSocketExtensions, .webSocketAccept, .contentLength, .transferEncoding,
  ]

  private let key = AcceptKey.random()
  let configuration: WebSocket.Configuration
  /// The head of the request.
  let request: String

  init(
    _ url: WebSocketURL, _ headerFields: HTTPFields, _ configuration: WebSocket.Configuration
  ) throws(WebSocketConnectError) {
    self.configuration = configuration
    for field in headerFields
    where Self.ownFields.contains(field.name) || field.name.canonicalName == "host" {
      throw .reservedField(field.name)
    }
    var head = "GET \(url.resource) HTTP/1.1\r\nHost: \(url.authority)\r\n"
    head += "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    head += "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
    let names = configuration.subprotocols
    for (index, name) in names.enumerated()
    where HTTPField.Name(name) == nil || names[..<index].contains(name) {
      throw .invalidSubprotocol(name)
    }
    if !names.isEmpty { head += "Sec-WebSocket-Protocol: \(names.joined(separator: ", "))\r\n" }
    if let options = configuration.compression {
      head += "Sec-WebSocket-Extensions: \(DeflateNegotiation.offer(options))\r\n"
    }
    for field in headerFields { head += "\(field.name.rawName): \(field.value)\r\n" }
    request = head + "\r\n"
  }

  /// Looks at the answer.
  func agree(with response: HTTPResponse) throws(WebSocketConnectError) -> Agreement {
    guard response.status == .switchingProtocols else { throw .refused(response) }
    let fields = response.headerFields
    guard TokenList(parsing: fields[.upgrade] ?? "").contains("websocket"),
      TokenList(parsing: fields[.connection] ?? "").contains("upgrade")
    else { throw .invalidAnswer("it upgrades to something else") }
    guard fields[.webSocketAccept] == AcceptKey.accept(key) else {
      throw .invalidAnswer("Sec-WebSocket-Accept is missing or wrong")
    }
    var agreement = Agreement()
    if let name = fields[.webSocketProtocol] {
      guard configuration.subprotocols.contains(name) else {
        throw .invalidAnswer("the subprotocol '\(name)', which was not offered")
      }
      agreement.subprotocol = name
    }
    guard let extensions = fields[.webSocketExtensions] else { return agreement }
    guard let options = configuration.compression else {
      throw .invalidAnswer("the extension '\(extensions)', which was not offered")
    }
    do { agreement.deflate = try DeflateNegotiation.agree(extensions, to: options) } catch {
      throw .invalidAnswer("\(error)")
    }
    return agreement
  }
}
