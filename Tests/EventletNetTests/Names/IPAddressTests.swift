import EventletCore
import EventletNet
import EventletTesting
import Glibc
import XCTest

final class IPAddressTests: XCTestCase {
  // Eventlet: DNS32
  func testTextIsReadOrRefused() {
    for text in ["127.0.0.1", "0.0.0.0", "255.255.255.255"] {
      XCTAssertEqual(IPAddress(parsing: text)?.family, .ipv4, text)
    }
    for text in ["::", "::1", "2001:db8::1", "::ffff:1.2.3.4", "fe80::1%lo", "fe80::1%1"] {
      XCTAssertEqual(IPAddress(parsing: text)?.family, .ipv6, text)
    }
    for text in [
      "", "localhost", "127.1", "1.2.3.4.5", "1.2.3.256", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4%lo",
      ":::",
      "[::1]", "::1%", "::1%lo", "fe80::1%", "fe80::1%nowhere", "fe80::1%0", "fe80::1%+1",
      "1.2.3.4\0", "1::2::3", "12345::", "0x7f.1",
    ] {
      XCTAssertNil(IPAddress(parsing: text), text)
    }
  }

  // Eventlet: DNS34
  func testOneFormHoweverItWasWritten() {
    XCTAssertEqual(IPAddress(parsing: "00::1"), "::1")
    XCTAssertEqual("\(IPAddress("2001:0DB8:0:0::01"))", "2001:db8::1")
    XCTAssertEqual("\(IPAddress("1.2.3.4"))", "1.2.3.4")
    XCTAssertEqual("\(IPAddress("::ffff:1.2.3.4"))", "::ffff:1.2.3.4")
    XCTAssertNotEqual(IPAddress(parsing: "::1.2.3.4"), IPAddress(parsing: "1.2.3.4"))
  }

  // Eventlet: GM5
  func testAScopeIsKept() throws {
    let address = try XCTUnwrap(IPAddress(parsing: "fe80::1%lo"))
    XCTAssertEqual(address.scope, if_nametoindex("lo"))
    XCTAssertEqual("\(address)", "fe80::1%lo")
    XCTAssertNotEqual(address, "fe80::1")
    let unknown = try XCTUnwrap(IPAddress(parsing: "fe80::1%4000000000"))
    XCTAssertEqual("\(unknown)", "fe80::1%4000000000")
  }

  func testBytes() {
    for text in ["1.2.3.4", "2001:db8::ff", "::"] {
      let address = IPAddress(parsing: text)
      XCTAssertEqual(IPAddress(bytes: address?.bytes ?? []), address)
    }
    XCTAssertEqual(IPAddress("1.2.3.4").bytes, [1, 2, 3, 4])
    XCTAssertEqual(IPAddress(bytes: [0, 0, 0, 0], scope: 5), "0.0.0.0")
    XCTAssertNil(IPAddress(bytes: [1, 2, 3]))
    XCTAssertNil(IPAddress(bytes: [UInt8](repeating: 0, count: 17)))
  }

  func testSocketAddresses() throws {
    for text in ["1.2.3.4", "2001:db8::ff", "fe80::1%lo"] {
      let address = try XCTUnwrap(IPAddress(parsing: text))
      let socketAddress = SocketAddress(address, port: 8080)
      XCTAssertEqual(socketAddress.host, text)
      XCTAssertEqual(socketAddress.port, 8080)
      XCTAssertEqual(socketAddress.ipAddress, address)
    }
    XCTAssertEqual(SocketAddress("::1", port: 80), .ipv6("::1", port: 80))
  }

  // Eventlet: DNS31
  func testReverseNames() {
    XCTAssertEqual(IPAddress("192.0.2.1").reverseName, "1.2.0.192.in-addr.arpa")
    XCTAssertEqual(
      IPAddress("2001:db8::567:89ab").reverseName,
      "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")
  }

  func testKinds() {
    XCTAssertTrue(IPAddress("127.9.9.9").isLoopback)
    XCTAssertTrue(IPAddress("::1").isLoopback)
    XCTAssertFalse(IPAddress("128.0.0.1").isLoopback)
    XCTAssertFalse(IPAddress("::2").isLoopback)
    XCTAssertFalse(IPAddress("0.0.0.1").isLoopback)
    XCTAssertTrue(IPAddress("::").isUnspecified)
    XCTAssertTrue(IPAddress("0.0.0.0").isUnspecified)
    XCTAssertTrue(IPAddress("fe80::1").isLinkLocal)
    XCTAssertTrue(IPAddress("febf::1").isLinkLocal)
    XCTAssertFalse(IPAddress("fec0::1").isLinkLocal)
    XCTAssertTrue(IPAddress("169.254.1.1").isLinkLocal)
    XCTAssertFalse(IPAddress("169.255.1.1").isLinkLocal)
    XCTAssertEqual(IPAddress("1.2.3.4").mappedToIPv6, "::ffff:1.2.3.4")
    XCTAssertEqual(IPAddress("2001:db8::1").mappedToIPv6, "2001:db8::1")
  }
}
