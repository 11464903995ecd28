import EventletNet
import Testing

@Suite struct SocketAddressTests {
  @Test(arguments: ["127.0.0.1:80", "0.0.0.0:0", "[::1]:65535", "[fe80::1]:22", "[fe80::1%lo]:22"])
  func whatIsReadIsWrittenTheSame(text: String) throws {
    #expect(try SocketAddress(parsing: text).description == text)
  }

  @Test(arguments: [
    ("127.0.0.1", AddressError.missingPort("127.0.0.1")),
    ("127.0.0.1:65536", .invalidPort("127.0.0.1:65536")),
    ("127.0.0.1:", .invalidPort("127.0.0.1:")),
    ("127.0.0.1:+80", .invalidPort("127.0.0.1:+80")),
    ("127.0.0.1:-0", .invalidPort("127.0.0.1:-0")),
    ("127.0.0.1%lo:80", .invalidHost("127.0.0.1%lo:80")),
    ("[fe80::1%]:80", .invalidHost("[fe80::1%]:80")),
    ("[fe80::1%no such]:80", .invalidHost("[fe80::1%no such]:80")),
    ("[fe80::1%0]:80", .invalidHost("[fe80::1%0]:80")),
    ("[::1%lo]:80", .invalidHost("[::1%lo]:80")),
    ("127.0.0.1\0x:80", .invalidHost("127.0.0.1\0x:80")),
    ("::1:80", .invalidHost("::1:80")),
    ("localhost:80", .invalidHost("localhost:80")),
    ("[127.0.0.1]:80", .invalidHost("[127.0.0.1]:80")),
  ])
  func badTextIsAnError(text: String, error: AddressError) {
    #expect(throws: error) { try SocketAddress(parsing: text) }
  }

  @Test(arguments: [
    ("[0:0:0:0:0:0:0:1]:1", "[::1]:1"), ("[FE80::A]:1", "[fe80::a]:1"),
    ("[::ffff:7f00:1]:1", "[::ffff:127.0.0.1]:1"), ("[fe80::1%1]:1", "[fe80::1%lo]:1"),
    ("127.0.0.1:080", "127.0.0.1:80"),
  ])
  func oneAddressHasOneForm(text: String, form: String) throws {
    let address = try SocketAddress(parsing: text)
    #expect(address.description == form)
    #expect(address == (try SocketAddress(parsing: form)))
    #expect(Set([address, try SocketAddress(parsing: form)]).count == 1)
  }

  @Test func interfacesTellLinkLocalAddressesApart() throws {
    let addresses = ["[fe80::1]:1", "[fe80::1%lo]:1", "[fe80::1%4000]:1"]
    #expect(try Set(addresses.map { try SocketAddress(parsing: $0) }).count == 3)
    #expect(try addresses.map { try SocketAddress(parsing: $0).description } == addresses)
  }
}
