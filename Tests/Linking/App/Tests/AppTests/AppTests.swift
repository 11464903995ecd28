import Glibc
import Middle
import Testing
import XCTest

/// The hooks are in the program of the tests, by whichever of the two libraries these are written.
final class AppTests: XCTestCase {
  func testCallsAreGreen() throws {
    try makeGreen()
    XCTAssertLessThan(try runTogether(50) { usleep(100_000) }, .seconds(2))
  }
}

@Test func callsAreGreen() throws {
  try makeGreen()
  #expect(try runTogether(50) { usleep(100_000) } < .seconds(2))
}
