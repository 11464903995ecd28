internal import Glibc

/// An error that left a green thread, timer or link and that nobody can catch.
///
/// Printed to standard error unless ``Hub/onUncaughtError`` says otherwise:
///
/// ```swift
/// Hub.current.onUncaughtError = { logger.error("\($0)") }
/// ```
public struct UncaughtError: CustomStringConvertible {
  /// The error.
  public let error: any Error
  /// What it left: a green thread with its spawn site, a timer, a link.
  public let origin: String

  /// Origin, type and text.
  public var description: String {
    "uncaught error in \(origin): \(type(of: error)): \(error)"
  }

  static func report(_ error: any Error, of thread: AnyGreenThread) {
    report(error, origin: thread.description)
  }

  static func report(_ error: any Error, origin: String) {
    let report = UncaughtError(error: error, origin: origin)
    if let handler = Hub.ifPresent?.onUncaughtError {
      handler(report)
    } else {
      writeToStandardError("\(report)\n")
    }
  }
}

/// Writes without stdio's buffer, whose lock another OS thread may hold.
package func writeToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { bytes in
    var sent = 0
    while sent < bytes.count, let start = bytes.baseAddress {
      let written = write(STDERR_FILENO, start + sent, bytes.count - sent)
      if written <= 0 { return }
      sent += written
    }
  }
}
