import EventletTesting
import Testing

@testable import EventletWebSocket

/// What the fuzzer begins with, and what it has found (`Fuzz/`), without a fuzzer.
@Suite struct FrameFuzzInputTests {
  @Test(arguments: ["Corpus", "Regressions"])
  func frames(folder: String) throws {
    for input in try fuzzInputs(in: folder, of: "websocket-frames") {
      #expect(throws: Never.self, "\(input.name)") { try FrameProperties.check(input.bytes) }
    }
  }

  @Test func framesThatAreDamaged() throws {
    var numbers = SplitMix64()
    for input in try fuzzInputs(in: "Corpus", of: "websocket-frames") {
      for _ in 0..<20 {
        var damaged = input.bytes
        for _ in 0..<Int.random(in: 1...3, using: &numbers) {
          guard let index = damaged.indices.randomElement(using: &numbers) else { continue }
          damaged[index] = .random(in: 0...255, using: &numbers)
        }
        #expect(throws: Never.self, "\(input.name): \(damaged)") {
          try FrameProperties.check(damaged)
        }
      }
    }
  }
}
