internal import EventletCore
internal import EventletNet

/// The error by which a stream that is no socket has said that it is broken.
///
/// Errors of a socket have its name; of another stream's nobody knows whose they are, so the last one
/// is remembered.
package final class StreamFailure {
  private var error: (any Error)?

  /// Runs a call of the stream's.
  func noted<Result>(_ call: () throws -> Result) throws -> Result {
    let thread = GreenThread.current
    return try thread.withInlineRun {
      do { return try call() } catch {
        if thread.outsideInterruptionCount == 0, Self.isOfStream(error) { self.error = error }
        throw error
      }
    }
  }

  /// All that is neither thrown into the call by a kill or timeout of the caller's, nor a mistake in how
  /// it was called: a stream may have errors of any kind.
  private static func isOfStream(_ error: any Error) -> Bool {
    switch error {
    case HubError.closedWhileWaiting: true
    case is HubError: false
    default: true
    }
  }

  /// Whether it is of a kind that says that a connection is broken, and nothing that is worth a report.
  static func isUsual(_ error: any Error) -> Bool {
    switch error {
    case is SystemError, is IOTimeout, is any PeerError, HubError.closedWhileWaiting: true
    default: false
    }
  }

  /// Whether it is this one: of the same type, and saying the same.
  func `is`(_ other: any Error) -> Bool {
    guard let error, type(of: error) == type(of: other) else { return false }
    return "\(error)" == "\(other)"
  }
}
