import EventletHTTP

/// What a server's access log and metrics hook were given, in order.
///
/// `@unchecked Sendable` because only the OS thread of the test's hub uses it; the configuration
/// demands it.
final class Records: @unchecked Sendable {
  /// What the access log took.
  private(set) var logged: [AccessRecord] = []
  /// What the hook took.
  private(set) var ended: [AccessRecord] = []
  /// Called before the access log takes a record.
  var whenLogged: (AccessRecord) -> Void = { _ in }

  /// Has a server tell everything here.
  func keep(_ configuration: inout HTTPServer.Configuration) {
    configuration.accessLog = AccessLog { [self] record in
      whenLogged(record)
      logged.append(record)
    }
    configuration.onRequestEnd = { [self] in ended.append($0) }
  }

  /// What the hook took, which is removed.
  func take() -> [AccessRecord] {
    defer { ended = [] }
    return ended
  }
}

/// Lines of an access log, in order.
///
/// `@unchecked Sendable` as ``Records``.
final class LogLines: @unchecked Sendable {
  private(set) var lines: [String] = []

  func log(_ format: AccessLogFormat = .standard) -> AccessLog {
    .lines(format) { [self] in lines.append($0) }
  }

  func take() -> [String] {
    defer { lines = [] }
    return lines
  }
}
