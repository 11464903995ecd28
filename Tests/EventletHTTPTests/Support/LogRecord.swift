import Logging

/// What a logger was given, in order: level and message.
///
/// `@unchecked Sendable` because only the OS thread of the test's hub uses it; `Logger` demands it.
final class LogRecord: LogHandler, @unchecked Sendable {
  private(set) var lines: [String] = []
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  /// One that records here.
  var logger: Logger { Logger(label: "test") { _ in self } }

  /// The lines so far, which are removed.
  func take() -> [String] {
    defer { lines = [] }
    return lines
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { lines.append("\(event.level): \(event.message)") }
}
