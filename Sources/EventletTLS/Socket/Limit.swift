internal import EventletCore
internal import EventletNet
internal import Glibc

/// The end of an operation that may wait several times.
struct Limit {
  private let deadline: Nanoseconds
  /// Whether the operation fails rather than wait.
  let mustNotWait: Bool

  /// - Parameter timeout: nil is for ever, zero is not at all.
  init(_ timeout: Duration?) {
    mustNotWait = timeout == .zero
    deadline = timeout == nil || mustNotWait ? .never : Hub.current.deadline(after: timeout)
  }

  /// For one more wait; nil is for ever, zero is not at all.
  func remaining(_ operation: String, _ subject: @autoclosure () -> String) throws -> Duration? {
    if mustNotWait { return .zero }
    if deadline == .never { return nil }
    let left = deadline - Hub.current.now
    guard left > 0 else { throw IOTimeout(operation: operation, subject: subject()) }
    return .nanoseconds(left)
  }

  static func wouldWait(_ operation: String, _ subject: String) -> SystemError {
    SystemError(call: operation, errno: EAGAIN, subject: subject)
  }
}
