import Testing

@testable import EventletWebSocket

/// Options that nobody can meet.
private enum Mistake: String, CaseIterable, Codable {
  case level, memoryLevel, outgoingWindow, incomingWindow

  var options: WebSocketDeflate {
    var options = WebSocketDeflate()
    switch self {
    case .level: options.level = 0
    case .memoryLevel: options.memoryLevel = 10
    case .outgoingWindow: options.outgoingWindowBits = 8
    case .incomingWindow: options.incomingWindowBits = 16
    }
    return options
  }

  var message: String {
    switch self {
    case .level: "WebSocketDeflate: level 0 is not in 1...9"
    case .memoryLevel: "WebSocketDeflate: memoryLevel 10 is not in 1...9"
    case .outgoingWindow: "WebSocketDeflate: outgoingWindowBits 8 is not in 9...15"
    case .incomingWindow: "WebSocketDeflate: incomingWindowBits 16 is not in 8...15"
    }
  }
}

@Suite struct WebSocketDeflateTests {
  @Test(arguments: Mistake.allCases)
  private func aNumberOutOfItsRangeEndsTheProcess(mistake: Mistake) async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [mistake] in
      _ = DeflateNegotiation.accept("permessage-deflate", mistake.options)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains(mistake.message), "\(output)")
  }

  @Test func aClientIsNotSpared() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var options = WebSocketDeflate()
      options.level = 10
      _ = DeflateNegotiation.offer(options)
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("level 10 is not in 1...9"), "\(output)")
  }

  @Test func aWindowOf256BytesHasNoDeflater() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let parameters = DeflateParameters(outgoingWindowBits: 8)
      guard !parameters.mayCompress else { return }
      _ = MessageDeflater(parameters, WebSocketDeflate(), DeflatePool())
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("MessageDeflater: a window of 256 bytes"), "\(output)")
  }
}
