import EventletTesting
import XCTest

/// What the programs of the guides print: kept, so that a test can look at it.
nonisolated(unsafe) private var printed: [String] = []

/// In place of Swift's own, for the programs of the guides.
func print(_ items: Any...) {
  printed.append(items.map { "\($0)" }.joined(separator: " "))
}

/// Tests made of the programs of the guides, which `scripts/docs` looks for in these files.
class GuideTestCase: GreenTestCase {
  override func setUp() { printed = [] }

  func assertPrinted(_ lines: String..., file: StaticString = #filePath, line: UInt = #line) {
    XCTAssertEqual(printed, lines, file: file, line: line)
  }

  func takePrinted() -> String {
    defer { printed = [] }
    return printed.joined(separator: "\n")
  }
}
