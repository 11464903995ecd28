import Testing

@testable import EventletHTTP

@Suite struct AuthorityTests {
  private func port(_ text: String) -> Authority.Port? {
    bytes(text).withUnsafeBytes { Authority.port(of: $0) }
  }

  @Test(arguments: [
    ("h", Authority.Port.none), ("example.org", .none), ("example.org.", .none), ("a_b", .none),
    ("127.0.0.1", .none), ("-._~!$&'()*+,;=", .none), ("%41%c3%A9", .none), ("h%20", .none),
    ("h:", .empty), ("h:0", .number(0)), ("h:80", .number(80)), ("h:00080", .number(80)),
    ("h:65535", .number(65535)), ("127.0.0.1:8080", .number(8080)), ("[::1]", .none),
    ("[::]", .none), ("[::1]:", .empty), ("[::1]:8080", .number(8080)), ("[2001:db8::A:b]", .none),
    ("[1:2:3:4:5:6:7:8]", .none), ("[::ffff:1.2.3.4]:1", .number(1)),
    ("[1111:2222:3333:4444:5555:6666:255.255.255.255]", .none),
  ])
  func aHostMayHaveAPort(text: String, port: Authority.Port) {
    #expect(self.port(text) == port)
  }

  @Test(arguments: [
    // No host.
    ":", ":80", "::", "::1", "::1:80",
    // What is in no name.
    "a b", " h", "h ", "h\t", "h/", "h?", "h#", "h\\", "a@b", "@", "a:b@c", "a\"b", "<h>", "a^b",
    "a`b", "a{b", "a|b", "a}b", "a[b", "a]b", "h\0", "h\u{7f}", "\u{80}", "h\u{e9}", "\u{ff}",
    // Percent signs that encode nothing.
    "%", "h%", "h%4", "h%4:80", "h%:80", "h%zz", "h%4g", "%%41",
    // Ports.
    "h:a", "h:8a", "h:a8", "h:-1", "h:+1", "h: 80", "h:80 ", "h:8_0", "h:0x50", "h:65536",
    "h:99999", "h:100000", "h:000080", "h:99999999999999999999", "h:80:", "h:80:80", "h::80",
    "h:80/", "h:\u{b2}",
    // Addresses.
    "[", "]", "[]", "[]:80", "[::1", "::1]", "[::1]]", "[[::1]]", "[::1]80", "[::1]:a", "[::1]x",
    "[::1]:80:80", "[1]", "[abc]", "[1.2.3.4]", "[:::]", "[::1::]", "[1:2:3:4:5:6:7]",
    "[1:2:3:4:5:6:7:8:9]", "[1::2:3:4:5:6:7:8]", "[12345::]", "[g::]", "[::1.2.3]", "[::1.2.3.256]",
    "[::1.2.3.4:5]", "[:1]", "[1:]", "[ ::1]", "[::1 ]", "[::\0]", "[::1\0]", "[::\u{e9}]",
    // Zones, and addresses of the future.
    "[fe80::1%25eth0]", "[fe80::1%eth0]", "[::1%251]", "[v1.x]", "[v1.::1]",
    "[00001111:2222:3333:4444:5555:6666:255.255.255.255]",
  ])
  func nothingElseIsAnAuthority(text: String) {
    #expect(port(text) == nil)
    #expect(!bytes(text).withUnsafeBytes { Authority.isValid($0) })
  }

  @Test func aHostFieldMayBeEmpty() {
    #expect(UnsafeRawBufferPointer(start: nil, count: 0).isEmpty)
    #expect(Authority.isValid(UnsafeRawBufferPointer(start: nil, count: 0)))
    #expect(port("") == nil)
  }
}
