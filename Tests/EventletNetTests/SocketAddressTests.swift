import EventletNet
import Testing

@Suite struct SocketAddressTests {
  @Test(arguments: ["127.0.0.1:80", "0.0.0.0:0", "[::1]:65535", "[fe80::1]:22"])
  func whatIsReadIsWrittenTheSame(text: String) throws {
    #expect(try SocketAddress(parsing: text).description == text)
  }

  @Test(arguments: [
    ("127.0.0.1", AddressError.missingPort("127.0.0.1")),
    ("127.0.0.1:65536", .invalidPort("127.0.0.1:65536")),
    ("127.0.0.1:", .invalidPort("127.0.0.1:")),
    ("::1:80", .invalidHost("::1:80")),
    ("localhost:80", .invalidHost("localhost:80")),
    ("[127.0.0.1]:80", .invalidHost("[127.0.0.1]:80")),
  ])
  func badTextIsAnError(text: String, error: AddressError) {
    #expect(throws: error) { try SocketAddress(parsing: text) }
  }
}
