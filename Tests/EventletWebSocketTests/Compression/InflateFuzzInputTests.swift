import EventletTesting
import XCTest

/// What the fuzzer begins with, and what it has found (`Fuzz/`), without a fuzzer.
final class InflateFuzzInputTests: GreenTestCase {
  func testTheCorpus() throws { try check("Corpus") }

  func testTheRegressions() throws { try check("Regressions") }

  func testWhatIsCompressedAndThenDamaged() throws {
    var numbers = SplitMix64()
    for input in try fuzzInputs(in: "Corpus", of: "websocket-inflate") {
      for _ in 0..<50 {
        var damaged = input.bytes
        for _ in 0..<Int.random(in: 1...3, using: &numbers) {
          guard let index = damaged.indices.randomElement(using: &numbers) else { continue }
          damaged[index] = .random(in: 0...255, using: &numbers)
        }
        XCTAssertNoThrow(try InflateProperties.check(damaged), "\(input.name): \(damaged)")
      }
    }
  }

  private func check(_ folder: String) throws {
    for input in try fuzzInputs(in: folder, of: "websocket-inflate") {
      XCTAssertNoThrow(try InflateProperties.check(input.bytes), input.name)
    }
  }
}
