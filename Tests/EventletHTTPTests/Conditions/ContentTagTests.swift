import EventletCore
import EventletTesting
import XCTest

@testable import EventletHTTP

final class ContentTagTests: GreenTestCase {
  func testATagIsOfTheContentAlone() throws {
    let content = Array("hello".utf8)
    // For ever: clients keep it.
    XCTAssertEqual("\(try EntityTag(ofContent: content))", "\"6bb9f2a3fe2f8cf8653227ae7b836ea0\"")
    XCTAssertFalse(try EntityTag(ofContent: content).isWeak)
    XCTAssertEqual(try EntityTag(ofContent: []).opaqueTag.count, 32)
    var tags: Set<EntityTag> = []
    for count in [0, 1, 8, 262_143, 262_144, 262_145, 600_000] {
      var bytes = [UInt8](repeating: 1, count: count)
      tags.insert(try EntityTag(ofContent: bytes))
      XCTAssertEqual(try EntityTag(ofContent: bytes), try EntityTag(ofContent: bytes))
      if count > 0 {
        bytes[count - 1] = 2
        tags.insert(try EntityTag(ofContent: bytes))
      }
    }
    XCTAssertEqual(tags.count, 13)
  }

  func testOthersGoOnMeanwhile() throws {
    let content = [UInt8](repeating: 1, count: 600_000)
    var turns = 0
    let other = spawn {
      while true {
        turns += 1
        try GreenThread.yield()
      }
    }
    _ = try EntityTag(ofContent: content)
    XCTAssertEqual(turns, 2)
    _ = try EntityTag(ofContent: Array(content.prefix(262_144)))
    XCTAssertEqual(turns, 2)
    try other.kill()
  }
}
