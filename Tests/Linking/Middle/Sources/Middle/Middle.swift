internal import EventletCore
internal import EventletPatch

/// Makes libc's calls green, also those of whoever calls this.
/// - Throws: what keeps them from it.
public func makeGreen() throws { try MonkeyPatch.install() }

/// Runs `body` in green threads.
/// - Parameters:
///   - count: How many.
///   - body: What each of them does.
/// - Returns: how long it took until the last had ended.
/// - Throws: what one of them threw.
@discardableResult
public func runTogether(_ count: Int, _ body: @escaping () throws -> Void) throws -> Duration {
  try ContinuousClock().measure {
    for thread in (0..<count).map({ _ in spawn(body) }) { try thread.wait() }
  }
}
