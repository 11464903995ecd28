import EventletCore
import EventletNet
import XCTest

final class HostNameTests: XCTestCase {
  // Eventlet: DNS5
  func testNamesAreComparedWithoutRegardToCase() throws {
    XCTAssertEqual(try HostName("Example.ORG"), try HostName("example.org"))
    XCTAssertEqual(try HostName("Example.ORG").text, "example.org")
  }

  func testAFinalDotIsKeptApart() throws {
    let name = try HostName("example.org.")
    XCTAssertEqual(name.text, "example.org")
    XCTAssertTrue(name.isAbsolute)
    XCTAssertEqual("\(name)", "example.org.")
    XCTAssertFalse(try HostName("example.org").isAbsolute)
  }

  // Eventlet: DNS20
  func testInternationalNamesAreEncoded() throws {
    for (name, encoded) in [
      ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.example", "xn--bcher-kva.example"),
      ("münchen.de", "xn--mnchen-3ya.de"), ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
      ("испытание", "xn--80akhbyknj4f"), ("δοκιμή", "xn--jxalpdlp"),
      ("测试。测试", "xn--0zwm56d.xn--0zwm56d"),
      ("ü", "xn--tda"),
    ] {
      XCTAssertEqual(try HostName(name).text, encoded, name)
    }
  }

  func testWhatNobodyCanAskForIsRefused() {
    for name in [
      "", ".", "a..b", ".a", "a b", "a\nb", "a\0b", "::1", "a:80", "[::1]", "fe80::1%nowhere",
      "a/b",
      "a%lo", "a\u{a0}b", String(repeating: "a", count: 64), String(repeating: "ü", count: 2000),
      String(repeating: "ü", count: 63), Array(repeating: "abc", count: 64).joined(separator: "."),
    ] {
      XCTAssertThrowsError(try HostName(name), name) { error in
        guard case .invalidName = (error as? NameError)?.reason else {
          XCTFail("\(error)")
          return
        }
      }
    }
    XCTAssertNoThrow(try HostName(String(repeating: "a", count: 63)))
    XCTAssertNoThrow(try HostName("_service._tcp.example-1.org"))
    XCTAssertThrowsError(try HostName("a b")) {
      XCTAssertEqual("\($0)", "resolve a b: neither a name nor an IP address")
    }
  }
}
