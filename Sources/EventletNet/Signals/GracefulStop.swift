internal import CEventletCore
internal import EventletCore

/// Runs a server so that Ctrl-C, or another signal, stops it in its own way.
///
/// ```swift
/// try withGracefulStop({ server.stop(within: .seconds(30)) }) { try server.wait() }
/// ```
///
/// The first signal calls `stop`, and whatever waits goes on waiting until the server has ended. The
/// second ends the process at once. A signal that is ignored beforehand stays so. For a program whose
/// main part is to be interrupted instead, see ``withOrderlyEnd(on:within:_:)``.
/// - Parameters:
///   - signals: SIGINT and SIGTERM by default.
///   - stop: Called once, in a green thread of this hub.
///   - body: The program's main part.
/// - Returns: what `body` returns.
/// - Throws: as ``Signals/init(_:)``; what `body` throws.
@discardableResult
public func withGracefulStop<Result>(
  on signals: Set<Signal> = [.interrupt, .terminate], _ stop: @escaping () -> Void,
  _ body: () throws -> Result
) throws -> Result {
  let wanted = signals.filter { !ev_signal_is_ignored($0.rawValue) }
  if wanted.isEmpty { return try body() }
  let signals = try Signals(wanted)
  signals.endOnSecond()
  let watcher = GreenThread.spawnDiscarding(name: "watcher of \(signals)") {
    if try signals.next() != nil { stop() }
  }
  defer {
    // The watcher ends by that.
    signals.close()
    watcher.cancel()
  }
  return try body()
}
