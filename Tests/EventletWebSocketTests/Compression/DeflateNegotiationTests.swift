import Testing

@testable import EventletWebSocket

/// A change of the options as they are by default, with a name.
struct Options: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let value: WebSocketDeflate

  init(_ description: String, _ change: (inout WebSocketDeflate) -> Void) {
    var options = WebSocketDeflate()
    change(&options)
    testDescription = description
    value = options
  }

  static let standard = Options("standard") { _ in }
  static let outgoing11 = Options("outgoing 11") { $0.outgoingWindowBits = 11 }
  static let incoming8 = Options("incoming 8") { $0.incomingWindowBits = 8 }
  static let incoming12 = Options("incoming 12") { $0.incomingWindowBits = 12 }
  static let forgetting = Options("no contexts") {
    $0.keepsOutgoingContext = false
    $0.keepsIncomingContext = false
  }
  static let forgettingIncoming = Options("no incoming") { $0.keepsIncomingContext = false }
  static let forgettingOutgoing = Options("no outgoing") { $0.keepsOutgoingContext = false }
}

extension DeflateParameters {
  /// The windows, and which contexts are kept: `out` and `in`.
  var summary: String {
    "\(outgoingWindowBits) \(incomingWindowBits)" + (keepsOutgoingContext ? " out" : "")
      + (keepsIncomingContext ? " in" : "")
  }
}

@Suite struct DeflateNegotiationTests {
  // Eventlet: WS46
  @Test(arguments: [
    "permessage-deflate", " permessage-deflate ", "\tPermessage-DEFLATE,", ", ,permessage-deflate",
    "x-webkit-deflate-frame, permessage-deflate",
    "a;b=\"permessage-deflate, \", permessage-deflate",
  ])
  func thePlainOfferIsMetHoweverItIsWritten(offer: String) throws {
    let answer = try #require(DeflateNegotiation.accept(offer, WebSocketDeflate()))
    #expect(answer.response == "permessage-deflate")
    #expect(answer.parameters == DeflateParameters())
  }

  // Eventlet: WS46
  @Test(arguments: [
    "permessage-deflate;server_max_window_bits=10;server_no_context_takeover",
    "PERMESSAGE-deflate ;\tServer_Max_Window_Bits = 10 ;  SERVER_NO_CONTEXT_TAKEOVER ",
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=\"10\"",
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=\"\\1\\0\"",
  ])
  func parametersAreReadHoweverTheyAreWritten(offer: String) throws {
    let answer = try #require(DeflateNegotiation.accept(offer, WebSocketDeflate()))
    #expect(
      answer.response
        == "permessage-deflate; server_no_context_takeover; server_max_window_bits=10")
    #expect(answer.parameters.summary == "10 15 in")
  }

  // Eventlet: WS47, WS48, WS56 [!]
  @Test(
    arguments: [
      (.standard, "", "", "15 15 out in"),
      (.standard, "server_no_context_takeover", "server_no_context_takeover", "15 15 in"),
      (.standard, "client_no_context_takeover", "client_no_context_takeover", "15 15 out"),
      (.standard, "client_max_window_bits", "client_max_window_bits=15", "15 15 out in"),
      (.standard, "client_max_window_bits=8", "client_max_window_bits=8", "15 8 out in"),
      (.standard, "client_max_window_bits=15", "client_max_window_bits=15", "15 15 out in"),
      (.standard, "server_max_window_bits=9", "server_max_window_bits=9", "9 15 out in"),
      (.standard, "server_max_window_bits=15", "server_max_window_bits=15", "15 15 out in"),
      (
        .standard,
        "client_max_window_bits=10; server_max_window_bits=11; client_no_context_takeover; "
          + "server_no_context_takeover",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; "
          + "client_max_window_bits=10", "11 10"
      ),
      // A smaller window of one's own is nobody's business.
      (.outgoing11, "", "", "11 15 out in"),
      (.outgoing11, "server_max_window_bits=9", "server_max_window_bits=9", "9 15 out in"),
      (.outgoing11, "server_max_window_bits=15", "server_max_window_bits=11", "11 15 out in"),
      // One of the client may only be asked for where that offers it.
      (.incoming12, "", "", "15 15 out in"),
      (.incoming12, "client_max_window_bits", "client_max_window_bits=12", "15 12 out in"),
      (.incoming12, "client_max_window_bits=15", "client_max_window_bits=12", "15 12 out in"),
      (.incoming12, "client_max_window_bits=9", "client_max_window_bits=9", "15 9 out in"),
      (.incoming8, "client_max_window_bits", "client_max_window_bits=8", "15 8 out in"),
      (
        .forgetting, "", "server_no_context_takeover; client_no_context_takeover", "15 15"
      ),
      (.forgettingIncoming, "", "client_no_context_takeover", "15 15 out"),
      (.forgettingOutgoing, "", "server_no_context_takeover", "15 15 in"),
    ] as [(Options, String, String, String)])
  func aServerMeetsWhatItCan(
    options: Options, offered: String, answered: String, summary: String
  ) throws {
    let name = "permessage-deflate"
    let offer = offered.isEmpty ? name : "\(name); \(offered)"
    let answer = try #require(DeflateNegotiation.accept(offer, options.value))
    #expect(answer.response == (answered.isEmpty ? name : "\(name); \(answered)"))
    #expect(answer.parameters.summary == summary)
  }

  // Eventlet: WS48, WS49 [!], WS50 [!]
  @Test(arguments: [
    "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
    "server_max_window_bits=08", "server_max_window_bits=+9", "server_max_window_bits=-9",
    "server_max_window_bits=ten", "server_max_window_bits=\"\"", "server_max_window_bits=",
    "server_max_window_bits=99999999999999999999", "server_max_window_bits=9.0",
    "server_max_window_bits=8",
    "client_max_window_bits=7", "client_max_window_bits=16", "client_max_window_bits=015",
    "client_max_window_bits=x", "client_max_window_bits=\"\"", "client_max_window_bits=\" 9\"",
    "server_no_context_takeover=1", "server_no_context_takeover=\"\"",
    "client_no_context_takeover=true",
    "server_no_context_takeover; server_no_context_takeover",
    "client_max_window_bits; client_max_window_bits=9",
    "client_max_window_bits=9; CLIENT_max_window_bits=9",
    "unknown", "unknown=1", "mem_level=8", "server_max_window_bits 9", "client_max_window_bits;",
  ])
  func anOfferThatCannotBeMetIsPassedOver(offered: String) throws {
    let offer = "permessage-deflate; \(offered)"
    #expect(DeflateNegotiation.accept(offer, WebSocketDeflate()) == nil)
    let next = "\(offer), permessage-deflate; client_max_window_bits=10, permessage-deflate"
    let answer = try #require(DeflateNegotiation.accept(next, WebSocketDeflate()))
    #expect(answer.response == "permessage-deflate; client_max_window_bits=10")
    let plain = "\(offer), \(offer), permessage-deflate"
    #expect(
      DeflateNegotiation.accept(plain, WebSocketDeflate())?.response == "permessage-deflate")
  }

  @Test(arguments: [
    "", ",", "x-webkit-deflate-frame", "permessage-bzip2", "permessage-deflate-2",
    "permessage-deflate=1", "\"permessage-deflate\"", "permessage deflate", "permessage-deflate x",
  ])
  func withoutAnOfferThereIsNoAnswer(offers: String) {
    #expect(DeflateNegotiation.accept(offers, WebSocketDeflate()) == nil)
  }

  @Test(
    arguments: [
      (.standard, "client_max_window_bits"),
      (.outgoing11, "client_max_window_bits=11"),
      (.incoming12, "server_max_window_bits=12; client_max_window_bits"),
      (
        .forgetting,
        "server_no_context_takeover; client_no_context_takeover; client_max_window_bits"
      ),
      (.forgettingIncoming, "server_no_context_takeover; client_max_window_bits"),
      (.forgettingOutgoing, "client_no_context_takeover; client_max_window_bits"),
    ] as [(Options, String)])
  func aClientOffersWhatItWouldLike(options: Options, offered: String) {
    #expect(DeflateNegotiation.offer(options.value) == "permessage-deflate; \(offered)")
  }

  @Test(
    arguments: [
      (.standard, "", "15 15 out in"),
      (.standard, "server_no_context_takeover", "15 15 out"),
      (.standard, "client_no_context_takeover", "15 15 in"),
      (.standard, "server_max_window_bits=8", "15 8 out in"),
      (.standard, "SERVER_MAX_WINDOW_BITS = \"15\"", "15 15 out in"),
      (.standard, "client_max_window_bits=8", "8 15 out in"),
      (.standard, "client_max_window_bits=15", "15 15 out in"),
      (.outgoing11, "", "11 15 out in"),
      (.outgoing11, "client_max_window_bits=11", "11 15 out in"),
      (.outgoing11, "client_max_window_bits=9", "9 15 out in"),
      (.incoming12, "server_max_window_bits=12", "15 12 out in"),
      (.incoming12, "server_max_window_bits=9", "15 9 out in"),
      // The client may forget though the server would let it remember.
      (.forgetting, "server_no_context_takeover", "15 15"),
      (.forgettingOutgoing, "", "15 15 in"),
      (.forgettingIncoming, "server_no_context_takeover; client_no_context_takeover", "15 15"),
    ] as [(Options, String, String)])
  func aClientAgreesToWhatItOffered(options: Options, answered: String, summary: String) throws {
    let response = answered.isEmpty ? "permessage-deflate" : "permessage-deflate; \(answered)"
    let parameters = try DeflateNegotiation.agree(response, to: options.value)
    #expect(parameters?.summary == summary)
  }

  @Test func aServerMayTakeNoPart() throws {
    #expect(try DeflateNegotiation.agree(nil, to: WebSocketDeflate()) == nil)
  }

  @Test(
    arguments: [
      (.standard, "", "the server names no extension"),
      (.standard, " , ", "the server names no extension"),
      (.standard, "permessage-bzip2", "the server takes 'permessage-bzip2', which was not offered"),
      (
        .standard, "permessage-deflate, x-frame",
        "the server takes 'x-frame', which was not offered"
      ),
      (.standard, "permessage-deflate, permessage-deflate", "the server takes it twice"),
      (.standard, "permessage-deflate;", "the server's answer is malformed"),
      (.standard, "permessage-deflate, ;", "the server's answer is malformed"),
      (.standard, "permessage-deflate; level=9", "level is unknown"),
      (
        .standard, "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "server_no_context_takeover is there twice"
      ),
      (
        .standard, "permessage-deflate; client_no_context_takeover=1",
        "client_no_context_takeover has the value '1'"
      ),
      (
        .standard, "permessage-deflate; server_max_window_bits",
        "server_max_window_bits has no value"
      ),
      (
        .standard, "permessage-deflate; server_max_window_bits=16",
        "server_max_window_bits is '16', not 8 to 15"
      ),
      (
        .standard, "permessage-deflate; client_max_window_bits=7",
        "client_max_window_bits is '7', not 8 to 15"
      ),
      (
        .standard, "permessage-deflate; client_max_window_bits",
        "the window of the client has no value"
      ),
      (
        .outgoing11, "permessage-deflate; client_max_window_bits=12",
        "the client's window is 12, more than 11"
      ),
      (
        .incoming12, "permessage-deflate; server_max_window_bits=13",
        "the server's window is 13, more than 12"
      ),
      (.incoming12, "permessage-deflate", "the server's window is 15, more than 12"),
      (
        .forgettingIncoming, "permessage-deflate",
        "the server keeps its context though it was asked not to"
      ),
    ] as [(Options, String, String)])
  func anAnswerToSomethingElseIsAnError(options: Options, response: String, reason: String) {
    #expect(throws: DeflateNegotiationError(reason)) {
      try DeflateNegotiation.agree(response, to: options.value)
    }
    #expect(DeflateNegotiationError(reason).description == "permessage-deflate: \(reason)")
  }
}
