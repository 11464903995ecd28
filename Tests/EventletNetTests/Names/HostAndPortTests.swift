import EventletNet
import XCTest

final class HostAndPortTests: XCTestCase {
  func testTextIsRead() throws {
    for (text, host, port) in [
      ("localhost:80", "localhost", 80), ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:80", "::1", 80),
      ("[fe80::1%lo]:65535", "fe80::1%lo", 65535), ("bücher.example:443", "bücher.example", 443),
    ] as [(String, String, UInt16)] {
      let target = try HostAndPort(parsing: text)
      XCTAssertEqual(target, HostAndPort(host: host, port: port))
      XCTAssertEqual("\(target)", text)
    }
  }

  func testAPortMayBeLeftOutWhereThereIsADefault() throws {
    XCTAssertEqual(try HostAndPort(parsing: "a", defaultPort: 80), .init(host: "a", port: 80))
    XCTAssertEqual(try HostAndPort(parsing: "[::1]", defaultPort: 80), .init(host: "::1", port: 80))
    XCTAssertEqual(try HostAndPort(parsing: "a:1", defaultPort: 80), .init(host: "a", port: 1))
    XCTAssertThrowsError(try HostAndPort(parsing: "a")) {
      XCTAssertEqual($0 as? HostAndPortError, .missingPort("a"))
      XCTAssertEqual("\($0)", "'a': no port; write HOST:PORT")
    }
  }

  func testOtherTextIsRefused() {
    for text in [
      "", ":80", "a b:80", "::1:80", "::1", "[::1", "[a]:80", "[127.0.0.1]:80", "a:b:80",
    ] {
      XCTAssertThrowsError(try HostAndPort(parsing: text, defaultPort: 1), text) {
        XCTAssertEqual($0 as? HostAndPortError, .invalidHost(text))
      }
    }
    for text in ["a:", "a:65536", "a:+1", "a:-1", "a:http", "[::1]80", "[::1]:", "a: 1", "a:１"] {
      XCTAssertThrowsError(try HostAndPort(parsing: text, defaultPort: 1), text) {
        XCTAssertEqual($0 as? HostAndPortError, .invalidPort(text))
      }
    }
  }
}
