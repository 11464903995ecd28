struct Failure: Error, Equatable {
  let text: String
  init(_ text: String = "failure") { self.text = text }
}

final class ObjectFailure: Error, Sendable {}

/// What tests count the lives of.
final class Canary {
  static nonisolated(unsafe) var alive = 0
  init() { Self.alive += 1 }
  deinit { Self.alive -= 1 }
}

/// Random numbers that a seed repeats.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
}
