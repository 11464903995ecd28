public import EventletCore

/// A handler has taken longer than ``HTTPTimeouts/handler`` allows.
///
/// It is thrown where the handler waits. One that lets it go on answers 503, if nothing has been sent:
///
/// ```swift
/// do { return try .json(search(request)) } catch is any TimeoutError {
///   return .text("try again later", status: .serviceUnavailable)
/// }
/// ```
public struct HandlerTimedOut: TimeoutError, Hashable, Sendable, CustomStringConvertible {
  /// Creates the error, for tests of handlers.
  public init() {}

  /// A short text.
  public var description: String { "the handler took too long" }
}
