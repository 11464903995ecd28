/// Runs clean-up that must wait and must not be interrupted.
///
/// A kill, a timeout or a cancellation that comes to the green thread meanwhile
/// waits, and is thrown at its first wait after the shield. Limits that begin
/// inside are not held up.
///
/// ```swift
/// defer {
///   try? withShield(upTo: .seconds(5)) { try connection.sayGoodbye() }
/// }
/// ```
///
/// `Hub.destroy` gets through every shield.
/// - Parameters:
///   - limit: How long it may take; nil, the default, is for ever.
///   - body: Runs in the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; a ``Timeout`` when `limit` was over first.
@inlinable
public func withShield<Result>(
  upTo limit: Duration? = nil, _ body: () throws -> Result
) throws -> Result {
  let thread = GreenThread.current
  thread.enterShield()
  defer { thread.leaveShield() }
  guard limit != nil else { return try body() }
  return try withTimeout(limit, body)
}

extension AnyGreenThread {
  @usableFromInline
  final func enterShield() {
    extras.shieldDepth += 1
    findWhetherInterrupted()
  }

  @usableFromInline
  final func leaveShield() {
    extras.shieldDepth -= 1
    findWhetherInterrupted()
  }
}
