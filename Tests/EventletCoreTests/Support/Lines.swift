/// What several OS threads write down.
final class Lines: Sendable {
  private let text = Guarded<[String]>([])
  func add(_ line: String) { text.withLock { $0.append(line) } }
  var all: [String] { text.withLock { $0 } }
}
