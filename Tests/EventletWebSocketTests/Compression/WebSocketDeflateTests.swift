import Testing

@testable import EventletWebSocket

@Suite struct WebSocketDeflateTests {
  @Test func theDefaultsAreInRange() { WebSocketDeflate().check() }
}
