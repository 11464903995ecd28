import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class AddressInfoTests: NetTestCase {
  private let resolver = FixedResolver([
    "both.test": ["2001:db8::1", "192.0.2.1"], "four.test": ["192.0.2.1", "192.0.2.2"],
    "here.test": ["127.0.0.1", "240.0.0.1"], "broadcast.test": ["255.255.255.255"],
  ])

  private func addresses(
    _ host: String?, _ service: String? = "80", _ family: IPAddress.Family? = nil,
    _ options: AddressOptions = []
  ) throws -> [String] {
    try resolver.addressInfo(host: host, service: service, family: family, options: options)
      .addresses.map(\.description)
  }

  // Eventlet: DNS22
  func testServices() throws {
    XCTAssertEqual(try addresses("127.0.0.1", nil), ["127.0.0.1:0"])
    XCTAssertEqual(try addresses("127.0.0.1", "8080"), ["127.0.0.1:8080"])
    for service in ["no-such-service", "65536", "-1", "", "a\0"] {
      assertThrows(NameError.self) {
        _ = try addresses("127.0.0.1", service)
      } check: {
        XCTAssertEqual($0, NameError(service, .unknownService))
      }
    }
    assertThrows(NameError.self) {
      _ = try addresses("127.0.0.1", "http", nil, .numericService)
    } check: {
      XCTAssertEqual($0.reason, .unknownService)
    }
    try requireServices()
    XCTAssertEqual(try addresses("127.0.0.1", "http"), ["127.0.0.1:80"])
    XCTAssertEqual(try Services.port(named: "domain", transport: .udp), 53)
    XCTAssertEqual(try Services.name(ofPort: 80), "http")
  }

  /// The file is part of Debian's netbase, which small images do without.
  private func requireServices() throws {
    try XCTSkipIf(access("/etc/services", R_OK) != 0, "no /etc/services here")
  }

  func testAPortWithoutAServiceHasNoName() throws {
    XCTAssertNil(try Services.name(ofPort: 64999))
  }

  // Eventlet: DNS23
  func testOnlyAnAddressWhereNamesAreNotToBeLookedUp() throws {
    XCTAssertEqual(try addresses("::1", "80", nil, .numericHost), ["[::1]:80"])
    assertThrows(NameError.self) {
      _ = try addresses("both.test", "80", nil, .numericHost)
    } check: {
      XCTAssertEqual($0, NameError("both.test", .notNumeric))
    }
  }

  // Eventlet: DNS24
  func testWithoutAHostItIsThisMachine() throws {
    XCTAssertEqual(try addresses(nil), ["[::1]:80", "127.0.0.1:80"])
    XCTAssertEqual(try addresses(nil, "80", nil, .passive), ["[::]:80", "0.0.0.0:80"])
    XCTAssertEqual(try addresses(nil, "80", .ipv4, .passive), ["0.0.0.0:80"])
    assertThrows(NameError.self) { _ = try addresses(nil, nil) }
  }

  // Eventlet: DNS25
  func testIPv4InMappedFormWhereThereIsNoIPv6() throws {
    XCTAssertEqual(
      try addresses("four.test", "80", .ipv6, .v4Mapped),
      ["[::ffff:192.0.2.1]:80", "[::ffff:192.0.2.2]:80"])
    XCTAssertEqual(try addresses("both.test", "80", .ipv6, .v4Mapped), ["[2001:db8::1]:80"])
    // Without IPv6 asked for it means nothing.
    XCTAssertEqual(try addresses("four.test", "80", .ipv4, .v4Mapped).count, 2)
    XCTAssertEqual(try addresses("192.0.2.1", "80", .ipv6, .v4Mapped), ["[::ffff:192.0.2.1]:80"])
    assertThrows(NameError.self) { _ = try addresses("four.test", "80", .ipv6) }
    assertThrows(NameError.self) { _ = try addresses("four.test", "80", .ipv6, .all) }
  }

  // Eventlet: DNS26 [!]
  func testAllGivesBothFamilies() throws {
    XCTAssertEqual(
      try addresses("both.test", "80", .ipv6, [.v4Mapped, .all]),
      ["[2001:db8::1]:80", "[::ffff:192.0.2.1]:80"])
  }

  // Eventlet: DNS27
  func testTheCanonicalNameIsGivenOnceIfAskedFor() throws {
    XCTAssertNil(try resolver.addressInfo(host: "four.test").canonicalName)
    let info = try resolver.addressInfo(host: "four.test", options: .canonicalName)
    XCTAssertEqual(info.canonicalName, "four.test")
    let numeric = try resolver.addressInfo(host: "::1", options: .canonicalName)
    XCTAssertEqual(numeric.canonicalName, "::1")
  }

  // Eventlet: DNS28
  func testAddressesThatTheKernelRefusesAreLeftOut() throws {
    let all = try addresses("here.test")
    XCTAssertEqual(all.count, 2)
    // Broadcasts are refused to whoever has not asked for leave to send some.
    XCTAssertNotNil(IPAddress("255.255.255.255").refusal)
    XCTAssertNil(IPAddress("127.0.0.1").refusal)
    XCTAssertTrue(try addresses("here.test", "80", nil, .reachable).contains("127.0.0.1:80"))
    assertThrows(SystemError.self) {
      _ = try addresses("broadcast.test", "80", nil, .reachable)
    } check: {
      XCTAssertEqual($0.subject, "255.255.255.255")
    }
  }

  // Eventlet: DNS29
  func testNamesAndAddressesOfAHost() throws {
    XCTAssertEqual(try resolver.resolve("192.0.2.9", family: .ipv4), ["192.0.2.9"])
    XCTAssertEqual(try resolver.resolve("four.test", family: .ipv4).first, "192.0.2.1")
    XCTAssertEqual(
      try resolver.lookUp("four.test"),
      HostEntry(name: "four.test", aliases: [], addresses: ["192.0.2.1", "192.0.2.2"]))
  }

  // MARK: The other way round

  // Eventlet: DNS30
  func testNamesOfAnAddress() throws {
    let address = SocketAddress("2001:db8::1", port: 64999)
    XCTAssertEqual(
      try resolver.nameInfo(of: address), NameInfo(host: "both.test", service: "64999"))
    // The first of several.
    XCTAssertEqual(
      try resolver.nameInfo(of: .ipv4("192.0.2.1", port: 64999), options: .nameRequired).host,
      "both.test")
    XCTAssertEqual(
      try resolver.nameInfo(of: address, options: [.numericHost, .numericService]),
      NameInfo(host: "2001:db8::1", service: "64999"))
    let unknown = SocketAddress("192.0.2.9", port: 64999)
    XCTAssertEqual(try resolver.nameInfo(of: unknown).host, "192.0.2.9")
    assertThrows(NameError.self) {
      _ = try resolver.nameInfo(of: unknown, options: .nameRequired)
    } check: {
      XCTAssertEqual($0, NameError("192.0.2.9", .notFound))
    }
    assertThrows(HubError.self) {
      _ = try resolver.nameInfo(of: unknown, options: [.nameRequired, .numericHost])
    }
    try requireServices()
    XCTAssertEqual(try resolver.nameInfo(of: SocketAddress("::1", port: 80)).service, "http")
    XCTAssertEqual(
      try resolver.nameInfo(of: SocketAddress("::1", port: 80), options: .numericService).service,
      "80")
    XCTAssertEqual(
      try resolver.nameInfo(of: SocketAddress("::1", port: 514), options: .datagram).service,
      "syslog")
  }
}
