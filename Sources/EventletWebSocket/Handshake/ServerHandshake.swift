internal import EventletHTTP
internal import HTTPTypes

/// The server's side of the handshake (RFC 6455, 4.2).
enum ServerHandshake {
  /// Looks at a request.
  /// - Returns: what was agreed on, and the fields of the answer.
  /// - Throws: ``/EventletHTTP/HTTPError``, the answer to what is no handshake; what a function that is
  ///   to check origins throws.
  static func accept(
    _ request: ServerRequest, _ origins: WebSocketOrigins, _ configuration: WebSocket.Configuration
  ) throws -> (agreement: Agreement, fields: HTTPFields) {
    guard request.method == .get else {
      throw HTTPError(.methodNotAllowed, headerFields: [.allow: "GET"])
    }
    guard request.version >= .http1_1 else { throw refusal("a WebSocket needs HTTP/1.1") }
    guard TokenList(parsing: request[.connection] ?? "").contains("upgrade"),
      TokenList(parsing: request[.upgrade] ?? "").contains("websocket")
    else { throw refusal("this is a WebSocket: ask for an upgrade to it") }
    guard let key = request[.webSocketKey], AcceptKey.isKey(key) else {
      throw refusal("the Sec-WebSocket-Key is missing, or not 16 bytes in Base64")
    }
    // 8 is a draft's that sends the same frames.
    guard let version = request[.webSocketVersion], version == "13" || version == "8" else {
      throw HTTPError(
        .upgradeRequired, "this is version 13 of the WebSocket protocol",
        headerFields: [
          .webSocketVersion: "13, 8", .upgrade: "websocket", .connection: "Upgrade, close",
        ])
    }
    guard try origins.allows(request) else {
      throw HTTPError(.forbidden, "pages of this origin may not connect")
    }
    return agree(with: request, key, configuration)
  }

  private static func agree(
    with request: ServerRequest, _ key: String, _ configuration: WebSocket.Configuration
  ) -> (Agreement, HTTPFields) {
    var agreement = Agreement()
    var fields: HTTPFields = [.webSocketAccept: AcceptKey.accept(key)]
    let wishes = TokenList(parsing: request[.webSocketProtocol] ?? "").words
    if let common = wishes.first(where: configuration.subprotocols.contains) {
      agreement.subprotocol = common
      fields[.webSocketProtocol] = common
    }
    if let options = configuration.compression, let offers = request[.webSocketExtensions],
      let (parameters, answer) = DeflateNegotiation.accept(offers, options)
    {
      agreement.deflate = parameters
      fields[.webSocketExtensions] = answer
    }
    return (agreement, fields)
  }

  private static func refusal(_ message: String) -> HTTPError {
    HTTPError(.badRequest, message, headerFields: [.connection: "close"])
  }
}
