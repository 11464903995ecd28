/// Runs `body` for at most `duration`.
///
/// ```swift
/// let page = try withTimeout(.seconds(5)) { try fetch(url) }
/// ```
///
/// - Parameters:
///   - duration: From now. nil never fires; zero or less fires at the first wait.
///   - error: Thrown when the time is over, instead of a ``Timeout``.
///   - body: Interrupted where it waits.
/// - Returns: what `body` returns.
/// - Throws: a ``Timeout``, or `error`, when the time was over first; what `body`
///   throws.
///
/// In Python: `eventlet.with_timeout`, `with eventlet.Timeout(…)`.
@inlinable
public func withTimeout<Result>(
  _ duration: Duration?, throwing error: (any Error)? = nil, _ body: () throws -> Result
) throws -> Result {
  let timeout = Timeout(after: duration, throwing: error)
  defer { timeout.cancel() }
  let result = try body()
  try timeout.throwIfForeignCallHasFailed()
  return result
}

/// Runs `body` for at most `duration`, and returns `fallback` if that was too short.
///
/// ```swift
/// let page = try withTimeout(.seconds(5), default: "") { try fetch(url) }
/// ```
///
/// Only its own timeout is swallowed: that of a scope outside passes through.
/// - Parameters:
///   - duration: From now. nil never fires; zero or less fires at the first wait.
///   - fallback: Evaluated when the time is over.
///   - body: Interrupted where it waits.
/// - Returns: what `body` returns, or `fallback`.
/// - Throws: what `body` throws.
///
/// In Python: `eventlet.with_timeout(…, timeout_value=…)`.
@inlinable
public func withTimeout<Result>(
  _ duration: Duration?, default fallback: @autoclosure () -> Result, _ body: () throws -> Result
) throws -> Result {
  let timeout = Timeout(after: duration)
  defer { timeout.cancel() }
  do {
    let result = try body()
    try timeout.throwIfForeignCallHasFailed()
    return result
  } catch let error as Timeout where error === timeout {
    return fallback()
  }
}

extension Timeout {
  /// Runs `body` for at most `duration`, and returns nil if that was too short.
  ///
  /// As ``withTimeout(_:default:_:)`` in all else.
  ///
  /// In Python: `with eventlet.Timeout(seconds, False)`.
  public static func silently<Result>(
    after duration: Duration?, _ body: () throws -> Result
  ) throws -> Result? {
    let timeout = Timeout(duration: duration, replacement: nil, isSilent: true)
    timeout.start()
    defer { timeout.cancel() }
    do {
      let result = try body()
      try timeout.throwIfForeignCallHasFailed()
      return result
    } catch let error as Timeout where error === timeout { return nil }
  }
}
