import Testing

@testable import EventletWebSocket

@Suite struct MessageParserDifferentialTests {
  // Eventlet: WS17, WS37, WS41 [!]
  @Test func manyStreamsAreWhatTheReferenceTakesThemFor() {
    var failures: [WebSocketCloseCode: Int] = [:]
    var eventCount = 0
    for seed in UInt64(0)..<10_000 {
      let settings = ParserSettings(
        isMasked: seed % 4 != 0, maxFrameSize: seed % 3 == 0 ? 150 : 1 << 20,
        maxMessageSize: seed % 5 == 0 ? 210 : 1 << 20)
      let random = RandomStream(seed: seed, settings)
      let reference = ReferenceParser(random.bytes, settings)
      eventCount += reference.events.count
      if let failure = reference.failure { failures[failure, default: 0] += 1 }
      for arrivals in [[random.bytes.count], random.arrivals()] {
        let outcome = ParserOutcome(random.bytes, arriving: arrivals, settings)
        if outcome.events != reference.events || outcome.violation?.code != reference.failure {
          Issue.record("seed \(seed): \(outcome), but \(reference)")
        }
      }
    }
    // The streams are worth it.
    #expect(eventCount > 10_000)
    for code in [WebSocketCloseCode.protocolError, .invalidPayload, .messageTooBig] {
      #expect(failures[code, default: 0] > 100, "\(failures)")
    }
  }
}
