/// How the ends of a connection come to an agreement about compression: RFC 7692, sections 5 and 7.1.
enum DeflateNegotiation {
  /// What a server answers.
  /// - Parameters:
  ///   - offers: The value of `Sec-WebSocket-Extensions`, or the values joined by commas.
  ///   - options: What the server would like; it gets as much of it as the offer allows.
  /// - Returns: The first offer that can be met, and the value of `Sec-WebSocket-Extensions` in the
  ///   response; nil if there is none. An offer that is malformed, or has a parameter that is unknown,
  ///   there twice or of no meaning, cannot be met.
  static func accept(
    _ offers: String, _ options: WebSocketDeflate
  ) -> (parameters: DeflateParameters, response: String)? {
    options.check()
    for case let element? in ExtensionElement.list(parsing: offers)
    where element.name == DeflateTerms.name {
      guard let offer = try? DeflateTerms(element.parameters),
        let response = response(to: offer, options)
      else { continue }
      var parameters = DeflateParameters()
      parameters.keepsOutgoingContext = response.serverKeepsContext
      parameters.keepsIncomingContext = response.clientKeepsContext
      // A smaller window of one's own needs nobody's consent.
      parameters.outgoingWindowBits = response.serverWindowBits ?? options.outgoingWindowBits
      if case .bits(let bits) = response.clientWindow { parameters.incomingWindowBits = bits }
      return (parameters, response.text)
    }
    return nil
  }

  private static func response(
    to offer: DeflateTerms, _ options: WebSocketDeflate
  ) -> DeflateTerms? {
    var response = DeflateTerms()
    // Either may be in the response without having been offered: sections 7.1.1.1 and 7.1.1.2.
    response.serverKeepsContext = offer.serverKeepsContext && options.keepsOutgoingContext
    response.clientKeepsContext = offer.clientKeepsContext && options.keepsIncomingContext
    if let bits = offer.serverWindowBits {
      // zlib compresses with 512 bytes at least.
      if bits == 8 { return nil }
      response.serverWindowBits = min(bits, options.outgoingWindowBits)
    }
    switch offer.clientWindow {
    // Then the response must not have it: section 7.1.2.2.
    case .unmentioned: break
    case .limitable: response.clientWindow = .bits(options.incomingWindowBits)
    case .bits(let bits): response.clientWindow = .bits(min(bits, options.incomingWindowBits))
    }
    return response
  }

  /// What a client offers: the value of `Sec-WebSocket-Extensions`.
  static func offer(_ options: WebSocketDeflate) -> String { terms(of: options).text }

  private static func terms(of options: WebSocketDeflate) -> DeflateTerms {
    options.check()
    var terms = DeflateTerms()
    terms.serverKeepsContext = options.keepsIncomingContext
    terms.clientKeepsContext = options.keepsOutgoingContext
    // Without need, it would only have servers decline that cannot limit theirs.
    if options.incomingWindowBits < 15 { terms.serverWindowBits = options.incomingWindowBits }
    let bits = options.outgoingWindowBits
    terms.clientWindow = bits < 15 ? .bits(bits) : .limitable
    return terms
  }

  /// What a client makes of the server's answer.
  /// - Parameters:
  ///   - response: The value of `Sec-WebSocket-Extensions`, or the values joined by commas; nil if
  ///     there is none.
  ///   - options: What was offered.
  /// - Returns: nil if the server takes no part.
  /// - Throws: what is wrong with the answer; then the connection has failed, RFC 7692, section 5.1.
  static func agree(
    _ response: String?, to options: WebSocketDeflate
  ) throws(DeflateNegotiationError) -> DeflateParameters? {
    guard let response else { return nil }
    let offer = terms(of: options)
    let answer = try answer(in: response)
    // Section 7.1.1.1 and 7.1.2.1: who accepts the offer accepts these.
    if !offer.serverKeepsContext, answer.serverKeepsContext {
      throw DeflateNegotiationError("the server keeps its context though it was asked not to")
    }
    if let most = offer.serverWindowBits, (answer.serverWindowBits ?? 15) > most {
      throw DeflateNegotiationError(
        "the server's window is \(answer.serverWindowBits ?? 15), more than \(most)")
    }
    var parameters = DeflateParameters()
    parameters.keepsIncomingContext = answer.serverKeepsContext
    parameters.keepsOutgoingContext = offer.clientKeepsContext && answer.clientKeepsContext
    parameters.incomingWindowBits = answer.serverWindowBits ?? 15
    parameters.outgoingWindowBits = options.outgoingWindowBits
    switch answer.clientWindow {
    case .unmentioned: break
    case .limitable: throw DeflateNegotiationError("the window of the client has no value")
    case .bits(let bits):
      if bits > options.outgoingWindowBits {
        throw DeflateNegotiationError(
          "the client's window is \(bits), more than \(options.outgoingWindowBits)")
      }
      parameters.outgoingWindowBits = bits
    }
    return parameters
  }

  /// The one answer to the one offer.
  private static func answer(
    in response: String
  ) throws(DeflateNegotiationError) -> DeflateTerms {
    let elements = ExtensionElement.list(parsing: response)
    guard let first = elements.first else {
      throw DeflateNegotiationError("the server names no extension")
    }
    for element in elements {
      guard let element else {
        throw DeflateNegotiationError("the server's answer is malformed")
      }
      guard element.name == DeflateTerms.name else {
        throw DeflateNegotiationError("the server takes '\(element.name)', which was not offered")
      }
    }
    guard let first, elements.count == 1 else {
      throw DeflateNegotiationError("the server takes it twice")
    }
    return try DeflateTerms(first.parameters)
  }
}
