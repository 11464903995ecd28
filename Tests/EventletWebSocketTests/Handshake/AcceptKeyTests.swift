import Testing

@testable import EventletWebSocket

@Suite struct AcceptKeyTests {
  // Eventlet: WS4
  @Test(arguments: [
    ("d9MXuOzlVQ0h+qRllvSCIg==", "ywSyWXCPNsDxLrQdQrn5RFNRfBU="),
    // RFC 6455, 1.3.
    ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
  ])
  func vectors(key: String, answer: String) {
    #expect(AcceptKey.isKey(key))
    #expect(AcceptKey.accept(key) == answer)
  }

  // Eventlet: WS7 [!]
  @Test(arguments: [
    "", "x", "AAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA=",
    "AAAAAAAAAAAAAAAAAAAAAAAA", "dGhlIHNhbXBsZSBub25jZR==", "dGhl IHNhbXBsZSBub25jZQ==",
    "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", "-_hlIHNhbXBsZSBub25jZQ==",
  ])
  func whatIsNotSixteenBytesIsNoKey(text: String) { #expect(!AcceptKey.isKey(text)) }

  @Test func keysAreRandom() {
    let keys = Set((0..<1000).map { _ in AcceptKey.random() })
    #expect(keys.count == 1000)
    #expect(keys.allSatisfy(AcceptKey.isKey))
  }
}
