internal import HTTPTypes

extension HTTPField.Name {
  static let webSocketKey = name("Sec-WebSocket-Key")
  static let webSocketAccept = name("Sec-WebSocket-Accept")
  static let webSocketVersion = name("Sec-WebSocket-Version")
  static let webSocketProtocol = name("Sec-WebSocket-Protocol")
  static let webSocketExtensions = name("Sec-WebSocket-Extensions")
  static let webSocketOrigin = name("Sec-WebSocket-Origin")

  private static func name(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { fatalError("\(text) is no field name") }
    return name
  }
}
