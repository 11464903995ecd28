public import EventletCore

/// An operation of a socket, a pipe, a connection with TLS or a resolver that took longer than it was
/// allowed to.
///
/// By a call's own `timeout:` or by ``GreenDescriptor/timeout``. The limit of a scope,
/// `withTimeout`, throws a ``/EventletCore/Timeout``; both are
/// ``/EventletCore/TimeoutError``s.
///
/// In Python: `socket.timeout`.
public struct IOTimeout: TimeoutError, Hashable, Sendable, CustomStringConvertible {
  /// The operation, such as `receive`.
  public let operation: String
  /// What it was done on, such as `127.0.0.1:80`.
  public let subject: String

  /// Creates the error, for a ``Resolver`` or stream of one's own.
  /// - Parameters:
  ///   - operation: The operation, such as `resolve`.
  ///   - subject: What it was done on.
  public init(operation: String, subject: String) {
    self.operation = operation
    self.subject = subject
  }

  /// What – on what – why.
  public var description: String { "\(operation) \(subject): timed out" }
}
