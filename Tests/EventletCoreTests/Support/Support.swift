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
