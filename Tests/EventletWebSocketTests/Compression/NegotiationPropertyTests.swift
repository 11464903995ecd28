import EventletTesting
import Testing

@testable import EventletWebSocket

/// What holds for whatever is offered, and for whatever is liked.
@Suite struct NegotiationPropertyTests {
  @Test func bothEndsAgree() throws {
    var numbers = SplitMix64()
    for round in 0..<10_000 {
      let (client, server) = (options(&numbers), options(&numbers))
      let offers =
        unacceptable(&numbers) + rewritten(DeflateNegotiation.offer(client), &numbers)
        + unacceptable(&numbers)
      // A window of 256 bytes cannot be met.
      if client.incomingWindowBits == 8 {
        #expect(DeflateNegotiation.accept(offers, server) == nil, "\(round): \(offers)")
        continue
      }
      let (own, response) = try #require(
        DeflateNegotiation.accept(offers, server), "\(round): \(offers)")
      let other = try #require(
        try DeflateNegotiation.agree(rewritten(response, &numbers), to: client),
        "\(round): \(response)")
      let what = "\(round): \(offers) → \(response): \(own), \(other)"
      // What one sends, the other can expand.
      #expect(own.outgoingWindowBits <= other.incomingWindowBits, "\(what)")
      #expect(other.outgoingWindowBits <= own.incomingWindowBits, "\(what)")
      #expect(own.keepsOutgoingContext == other.keepsIncomingContext, "\(what)")
      #expect(own.keepsIncomingContext == other.keepsOutgoingContext, "\(what)")
      // Nobody gets more than they would like.
      #expect(own.outgoingWindowBits <= server.outgoingWindowBits, "\(what)")
      #expect(own.incomingWindowBits <= server.incomingWindowBits, "\(what)")
      #expect(other.outgoingWindowBits <= client.outgoingWindowBits, "\(what)")
      #expect(other.incomingWindowBits <= client.incomingWindowBits, "\(what)")
      #expect(!own.keepsOutgoingContext || server.keepsOutgoingContext, "\(what)")
      #expect(!own.keepsIncomingContext || server.keepsIncomingContext, "\(what)")
      #expect(own.mayCompress, "\(what)")
    }
  }

  @Test func noNonsenseIsAnswered() throws {
    var numbers = SplitMix64()
    let parts = [
      "permessage-deflate", "client_max_window_bits", "server_max_window_bits",
      "server_no_context_takeover", "=", "=8", "=9", "=15", "=16", "=\"10\"", ";", "; ", ",", ", ",
      " ", "\"", "\\", "x", "permessage-deflate; ",
    ]
    var answerCount = 0
    for _ in 0..<10_000 {
      let offers = (0..<Int.random(in: 0...12, using: &numbers))
        .map { _ in parts.randomElement(using: &numbers) ?? "" }.joined()
      guard let (parameters, response) = DeflateNegotiation.accept(offers, WebSocketDeflate())
      else { continue }
      answerCount += 1
      let elements = ExtensionElement.list(parsing: response)
      #expect(elements.count == 1)
      let terms = try DeflateTerms(try #require(elements.first ?? nil).parameters)
      #expect(terms.text == response)
      #expect((9...15).contains(parameters.outgoingWindowBits))
      #expect((8...15).contains(parameters.incomingWindowBits))
      // Section 7.1.2.2.
      if case .bits = terms.clientWindow { #expect(offers.contains("client_max_window_bits")) }
    }
    #expect(answerCount > 100)
  }

  private func options(_ numbers: inout SplitMix64) -> WebSocketDeflate {
    var options = WebSocketDeflate()
    options.keepsOutgoingContext = .random(using: &numbers)
    options.keepsIncomingContext = .random(using: &numbers)
    options.outgoingWindowBits = .random(in: 9...15, using: &numbers)
    options.incomingWindowBits = .random(in: 8...15, using: &numbers)
    return options
  }

  /// The same in another form.
  private func rewritten(_ text: String, _ numbers: inout SplitMix64) -> String {
    var result = ""
    for character in text {
      switch character {
      case ";": result += [";", " ;", ";\t", " ; "].randomElement(using: &numbers) ?? ""
      case "=": result += ["=", " =", "= ", "\t=\t"].randomElement(using: &numbers) ?? ""
      default: result += Bool.random(using: &numbers) ? character.uppercased() : "\(character)"
      }
    }
    return result
  }

  private func unacceptable(_ numbers: inout SplitMix64) -> String {
    let elements = [
      "x-webkit-deflate-frame", "permessage-deflate; level=9", "permessage-deflate;",
      "permessage-deflate; server_max_window_bits=8", "mux; max_channels=4; quantum=\"a, b\"", "",
      "permessage-deflate; client_max_window_bits=7; client_max_window_bits", "???", "a b",
    ]
    let chosen = (0..<Int.random(in: 0...3, using: &numbers)).map { _ in
      elements.randomElement(using: &numbers) ?? ""
    }
    return ", " + chosen.map { $0 + ", " }.joined()
  }
}
