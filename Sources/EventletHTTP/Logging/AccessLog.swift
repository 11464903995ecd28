internal import EventletCore
public import Logging

/// Where a line about each request goes, when it has been answered.
///
/// ```swift
/// configuration.accessLog = .standardError()
/// configuration.accessLog = .logger(Logger(label: "access"))
/// configuration.accessLog = AccessLog { record in metrics.observe(record.duration) }
/// ```
///
/// Requests that were refused because they were malformed have lines, too, with what is known of
/// them.
///
/// In Python: `log`.
public struct AccessLog: Sendable {
  let take: @Sendable (AccessRecord) -> Void

  /// Creates one that has what it likes done with each record.
  /// - Parameter take: Called in the green thread of the connection, on any of the hubs. What it
  ///   takes, the client's next request waits for.
  public init(_ take: @escaping @Sendable (AccessRecord) -> Void) { self.take = take }

  /// Lines of text.
  /// - Parameters:
  ///   - format: Eventlet's by default.
  ///   - write: Given each line, without an end; called as that of ``init(_:)``.
  /// - Returns: a log.
  public static func lines(
    _ format: AccessLogFormat = .standard, to write: @escaping @Sendable (String) -> Void
  ) -> AccessLog {
    AccessLog { write(format.line(for: $0)) }
  }

  /// Lines on standard error, as Eventlet writes them.
  /// - Parameter format: Eventlet's by default.
  /// - Returns: a log.
  public static func standardError(_ format: AccessLogFormat = .standard) -> AccessLog {
    lines(format) { writeToStandardError($0 + "\n") }
  }

  /// Lines to a logger.
  /// - Parameters:
  ///   - logger: Where to.
  ///   - level: Info by default.
  ///   - format: Eventlet's by default.
  /// - Returns: a log.
  public static func logger(
    _ logger: Logger, level: Logger.Level = .info, format: AccessLogFormat = .standard
  ) -> AccessLog {
    AccessLog { record in
      // Of a level that nobody wants no line is made.
      guard logger.logLevel <= level else { return }
      logger.log(level: level, "\(format.line(for: record))")
    }
  }
}
