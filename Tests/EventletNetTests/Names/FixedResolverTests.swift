import EventletCore
import EventletNet
import EventletTesting
import XCTest

final class FixedResolverTests: NetTestCase {
  private let resolver = FixedResolver([
    "db.test": ["192.0.2.1", "2001:db8::1", "192.0.2.2"], "Four.test.": ["192.0.2.1"],
    "empty.test": [],
  ])

  func testTheTableIsAllThereIs() throws {
    try assertDoesNotSwitch {
      XCTAssertEqual(try resolver.resolve("db.test"), ["192.0.2.1", "2001:db8::1", "192.0.2.2"])
      XCTAssertEqual(try resolver.resolve("DB.test."), ["192.0.2.1", "2001:db8::1", "192.0.2.2"])
      XCTAssertEqual(try resolver.resolve("four.test", family: .ipv4), ["192.0.2.1"])
      XCTAssertEqual(try resolver.resolve("db.test", family: .ipv6), ["2001:db8::1"])
      XCTAssertEqual(try resolver.resolve("::1"), ["::1"])
      XCTAssertEqual(try resolver.names(of: "192.0.2.1", timeout: nil), ["Four.test.", "db.test"])
    }
    for (name, reason) in [
      ("other.test", .notFound), ("empty.test", .noData), ("a b", nil),
    ] as [(String, NameError.Reason?)] {
      assertThrows(NameError.self) {
        _ = try resolver.resolve(name)
      } check: {
        XCTAssertEqual($0.name, name)
        if let reason { XCTAssertEqual($0.reason, reason) }
      }
    }
    assertThrows(NameError.self) {
      _ = try resolver.resolve("four.test", family: .ipv6)
    } check: {
      XCTAssertEqual($0.reason, .noData)
    }
    assertThrows(NameError.self) { _ = try resolver.names(of: "192.0.2.9", timeout: nil) }
  }
}
