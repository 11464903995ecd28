import EventletHTTP
import EventletNet
import Testing

@Suite struct IPNetworkTests {
  @Test(arguments: [
    ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("192.0.2.1", "192.0.2.1/32"),
    ("192.0.2.1/32", "192.0.2.1/32"), ("::/0", "::/0"), ("::1", "::1/128"),
    ("2001:DB8::/32", "2001:db8::/32"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ("::ffff:10.0.0.1", "10.0.0.1/32"), ("::ffff:0:0/96", "0.0.0.0/0"),
  ])
  func textIsRead(text: String, form: String) throws {
    let network = try IPNetwork(parsing: text)
    #expect("\(network)" == form)
    #expect(network == (try IPNetwork(parsing: form)))
  }

  @Test(arguments: [
    ("", IPNetworkError.invalidAddress("")),
    ("/8", .invalidAddress("/8")),
    ("localhost/8", .invalidAddress("localhost/8")),
    ("10.0.0/8", .invalidAddress("10.0.0/8")),
    ("fe80::1%lo/64", .invalidAddress("fe80::1%lo/64")),
    ("10.0.0.0/", .invalidPrefixLength("10.0.0.0/")),
    ("10.0.0.0/33", .invalidPrefixLength("10.0.0.0/33")),
    ("::/129", .invalidPrefixLength("::/129")),
    ("10.0.0.0/08", .invalidPrefixLength("10.0.0.0/08")),
    ("10.0.0.0/+8", .invalidPrefixLength("10.0.0.0/+8")),
    ("10.0.0.0/-8", .invalidPrefixLength("10.0.0.0/-8")),
    ("10.0.0.0/8/8", .invalidPrefixLength("10.0.0.0/8/8")),
    ("10.0.0.0/255.0.0.0", .invalidPrefixLength("10.0.0.0/255.0.0.0")),
    ("10.0.0.0/99999999999999999999", .invalidPrefixLength("10.0.0.0/99999999999999999999")),
    ("10.0.0.1/8", .addressBeyondPrefix("10.0.0.1/8")),
    ("::1/64", .addressBeyondPrefix("::1/64")),
    ("1.0.0.0/0", .addressBeyondPrefix("1.0.0.0/0")),
  ])
  func otherTextIsAnError(text: String, error: IPNetworkError) {
    #expect(throws: error) { try IPNetwork(parsing: text) }
    #expect("\(error)".contains(text))
  }

  @Test(arguments: [
    ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["9.255.255.255"]),
    ("192.0.2.128/25", ["192.0.2.128", "192.0.2.255"], ["192.0.2.127", "192.0.3.128"]),
    ("192.0.2.1", ["192.0.2.1", "::ffff:192.0.2.1"], ["192.0.2.0", "192.0.2.2", "::192.0.2.1"]),
    ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"], ["::", "::1", "fe80::1"]),
    ("::/0", ["::", "::1", "ffff::"], ["1.2.3.4", "::ffff:1.2.3.4"]),
    ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db7:ffff::", "2001:db9::"]),
    ("2001:db8::/64", ["2001:db8::ffff:0:0:1"], ["2001:db8:0:1::"]),
    ("2001:db8::/65", ["2001:db8::7fff:0:0:1"], ["2001:db8::8000:0:0:0"]),
    ("fe80::/10", ["fe80::1", "fe80::1%lo", "febf::"], ["fec0::"]),
    ("::1", ["::1"], ["::", "::2", "127.0.0.1"]),
  ])
  func addressesAreInsideOrOutside(text: String, inside: [String], outside: [String]) throws {
    let network = try IPNetwork(parsing: text)
    for text in inside {
      let address = try #require(IPAddress(parsing: text))
      #expect(network.contains(address), "\(text)")
    }
    for text in outside {
      let address = try #require(IPAddress(parsing: text))
      #expect(!network.contains(address), "\(text)")
    }
  }

  @Test(arguments: ["127.9.9.9", "::1", "172.31.0.1", "192.168.1.1", "fd00::1", "fe80::1"])
  func privateAddresses(text: String) throws {
    let address = try #require(IPAddress(parsing: text))
    #expect([IPNetwork].privateUse.contains { $0.contains(address) })
  }

  @Test(arguments: ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::"])
  func publicAddresses(text: String) throws {
    let address = try #require(IPAddress(parsing: text))
    #expect(![IPNetwork].privateUse.contains { $0.contains(address) })
  }
}
