/// Thrown into a green thread that is killed, at the point where it waits.
///
/// Let it pass: clean up with `defer`, and do not catch it with a bare `catch`
/// that goes on as if nothing had happened. A green thread that does catch it
/// and waits again survives. It is never reported as an uncaught error.
///
/// In Python: `greenlet.GreenletExit`.
public struct GreenThreadExit: Error, Hashable, Sendable, CustomStringConvertible {
  /// Creates the error.
  public init() {}
  /// A short text.
  public var description: String { "green thread killed" }
}
