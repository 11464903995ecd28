import EventletTesting
import XCTest

@testable import EventletCore

final class TrimmedStackTests: GreenTestCase {
  @inline(never)
  private func goDeep(_ levels: Int) -> Int {
    var here = (levels, levels, levels, levels)
    return withUnsafeMutableBytes(of: &here) { bytes in
      levels == 0 ? bytes.count : goDeep(levels - 1) + Int(bytes[0])
    }
  }

  func testAParkedGreenThreadGoesOnAfterItsStackWasTrimmed() throws {
    let gate = Event<Int>()
    let thread = spawn { [self] in
      let before = goDeep(100)
      let number = try gate.wait()
      return (before, goDeep(100), number)
    }
    try GreenThread.yield()
    thread.trimStack()
    gate.send(7)
    let (before, after, number) = try thread.wait()
    XCTAssertEqual(before, after)
    XCTAssertEqual(number, 7)
  }

  func testThoseWithoutAStackOfTheirOwnAreLeftAlone() throws {
    let ended = spawn {}
    ended.trimStack()
    try ended.wait()
    ended.trimStack()
    GreenThread.current.trimStack()
    Hub.current.main.trimStack()
  }
}
