import Logging
import Synchronization

/// What a logger was given by several OS threads.
final class SharedLog: LogHandler {
  private let state = Mutex<[(level: Logger.Level, message: String)]>([])
  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }
  var logLevel: Logger.Level {
    get { .trace }
    set {}
  }

  /// One that records here.
  var logger: Logger { Logger(label: "test") { _ in self } }

  /// The messages of one level, in order.
  func lines(_ level: Logger.Level) -> [String] {
    state.withLock { $0.filter { $0.level == level }.map(\.message) }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) {
    state.withLock { $0.append((event.level, "\(event.message)")) }
  }
}
