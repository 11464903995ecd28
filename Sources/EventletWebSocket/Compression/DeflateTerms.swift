/// The parameters of permessage-deflate as an offer or a response states them: RFC 7692,
/// section 7.1.
struct DeflateTerms: Hashable, Sendable {
  /// The client's window, of which an offer may just say that it can be limited.
  enum ClientWindow: Hashable, Sendable {
    case unmentioned
    case limitable
    case bits(Int)
  }

  static let name = "permessage-deflate"
  private static let serverContext = "server_no_context_takeover"
  private static let clientContext = "client_no_context_takeover"
  private static let serverWindow = "server_max_window_bits"
  private static let clientWindow = "client_max_window_bits"

  var serverKeepsContext = true
  var clientKeepsContext = true
  var serverWindowBits: Int?
  var clientWindow = ClientWindow.unmentioned

  init() {}

  /// - Throws: what is wrong with a parameter: unknown, there twice, or with a value that it cannot
  ///   have.
  init(_ parameters: [ExtensionElement.Parameter]) throws(DeflateNegotiationError) {
    var seen: Set<String> = []
    for parameter in parameters {
      let name = parameter.name
      guard seen.insert(name).inserted else {
        throw DeflateNegotiationError("\(name) is there twice")
      }
      switch name {
      case Self.serverContext:
        try Self.requireNoValue(parameter)
        serverKeepsContext = false
      case Self.clientContext:
        try Self.requireNoValue(parameter)
        clientKeepsContext = false
      case Self.serverWindow: serverWindowBits = try Self.readBits(parameter)
      case Self.clientWindow:
        clientWindow =
          parameter.value == nil ? .limitable : .bits(try Self.readBits(parameter))
      default: throw DeflateNegotiationError("\(name) is unknown")
      }
    }
  }

  private static func requireNoValue(
    _ parameter: ExtensionElement.Parameter
  ) throws(DeflateNegotiationError) {
    if let value = parameter.value {
      throw DeflateNegotiationError("\(parameter.name) has the value '\(value)'")
    }
  }

  /// "A decimal integer value without leading zeroes between 8 to 15", section 7.1.2.
  private static func readBits(
    _ parameter: ExtensionElement.Parameter
  ) throws(DeflateNegotiationError) -> Int {
    guard let value = parameter.value else {
      throw DeflateNegotiationError("\(parameter.name) has no value")
    }
    guard let bits = Int(value), (8...15).contains(bits), value == String(bits) else {
      throw DeflateNegotiationError("\(parameter.name) is '\(value)', not 8 to 15")
    }
    return bits
  }

  /// As an element of `Sec-WebSocket-Extensions`.
  var text: String {
    var text = Self.name
    if !serverKeepsContext { text += "; \(Self.serverContext)" }
    if !clientKeepsContext { text += "; \(Self.clientContext)" }
    if let serverWindowBits { text += "; \(Self.serverWindow)=\(serverWindowBits)" }
    switch clientWindow {
    case .unmentioned: break
    case .limitable: text += "; \(Self.clientWindow)"
    case .bits(let bits): text += "; \(Self.clientWindow)=\(bits)"
    }
    return text
  }
}
