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
    do { return try call() } catch {
      if Self.isOfStream(error) { self.error = error }
      throw error
    }
  }

  /// Not what a kill or timeout of the caller has thrown into the call.
  private static func isOfStream(_ error: any Error) -> Bool {
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
