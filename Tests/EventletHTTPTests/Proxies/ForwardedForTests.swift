import EventletHTTP
import EventletNet
import HTTPTypes
import Testing

@Suite struct ForwardedForTests {
  static let peer = SocketAddress.ipv4("10.0.0.9", port: 4000)

  private func fields(_ name: String, _ lines: [String]) throws -> HTTPFields {
    let name = try #require(HTTPField.Name(name))
    var fields = HTTPFields()
    for line in lines { fields.append(HTTPField(name: name, value: line)) }
    return fields
  }

  private func client(
    _ trust: ForwardedFor.Trust, _ lines: [String], peer: SocketAddress = Self.peer
  ) throws -> SocketAddress {
    let fields = try fields("x-forwarded-for", lines)
    return ForwardedFor(trust).clientAddress(of: fields, peer: peer)
  }

  @Test(
    arguments: [
      (0, ["1.1.1.1"], peer),
      (1, [], peer),
      (1, ["1.1.1.1"], .ipv4("1.1.1.1", port: 0)),
      (1, ["6.6.6.6, 1.1.1.1"], .ipv4("1.1.1.1", port: 0)),
      (1, ["6.6.6.6", "1.1.1.1"], .ipv4("1.1.1.1", port: 0)),
      (2, ["6.6.6.6, 1.1.1.1, 10.0.0.1"], .ipv4("1.1.1.1", port: 0)),
      (2, ["6.6.6.6, 1.1.1.1", "10.0.0.1"], .ipv4("1.1.1.1", port: 0)),
      (3, ["1.1.1.1, 10.0.0.1"], .ipv4("1.1.1.1", port: 0)),
      (1000, ["1.1.1.1"], .ipv4("1.1.1.1", port: 0)),
      // Empty elements are none, and cannot stand in for one.
      (1, ["6.6.6.6, , 1.1.1.1 ,, "], .ipv4("1.1.1.1", port: 0)),
      (2, ["6.6.6.6,,1.1.1.1,\t,10.0.0.1"], .ipv4("1.1.1.1", port: 0)),
    ] as [(Int, [String], SocketAddress)])
  func soManyProxiesAreBelieved(hops: Int, lines: [String], client: SocketAddress) throws {
    #expect(try self.client(.hops(hops), lines) == client)
  }

  @Test(
    arguments: [
      ([], ["1.1.1.1"], peer),
      (["10.0.0.0/8"], [], peer),
      (["10.0.0.0/8"], ["1.1.1.1"], .ipv4("1.1.1.1", port: 0)),
      (["10.0.0.0/8"], ["6.6.6.6, 1.1.1.1, 10.0.0.1"], .ipv4("1.1.1.1", port: 0)),
      // A client that claims to be behind a proxy of ours.
      (["10.0.0.0/8"], ["10.0.0.1, 1.1.1.1"], .ipv4("1.1.1.1", port: 0)),
      // All are ours: the first is the client.
      (["10.0.0.0/8"], ["10.0.0.3, 10.0.0.2"], .ipv4("10.0.0.3", port: 0)),
      (["192.0.2.0/24"], ["1.1.1.1"], peer),
      (["10.0.0.9", "2001:db8::/32"], ["1.1.1.1, 2001:db8::1"], .ipv4("1.1.1.1", port: 0)),
      (["10.0.0.0/8"], ["1.1.1.1, ::ffff:10.0.0.1"], .ipv4("1.1.1.1", port: 0)),
    ] as [([IPNetwork], [String], SocketAddress)])
  func proxiesInNetworksAreBelieved(
    networks: [IPNetwork], lines: [String], client: SocketAddress
  ) throws {
    #expect(try self.client(.networks(networks), lines) == client)
  }

  @Test func aPeerOnThisMachineIsBelieved() throws {
    for peer in try [SocketAddress.unnamed, .unix("/run/proxy.sock")] {
      #expect(try client(.networks([]), ["6.6.6.6, 1.1.1.1"], peer: peer).host == "1.1.1.1")
      #expect(try client(.hops(1), ["6.6.6.6, 1.1.1.1"], peer: peer).host == "1.1.1.1")
      #expect(try client(.hops(0), ["1.1.1.1"], peer: peer) == peer)
    }
    let mapped = SocketAddress.ipv6("::ffff:10.0.0.9", port: 1)
    #expect(try client(.networks(["10.0.0.0/8"]), ["1.1.1.1"], peer: mapped).host == "1.1.1.1")
  }

  @Test(arguments: [
    ("192.0.2.43", SocketAddress.ipv4("192.0.2.43", port: 0)),
    ("192.0.2.43:47011", .ipv4("192.0.2.43", port: 47011)),
    ("2001:DB8::17", .ipv6("2001:db8::17", port: 0)),
    ("[2001:db8::17]", .ipv6("2001:db8::17", port: 0)),
    ("[2001:db8::17]:4711", .ipv6("2001:db8::17", port: 4711)),
    ("::1", .ipv6("::1", port: 0)), ("\t 1.1.1.1 \t", .ipv4("1.1.1.1", port: 0)),
    ("192.0.2.43:_secret", .ipv4("192.0.2.43", port: 0)),
  ])
  func entriesHaveSeveralForms(entry: String, address: SocketAddress) throws {
    #expect(try client(.hops(1), [entry]) == address)
  }

  /// And what was found up to there is the client.
  @Test(arguments: [
    "unknown", "_hidden", "localhost", "1.1.1", "1.1.1.256", "01.1.1.1", "1.1.1.1:",
    "1.1.1.1:65536", "1.1.1.1:+1", "1.1.1.1:_", "1.1.1.1 2.2.2.2", "[1.1.1.1]", "[::1", "[::1]x",
    "[::1]:", "::1]",
    "fe80::1%lo", "[fe80::1%1]:80", "\"1.1.1.1\"", "for=1.1.1.1", "1.1.1.1;", ":80", "[]",
    ":::", "１.1.1.1",
  ])
  func aMalformedEntryEndsTheWalk(entry: String) throws {
    #expect(try client(.hops(3), ["6.6.6.6, \(entry)"]) == Self.peer)
    let all: ForwardedFor.Trust = .networks(["0.0.0.0/0", "::/0"])
    #expect(try client(all, ["6.6.6.6, \(entry), 10.0.0.2"]) == .ipv4("10.0.0.2", port: 0))
  }

  @Test func theOtherFieldIsTheClients() throws {
    let fields = try fields("forwarded", ["for=6.6.6.6"])
    #expect(ForwardedFor(.hops(1)).clientAddress(of: fields, peer: Self.peer) == Self.peer)
    let others = try self.fields("x-forwarded-for", ["6.6.6.6"])
    let forwarded = ForwardedFor(.hops(1), field: .forwarded)
    #expect(forwarded.clientAddress(of: others, peer: Self.peer) == Self.peer)
  }

  // MARK: RFC 7239

  private func standard(_ hops: Int, _ lines: String...) throws -> SocketAddress {
    let fields = try fields("Forwarded", lines)
    return ForwardedFor(.hops(hops), field: .forwarded).clientAddress(of: fields, peer: Self.peer)
  }

  @Test(arguments: [
    ("for=192.0.2.43", SocketAddress.ipv4("192.0.2.43", port: 0)),
    ("For=\"192.0.2.43:47011\"", .ipv4("192.0.2.43", port: 47011)),
    ("for=\"[2001:db8:cafe::17]:4711\"", .ipv6("2001:db8:cafe::17", port: 4711)),
    ("for=\"[2001:db8:cafe::17]:_port\"", .ipv6("2001:db8:cafe::17", port: 0)),
    ("for=192.0.2.60;proto=http;by=203.0.113.43", .ipv4("192.0.2.60", port: 0)),
    ("proto=http; for=192.0.2.60 ;by=_x", .ipv4("192.0.2.60", port: 0)),
    (";for=192.0.2.60;", .ipv4("192.0.2.60", port: 0)),
    ("for=\"192.0.2.6\\0\"", .ipv4("192.0.2.60", port: 0)),
    ("host=\"a,b;for=6.6.6.6\\\"\";for=192.0.2.60", .ipv4("192.0.2.60", port: 0)),
  ])
  func standardEntriesAreRead(entry: String, address: SocketAddress) throws {
    #expect(try standard(1, "for=6.6.6.6, \(entry)") == address)
    #expect(try standard(1, "for=6.6.6.6", entry) == address)
    #expect(try standard(2, "\(entry), for=10.0.0.1") == address)
    #expect(try standard(2, "\(entry)", "for=10.0.0.1") == address)
  }

  @Test(arguments: [
    "for=unknown", "for=_hidden", "for", "for=", "for=\"\"", "=1.1.1.1", "1.1.1.1",
    "for=1.1.1.1;for=2.2.2.2", "for=1.1.1.1:80", "for=[::1]", "for=\"::1\"", "for=\"[::1]",
    "for=\"[::1]\"x", "for =1.1.1.1", "for= 1.1.1.1", "by=1.1.1.1", "proto=http",
    "for=1.1.1.1;proto=a b", "for=\"1.1.1.1", "f\u{f6}r=1.1.1.1",
  ])
  func aMalformedStandardEntryEndsTheWalk(entry: String) throws {
    #expect(try standard(2, "for=6.6.6.6, \(entry)") == Self.peer)
    #expect(try standard(3, "for=6.6.6.6, \(entry)", "for=10.0.0.1").host == "10.0.0.1")
  }

  /// What a client leaves open would swallow what the proxies behind it write.
  @Test(arguments: [
    ["for=6.6.6.6;x=\"", "for=1.1.1.1"],
    ["for=6.6.6.6;x=\"", "for=\"[2001:db8::1]:80\""],
    ["for=6.6.6.6, for=6.6.6.6;x=\"\\", "for=1.1.1.1;host=\"example.org\""],
  ])
  func anOpenQuotationHidesNothing(parts: [String]) throws {
    // Appended to the same line by a proxy, and sent in a line of its own.
    #expect(try standard(1, parts.joined(separator: ", ")) == Self.peer)
    #expect(try standard(1, parts[0], parts[1]).host != "6.6.6.6")
  }

  // MARK: The list for a log

  // Eventlet: W97
  @Test func theListIsJoinedWithoutSpaces() throws {
    let list = { try ForwardedFor.list(in: self.fields("X-Forwarded-For", $0)) }
    #expect(try list([]) == nil)
    #expect(try list([" , "]) == nil)
    #expect(try list(["1.1.1.1"]) == "1.1.1.1")
    #expect(try list(["1.1.1.1, 2.2.2.2", "::1 ,\t x y"]) == "1.1.1.1,2.2.2.2,::1,xy")
  }

  @Test func aNegativeNumberOfProxiesTraps() async {
    await #expect(processExitsWith: .failure) { _ = ForwardedFor(.hops(-1)) }
  }

  // MARK: The scheme

  @Test(
    arguments: [
      ([], nil), (["https"], "https"), (["HTTP"], "http"), ([" https\t"], "https"),
      (["wss"], nil), (["https;"], nil), ([""], nil), (["\"https\""], nil),
      // The last is the peer's.
      (["https, http"], "http"), (["http", "https"], "https"), (["https,"], nil),
      ([",https"], "https"),
    ] as [([String], String?)])
  func thePeerSaysTheScheme(lines: [String], scheme: String?) throws {
    let fields = try fields("x-forwarded-proto", lines)
    for trust in [ForwardedFor.Trust.hops(1), .networks(["10.0.0.0/8"])] {
      let rule = ForwardedFor(trust, readsScheme: true)
      #expect(rule.scheme(of: fields, peer: Self.peer) == scheme)
      #expect(ForwardedFor(trust).scheme(of: fields, peer: Self.peer) == nil)
    }
    for trust in [ForwardedFor.Trust.hops(0), .networks(["192.0.2.0/24"])] {
      #expect(ForwardedFor(trust, readsScheme: true).scheme(of: fields, peer: Self.peer) == nil)
    }
  }

  @Test(
    arguments: [
      ("1.1.1.1, 10.0.0.1", "https, http", "https"), ("1.1.1.1, 10.0.0.1", "https", "https"),
      ("1.1.1.1, 10.0.0.1", "https, http, http", "http"), ("1.1.1.1", "https, http", "http"),
      ("10.0.0.1, 1.1.1.1", "https, http", "http"), ("nonsense", "https, http", "http"),
    ])
  func theFirstOfTheTrustedProxiesSaysTheScheme(
    chain: String, schemes: String, scheme: String
  ) throws {
    var fields = try fields("x-forwarded-for", [chain])
    fields.append(contentsOf: try self.fields("x-forwarded-proto", [schemes]))
    let rule = ForwardedFor(.networks(["10.0.0.0/8"]), readsScheme: true)
    #expect(rule.scheme(of: fields, peer: Self.peer) == scheme)
  }

  @Test(
    arguments: [
      ("for=1.1.1.1;proto=https", "https"), ("proto=HTTP", "http"), ("for=_x;proto=https", "https"),
      ("for=1.1.1.1", nil), ("for=1.1.1.1;proto=\"https\"", "https"),
      ("proto=https;proto=https", nil), ("proto=https;=", nil), ("proto=ftp", nil),
      ("for=1.1.1.1;proto=https, for=10.0.0.1;proto=http", "https"),
      ("for=1.1.1.1, for=10.0.0.1;proto=https", nil),
      ("for=1.1.1.1;proto=https, for=2.2.2.2;proto=http", "http"),
    ] as [(String, String?)])
  func forwardedSaysTheScheme(line: String, scheme: String?) throws {
    let rule = ForwardedFor(.networks(["10.0.0.0/8"]), field: .forwarded, readsScheme: true)
    #expect(rule.scheme(of: try fields("forwarded", [line]), peer: Self.peer) == scheme)
  }
}
