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

  @Test(arguments: ["unix:/run/app.sock", "unix:relative.sock", "unix:@name", "unix:./@file"])
  func unixNamesAreReadAsTheyAreWritten(_ text: String) throws {
    let address = try SocketAddress(parsing: text)
    #expect(address.family == .unix)
    #expect("\(address)" == text)
    #expect(address.host == "" && address.port == 0)
    #expect(address.path == (text.contains(":@") ? nil : String(text.dropFirst(5))))
    #expect(address.abstractName == (text.contains(":@") ? "name" : nil))
  }

  @Test func unixNamesOfDifferentKindsDiffer() throws {
    let all = try [
      SocketAddress.unix("name"), .unix("@name"), .abstract("name"), .abstract("name\0"), .unnamed,
    ]
    #expect(Set(all).count == all.count)
    #expect(SocketAddress.unnamed.path == nil && SocketAddress.unnamed.abstractName == nil)
  }

  @Test func unixNamesThatAreNoneAreErrors() {
    let long = String(repeating: "x", count: 108)
    #expect(throws: AddressError.unixNameTooLong(long)) { try SocketAddress.unix(long) }
    #expect(throws: AddressError.unixNameTooLong(long)) { try SocketAddress.abstract(long) }
    #expect(throws: AddressError.unixNameTooLong(long)) {
      try SocketAddress(parsing: "unix:" + long)
    }
    #expect(throws: AddressError.invalidUnixName("")) { try SocketAddress.unix("") }
    #expect(throws: AddressError.invalidUnixName("a\0b")) { try SocketAddress.unix("a\0b") }
    #expect(throws: AddressError.invalidUnixName("@")) { try SocketAddress(parsing: "unix:@") }
    #expect(
      "\(AddressError.unixNameTooLong(long))".hasSuffix("108 bytes, of 107 at most"))
    let longest = String(repeating: "x", count: 107)
    #expect(throws: Never.self) { try SocketAddress.unix(longest) }
    #expect(throws: Never.self) { try SocketAddress.abstract(longest) }
  }

  @Test func whatAPeerHasChosenDoesNotBreakLines() throws {
    #expect(try "\(SocketAddress.abstract("a\nb\u{7f}"))" == "unix:@a\\x0ab\\x7f")
  }
}
